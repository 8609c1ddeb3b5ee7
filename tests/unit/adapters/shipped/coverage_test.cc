// `map coverage` over the shipped samples: every format lists what its messages say, so that a
// place nobody reads is seen, and what a mapping reads is not called unread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "adapters/maptool/coverage.h"
#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::Contains;
using testing::Not;

std::set<std::string> UnreadOf(const std::string& id, const std::string& file) {
  const FeedRun run(FeedOf(id));
  const auto report = maptool::Cover(run.config(), {Source(file)}, run.kinds(), run.clock());
  EXPECT_TRUE(report.ok()) << report.error().message;
  std::set<std::string> out;
  if (!report.ok()) return out;
  EXPECT_TRUE(report->places_listed) << file;
  for (const auto& [place, messages] : report->unread) out.insert(place);
  return out;
}

TEST(Coverage, OfAFileListsColumns) {
  const std::set<std::string> unread =
      UnreadOf("person-csv", "adapters/person/samples/csv/avisering_20260302.csv");
  EXPECT_THAT(unread, testing::IsEmpty());  // the trigger and the row's id are the decoder's own
  const std::set<std::string> dental =
      UnreadOf("dental-csv", "tests/fixtures/dental/ftv_ub_20260302.csv");
  EXPECT_THAT(dental, Not(Contains("personnr")));
  EXPECT_THAT(dental, Not(Contains("handelse")));
}

TEST(Coverage, OfAnExtractListsFields) {
  const std::set<std::string> unread =
      UnreadOf("social-lifecare", "adapters/social/samples/lifecare/Actualisations.json");
  EXPECT_THAT(unread, Contains("FromWho"));  // never to be read
  for (const char* read : {"Id", "Type", "Date", "PersonId"})
    EXPECT_THAT(unread, Not(Contains(read)));
}

TEST(Coverage, OfAResourceListsElementsAndThoseThatCameAlong) {
  const std::set<std::string> unread =
      UnreadOf("bvc-fhir", "adapters/bvc/samples/fhir/communication_report_signed.json");
  EXPECT_THAT(unread, Contains("->RelatedPerson.patient.reference"));
  for (const char* read :
       {"payload.contentString", "payload.extension(url=urn:samsignal:oros:del).valueCode",
        "subject.reference", "about.reference", "sender.reference", "->Patient.name.family",
        "->Patient.identifier.value", "->Practitioner.name.given", "category.coding.code",
        "extension(url=urn:samsignal:oros:mote).valueBoolean", "status", "id", "meta.versionId"})
    EXPECT_THAT(unread, Not(Contains(read)));
}

}  // namespace
}  // namespace sam::shipped
