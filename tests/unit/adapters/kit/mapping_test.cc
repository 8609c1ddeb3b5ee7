#include "adapters/kit/mapping.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit {
namespace {

// Lines 1-14; tests add from line 15 on, or change a line.
constexpr const char* kGood = R"([mapping]
id = "t"
version = "1"
format = "hl7v2"
[tables]
codes = "codes.csv"
[header]
"occurredAt" = { from = "MSH-7.1", as = "time" }
[[event]]
name = "missed"
type = "bvc.visit.missed"
when = ["SIU^S26"]
[event.body]
"appointmentId" = { from = "SCH-1.1" }
"visitCode" = { from = "SCH-8.1", table = "codes" }
"start" = { from = "SCH-11.4", as = "time" }
)";

Result<std::string> Tables(const std::string& name) {
  if (name == "codes.csv")
    return std::string("# version: 1\ncode;value;mode\nM8;bhv.m8;home\nV4;bhv.w4;wrong\n");
  return NotFound("cannot open " + name);
}

Result<std::unique_ptr<Mapping>> Parse(const std::string& text) {
  return Mapping::Parse(text, "m.toml", &Tables, test::TestKinds());
}

std::string With(const std::string& more) { return std::string(kGood) + more; }

std::string Replaced(const std::string& what, const std::string& by) {
  std::string text = kGood;
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

void ExpectRefused(const std::string& text, const std::string& expected) {
  const Result<std::unique_ptr<Mapping>> mapping = Parse(text);
  ASSERT_FALSE(mapping.ok()) << "accepted, expected: " << expected;
  EXPECT_EQ(mapping.error().code, Code::kInvalid);
  EXPECT_NE(mapping.error().message.find(expected), std::string::npos)
      << "expected: " << expected << "\ngot: " << mapping.error().message;
}

void ExpectOneFinding(const std::string& text) {
  const Result<std::unique_ptr<Mapping>> mapping = Parse(text);
  ASSERT_FALSE(mapping.ok());
  EXPECT_EQ(mapping.error().message.find('\n'), std::string::npos) << mapping.error().message;
}

TEST(Mapping, AGoodOneLoads) {
  const Result<std::unique_ptr<Mapping>> mapping = Parse(kGood);
  ASSERT_TRUE(mapping.ok()) << mapping.error().message;
  EXPECT_TRUE((*mapping)->Wants("SIU^S26"));
  EXPECT_FALSE((*mapping)->Wants("SIU^S12"));
  EXPECT_EQ((*mapping)->zone(), "Europe/Stockholm");
}

TEST(Mapping, AnUnknownFieldIsRefusedWithItsPlaceAndTheNearestName) {
  ExpectRefused(Replaced("\"visitCode\" =", "\"vistCode\" ="),
                "m.toml:15:1: unknown field 'vistCode', did you mean 'visitCode'?");
}

TEST(Mapping, AMissingRequiredFieldIsRefused) {
  ExpectRefused(Replaced("\"appointmentId\" = { from = \"SCH-1.1\" }\n", ""),
                "event 'missed': the required field 'appointmentId' is never set");
  ExpectRefused(Replaced("\"occurredAt\" = { from = \"MSH-7.1\", as = \"time\" }\n", ""),
                "the required field 'header.occurredAt' is never set");
}

TEST(Mapping, AWrongTypeIsRefused) {
  ExpectRefused(Replaced("{ from = \"SCH-11.4\", as = \"time\" }", "{ from = \"SCH-11.4\" }"),
                "m.toml:16:1: 'start' is a number: say as = \"int\" or as = \"time\"");
  ExpectRefused(With("\"attemptNo\" = { from = \"SCH-5\", as = \"time\" }\n"),
                "m.toml:17:1: 'attemptNo' is too small a number for a time");
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from = \"SCH-1.1\", as = \"identifiers\" }"),
                "m.toml:14:1: 'appointmentId' is a text");
}

