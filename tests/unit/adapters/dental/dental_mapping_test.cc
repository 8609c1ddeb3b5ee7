// The shipped mapping for dental CSV files: each row gives the events it should, field by field.
#include <gmock/gmock.h>

#include <map>

#include <kj/string.h>

#include "adapters/csv/csv_decoder.h"
#include "broker/contract/required.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Fixture(const std::string& name) {
  return ReadFile(std::string(SAM_SOURCE) + "/tests/fixtures/dental/" + name);
}

std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  EXPECT_TRUE(text.ok()) << text.error().message;
  return text.ok() ? *text : "";
}

// The verdicts on a file's rows, by the row's `handelse`.
std::map<std::string, kit::Verdict> TakeFile(FilesRig& rig, const std::string& bytes) {
  rig.Start();
  std::map<std::string, kit::Verdict> out;
  const Result<std::vector<std::string>> rows = rig.decoder->Sample("x.csv", bytes);
  EXPECT_TRUE(rows.ok()) << rows.error().message;
  if (!rows.ok()) return out;
  for (const std::string& row : *rows) {
    EXPECT_TRUE(rig.pipeline->Begin().ok());
    Result<kit::Verdict> verdict = rig.pipeline->Take(row, "file 1 line 1");
    EXPECT_TRUE(verdict.ok());
    EXPECT_TRUE(rig.pipeline->Commit().ok());
    if (verdict.ok()) out[verdict->trigger] = std::move(*verdict);
  }
  return out;
}

struct Expected {
  const char* code;
  std::vector<std::string> types;
  std::vector<std::string> fields;  // all in the last event
};

TEST(DentalMapping, EachRowOfANightGivesTheEventsItShould) {
  FilesRig rig;
  const std::map<std::string, kit::Verdict> night = TakeFile(rig, Fixture("ftv_dygn_20260302.csv"));
  const std::vector<Expected> all = {
      {"UB",
       {"dental.visit.missed"},
       {"appointmentId = \"B-1\"", "date = \"2026-03-02\"", "visitType = exam", "consecutive = 2",
        "occurredAt = 1772440200000", "precision = minute", "homeMunicipality = \"2121\"",
        "birthDate = \"2021-03-25\"", "unitHsaId = \"SE2321000198-FTVTEST\"", "test = true",
        "episodeKey = \"ftv-bokning|B-1\"", "system = \"1.2.752.113.11.0.2.1.1.1\""}},
      {"AB", {"dental.visit.lateCancelled"}, {"noticeHours = 3", "visitType = treatment"}},
      {"KA",
       {"dental.recall.sent"},
       {"recallId = \"K-77\"", "type = first", "channel = letter", "language = \"ar\"",
        "precision = day"}},
      {"US", {"dental.visit.completed"}, {"visitType = exam", "riskGroup = 2"}},
      {"BH", {"dental.visit.completed"}, {"visitType = treatment", "appointmentId = \"B-4\""}},
      {"AK",
       {"dental.visit.completed", "dental.pain.acute"},
       {"infection = yes", "delayDays = 12"}},
      {"KO",
       {"dental.contact.attempted"},
       {"channel = phone", "attemptNo = 2", "outcome = notReached"}},
      {"KF",
       {"dental.contact.failed"},
       {"since = \"2025-11-03\"", "attemptCount = 3", "channel = letter", "date = \"2025-12-15\"",
        "outcome = notReached"}},
      {"KR",
       {"dental.caries.recorded"},
       {"index = deciduousDft", "value = 4", "includesInitial = no", "ageYears = 2",
        "previousValue = 1", "previousDate = \"2025-09-01\"", "code = \"4002\"", "code = \"4022\"",
        "system = \"TLV\""}},
      {"OB",
       {"dental.treatment.overdue"},
       {"planDate = \"2025-09-15\"", "teethCount = 3", "missedVisits = 2"}},
      {"SM", {"dental.pain.acute"}, {"infection = no", "delayDays = 3"}},
      {"SK",
       {"dental.injury.observed"},
       {"code = \"3061\"", "mechanismStated = no", "concernGrade = suspected"}},
      {"VM", {"dental.guardian.notCooperating"}, {"kind = refusesTreatment"}},
      {"OL", {"dental.child.unlisted"}, {"sinceDate = \"2025-12-01\"", "letters = 2"}},
      {"UP", {"dental.visit.completed"}, {"visitType = outreach"}},
      {"UR",
       {"dental.exam.reported"},
       {"orderId = \"O-9\"", "result = notDone", "notDone = missed", "needsCare = needed"}},
  };
  EXPECT_EQ(night.size(), all.size());
  for (const Expected& expected : all) {
    const auto found = night.find(expected.code);
    ASSERT_NE(found, night.end()) << expected.code;
    const kit::Verdict& verdict = found->second;
    std::vector<std::string> types;
    for (const kit::MappedEvent& event : verdict.events) {
      types.push_back(event.type->name);
      const auto parsed = wire::Parse<schema::Event>(event.bytes);
      ASSERT_TRUE(parsed.ok()) << parsed.error().message;
      EXPECT_TRUE(contract::CheckRequired(parsed->get()).ok()) << expected.code;
    }
    EXPECT_EQ(types, expected.types) << expected.code << " " << verdict.reason << verdict.detail;
    if (verdict.events.empty()) continue;
    const std::string text = TextOf(verdict.events.back().bytes);
    for (const std::string& field : expected.fields)
      EXPECT_THAT(text, HasSubstr(field)) << expected.code;
  }
}

