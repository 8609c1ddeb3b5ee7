// The person feed: moves, markings, numbers and deaths as the population register tells them, and
// nothing of where somebody protected lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kCsv = "adapters/person/samples/csv/";
const std::string kHl7 = "adapters/person/samples/hl7/";

std::vector<std::string> Summaries(const std::vector<Told>& all) {
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const Told& told : all) out.push_back(Summary(told.verdict));
  return out;
}

std::string LastText(const Told& told) {
  return told.verdict.events.empty() ? "" : TextOf(told.verdict.events.back().bytes);
}

TEST(PersonFile, EachNoticeGivesTheEventItShould) {
  FeedRun run(FeedOf("person-csv"));
  const std::vector<Told> night = run.Take({kCsv + "avisering_20260302.csv"});
  ASSERT_THAT(
      Summaries(night),
      ElementsAre("FODD born:person.protection.changed", "FLYTT moved:person.moved",
                  "INVANDRAT moved:person.moved", "SKYDD protection:person.protection.changed",
                  "SKYDD protection:person.protection.changed", "FLYTT nothing_to_tell",
                  "NUMMER number-changed:person.id.linked", "AVREG old-number:person.id.linked",
                  "AVREG deceased:person.deceased", "AVREG nothing_to_tell",
                  "SKYDD protection:person.protection.changed", "FLYTT moved:person.moved"));
  EXPECT_THAT(LastText(night[0]), HasSubstr("birthDate = \"2025-12-01\""));
  EXPECT_THAT(LastText(night[0]), HasSubstr("homeMunicipality = \"2183\""));
  EXPECT_THAT(LastText(night[0]), HasSubstr("new = none"));
  EXPECT_THAT(LastText(night[1]), HasSubstr("oldMunicipality = \"2183\""));
  EXPECT_THAT(LastText(night[1]), HasSubstr("newMunicipality = \"2121\""));
  EXPECT_THAT(LastText(night[1]), HasSubstr("fromDate = \"2026-03-02\""));
  EXPECT_THAT(LastText(night[2]), HasSubstr("newMunicipality = \"0980\""));
  EXPECT_THAT(LastText(night[3]), HasSubstr("new = sekretessmarkering"));
  EXPECT_THAT(LastText(night[4]), HasSubstr("new = skyddadFolkbokforing"));
  EXPECT_THAT(LastText(night[8]), HasSubstr("date = \"2026-03-02\""));
  EXPECT_THAT(LastText(night[10]), HasSubstr("new = none"));
}

TEST(PersonFile, TheNumberThatHoldsIsTheSubjectAndTheOtherTheOldOne) {
  FeedRun run(FeedOf("person-csv"));
  const std::vector<Told> night = run.Take({kCsv + "avisering_20260302.csv"});
  ASSERT_EQ(night.size(), 12U);
  const std::string text = LastText(night[7]);
  const size_t body = text.find("personIdLinked");
  ASSERT_NE(body, std::string::npos);
  EXPECT_THAT(text.substr(0, body), HasSubstr("196101182803"));
  EXPECT_THAT(text.substr(0, body), Not(HasSubstr("196109732393")));
  EXPECT_THAT(text.substr(body), HasSubstr("196109732393"));
}

TEST(PersonFile, AMarkingThatIsNotWholeIsUnknownAndNeverNone) {
  FeedRun run(FeedOf("person-csv"));
  const std::vector<Told> night = run.Take({kCsv + "avisering_20260302.csv"});
  ASSERT_EQ(night.size(), 12U);
  EXPECT_THAT(LastText(night[11]), HasSubstr("protection = unknown"));
  const std::vector<Told> broken = run.Take({kCsv + "avisering_broken_20260303.csv"});
  EXPECT_THAT(Summaries(broken),
              ElementsAre("NUMMER quarantined unknown-code", "SKYDD quarantined unknown-code",
                          "AVREG quarantined missing-field", "FLYTT quarantined unknown-marking",
                          "INVANDRAT quarantined unknown-marking",
                          "FODD quarantined unknown-code", "AVREG quarantined unknown-avregorsak",
                          "AVREG quarantined no-avregorsak"));
}

// A row of a sender who writes something else than the documented codes.
std::string Notice(FeedRun& run, const std::string& columns) {
  const test::TempDir dir;
  const std::string path = dir.path() + "/avisering_20260304.csv";
  std::ofstream(path) << "radid;avisering;datum;personnr;fodelsedatum;kommun;tidigare_kommun;"
                         "sekretessmarkering;skyddad_folkbokforing;tidigare_nummer;hanvisning;"
                         "avregorsak\nN-201;"
                      << columns << "\n";
  const std::vector<Told> told = run.TakePaths({path});
  return told.size() == 1 ? Summary(told[0].verdict) : "";
}

