// A prompt's reader decides to tell the other health care of the region that the family is not reached.
#include <tuple>

#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::sam::test::Shipped;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Choice = schema::PromptDecided::Decision;

class Attendance : public Scene {
 protected:
  void SetUp() override {
    const std::string none = "channel = \"none\"";
    const size_t clinic = directory_.find("id = \"ftv.bollnas\"");
    ASSERT_NE(clinic, std::string::npos);
    directory_.replace(directory_.find(none, clinic), none.size(), "channel = \"zmq\"");
    Scene::SetUp();
    Connected("ftv.bollnas");
    Registered();
  }
  Offset AtClinic(const std::string& name, int day) {
    return Tell(name, Day(day), [](schema::Event::Builder e) {
      e.getHeader().setType("dental.visit.completed");
      e.getHeader().getSource().setUnitHsaId("SE2321000198-FTVTEST");
      e.getBody().initDentalVisitCompleted();
    });
  }
  SignalId Prompted() {
    for (const auto& [name, day, booking] : {std::tuple{"m1", 100, "a1"}, {"m2", 120, "a2"}})
      Tell(name, Day(day), [&, at = booking](schema::Event::Builder e) {
        MissedBody(at)(e);
        e.getHeader().setType("bvc.visit.missed");
      });
    return IdOf("SIG-E2", schema::Outcome::DELIVER);
  }
  void Decided(const SignalId& id, Choice choice, const std::string& name = "decided",
               const char* org = "2321000198") {
    Tell(name, Day(125), [&](schema::Event::Builder e) {
      e.getHeader().getController().setOrgNr(org);
      auto body = e.getBody().initPromptDecided();
      body.setSignalId(wire::AsData(id.view()));
      body.setDecision(choice);
    });
  }
};

TEST_F(Attendance, TheOtherSideLearnsHowOftenAndSinceWhenAndNothingElse) {
  AtClinic("known there", 20);
  Decided(Prompted(), Choice::HEALTH_CONTACT);
  const auto letters = Mailbox("ftv.bollnas");
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].code(), "SIG-C1");
  EXPECT_EQ(letters[0].decision.ground, "ground.same-region");
  const auto signal = wire::Parse<schema::Signal>(letters[0].decision.bytes);
  ASSERT_TRUE(signal.ok());
  ASSERT_TRUE(signal->get().getBody().isAttendance());
  EXPECT_EQ(signal->get().getBody().getAttendance().getAttempts(), 2);
  EXPECT_EQ(signal->get().getBody().getAttendance().getNotReachedSince(), Day(100).value);
  EXPECT_EQ(signal->get().getClocks().size(), 1U);
  ExpectRebuilds();
}

TEST_F(Attendance, WhatTheOtherSideToldItselfIsNotCounted) {
  const std::string text = Shipped("rules.toml");
  const size_t at = text.find("id = \"P1\"");
  ASSERT_NE(at, std::string::npos);
  std::string rule = "[[rule]]\n" + text.substr(at, text.find("# P7", at) - at);
  const std::string off = "enabled = false";
  rule.replace(rule.find(off), off.size(), "enabled = true\nfires_on_history = true\napproved_by = \"HSN\"\n"
               "approved_on = 2000-01-01\napproval_record = \"HSN 2000-0001\"");
  Config("2", FileText("rules.toml") + rule);
  for (const int day : {102, 110})
    Tell("dental " + std::to_string(day), Day(day), [&](schema::Event::Builder e) {
      e.getHeader().setType("dental.visit.missed");
      e.getHeader().getSource().setUnitHsaId("SE2321000198-FTVTEST");
      e.getBody().initDentalVisitMissed().setAppointmentId("d" + std::to_string(day));
    });
  Tell("own", Day(120), [&](schema::Event::Builder e) {
    MissedBody("a1")(e);
    e.getHeader().setType("bvc.visit.missed");
  });
  Tick(Day(123));
  const SignalId prompt = IdOf("SIG-E2", schema::Outcome::DELIVER);
  ASSERT_EQ(Row(prompt)->evidence.size(), 3U) << "all three are why";
  Decided(prompt, Choice::HEALTH_CONTACT);
  const auto letters = Mailbox("ftv.bollnas");
  ASSERT_EQ(letters.size(), 1U);
  const auto signal = wire::Parse<schema::Signal>(letters[0].decision.bytes);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal->get().getBody().getAttendance().getAttempts(), 1);
  EXPECT_EQ(signal->get().getBody().getAttendance().getNotReachedSince(), Day(120).value);
  ExpectRebuilds();
}