TEST(Mapping, TheIdOfASignalIsReadFromATextThatNamesItAndOnlyWhereItIsNotRequired) {
  ExpectRefused(With("\"attemptNo\" = { from = \"SCH-5\", as = \"signal\" }\n"), "'attemptNo' is");
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from = \"SCH-1.1\", as = \"signal\" }"),
                "m.toml:14:1: 'appointmentId' is no signal's id");
  std::string receipt = Replaced("\"appointmentId\" = { from = \"SCH-1.1\" }\n",
                                 "\"signalId\" = { from = \"SCH-1.1\", as = \"signal\" }\n");
  receipt.replace(receipt.find("bvc.visit.missed"), 16, "signal.receipt");
  ExpectRefused(receipt, "'signalId': a mapping cannot set this field");
  receipt.replace(receipt.find("signal.receipt"), 14, "social.inquiry.decided");
  receipt.replace(receipt.find("as = \"signal\" }"), 15, "table = \"codes\", column = \"mode\" }");
  ExpectRefused(receipt, "'signalId' is the id of a signal: say as = \"signal\"");
}

TEST(Mapping, AnUnknownEnumValueIsRefused) {
  ExpectRefused(With("\"mode\" = { const = \"hom\" }\n"),
                "m.toml:17:1: unknown value 'hom' for 'mode'; the nearest is 'home'");
  ExpectRefused(With("\"mode\" = { from = \"SCH-8.1\", table = \"codes\", column = \"mode\" }\n"),
                "codes.csv:4:11: unknown value 'wrong' for 'mode' (set at m.toml:17:1)");
}

TEST(Mapping, ANumberThatDoesNotFitIsRefused) {
  ExpectRefused(With("\"attemptNo\" = { const = \"70000\" }\n"),
                "m.toml:17:1: '70000' is no number that fits");
  ExpectRefused(With("\"attemptNo\" = { const = \"two\" }\n"), "'two' is no number that fits");
}

TEST(Mapping, UnknownTablesAndColumnsAreRefused) {
  ExpectRefused(Replaced("table = \"codes\"", "table = \"code\""),
                "m.toml:15:35: unknown table 'code'; expected one of [tables]; the nearest is 'codes'");
  ExpectRefused(Replaced("table = \"codes\" }", "table = \"codes\", column = \"mod\" }"),
                "table 'codes' has no column 'mod'; the nearest is 'mode'");
  ExpectRefused(Replaced("\"codes.csv\"", "\"none.csv\""), "m.toml:6:1: cannot open none.csv");
}

TEST(Mapping, AWrongSelectorIsRefused) {
  ExpectRefused(Replaced("SCH-1.1", "SCH1.1"), "m.toml:14:21: ");
  ExpectRefused(Replaced("SCH-1.1", "OBX(3.1)-5"), "expected SEG(field=value)-field");
}

TEST(Mapping, AnUnknownEventTypeIsRefused) {
  ExpectRefused(
      Replaced("bvc.visit.missed", "bvc.visit.mised"),
      "m.toml:11:1: unknown event type 'bvc.visit.mised'; the nearest is 'bvc.visit.missed'");
}

// Once each of its fields was told as unknown, too, and a word that `as` lacks as a wrong type first.
TEST(Mapping, OneMistakeIsOneFinding) {
  ExpectOneFinding(Replaced("bvc.visit.missed", "bvc.visit.mised"));
  ExpectOneFinding(Replaced("\"SCH-11.4\", as = \"time\"", "\"SCH-11.4\", as = \"tiem\""));
}

TEST(Mapping, WhatOnlyTheHubDerivesIsRefused) {
  ExpectRefused(Replaced("bvc.visit.missed", "expectation.overdue"), "is derived by the hub");
}

TEST(Mapping, AWrongTriggerIsRefused) {
  ExpectRefused(Replaced("[\"SIU^S26\"]", "[\"SIUS26\"]"),
                "m.toml:12:9: 'SIUS26': expected message type and event");
  ExpectRefused(Replaced("[\"SIU^S26\"]", "[]"), "expected a list of triggers");
}

TEST(Mapping, FieldsThatTheAdapterSetsAreRefused) {
  ExpectRefused(Replaced("[[event]]", "\"eventId\" = { const = \"x\" }\n[[event]]"),
                "m.toml:9:1: 'eventId' is set by the adapter itself");
}