TEST(PersonFile, WhereAMarkingMayBeSkyddadFolkbokforingNoMoveIsTold) {
  for (const char* marks : {"N;Ja", "N;1", "Ja;N", ";J", "J;", "N;"}) {
    FeedRun run(FeedOf("person-csv"));
    EXPECT_EQ(Notice(run, std::string("FLYTT;2026-03-03;20210325K069;2021-03-25;2180;0980;") +
                              marks + ";;;"),
              "FLYTT quarantined unknown-marking")
        << marks;
  }
  FeedRun stated(FeedOf("person-csv"));
  EXPECT_EQ(Notice(stated, "FLYTT;2026-03-03;20210325K069;2021-03-25;2180;0980;j;n;;;"),
            "FLYTT moved:person.moved");
}

TEST(PersonFile, AReasonThatMayBeADeathIsNeverLost) {
  const std::string row = "AVREG;2026-03-03;20210325K069;2021-03-25;2183;;N;N;;;";
  for (const auto& [reason, summary] : std::map<std::string, std::string>{
           {"AV", "AVREG deceased:person.deceased"},
           {"av", "AVREG deceased:person.deceased"},
           {"UV", "AVREG nothing_to_tell"},
           {"OB", "AVREG nothing_to_tell"},
           {"AVL", "AVREG quarantined unknown-avregorsak"},
           {"", "AVREG quarantined no-avregorsak"}}) {
    FeedRun run(FeedOf("person-csv"));
    EXPECT_EQ(Notice(run, row + reason), summary) << reason;
  }
}

// Without the number that holds it was told of nobody, and the old number led nowhere.
TEST(PersonFile, AnOldNumberWithoutTheOneThatHoldsIsKeptForAPerson) {
  for (const char* holds : {"", "okänt", "0"}) {
    FeedRun run(FeedOf("person-csv"));
    EXPECT_EQ(Notice(run, std::string("AVREG;2026-03-02;196109732393;1961-09-13;2183;;N;N;;") +
                              holds + ";GN"),
              "AVREG quarantined missing-field")
        << holds;
  }
}

TEST(PersonFile, ADeathIsToldWhateverStandsInTheMarkings) {
  FeedRun run(FeedOf("person-csv"));
  EXPECT_EQ(Notice(run, "AVREG;2026-03-03;20210325K069;2021-03-25;2183;;Ja;;;;AV"),
            "AVREG deceased:person.deceased");
}

TEST(PersonMessages, EachGivesTheEventItShould) {
  FeedRun run(FeedOf("person-adt"));
  const std::map<std::string, std::string> expected = {
      {"adt_a28_born", "ADT^A28 born:person.protection.changed"},
      {"adt_a28_born_protected", "ADT^A28 born-protected:person.protection.changed"},
      {"adt_a08_protection", "ADT^A08 protection:person.protection.changed"},
      {"adt_a31_moved", "ADT^A31 protection:person.protection.changed moved:person.moved"},
      {"adt_a31_protected", "ADT^A31 protection:person.protection.changed"},
      {"adt_a40_merged", "ADT^A40 merged:person.id.linked"},
      {"adt_a31_protected_plain", "ADT^A31 protection:person.protection.changed"},
      {"adt_a31_broken_unknown_marking", "ADT^A31 quarantined unknown-code"},
      {"adt_a40_broken_protected", "ADT^A40 quarantined unknown-code"},
      {"adt_a40_broken_several", "ADT^A40 quarantined several-patients"},
      {"adt_a47_broken_marking_not_stated", "ADT^A47 quarantined missing-field"},
      {"adt_a24_broken_protected", "ADT^A24 quarantined protected"},
      {"adt_a47_number_changed", "ADT^A47 merged:person.id.linked"},
      {"adt_a24_linked", "ADT^A24 linked:person.id.linked"},
      {"adt_a08_deceased", "ADT^A08 deceased:person.deceased"}};
  for (const auto& [file, summary] : expected) {
    const std::vector<Told> told = run.Take({kHl7 + file + ".hl7"});
    ASSERT_EQ(told.size(), 1U) << file;
    EXPECT_EQ(Summary(told[0].verdict), summary) << file << ": " << told[0].verdict.detail;
  }
}

TEST(PersonMessages, ThePlainYIsTheStrongerMarking) {
  FeedRun run(FeedOf("person-adt"));
  const std::vector<Told> told = run.Take({kHl7 + "adt_a31_protected_plain.hl7"});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(LastText(told[0]), HasSubstr("new = skyddadFolkbokforing"));
  EXPECT_THAT(LastText(told[0]), HasSubstr("protection = skyddadFolkbokforing"));
}

TEST(PersonFeed, OfSkyddadFolkbokforingNoMunicipalityIsTold) {
  for (const auto& [id, folder] :
       std::map<std::string, std::string>{{"person-csv", kCsv}, {"person-adt", kHl7}}) {
    FeedRun run(FeedOf(id));
    int seen = 0;
    for (const Told& told : run.Take({folder}))
      for (const kit::MappedEvent& event : told.verdict.events) {
        const std::string text = TextOf(event.bytes);
        if (text.find("protection = skyddadFolkbokforing") == std::string::npos) continue;
        ++seen;
        EXPECT_THAT(text, Not(HasSubstr("unicipality"))) << told.name;
      }
    EXPECT_GT(seen, 0) << id;
  }
}

}  // namespace
}  // namespace sam::shipped
