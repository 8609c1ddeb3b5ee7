// What is held: its sender is called at once and again, and the sender's own function, nobody else,
// says where it is to go.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::Outcome;

constexpr const char* kNamedTo = "bollnas.mottagning";
constexpr const char* kCalled = "bvc.bollnas";

class HeldFlow : public Scene {
 protected:
  HeldFlow() { municipality_ = ""; }

  void SetUp() override {
    Scene::SetUp();
    Tick(Day(200));
  }
  SignalId HeldReport(bool acute = false) {
    Report("report", acute);
    return IdOf("SIG-A1", Outcome::HELD);
  }
  void After(int64_t minutes) { Tick(Millis(Day(200).value + minutes * kMinuteMs)); }
  // The reasons that each notice has told.
  std::vector<std::vector<std::string>> Calls() {
    std::vector<std::vector<std::string>> out;
    for (const Letter& letter : Mailbox(kCalled)) {
      if (letter.code() != "HOLD") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      out.push_back(wire::TextsOf(signal->get().getBody().getHold().getReasons()));
    }
    return out;
  }
};

TEST_F(HeldFlow, TheSenderIsCalledByTheVeryInputThatHeldItAndInTheAcuteLaneWhenItIsAcute) {
  HeldReport(true);
  const auto letters = Mailbox(kCalled);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].code(), "HOLD");
  EXPECT_EQ(letters[0].lane, Lane::kAcute);
  EXPECT_EQ(letters[0].row.decided_at, Day(200)) << "no time has passed";
}

TEST_F(HeldFlow, NobodyAnswersSoTheSenderIsCalledAgainAtThePaceOfTheConfiguration) {
  HeldReport();
  After(59);
  EXPECT_EQ(Calls().size(), 1u);
  After(60);
  EXPECT_EQ(Calls().size(), 2u);
  After(120);
  EXPECT_EQ(Calls().size(), 3u);
  ExpectRebuilds();
}

TEST_F(HeldFlow, AnAcuteOneIsCalledAboutSooner) {
  HeldReport(true);
  After(4);
  EXPECT_EQ(Calls().size(), 1u);
  After(5);
  EXPECT_EQ(Calls().size(), 2u);
}

TEST_F(HeldFlow, AfterTheLastCallPeopleAreAlarmedAndTheCallsGoOnEverMoreSeldom) {
  HeldReport();
  for (int hour = 1; hour <= 2; ++hour) After(int64_t{60} * hour);
  EXPECT_EQ(stage_->unanswered(), 0u);
  After(180);  // the third call
  EXPECT_EQ(stage_->unanswered(), 1u);
  EXPECT_EQ(Calls().size(), 4u);
  After(240);
  EXPECT_EQ(Calls().size(), 4u) << "two hours from now on, then four";
  After(300);
  EXPECT_EQ(Calls().size(), 5u);
  for (int day = 1; day <= 10; ++day) After(int64_t{day} * 24 * 60 + 300);
  EXPECT_GE(Calls().size(), 14u) << "once a day at the very least";
  EXPECT_GE(stage_->unanswered(), 10u);
}

TEST_F(HeldFlow, WhatIsAnsweredIsNotCalledAboutAgain) {
  const SignalId id = HeldReport();
  Name("named", id, kNamedTo);
  After(24LL * 60);
  EXPECT_EQ(Calls().size(), 1u);
  EXPECT_EQ(stage_->unanswered(), 0u);
}

TEST_F(HeldFlow, AConfigurationWithoutTheTableCallsOnce) {
  std::string rules = FileText("rules.toml");
  const size_t at = rules.find("[hold]");
  ASSERT_NE(at, std::string::npos);
  rules.erase(at, rules.find("[[rule]]") - at);
  Config("2", rules);
  HeldReport();
  After(24LL * 60);
  EXPECT_EQ(Calls().size(), 1u);
}

TEST_F(HeldFlow, SupportThatWaitsForAConsentIsToldOnce) {
  municipality_ = "2183";
  Outcome("outcome");
  EXPECT_THAT(Codes(kCalled), ElementsAre("HOLD"));
  After(24LL * 60);
  EXPECT_THAT(Codes(kCalled), ElementsAre("HOLD"));
}

TEST_F(HeldFlow, TheSendersFunctionNamesTheReceiverAndTheReportGoes) {
  const SignalId id = HeldReport();
  Name("named", id, kNamedTo);
  EXPECT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes(kCalled), ElementsAre("HOLD", "RECEIPT"));
  const auto released = Row(Row(id)->released_as);
  ASSERT_TRUE(released);
  EXPECT_TRUE(released->named);
  // The decision rests on the event that says who decided.
  const Letter letter = Mailbox(kNamedTo).front();
  const journal::Record by = hub_.Read(Offset(hub_.Read(Offset(letter.row.decision)).header.cause));
  EXPECT_EQ(by.header.event, jt::EventOf("named"));
  ExpectRebuilds();
}

