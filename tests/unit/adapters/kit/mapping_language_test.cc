// The mapping language on the traps of the domain: constants, lists, identifier systems, hours that
// are doubled or missing, children without a number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A rig with a mapping of the test's own.
struct LanguageRig : Rig {
  explicit LanguageRig(const std::string& text) {
    Result<std::unique_ptr<Mapping>> made = Mapping::Parse(
        text, "m.toml",
        [](const std::string&) -> Result<std::string> {
          return std::string("# version: 1\ncode;value\nM8;bhv.m8\nX;-\n");
        },
        TestKinds());
    EXPECT_TRUE(made.ok()) << made.error().message;
    if (!made.ok()) return;
    // What points into the mapping goes first.
    pipeline.reset();
    decoder.reset();
    store.reset();
    mapping = std::move(made).value();
    Open();
  }
  std::string Event(const std::string& message) {
    const Verdict verdict = Take(message);
    EXPECT_EQ(verdict.events.size(), 1U) << verdict.reason << ": " << verdict.detail;
    return verdict.events.empty() ? "" : TextOf(verdict.events.front().bytes);
  }
};

std::string MappingWith(const std::string& header, const std::string& body = "") {
  return "[mapping]\nid = \"t\"\nversion = \"1\"\nformat = \"hl7v2\"\n[tables]\ncodes = \"codes.csv\"\n"
         "[header]\n\"occurredAt\" = { from = \"SCH-11.4\", as = \"time\" }\n" +
         header +
         "[[event]]\nname = \"missed\"\ntype = \"bvc.visit.missed\"\nwhen = [\"SIU^S26\"]\n[event.body]\n"
         "\"appointmentId\" = { from = \"SCH-1.1\" }\n\"visitCode\" = { from = \"SCH-8.1\" }\n"
         "\"start\" = { from = \"SCH-11.4\", as = \"time\" }\n" +
         body;
}

std::string Message(const std::string& when, const std::string& pid3) {
  return "MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|S|H|20260302101500||SIU^S26|M1|T|2.5.1\r"
         "SCH|A-77|||||||M8|||^^^" + when + "\rPID|1||" + pid3 + "||Testsson^Barn\r"
         "AIL|1||se2321000198-bvctest\r";
}

const char* const kIds = "\"subject.ids\" = { from = \"PID-3\", as = \"identifiers\" }\n";

TEST(MappingLanguage, AConstantSetsTextsNumbersFlagsAndCodes) {
  LanguageRig rig(MappingWith("\"actorRole\" = { const = \"DSK\" }\n\"subject.unborn\" = { const = \"true\" }\n",
                              "\"attemptNo\" = { const = \"2\" }\n\"mode\" = { const = \"home\" }\n"));
  const std::string event = rig.Event(Message("20260302093000", ""));
  for (const char* field : {"actorRole = \"DSK\"", "unborn = true", "attemptNo = 2", "mode = home"})
    EXPECT_THAT(event, HasSubstr(field));
}

std::string Refusal(const std::string& text) {
  const auto made = Mapping::Parse(
      text, "m.toml",
      [](const std::string&) -> Result<std::string> { return std::string("# version: 1\ncode;value\nM8;bhv.m8\n"); },
      TestKinds());
  return made.ok() ? "" : made.error().message;
}

// What stands in the mapping is set as it is: "banana" went out as a date.
TEST(MappingLanguage, AConstantOrDefaultThatHasNotTheFormOfAsIsRefusedAtLoad) {
  EXPECT_EQ(Refusal(MappingWith(kIds)), "");
  for (const auto& [field, fault] : std::map<std::string, std::string>{
           {"{ const = \"banana\", as = \"date\" }", "'banana' is not a date as YYYY-MM-DD"},
           {"{ const = \"2026-02-30\", as = \"date\" }", "'2026-02-30' is not a date"},
           {"{ from = \"SCH-2.1\", default = \"i dag\", as = \"date\" }", "default: 'i dag' is not a date"},
           {"{ const = \"980\", as = \"municipality\" }", "a municipality code of 4 digits"},
           {"{ const = \"BVC\", as = \"hsa-id\" }", "an HSA-id"},
           {"{ const = \"12\", as = \"org-nr\" }", "an organisation number"}}) {
    const std::string told = Refusal(MappingWith(kIds + ("\"actorRole\" = " + field + "\n")));
    EXPECT_THAT(told, HasSubstr(fault)) << field;
    EXPECT_THAT(told, testing::StartsWith("m.toml:")) << field;
  }
  EXPECT_THAT(Refusal(MappingWith(std::string(kIds) + "\"actorRole\" = { const = \"2026-02-28\", as = \"date\" }\n")), "");
  const std::string with = MappingWith(kIds);
  const std::string start = "\"start\" = { from = \"SCH-11.4\"";
  std::string constant = with;
  constant.replace(constant.find(start), start.size(), "\"start\" = { const = \"hello\"");
  EXPECT_THAT(Refusal(constant), HasSubstr("a constant time"));
}

