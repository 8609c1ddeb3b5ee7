// The mapping language on the traps of the domain: constants, lists, identifier systems, hours that
// are doubled or missing, children without a number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