TEST(Mapping, TwoSourcesForOneFieldAreRefused) {
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from = \"SCH-1.1\", const = \"x\" }"),
                "expected exactly one of from, from_any, from_all, const");
}

TEST(Mapping, AnUnknownKeyIsRefused) {
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from = \"SCH-1.1\", tabel = \"codes\" }"),
                "tabel");
}

TEST(Mapping, TwoEventsOfOneNameAreRefused) {
  const std::string text = kGood;
  ExpectRefused(text + text.substr(text.find("[[event]]")), "the name 'missed' is taken");
}

TEST(Mapping, ReplacingNeedsAnEpisodeKey) {
  ExpectRefused(Replaced("[event.body]", "replaces = \"bvc.visit.missed\"\n[event.body]"),
                "expected an episode_key");
  ExpectRefused(Replaced("[event.body]", "corrects = true\n[event.body]"), "expected an episode_key");
}

TEST(Mapping, RepeatNeedsAnEpisodeKeyAndExcludesReplaces) {
  ExpectRefused(Replaced("[event.body]", "repeat = \"once\"\n[event.body]"),
                "expected an episode_key to know the fact again by");
  ExpectRefused(Replaced("[event.body]",
                         "episode_key = [\"SCH-1.1\"]\nreplaces = \"bvc.visit.missed\"\n"
                         "repeat = \"changed\"\n[event.body]"),
                "expected repeat, corrects or replaces, not two of them");
  ExpectRefused(Replaced("[event.body]",
                         "episode_key = [\"SCH-1.1\"]\nrepeat = \"often\"\n[event.body]"),
                "\"once\"");
  EXPECT_TRUE(Parse(Replaced("[event.body]", "episode_key = [\"SCH-1.1\"]\nrepeat = \"once\"\n"
                                             "[event.body]"))
                  .ok());
}

TEST(Mapping, AFieldInsideAStructIsNamedWithItsWholePath) {
  ExpectRefused(Replaced("[[event]]", "\"subject.brithDate\" = { from = \"PID-7\", as = \"date\" }\n[[event]]"),
                "m.toml:9:1: unknown field 'subject.brithDate', did you mean 'subject.birthDate'?");
}

TEST(Mapping, AValueThatNoRowGivesIsRefused) {
  ExpectRefused(Replaced("[event.body]",
                         "[[event.if]]\nat = \"SCH-8.1\"\ntable = \"codes\"\ngives = [\"bhv.m8\", "
                         "\"bhv.w5\"]\n[event.body]"),
                "m.toml:16:20: 'bhv.w5' stands nowhere in column 'value' of table 'codes'; the "
                "nearest is 'bhv.w4'");
}

TEST(Mapping, AColumnWithoutATableIsRefused) {
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from = \"SCH-1.1\", column = \"mode\" }"),
                "m.toml:14:39: column without a table");
}

TEST(Mapping, AListsElementIsToldWithItsOwnPlace) {
  ExpectRefused(Replaced("{ from = \"SCH-1.1\" }", "{ from_any = [\"SCH-1.1\", \"SCH2.1\"] }"),
                "m.toml:14:44: selector 'SCH2.1', column 4");
}

TEST(Mapping, AnUnknownZoneIsRefused) {
  ExpectRefused(Replaced("[tables]", "[defaults]\nzone = \"Europe/Stokholm\"\n[tables]"),
                "m.toml:6:1: no time zone 'Europe/Stokholm'");
}

TEST(Mapping, AnOrganisationNumberIsNormalisedAndAWrongOneRefused) {
  const auto good = Parse(Replaced("[tables]", "[defaults]\norg_nr = \"232100-0198\"\n[tables]"));
  ASSERT_TRUE(good.ok()) << good.error().message;
  EXPECT_EQ((*good)->defaults().org_nr, "2321000198");
  ExpectRefused(Replaced("[tables]", "[defaults]\norg_nr = \"232100-0199\"\n[tables]"),
                "m.toml:6:1: organisation number");
}