// The loader read selectors of a format that it did not have, and fell.
TEST(MappingLanguage, WithoutAKnownFormatOneFindingIsToldAndNoOther) {
  const std::string with = MappingWith(kIds);
  const std::string body = with.substr(with.find("[tables]"));
  for (const auto& [head, told] : std::map<std::string, std::string>{
           {"", "expected a table [mapping]"},
           {"[mapping]\nid = \"t\"\nversion = \"1\"\n", "format"},
           {"[mapping]\nid = \"t\"\nversion = \"1\"\nformat = \"hl7v3\"\n", "did you mean \"hl7v2\"?"},
           {"[mapping]\nid = \"t\"\nversion = \"1\"\nformat = 7\n", "format"}}) {
    const std::string refusal = Refusal(head + body);
    EXPECT_THAT(refusal, HasSubstr(told)) << head;
    EXPECT_EQ(std::count(refusal.begin(), refusal.end(), '\n'), 0) << refusal;
  }
}

TEST(MappingLanguage, AnUnbornChildWithoutAnyIdIsToldAndNotDoubted) {
  LanguageRig rig(MappingWith(std::string(kIds) + "\"subject.unborn\" = { const = \"true\" }\n"));
  const std::string event = rig.Event(Message("20260302093000+0100", ""));
  EXPECT_THAT(event, HasSubstr("unborn = true"));
  EXPECT_THAT(event, HasSubstr("doubts = []"));
  EXPECT_THAT(event, Not(HasSubstr("value = ")));
}

TEST(MappingLanguage, AChildWithoutANumberIsToldByALocalIdThatIsFlagged) {
  LanguageRig rig(MappingWith(kIds));
  EXPECT_THAT(rig.Event(Message("20260302093000+0100", "NB-17^^^COSMIC^MR")),
              HasSubstr("system = \"COSMIC\", value = \"NB-17\", flag = \"unknown-system\""));
}

// Two sources may give the same number to two children: without a system it is its source's own.
TEST(MappingLanguage, ANumberWithoutASystemIsItsSourcesOwn) {
  LanguageRig rig(MappingWith(kIds));
  EXPECT_THAT(rig.Event(Message("20260302093000+0100", "1017^^^^MR")),
              HasSubstr("system = \"urn:samsignal:source:cosmic.bollnas\", value = \"1017\", flag = \"unknown-system\""));
}

// 10:15 is when the message was made; the visit is later, sooner than a day, over, or a day alone.
TEST(MappingLanguage, NoticeIsTheHoursBetweenTwoTimesOfTheMessage) {
  const std::string body = "\"attemptNo\" = { from = \"SCH-11.4\", as = \"hours\", since = \"MSH-7.1\" }\n";
  for (const auto& [when, hours] : std::map<std::string, std::string>{
           {"20260302131400", "2"}, {"20260302101400", "0"}, {"20260304101500", "48"}, {"20260303", "-1"}}) {
    LanguageRig rig(MappingWith(kIds, body));
    EXPECT_THAT(rig.Event(Message(when, "NB-17^^^COSMIC^MR")), HasSubstr("attemptNo = " + hours + ","))
        << when;
  }
}

TEST(MappingLanguage, ARuleMayAskHowShortTheNoticeWas) {
  const std::string with = MappingWith(kIds);
  const size_t at = with.find("[event.body]");
  const std::string late = with.substr(0, at) +
                           "[[event.if]]\nat = \"SCH-11.4\"\nwithin_hours = 24\nof = \"MSH-7.1\"\n" +
                           with.substr(at);
  for (const auto& [when, told] : std::map<std::string, size_t>{{"20260303101400", 1},
                                                                {"20260303101500", 0},
                                                                {"20260302090000", 1},
                                                                {"20260302", 0},
                                                                {"", 0}}) {
    LanguageRig rig(late);
    EXPECT_EQ(rig.Take(Message(when, "NB-17^^^COSMIC^MR")).events.size(), told) << when;
  }
}

TEST(MappingLanguage, OidAndUriNameTheSameIdentifierSystem) {
  for (const char* form : {"98240301AA06^^^&1.2.752.74.9.1&ISO^NI",
                           "98240301AA06^^^&urn:oid:1.2.752.74.9.1&URI^NI",
                           "98240301AA06^^^&http://electronichealth.se/identifier/nationelltReservnummer&URI^NI"}) {
    LanguageRig rig(MappingWith(kIds));
    EXPECT_THAT(rig.Event(Message("20260302093000+0100", form)),
                HasSubstr("system = \"1.2.752.74.9.1\", value = \"98240301AA06\""))
        << form;
  }
}

