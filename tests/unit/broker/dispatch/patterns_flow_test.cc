// The shipped programmes and rules in a whole hub: prompts reach the unit that owns them, corrections
// reach who got them, and the log is rebuilt to the same rows.
#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::sam::test::Shipped;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ShippedRules : public Scene {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    Must(hub_.Start());
    Restart();
    programmes_ = Shipped("programmes.toml");
    Config("1", Shipped("rules.toml"));
  }
  Offset Dental(const std::string& name, int day, const Fill& fill) {
    return Tell(name, Day(day), [&](schema::Event::Builder e) {
      e.getHeader().setType("dental.something");
      e.getHeader().getSource().setUnitHsaId("SE2321000198-FTVTEST");
      fill(e);
    });
  }
  Fill Away(const std::string& appointment) {
    return [=](schema::Event::Builder e) {
      e.getBody().initDentalVisitMissed().setAppointmentId(appointment);
    };
  }
  Offset MovedTo(const std::string& name, int day) {
    return Tell(name, Day(day), [](schema::Event::Builder e) {
      e.getBody().initPersonMoved().setNewMunicipality("2183");
    });
  }
};

TEST_F(ShippedRules, AMissedDentalVisitTwiceIsAskedOfTheClinicThatOwnsIt) {
  Registered();
  Dental("d1", 5, Away("a1"));
  Dental("d2", 8, Away("a2"));
  Tick(Day(12));
  // The demonstration's clinic has no channel yet: the prompt waits there, and nowhere else.
  const auto row = Row(IdOf("SIG-E2", schema::Outcome::HELD));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->receiver, "ftv.bollnas");
  EXPECT_EQ(row->rule, "P5");
  EXPECT_THAT(row->reasons, ElementsAre("gate.receiver.channel"));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ShippedRules, APatternReachesItsUnitAndACorrectionTakesItBack) {
  Registered();
  Completed("visit", 4, "bhv.w1-3");
  MovedTo("m1", 10);
  MovedTo("m2", 12);
  MovedTo("m3", 14);
  Tick(Day(20));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2"));
  Progress("bvc.bollnas", 1);  // the unit has it
  Retract("back", "m2", [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setNewMunicipality("2183");
  });
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E2", "WITHDRAWN"));
  ExpectRebuilds();
}

// P1 looks at both sides by a decision of the region: the prompt says on which ground.
TEST_F(ShippedRules, APromptOfARuleOverTwoSidesNamesTheGroundOfItsRule) {
  std::string rules = Shipped("rules.toml");
  const std::string off = "enabled = false\n";
  const size_t at = rules.find(off, rules.find("id = \"P1\"\n"));
  ASSERT_NE(at, std::string::npos);
  rules.replace(at, off.size(),
                "enabled = true\napproved_by = \"Nämnden\"\napproved_on = 2026-01-15\n"
                "approval_record = \"HSN 2026-0017\"\n");
  Tick(Day(1));  // a rule looks at nothing of before it came
  Config("2", rules);
  Registered();
  Completed("visit", 4, "bhv.w1-3");
  Dental("d1", 6, Away("a1"));
  Dental("d2", 8, Away("a2"));
  Missed("b1", 10, "b1");
  Tick(Day(14));
  std::vector<std::string> grounds;
  for (const Letter& letter : Mailbox("bvc.bollnas")) {
    if (letter.code() != "SIG-E2") continue;
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    EXPECT_EQ(letter.decision.ground, signal->get().getGround().cStr());
    grounds.emplace_back(signal->get().getGround().cStr());
  }
  EXPECT_THAT(grounds, ElementsAre("ground.same-region"));
  ExpectRebuilds();
}

TEST_F(ShippedRules, TheStepsOfOneRuleAreSignalsOfTheirOwn) {
  Registered();
  Completed("visit", 4, "bhv.w1-3");
  Tick(Day(78));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1", "SIG-E1")) << "week 4, weeks 6-8";
  std::vector<std::string> rules;
  for (const Letter& letter : Mailbox("bvc.bollnas")) rules.push_back(letter.decision.rule);
  EXPECT_THAT(rules, UnorderedElementsAre("E1-BHV/bhv.w4", "E1-BHV/bhv.w6-8"));
  ExpectRebuilds();
}

TEST_F(ShippedRules, AReportWithoutReceiptIsAskedOfItsUnitAndAReceiptEndsTheWait) {
  Registered();
  Completed("visit", 4, "bhv.w1-3");
  Completed("later", 199, "bhv.m6");
  Tick(Day(200));
  const size_t before = Codes("bvc.bollnas").size();
  Report("report");
  const SignalId id = IdOf("SIG-A1", schema::Outcome::DELIVER);
  Tick(Day(203));
  const auto prompts = [&] {
    size_t n = 0;
    for (const Letter& letter : Mailbox("bvc.bollnas"))
      n += letter.decision.rule == "P8-RECEIPT" ? 1 : 0;
    return n;
  };
  EXPECT_EQ(prompts(), 1u);
  EXPECT_GT(Codes("bvc.bollnas").size(), before);
  Progress("bvc.bollnas", Codes("bvc.bollnas").size());
  // Registered on the day it was sent, and told now: the prompt was wrong.
  Receipt("told-late", id, schema::LadderState::REGISTERED, "bollnas.mottagning");
  const auto codes = Codes("bvc.bollnas");
  EXPECT_NE(std::find(codes.begin(), codes.end(), "WITHDRAWN"), codes.end());
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
