// Reports that somebody of a municipality signed (row 43), by file, from the extract and from a view: all three say the
// same, word for word, and take their files along; what nobody signed is told by none. And rows of any other kind about
// nobody, which wait for a person.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCsv = "adapters/social/samples/csv/";
constexpr const char* kExtract = "adapters/social/samples/lifecare/";
constexpr const char* kView = "adapters/social/samples/sql/";
constexpr const char* kWithFiles = "tests/fixtures/social_reports/";

struct Case {
  const char* feed;
  std::string folder;
  const char* file;
};

void ExpectWords(const Case& one, const std::string& text) {
  for (const char* field :
       {"signerName = \"Maj Ek\"", "signerRole = \"förskollärare\"", "signerPhone = \"0701740605\"",
        "signerFunction = \"bollnas.forebyggande\"", "acute = true", "childName = \"Barn Testsson\"",
        "childAddress = \"Provgatan 1, 82130 Bollnäs\"", "childLanguage = \"ar\"", "childInformed = no",
        "concern = \"Canaryord: barnet lämnas ensamt; hämtas sent\"", "observed = \"Sett av två i personalen",
        "since = \"januari 2026\"", "earlierConcern = yes", "meetingWanted = yes",
        "relationToChild = \"öppna förskolan\"", "receivingBoard = \"Socialnämnden\"", "role = \"mor\"",
        "name = \"Vuxen Testsson\"", "value = \"195009072553\"", "informed = yes", "role = \"far\"",
        "informed = mustNot", "role = \"syskon\"", "name = \"Syskon Testsson\"", "legalClass = a",
        "sensitivity = s4", "signedAt = 1772446500000", "value = \"20210325K069\"", "protection = none",
        "birthDate = \"2021-03-25\"", "homeMunicipality = \"2183\"", "district = \"Söder\""})
    EXPECT_THAT(text, HasSubstr(field)) << one.feed;
}

TEST(SocialReport, IsToldWordForWordByEveryFormatAndADraftNever) {
  for (const Case& one : {Case{"social-csv", kCsv, "soc_oro_20260302.csv"},
                          Case{"social-lifecare", kExtract, "SignedReports.json"},
                          Case{"social-sql", kView, "SignedReports.json"}}) {
    FeedRun run(FeedOf(one.feed));
    const std::vector<Told> told = run.Take({one.folder + one.file});
    ASSERT_EQ(told.size(), 2U) << one.feed;
    ASSERT_EQ(told[0].verdict.events.size(), 1U)
        << one.feed << " " << told[0].verdict.reason << ": " << told[0].verdict.detail;
    EXPECT_EQ(told[0].verdict.events[0].type->name, "report.signed");
    ExpectWords(one, TextOf(told[0].verdict.events[0].bytes));
    EXPECT_EQ(told[1].verdict.kind, kit::Verdict::Kind::kNothing) << one.feed;
  }
}