TEST(Mapping, ATablesMistakesAreToldWithThePlacesOfTheTable) {
  const Result<std::unique_ptr<Mapping>> mapping = Mapping::Parse(
      kGood, "maps/m.toml",
      [](const std::string&) -> Result<std::string> {
        return std::string("code;value\nA;1;2\nB;1\nb;2\n");
      },
      test::TestKinds());
  ASSERT_FALSE(mapping.ok());
  for (const char* one : {"maps/codes.csv:1:1: expected a line '# version:",
                          "maps/codes.csv:2:1: expected 2 cells, found 3",
                          "maps/codes.csv:4:1: the code stands on line 3 already"})
    EXPECT_NE(mapping.error().message.find(one), std::string::npos) << mapping.error().message;
  // The table is named, only damaged: that is told once.
  EXPECT_EQ(mapping.error().message.find("unknown table"), std::string::npos);
}

TEST(Mapping, AWrongCellIsToldOnceHoweverManyFieldsReadIt) {
  const std::string spec = " = { from = \"SCH-8.1\", table = \"codes\", column = \"mode\" }\n";
  const std::string rule = With("\"mode\"" + spec);
  std::string second = rule.substr(rule.find("[[event]]"));
  second.replace(second.find("\"missed\""), 8, "\"other\"");
  const auto mapping = Parse(rule + second);
  ASSERT_FALSE(mapping.ok());
  const std::string& text = mapping.error().message;
  EXPECT_NE(text.find("codes.csv:4:11"), std::string::npos) << text;
  EXPECT_EQ(text.find("codes.csv:4:11"), text.rfind("codes.csv:4:11")) << text;
}

TEST(Mapping, WhatIsSurelyNotMeantIsAHintAndNoRefusal) {
  std::string text = Replaced("[\"SIU^S26\"]", "[\"SIU^S26\", \"SUI^S26\", \"SIU^A26\", \"ZZA^Z01\"]");
  text.replace(text.find("SCH-1.1"), 7, "SHC-1.1");
  text.replace(text.find(", table = \"codes\""), 17, "");
  const auto hints = Parse(text);
  ASSERT_TRUE(hints.ok()) << hints.error().message;
  const std::vector<std::string> expected = {
      "m.toml:12:20: HL7 has no message type 'SUI'; the nearest is 'SIU^S26'",
      "m.toml:12:31: HL7 has no event 'A26' for SIU, whose events begin with S; the nearest is 'SIU^S26'",
      "m.toml:14:21: 'SHC-1.1': HL7 has no segment 'SHC'; the nearest is 'SCH'",
      "m.toml:6:1: no rule uses the table 'codes'"};
  EXPECT_EQ((*hints)->hints(), expected);
}

TEST(Mapping, AnOddUnitIsAHintToo) {
  const auto mapping = Parse(Replaced("[event.body]", "each = \"OXB\"\n[event.body]"));
  ASSERT_TRUE(mapping.ok()) << mapping.error().message;
  EXPECT_EQ((*mapping)->hints(),
            std::vector<std::string>{"m.toml:13:1: HL7 has no segment 'OXB'; the nearest is 'OBX'"});
}

TEST(Mapping, AllMistakesAreToldAtOnce) {
  std::string text = Replaced("\"visitCode\" =", "\"vistCode\" =");
  text.replace(text.find("SCH-1.1"), 7, "SCH1.1 ");
  const Result<std::unique_ptr<Mapping>> mapping = Parse(text);
  ASSERT_FALSE(mapping.ok());
  EXPECT_NE(mapping.error().message.find("m.toml:14:"), std::string::npos);
  EXPECT_NE(mapping.error().message.find("m.toml:15:"), std::string::npos);
}

TEST(Mapping, TheDigestCoversTheTables) {
  const auto first = Parse(kGood);
  const auto second =
      Mapping::Parse(kGood, "m.toml", [](const std::string&) -> Result<std::string> {
        return std::string("# version: 2\ncode;value\nM8;bhv.m10\n");
      }, test::TestKinds());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE((*first)->digest(), (*second)->digest());
  EXPECT_EQ((*first)->digest(), (*Parse(kGood))->digest());
}

}  // namespace
}  // namespace sam::kit