TEST(DentalMapping, TheSmallestFileInWindows1252IsReadAndDoubted) {
  FilesRig rig;
  const std::map<std::string, kit::Verdict> night = TakeFile(rig, Fixture("ftv_ub_20260302.csv"));
  ASSERT_EQ(night.at("UB").events.size(), 1U);
  EXPECT_THAT(TextOf(night.at("UB").events[0].bytes), HasSubstr("charset-guessed"));
  EXPECT_EQ(night.at("AB").events.size(), 1U);
  EXPECT_EQ(night.at("XX").kind, kit::Verdict::Kind::kNotWanted);
}

TEST(DentalMapping, AnEmptyMunicipalityIsNotGuessedFromTheClinic) {
  FilesRig rig;
  const auto night = TakeFile(
      rig,
      Header() + "20210325K069;2021-03-25;SE2321000198-FTVTEST;UB;2026-03-02;09:30;US;1;;\r\n");
  EXPECT_THAT(TextOf(night.at("UB").events.at(0).bytes), Not(HasSubstr("homeMunicipality")));
}

TEST(DentalMapping, NoMunicipalityIsToldOfSkyddadFolkbokforing) {
  const auto text = [](const std::string& marking) {
    FilesRig rig;
    const auto night = TakeFile(rig, "skydd;" + Header() + marking +
        ";20210325K069;2021-03-25;SE2321000198-FTVTEST;UB;2026-03-02;09:30;US;1;;2121\r\n");
    return TextOf(night.at("UB").events.at(0).bytes);
  };
  EXPECT_THAT(text("F"), Not(HasSubstr("2121")));
  EXPECT_THAT(text("F"), HasSubstr("protection = skyddadFolkbokforing"));
  EXPECT_THAT(text("N"), HasSubstr("homeMunicipality = \"2121\""));
}

TEST(DentalMapping, AMissIsTakenBackOnlyWhereOneWasTold) {
  FilesRig rig;
  const std::string head = "bokning;" + Header();
  const std::string row = "20210325K069;2021-03-25;SE2321000198-FTVTEST;";
  const auto night = TakeFile(rig, head + "B-1;" + row + "UB;2026-03-02;09:30;US;1;;2121\r\n" +
                                       "B-1;" + row + "UBX;2026-03-02;09:30;US;1;FLYTT;2121\r\n");
  ASSERT_EQ(night.at("UBX").events.size(), 1U) << night.at("UBX").detail;
  const std::string text = TextOf(night.at("UBX").events[0].bytes);
  EXPECT_THAT(text, HasSubstr("status = retracted"));
  EXPECT_THAT(text, HasSubstr("reason = moved"));
  FilesRig other;
  EXPECT_EQ(
      TakeFile(other, head + "B-2;" + row + "UBX;2026-03-02;09:30;US;1;;2121\r\n").at("UBX").kind,
      kit::Verdict::Kind::kNothing);
}

TEST(DentalMapping, AFamilyThatWasReachedAfterAllTakesTheFailureBack) {
  const std::string head = "sedan;forsok_nr;" + Header();
  const std::string row = ";3;20210325K069;2021-03-25;SE2321000198-FTVTEST;";
  const std::string failed = "2025-11-03" + row + "KF;2026-03-02;;;;;2121\r\n";
  FilesRig rig;
  const auto night = TakeFile(rig, head + failed + "2025-11-03" + row + "KFX;2026-03-04;;;;;2121\r\n");
  ASSERT_EQ(night.at("KF").events.size(), 1U) << night.at("KF").detail;
  ASSERT_EQ(night.at("KFX").events.size(), 1U) << night.at("KFX").detail;
  const std::string text = TextOf(night.at("KFX").events[0].bytes);
  EXPECT_EQ(night.at("KFX").events[0].type->name, "dental.contact.failed");
  EXPECT_THAT(text, HasSubstr("status = retracted"));
  EXPECT_THAT(text, HasSubstr("since = \"2025-11-03\""));
  FilesRig other;
  EXPECT_EQ(TakeFile(other, head + failed + "2025-12-01" + row + "KFX;2026-03-04;;;;;2121\r\n").at("KFX").kind,
            kit::Verdict::Kind::kNothing) << "another time that nobody was reached";
}

TEST(DentalMapping, MilkTeethAndPermanentTeethAreNotMixedUp) {
  FilesRig rig;
  const std::string head = "kariesindex;kariesvarde;" + Header();
  const std::string row = "20210325K069;2021-03-25;SE2321000198-FTVTEST;KR;2026-03-02;;;;;2121\r\n";
  EXPECT_THAT(TextOf(TakeFile(rig, head + "DFT;1;" + row).at("KR").events.at(0).bytes),
              HasSubstr("index = permanentDft"));
  FilesRig second;
  EXPECT_THAT(TextOf(TakeFile(second, head + "dft;1;" + row).at("KR").events.at(0).bytes),
              HasSubstr("index = deciduousDft"));
  FilesRig third;
  EXPECT_EQ(TakeFile(third, head + "dmft;1;" + row).at("KR").reason, "unknown-code");
}

TEST(DentalMapping, WithoutANumberOfAKnownFormARowIsPutAside) {
  FilesRig rig;
  const auto night = TakeFile(
      rig, Header() +
               "Test Testsson;2021-03-25;SE2321000198-FTVTEST;UB;2026-03-02;09:30;US;1;;2121\r\n");
  EXPECT_EQ(night.at("").kind, kit::Verdict::Kind::kQuarantined);
  EXPECT_EQ(night.at("").reason, "no-person");
  EXPECT_THAT(night.at("").detail, Not(HasSubstr("Testsson")));
}

}  // namespace
}  // namespace sam::files::test