TEST_F(HeldFlow, AReceiverThatTheCeilingForbidsIsRefusedWithTheReasonAndTheReportWaitsOn) {
  const SignalId id = HeldReport();
  Name("wrong", id, "bollnas.forebyggande");
  EXPECT_THAT(Codes("bollnas.forebyggande"), IsEmpty());
  EXPECT_EQ(Row(id)->outcome, Outcome::HELD);
  EXPECT_FALSE(Row(id)->named);
  ASSERT_EQ(Calls().size(), 2u);
  EXPECT_THAT(Calls()[1], Contains("gate.receiver.role"));
  Name("nobody", id, "no.such.function");
  ASSERT_EQ(Calls().size(), 3u);
  EXPECT_THAT(Calls()[2], Contains("gate.receiver.unknown"));
  Name("right", id, kNamedTo);
  EXPECT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
  ExpectRebuilds();
}

TEST_F(HeldFlow, NobodyElseNamesIt) {
  const SignalId id = HeldReport();
  Name("other authority", id, kNamedTo, kCalled, "2120002361");
  Name("other function", id, kNamedTo, "ftv.bollnas");
  Name("the receiver itself", id, kNamedTo, kNamedTo);
  EXPECT_THAT(Codes(kNamedTo), IsEmpty());
  EXPECT_EQ(Row(id)->outcome, Outcome::HELD);
  EXPECT_EQ(Calls().size(), 1u);
}

TEST_F(HeldFlow, WhatIsNotHeldIsNotSentElsewhereByNaming) {
  municipality_ = "2183";
  Report("report");
  Name("named", IdOf("SIG-A1", Outcome::DELIVER), "ljusdal.mottagning");
  EXPECT_THAT(Codes("ljusdal.mottagning"), IsEmpty());
  EXPECT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
}

TEST_F(HeldFlow, AWithdrawnReportIsNotNamedAndNotCalledAbout) {
  const SignalId id = HeldReport();
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  Name("late", id, kNamedTo);
  After(24LL * 60);
  EXPECT_THAT(Codes(kNamedTo), IsEmpty());
  EXPECT_EQ(Calls().size(), 1u);
}

TEST_F(HeldFlow, ANamingBeforeItsSignalWaitsForIt) {
  const SignalId id = HeldReport();
  EXPECT_FALSE(id.empty());
  SignalId unknown = id;
  unknown.bytes[0] = static_cast<uint8_t>(unknown.bytes[0] ^ 1);
  Name("early", unknown, kNamedTo);
  EXPECT_EQ(ReadMark(hub_.store_)->early, 1u);
}

// Whom a hold calls: the first one of the sender's own side that can be reached.
class Called : public HeldFlow {
 protected:
  static constexpr char kDesk[] = "gavleborg.signaldisk";
  void Unreachable(const std::string& function) {
    const std::string id = "id = \"" + function + "\"\n";
    directory_.replace(directory_.find(id), id.size(),
                       id + "channel = \"none\"\nreceipts = false\n");
  }
  void Signed(const std::string& function) {
    Tell("report", Day(200), [&](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction(function);
      body.setConcern("canary-concern");
    });
  }
};

TEST_F(Called, TheDeskWhenTheSendersFunctionHasNoChannelAndTheDeskNamesTheReceiver) {
  Unreachable(kCalled);
  Config("2");
  const SignalId id = HeldReport();
  EXPECT_THAT(Codes(kDesk), ElementsAre("HOLD"));
  EXPECT_THAT(Codes(kCalled), IsEmpty());
  EXPECT_THAT(ReadState(hub_.store_, Row(id)->subject)->held, ElementsAre(id));
  Name("named", id, kNamedTo, kDesk);
  EXPECT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
  EXPECT_EQ(stage_->uncalled(), 0u);
  ExpectRebuilds();
}

TEST_F(Called, TheOperatorWhenNobodyCanBeReached) {
  Unreachable(kCalled);
  Unreachable(kDesk);
  Config("2");
  HeldReport();
  EXPECT_EQ(stage_->uncalled(), 1u);
  After(60);
  EXPECT_EQ(stage_->uncalled(), 2u) << "again, until somebody can be";
}

TEST_F(Called, InALogOfBeforeTheNoticeItselfWasHeld) {
  fold_ = 6;
  Unreachable(kCalled);
  Config("2");
  HeldReport();
  EXPECT_THAT(Codes(kDesk), IsEmpty());
  EXPECT_FALSE(IdOf("HOLD", Outcome::HELD).empty());
}