// The clinic's own sum of its tries, and a child without a clinic after the letters (the shipped rules).
class NotReached : public Attendance {
 protected:
  void SetUp() override {}
  void Begin(uint32_t fold = kFoldEdition) {
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    Must(hub_.Start());
    Restart();
    fold_ = fold;
    programmes_ = Shipped("programmes.toml");
    const std::string none = "channel = \"none\"";
    directory_.replace(directory_.find(none, directory_.find("id = \"ftv.bollnas\"")), none.size(),
                       "channel = \"zmq\"");
    Config("1", Shipped("rules.toml"));
    Registered();
  }
  void AtDesk(const std::string& name, const char* type, const Fill& fill) {
    Tell(name, Day(30), [&](schema::Event::Builder e) {
      e.getHeader().setType(type);
      e.getHeader().getSource().setUnitHsaId("SE2321000198-FTVTEST");
      fill(e);
    });
    Tick(Day(32));
  }
  void Failed() {
    AtDesk("failed", "dental.contact.failed", [](schema::Event::Builder e) {
      auto body = e.getBody().initDentalContactFailed();
      body.setSince("2025-06-10");
      body.initAttempts(3);
    });
  }
  // What the clinic's prompt, decided on, has told the centre: how often, and since which day.
  std::pair<int, std::string> Told() {
    EXPECT_THAT(Codes("ftv.bollnas"), ElementsAre("SIG-E2"));
    const SignalId asked = IdOf("SIG-E2", schema::Outcome::DELIVER);
    EXPECT_EQ(Row(asked)->rule, "DENTAL-NOT-REACHED");
    EXPECT_THAT(Codes("bvc.bollnas"), Not(Contains("SIG-C1"))) << "no rule tells it by itself";
    Decided(asked, Choice::HEALTH_CONTACT);
    for (const Letter& letter : Mailbox("bvc.bollnas")) {
      if (letter.code() != "SIG-C1") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      const auto told = signal->get().getBody().getAttendance();
      return {told.getAttempts(), ToIso(Millis(told.getNotReachedSince())).substr(0, 10)};
    }
    return {};
  }
};

TEST_F(NotReached, TheClinicIsAskedAndMayTellTheCentreHowOftenItTriedAndSinceWhen) {
  Begin();
  Failed();
  EXPECT_EQ(Told(), std::pair(3, std::string("2025-06-10")));
  ExpectRebuilds();
}

TEST_F(NotReached, AChildWithoutAClinicIsAskedOfWhoWroteTheLetters) {
  Begin();
  AtDesk("unlisted", "dental.child.unlisted", [](schema::Event::Builder e) {
    auto body = e.getBody().initDentalChildUnlisted();
    body.setSinceDate("2025-06-12");
    body.setLetters(2);
  });
  EXPECT_EQ(Told(), std::pair(2, std::string("2025-06-12")));
}

TEST_F(NotReached, InALogOfAnEarlierEditionWhatIsSummedUpCountsOnce) {
  Begin(5);
  Failed();
  EXPECT_EQ(Told(), std::pair(1, ToIso(Day(30)).substr(0, 10)));
}

TEST_F(Attendance, NoRuleTellsTheOtherSideByItself) {
  AtClinic("known there", 20);
  Prompted();
  Tick(Day(200));
  EXPECT_THAT(Mailbox("ftv.bollnas"), IsEmpty());
}

TEST_F(Attendance, AnotherDecisionTellsNobodyAndOneIsTakenOnce) {
  AtClinic("known there", 20);
  const SignalId prompt = Prompted();
  Decided(prompt, Choice::DISMISSED);
  Decided(prompt, Choice::HEALTH_CONTACT, "changed");
  EXPECT_THAT(Mailbox("ftv.bollnas"), IsEmpty());
}

TEST_F(Attendance, AStrangersDecisionIsNone) {
  AtClinic("known there", 20);
  Decided(Prompted(), Choice::HEALTH_CONTACT, "stranger", "2120002361");
  EXPECT_THAT(Mailbox("ftv.bollnas"), IsEmpty());
}

TEST_F(Attendance, WhatTakesThePromptBackTakesItBackThereToo) {
  AtClinic("known there", 20);
  Decided(Prompted(), Choice::HEALTH_CONTACT);
  Retract("wrong", "m2", MissedBody("a2"));
  EXPECT_THAT(Codes("ftv.bollnas"), ElementsAre("SIG-C1", "WITHDRAWN"));
  ExpectRebuilds();
}

TEST_F(Attendance, WithoutAKnownClinicTheSendersOwnFunctionIsAsked) {
  Decided(Prompted(), Choice::HEALTH_CONTACT);
  EXPECT_THAT(Mailbox("ftv.bollnas"), IsEmpty());
  EXPECT_TRUE(Row(IdOf("SIG-C1", schema::Outcome::HELD)));
  EXPECT_THAT(Codes("bvc.bollnas"), Contains("HOLD"));
  ExpectRebuilds();
}

TEST_F(Attendance, WithoutTheRuleADecisionIsOnlyRemembered) {
  const std::string rules = FileText("rules.toml");
  const size_t at = rules.find("[[rule]]\nid = \"C1-BVC\"");
  ASSERT_NE(at, std::string::npos);
  AtClinic("known there", 20);
  Config("2", rules.substr(0, at));
  Decided(Prompted(), Choice::HEALTH_CONTACT);
  EXPECT_THAT(Codes("bvc.bollnas"), Not(Contains("HOLD")));
  EXPECT_THAT(Mailbox("ftv.bollnas"), IsEmpty());
}

}  // namespace
}  // namespace sam::dispatch::test