// The extract's file stands in its answer, the others' lie beside the row.
TEST(SocialReport, TakesItsFilesAlongAndOneThatCannotBeReadHoldsItBack) {
  for (const Case& one : {Case{"social-csv", kWithFiles, "soc_oro_bilagor_20260304.csv"},
                          Case{"social-lifecare", kExtract, "SignedReports.json"},
                          Case{"social-sql", kWithFiles, "SignedReports.json"}}) {
    FeedRun run(FeedOf(one.feed));
    const std::vector<Told> told = run.Take({one.folder + one.file});
    ASSERT_EQ(told.size(), 2U) << one.feed;
    ASSERT_EQ(told[0].verdict.events.size(), 1U) << one.feed << ": " << told[0].verdict.detail;
    const kit::MappedEvent& event = told[0].verdict.events[0];
    for (const char* field : {"title = \"Anteckning\"", "mediaType = \"text/plain\"", "mediaType = \"image/png\""})
      EXPECT_THAT(TextOf(event.bytes), HasSubstr(field)) << one.feed;
    EXPECT_THAT(TextOf(event.bytes), Not(HasSubstr("oro1_"))) << "the file's name is no part of it";
    ASSERT_EQ(event.files.size(), 2U) << one.feed;
    for (const auto& [index, name] : {std::pair(size_t{0}, "oro1_utdrag.txt"), std::pair(size_t{1}, "oro1_bild.png")}) {
      std::ifstream in(Source(kWithFiles) + name, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      EXPECT_EQ(event.files[index].digest, Sha256({bytes})) << one.feed << " " << name;
    }
  }
  for (const char* feed : {"social-csv", "social-sql"}) {
    const std::string file = feed == std::string("social-csv") ? "soc_oro_bilagor_20260304.csv" : "SignedReports.json";
    const std::vector<Told> told = FeedRun(FeedOf(feed)).Take({kWithFiles + file});
    EXPECT_EQ(told.at(1).verdict.reason, "attachment-missing") << feed;
    EXPECT_THAT(told.at(1).verdict.detail, Not(HasSubstr("oro4"))) << feed;
  }
  const std::vector<Told> broken =
      FeedRun(FeedOf("social-lifecare")).Take({std::string(kExtract) + "SignedReports-broken.json"});
  EXPECT_EQ(broken.at(0).verdict.reason, "attachment-encoding");
}

TEST(SocialReport, WithoutAConcernOrWithoutItsNumberWaitsForAPerson) {
  const std::vector<Told> rows = FeedRun(FeedOf("social-csv")).Take({std::string(kCsv) + "soc_oro_broken_20260303.csv"});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(Summary(rows[0].verdict), "ORO quarantined report-number-missing");
  EXPECT_EQ(Summary(rows[2].verdict), "ORO quarantined missing-field");
  for (const auto& [feed, folder] : {std::pair("social-lifecare", kExtract), std::pair("social-sql", kView)}) {
    const std::vector<Told> told = FeedRun(FeedOf(feed)).Take({std::string(folder) + "SignedReports-broken.json"});
    ASSERT_EQ(told.size(), 2U) << feed;
    EXPECT_EQ(told[1].verdict.reason, "missing-field") << feed;
    EXPECT_THAT(told[1].verdict.detail, Not(HasSubstr("Testsson"))) << feed;
  }
}

TEST(SocialReport, ThatIsAskedForAgainIsToldOnceAndOneThatChangedIsACorrection) {
  const std::string sample = std::string(kView) + "SignedReports.json";
  FeedRun run(FeedOf("social-sql"));
  ASSERT_EQ(run.Take({sample})[0].verdict.events.size(), 1U);
  EXPECT_TRUE(run.Take({sample})[0].verdict.events.empty());
  std::ifstream in(Source(sample), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  text.replace(text.find("hämtas sent"), std::string("hämtas sent").size(), "hämtas aldrig");
  const ::sam::test::TempDir folder;
  std::ofstream(folder / "SignedReports.json", std::ios::binary) << text;
  const std::vector<Told> told = run.TakePaths({folder / "SignedReports.json"});
  ASSERT_EQ(told.at(0).verdict.events.size(), 1U);
  EXPECT_THAT(TextOf(told[0].verdict.events[0].bytes), HasSubstr("status = corrected"));
}

TEST(SocialReport, OfAProtectedChildTellsNoDistrict) {
  for (const auto& [feed, folder] : {std::pair("social-lifecare", kExtract), std::pair("social-sql", kView)}) {
    std::ifstream in(Source(std::string(folder) + "SignedReports.json"), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const std::string none = "\"Protection\": \"N\"";
    text.replace(text.find(none), none.size(), "\"Protection\": \"S\"");
    const ::sam::test::TempDir dir;
    std::ofstream(dir / "SignedReports.json", std::ios::binary) << text;
    const std::vector<Told> told = FeedRun(FeedOf(feed)).TakePaths({dir / "SignedReports.json"});
    ASSERT_EQ(told.at(0).verdict.events.size(), 1U) << feed;
    EXPECT_THAT(TextOf(told[0].verdict.events[0].bytes), HasSubstr("protection = sekretessmarkering")) << feed;
    EXPECT_THAT(TextOf(told[0].verdict.events[0].bytes), Not(HasSubstr("Söder"))) << feed;
  }
}

// Once they were told about nobody, and nobody saw it. What stands in place of a number goes with a fact, flagged;
// a placement waits for whoever knows whose it is.
TEST(SocialRow, AboutNobodyWaitsForAPersonInEveryFormat) {
  struct Row {
    const char* feed;
    std::string sample;
    std::string from;
  };
  for (const Row& one : {Row{"social-lifecare", std::string(kExtract) + "Actualisations.json", "\"20210325K069\""},
                         Row{"social-lifecare", std::string(kExtract) + "Executions.json", "\"202512012384\""},
                         Row{"social-sql", std::string(kView) + "Reports.json", "\"20210325K069\""},
                         Row{"social-sql", std::string(kView) + "Inquiries.json", "\"20210325K069\""}})
    for (const char* nobody : {"\"\"", "null", "4711", "\"AKT-4711\""}) {
      const size_t at = one.sample.rfind('/');
      std::ifstream in(Source(one.sample), std::ios::binary);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      const size_t number = text.find(one.from);
      ASSERT_NE(number, std::string::npos) << one.sample;
      text.replace(number, one.from.size(), nobody);
      const ::sam::test::TempDir folder;
      std::ofstream(folder / one.sample.substr(at + 1), std::ios::binary) << text;
      const std::vector<Told> told = FeedRun(FeedOf(one.feed)).TakePaths({folder / one.sample.substr(at + 1)});
      size_t aside = 0;
      const bool written = std::string_view(nobody).find("4711") != std::string_view::npos;
      const bool carried = written && one.sample.find("Executions") == std::string::npos;
      for (const Told& row : told) {
        for (const kit::MappedEvent& event : row.verdict.events)
          aside += carried && TextOf(event.bytes).find("flag = \"number-form\")]") != std::string::npos ? 1 : 0;
        if (row.verdict.reason.empty()) continue;
        ++aside;
        EXPECT_EQ(row.verdict.reason, "missing-field") << one.sample << " " << nobody;
        EXPECT_THAT(row.verdict.detail, HasSubstr("subject.ids"));
        EXPECT_THAT(row.verdict.detail, Not(HasSubstr("4711")));
      }
      EXPECT_EQ(aside, 1U) << one.sample << " " << nobody;
    }
}

}  // namespace
}  // namespace sam::shipped
