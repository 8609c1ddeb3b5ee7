// Reports about children whose number is none, who have none, or who are not born: each shipped
// mapping carries them. What is no number of a person is flagged, and of an unborn child the number
// and birth date that the source has, which are the parent's, are not told as the child's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::HasSubstr;
using testing::Not;

struct NumberCase {
  const char* feed;
  std::vector<std::string> files;  // odd number, no number, unborn: one file, or one each
};

const std::vector<NumberCase>& NumberCases() {
  static const std::vector<NumberCase> kCases = {
      {"bvc-hl7v2",
       {"tests/fixtures/bvc/mdm_t02_report_odd_number.hl7",
        "tests/fixtures/bvc/mdm_t02_report_no_number.hl7",
        "tests/fixtures/bvc/mdm_t02_report_unborn.hl7"}},
      {"bvc-fhir",
       {"adapters/bvc/samples/fhir/communication_report_signed_odd_number.json",
        "adapters/bvc/samples/fhir/communication_report_signed_no_number.json",
        "adapters/bvc/samples/fhir/communication_report_signed_unborn.json"}},
      {"social-fhir",
       {"adapters/social/samples/fhir/communication_report_signed_odd_number.json",
        "adapters/social/samples/fhir/communication_report_signed_no_number.json",
        "adapters/social/samples/fhir/communication_report_signed_unborn.json"}},
      {"social-csv", {"adapters/social/samples/csv/soc_oro_number_20260304.csv"}},
      {"social-lifecare", {"adapters/social/samples/lifecare/SignedReports-number.json"}},
      {"social-sql", {"adapters/social/samples/sql/SignedReports-number.json"}},
      {"dental-csv", {"tests/fixtures/dental/ftv_anm_number_20260304.csv"}},
      {"dental-xml", {"adapters/dental/samples/xml/ftv_anm_number_20260304.xml"}},
  };
  return kCases;
}

// The subject of the event, as text.
std::string SubjectOf(const Told& told) {
  EXPECT_EQ(told.verdict.events.size(), 1U)
      << told.name << " " << told.verdict.reason << ": " << told.verdict.detail;
  if (told.verdict.events.empty()) return "";
  EXPECT_EQ(told.verdict.events[0].type->name, "report.signed") << told.name;
  const std::string text = TextOf(told.verdict.events[0].bytes);
  EXPECT_THAT(text, HasSubstr("name = \"Vuxen Testsson\"")) << told.name;
  const size_t at = text.find("subject = (");
  EXPECT_NE(at, std::string::npos);
  return at == std::string::npos ? "" : text.substr(at, text.find("unborn = ", at) + 15 - at);
}

TEST(ReportNumber, NoShippedMappingKeepsAReportBackForANumber) {
  for (const NumberCase& one : NumberCases()) {
    const std::vector<Told> told = FeedRun(FeedOf(one.feed)).Take(one.files);
    ASSERT_EQ(told.size(), 3U) << one.feed;
    const std::string odd = SubjectOf(told[0]), none = SubjectOf(told[1]), unborn = SubjectOf(told[2]);
    EXPECT_THAT(odd, HasSubstr("value = \"20260301-OKAND\", flag = \"number-form\"")) << one.feed;
    EXPECT_THAT(odd, HasSubstr("birthDate = \"2021-03-25\"")) << one.feed;
    EXPECT_THAT(none, Not(HasSubstr("value = "))) << one.feed;
    EXPECT_THAT(none, HasSubstr("birthDate = \"2021-03-25\"")) << one.feed;
    EXPECT_THAT(none, HasSubstr("unborn = false")) << one.feed;
    EXPECT_THAT(unborn, HasSubstr("unborn = true")) << one.feed;
    for (const char* never : {"value = ", "birthDate = \"2"})
      EXPECT_THAT(unborn, Not(HasSubstr(never))) << one.feed;
    for (const std::string& subject : {odd, none, unborn})
      EXPECT_THAT(subject, HasSubstr("homeMunicipality = \"2")) << one.feed;
  }
}

// A fact is told as well; without anything in place of a number nobody could tell whose miss it is.
TEST(ReportNumber, AFactIsCarriedWithAnInvalidNumberAndKeptBackWithoutAny) {
  for (const auto& [feed, file] : std::vector<std::pair<std::string, std::string>>{
           {"dental-csv", "tests/fixtures/dental/ftv_ub_odd_broken_20260305.csv"},
           {"dental-xml", "adapters/dental/samples/xml/ftv_ub_odd_broken_20260305.xml"}}) {
    const std::vector<Told> told = FeedRun(FeedOf(feed)).Take({file});
    ASSERT_EQ(told.size(), 2U) << feed;
    ASSERT_EQ(told[0].verdict.events.size(), 1U) << feed << told[0].verdict.detail;
    EXPECT_THAT(TextOf(told[0].verdict.events[0].bytes), HasSubstr("value = \"OKAND\", flag = \"number-form\"")) << feed;
    EXPECT_EQ(told[1].verdict.reason, "missing-field") << feed;
  }
}

}  // namespace
}  // namespace sam::shipped