TEST(MappingLanguage, TheDoubledHourIsFlaggedAndTheFirstOneTaken) {
  LanguageRig rig(MappingWith(""));
  const std::string event = rig.Event(Message("20261025023000", ""));
  EXPECT_THAT(event, HasSubstr("zoneNote = ambiguous"));
  EXPECT_THAT(event, HasSubstr("doubts = [\"zone-ambiguous\"]"));
  EXPECT_THAT(event, HasSubstr("occurredAt = 1792888200000"));  // 00:30 UTC: still summer time
}

TEST(MappingLanguage, TheMissingHourIsFlaggedAndMovedForward) {
  LanguageRig rig(MappingWith(""));
  const std::string event = rig.Event(Message("20260329023000", ""));
  EXPECT_THAT(event, HasSubstr("zoneNote = nonexistent"));
  EXPECT_THAT(event, HasSubstr("doubts = [\"zone-nonexistent\"]"));
  EXPECT_THAT(event, HasSubstr("occurredAt = 1774747800000"));  // 03:30 summer time, 01:30 UTC
}

TEST(MappingLanguage, AnHsaIdIsWrittenInOneForm) {
  LanguageRig rig(MappingWith("\"source.unitHsaId\" = { from = \"AIL-3.1\", as = \"hsa-id\" }\n"));
  EXPECT_THAT(rig.Event(Message("20260302093000", "")), HasSubstr("unitHsaId = \"SE2321000198-BVCTEST\""));
}

TEST(MappingLanguage, AnOrganisationNumberIsWrittenInOneFormAndKeptWithADoubtWhenItIsNone) {
  const std::string spec = "\"controller.orgNr\" = { from = \"SCH-1.1\", as = \"org-nr\" }\n";
  LanguageRig rig(MappingWith(spec));
  std::string message = Message("20260302093000+0100", "");
  message.replace(message.find("A-77"), 4, "16232100-0198");
  EXPECT_THAT(rig.Event(message), HasSubstr("controller = (orgNr = \"2321000198\""));
  LanguageRig other(MappingWith(spec));
  const std::string event = other.Event(Message("20260302093000+0100", ""));
  EXPECT_THAT(event, HasSubstr("controller = (orgNr = \"A-77\""));
  EXPECT_THAT(event, HasSubstr("doubts = [\"org-nr-form\"]"));
}