TEST_F(Called, ManyOtherSignalsThatWaitDoNotMakeTheHubForgetTheReport) {
  HeldReport();
  for (int i = 0; i < 40; ++i) Outcome("talk" + std::to_string(i));
  Tell("moved", Day(201), [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setNewMunicipality("2183");
  });
  EXPECT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
}

// The region's feed names a private centre's function: whose report it is, the controller's desk can say.
TEST_F(Called, NoFunctionOfAnotherController) {
  Connected("bvc.privat");
  Signed("bvc.privat");
  EXPECT_THAT(Codes("bvc.privat"), IsEmpty());
  EXPECT_THAT(Codes(kDesk), ElementsAre("HOLD"));
  Name("their own", IdOf("SIG-A1", Outcome::HELD), kNamedTo, "bvc.privat");
  EXPECT_THAT(Codes(kNamedTo), IsEmpty());
}

TEST_F(Called, NorIsItToldWhatBecameOfTheReport) {
  municipality_ = "2183";
  Signed("bollnas.forebyggande");
  ASSERT_THAT(Codes(kNamedTo), ElementsAre("SIG-A1"));
  Receipt("answer", IdOf("SIG-A1", Outcome::DELIVER), schema::LadderState::ANSWERED, kNamedTo,
          schema::Answer::OPENED_INQUIRY);
  EXPECT_THAT(Codes("bollnas.forebyggande"), IsEmpty());
  EXPECT_THAT(Codes(kDesk), ElementsAre("RECEIPT", "SIG-A3"));
  ExpectRebuilds();
}

// Held for a consent, and then refused for good: nobody must go on waiting for it.
class DeniedLater : public Scene {
 protected:
  void HeldThenDenied() {
    Outcome("talk");
    ASSERT_THAT(Codes(kCalled), ElementsAre("HOLD"));
    const std::string until = "valid_to = 2099-12-31";
    agreements_.replace(agreements_.find(until), until.size(), "valid_to = 2025-01-01");
    Config("ended");
  }
};

TEST_F(DeniedLater, ItsSendersOwnFunctionIsTold) {
  HeldThenDenied();
  ASSERT_THAT(Codes(kCalled), ElementsAre("HOLD", "HOLD"));
  const auto notice = wire::Parse<schema::Signal>(Mailbox(kCalled)[1].decision.bytes);
  ASSERT_TRUE(notice.ok());
  const auto hold = notice->get().getBody().getHold();
  EXPECT_EQ(hold.getAboutCode(), "SIG-B1");
  EXPECT_THAT(wire::TextsOf(hold.getReasons()),
              ElementsAre("gate.denied", "gate.agreement.expired", "gate.consent.missing"));
  ExpectRebuilds();
}

TEST_F(DeniedLater, AndWhenItLiesWithItsReceiverAndIsRefusedOnlyAtDelivery) {
  Consent("yes", schema::ConsentChanged::State::GIVEN, 190);
  Outcome("talk");
  ASSERT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B1"));
  const std::string until = "valid_to = 2099-12-31";
  agreements_.replace(agreements_.find(until), until.size(), "valid_to = 2025-01-01");
  Config("ended");
  Recheck("bollnas.forebyggande", Lane::kNormal, Sequence(1));
  const auto letters = Mailbox(kCalled);
  ASSERT_FALSE(letters.empty());
  const auto notice = wire::Parse<schema::Signal>(letters.back().decision.bytes);
  ASSERT_TRUE(notice.ok());
  ASSERT_EQ(letters.back().code(), "HOLD");
  EXPECT_THAT(wire::TextsOf(notice->get().getBody().getHold().getReasons()),
              ElementsAre("gate.denied", "gate.agreement.expired"));
  ExpectRebuilds();
}

// The region's feed names a private centre's unit: that centre is not told what the region asked for.
TEST_F(DeniedLater, AUnitOfAnotherAuthorityIsNotToldButTheControllersDesk) {
  unit_ = "SE5560000027-BVCTEST";
  Consent("yes", schema::ConsentChanged::State::GIVEN, 190);
  Outcome("talk");
  EXPECT_THAT(Codes("bvc.privat"), ::testing::IsEmpty());
  EXPECT_THAT(Codes("gavleborg.signaldisk"), ElementsAre("HOLD"));
}

TEST_F(DeniedLater, InALogOfAnEarlierEditionNobodyWasTold) {
  fold_ = 5;
  Config("older");
  HeldThenDenied();
  EXPECT_THAT(Codes(kCalled), ElementsAre("HOLD"));
}

}  // namespace
}  // namespace sam::dispatch::test