TEST(MappingLanguage, ARuleThatPutsAsideStopsTheMessageWhateverOtherRulesMakeOfIt) {
  const std::string aside =
      "[[event]]\nname = \"two-slots\"\ntype = \"bvc.visit.missed\"\nwhen = [\"SIU^S26\"]\n"
      "aside = \"several-slots\"\n[[event.if]]\nat = \"AIL[2]-1|SCH-8.1\"\n";
  LanguageRig rig(MappingWith(kIds, aside + "in = [\"M8\"]\n"));
  const Verdict verdict = rig.Take(Message("20260302093000", "NB-17^^^COSMIC^MR"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_TRUE(verdict.events.empty());
  EXPECT_EQ(verdict.reason, "several-slots");
  EXPECT_EQ(verdict.detail, "the rule 'two-slots' puts it aside for AIL[2]-1 or SCH-8.1");
  LanguageRig other(MappingWith(kIds, aside + "in = [\"M4\"]\n"));
  other.Event(Message("20260302093000", "NB-17^^^COSMIC^MR"));
  LanguageRig unknown(MappingWith(kIds, aside + "unknown_in = \"codes\"\n"));
  unknown.Event(Message("20260302093000", "NB-17^^^COSMIC^MR"));
}

TEST(MappingLanguage, ARuleThatPutsAsideHasAReasonAndConditionsAndNoFields) {
  const auto refused = [](const std::string& rule) {
    const std::string head =
        "[[event]]\nname = \"x\"\ntype = \"bvc.visit.missed\"\nwhen = [\"SIU^S26\"]\n";
    const auto made = Mapping::Parse(
        MappingWith(kIds, head + rule), "m.toml",
        [](const std::string&) -> Result<std::string> {
          return std::string("# version: 1\ncode;value\nM8;bhv.m8\n");
        },
        TestKinds());
    return made.ok() ? std::string() : made.error().message;
  };
  const std::string when = "[[event.if]]\nat = \"SCH-1.1\"\npresent = true\n";
  EXPECT_EQ(refused("aside = \"a-1\"\n" + when), "");
  EXPECT_THAT(refused("aside = \"Två ord\"\n" + when), HasSubstr("expected a reason in small letters"));
  EXPECT_THAT(refused("aside = \"\"\n" + when), HasSubstr("expected a reason in small letters"));
  EXPECT_THAT(refused("aside = \"a\"\n"), HasSubstr("expected an [[event.if]]"));
  EXPECT_THAT(refused("aside = \"a\"\n" + when + "[event.body]\n\"appointmentId\" = { from = \"SCH-1.1\" }\n"),
              HasSubstr("this rule tells nothing, so body does not belong to it"));
  EXPECT_THAT(refused("aside = \"a\"\nrepeat = \"once\"\n" + when),
              HasSubstr("so repeat does not belong to it"));
}

TEST(MappingLanguage, AFieldWithWhereIsSetOnlyWhereItIsMet) {
  const auto event = [](const std::string& condition) {
    LanguageRig rig(MappingWith(std::string(kIds) + "\"actorRole\" = { from = \"SCH-8.1\", where = [{ at = " +
                                "\"SCH-1.1\", present = true }, { at = " + condition + " }] }\n"));
    return rig.Event(Message("20260302093000", "NB-17^^^COSMIC^MR"));
  };
  EXPECT_THAT(event("\"SCH-8.1\", table = \"codes\", gives = [\"bhv.m8\"]"), HasSubstr("actorRole = \"M8\""));
  EXPECT_THAT(event("\"SCH-8.1\", table = \"codes\", not_gives = [\"bhv.m8\"]"),
              Not(HasSubstr("actorRole = \"M8\"")));
  EXPECT_THAT(event("\"SCH-2.1\", present = false"), HasSubstr("actorRole = \"M8\""));
  EXPECT_THAT(event("\"SCH-2.1\", present = true"), Not(HasSubstr("actorRole = \"M8\"")));
}

TEST(MappingLanguage, ARequiredFieldWhoseWhereIsNotMetSendsTheMessageAside) {
  LanguageRig rig(MappingWith(std::string(kIds) + "\"actorRole\" = { from = \"SCH-8.1\", required = true, " +
                              "where = [{ at = \"SCH-2.1\", present = true }] }\n"));
  const Verdict verdict = rig.Take(Message("20260302093000", "NB-17^^^COSMIC^MR"));
  EXPECT_EQ(verdict.reason, "missing-field");
  EXPECT_THAT(verdict.detail, HasSubstr("nothing at SCH-8.1, or its where is not met"));
}

TEST(MappingLanguage, AListTakesAllRepetitionsAndLeavesOutWhatSaysNothing) {
  std::string text = MappingWith("");
  text.replace(text.find("bvc.visit.missed"), 16, "bvc.homevisit.completed");
  const size_t body = text.find("\"appointmentId\"");
  text.replace(body, std::string::npos,
               "\"kind\" = { const = \"m8\" }\n\"date\" = { from = \"SCH-11.4\", as = \"date\" }\n"
               "\"roles\" = { from = \"SCH-8[*].1\", table = \"codes\" }\n");
  LanguageRig rig(text);
  std::string message = Message("20260302093000", "");
  message.replace(message.find("|M8|"), 4, "|M8~X~M8|");
  EXPECT_THAT(rig.Event(message), HasSubstr("roles = [\"bhv.m8\", \"bhv.m8\"]"));
}

TEST(MappingLanguage, ATracedMapperTellsWhereEachValueCameFrom) {
  LanguageRig rig(MappingWith("\"actorRole\" = { from_any = [\"AIP-4.1\", \"AIL-3.1\"], default = \"?\" }\n"));
  MapTrace trace;
  trace.with_places = true;
  rig.pipeline->SetTrace(&trace);
  rig.Take(Message("20260302093000", ""));
  rig.pipeline->SetTrace(nullptr);
  ASSERT_EQ(trace.rules.size(), 1U);
  const RuleTrace& rule = trace.rules.front();
  EXPECT_EQ(rule.end, RuleTrace::End::kTold);
  bool seen = false;
  for (const FieldTrace& field : rule.fields) {
    if (field.path != "header.actorRole") continue;
    seen = true;
    EXPECT_EQ(field.places, std::vector<std::string>{"AIL-3.1"});
    EXPECT_EQ(field.value, "se2321000198-bvctest");
    EXPECT_FALSE(field.fallback);
    EXPECT_EQ(field.by->stands_at, "m.toml:9:1");
  }
  EXPECT_TRUE(seen);
  EXPECT_TRUE(trace.touched.count("AIL-3") == 1);
  EXPECT_TRUE(trace.touched.count("PID-5") == 0);
  std::string next = Message("20260303093000", "");
  next.replace(next.find("|M1|"), 4, "|M2|");
  EXPECT_EQ(rig.Take(next).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(trace.rules.size(), 1U) << "traced though nobody looks";
}

}  // namespace
}  // namespace sam::kit::test
