// A report that came to the wrong board goes on to the right one: the same report, the same evidence, the
// time of the first board.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::LadderState;

constexpr const char* kFirstBoard = "bollnas.mottagning";
constexpr const char* kRightBoard = "gavle.mottagning";
constexpr const char* kReporter = "bvc.bollnas";

class ForwardFlow : public Scene {
 protected:
  void SetUp() override {
    Scene::SetUp();
    Connected(kRightBoard);
    Tick(Day(200));
  }
  SignalId Sent() {
    Report("report");
    Progress(kFirstBoard, 1);
    return IdOf("SIG-A1", schema::Outcome::DELIVER);
  }
  void SendOn(const std::string& name, const SignalId& id, LadderState state,
              const std::string& to = "", const std::string& by = kFirstBoard) {
    Tell(name, Day(201), [&](schema::Event::Builder e) {
      auto body = e.getBody().initSignalReceipt();
      body.setSignalId(wire::AsData(id.view()));
      body.setState(state);
      body.setAt(Day(201).value);
      body.setFunction(by);
      body.setForwardedTo(to);
    });
  }
  void Move(const std::string& to) {
    Tell("moved", Day(201), [=](schema::Event::Builder e) {
      e.getHeader().initSubject();
      e.getBody().initPersonMoved().setNewMunicipality(to);
    });
  }
  // The reasons of each notice that the sender was given of something that did not go.
  std::vector<std::vector<std::string>> RefusedWhy() {
    std::vector<std::vector<std::string>> out;
    for (const Letter& letter : Mailbox(kReporter)) {
      if (letter.code() != "HOLD") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      out.emplace_back();
      for (const auto reason : signal->get().getBody().getHold().getReasons())
        out.back().emplace_back(reason.cStr());
    }
    return out;
  }
  std::vector<int64_t> DueAt(const std::string& function) {
    std::vector<int64_t> out;
    for (const Letter& letter : Mailbox(function)) {
      if (letter.code() != "SIG-A1") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      for (const auto clock : signal->get().getClocks()) out.push_back(clock.getDueAt());
    }
    return out;
  }
};

TEST_F(ForwardFlow, TheNamedBoardHasTheSameReportWithTheTimeOfTheFirstOne) {
  const SignalId id = Sent();
  Tick(Day(201));
  SendOn("forwarded", id, LadderState::FORWARDED, kRightBoard);
  ASSERT_THAT(Codes(kRightBoard), ElementsAre("SIG-A1"));
  EXPECT_EQ(DueAt(kRightBoard), DueAt(kFirstBoard));
  const SignalId next = Row(id)->released_as;
  ASSERT_FALSE(next.empty());
  EXPECT_FALSE(next == id);
  EXPECT_EQ(Row(next)->evidence.front().event, Row(id)->evidence.front().event);
  EXPECT_EQ(Row(next)->clocks.front().started, Day(200));
  EXPECT_EQ(Row(next)->forwarded_from, id);
  EXPECT_TRUE(HasStep(*Row(id), LadderState::FORWARDED));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, TheFirstBoardIsNotRemindedAnyMoreAndTheNewOneIs) {
  const SignalId id = Sent();
  SendOn("forwarded", id, LadderState::FORWARDED, kRightBoard);
  Progress(kRightBoard, 1);
  Tick(Millis(Day(200).value + 4 * kHourMs));
  EXPECT_THAT(Codes(kFirstBoard), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes(kRightBoard), ElementsAre("SIG-A1", "REMINDER"));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, TheSenderSeesBothAndThatOneBecameTheOther) {
  const SignalId id = Sent();
  SendOn("forwarded", id, LadderState::FORWARDED, kRightBoard);
  const SignalId next = Row(id)->released_as;
  bool told = false;
  std::vector<SignalId> about;
  for (const Letter& letter : Mailbox(kReporter)) {
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    const auto receipt = signal->get().getBody().getReceipt();
    about.push_back(wire::IdOf<SignalId>(receipt.getAbout()));
    if (receipt.getState() != LadderState::FORWARDED) continue;
    told = true;
    EXPECT_EQ(about.back(), id);
    EXPECT_EQ(wire::IdOf<SignalId>(receipt.getForwardedAs()), next);
    EXPECT_EQ(std::string(receipt.getReceiverFunction().cStr()), kRightBoard);
  }
  EXPECT_TRUE(told);
  EXPECT_THAT(about, Contains(next)) << "stored at the new board";
}

TEST_F(ForwardFlow, RedirectedItGoesWhereTheChildIsRegisteredNow) {
  const SignalId id = Sent();
  Move("2180");
  SendOn("redirected", id, LadderState::REDIRECTED);
  EXPECT_THAT(Codes(kRightBoard), ElementsAre("SIG-A1"));
  EXPECT_EQ(DueAt(kRightBoard), DueAt(kFirstBoard));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, RedirectedToNobodyKnownItIsHeldAndTheSenderNamesTheReceiver) {
  const SignalId id = Sent();
  Tell("protected", Day(201), [](schema::Event::Builder e) {
    e.getHeader().getSubject().setProtection(schema::Protection::UNKNOWN);
    e.getBody().initPersonProtectionChanged().setNew(schema::Protection::SKYDDAD_FOLKBOKFORING);
  });
  SendOn("redirected", id, LadderState::REDIRECTED);
  const SignalId held = Row(id)->released_as;
  ASSERT_FALSE(held.empty());
  EXPECT_EQ(Row(held)->outcome, schema::Outcome::HELD);
  EXPECT_THAT(Codes(kReporter), Contains("HOLD"));
  Tell("named", Day(202), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalReceiverNamed();
    body.setSignalId(wire::AsData(held.view()));
    body.setReceiverFunction(kRightBoard);
    body.setFunction(kReporter);
    body.setNamedBy("Anna Ek");
    body.setAt(Day(202).value);
  });
  EXPECT_THAT(Codes(kRightBoard), ElementsAre("SIG-A1"));
  EXPECT_EQ(DueAt(kRightBoard), DueAt(kFirstBoard)) << "still the first board's time";
  ExpectRebuilds();
}

TEST_F(ForwardFlow, ABoardKeepsWhatNobodyElseMayTakeAndTheSenderIsCalled) {
  const SignalId id = Sent();
  SendOn("preventive", id, LadderState::FORWARDED, "gavle.forebyggande");
  SendOn("nobody", id, LadderState::FORWARDED, "no.such.function");
  SendOn("unnamed", id, LadderState::FORWARDED, "");
  SendOn("itself", id, LadderState::FORWARDED, kFirstBoard);
  SendOn("registered here", id, LadderState::REDIRECTED);
  EXPECT_THAT(Codes("gavle.forebyggande"), IsEmpty());
  EXPECT_TRUE(Row(id)->released_as.empty());
  EXPECT_FALSE(HasStep(*Row(id), LadderState::FORWARDED));
  const auto codes = Codes(kReporter);
  EXPECT_EQ(std::count(codes.begin(), codes.end(), "HOLD"), 5);
  Tick(Millis(Day(200).value + 4 * kHourMs));
  EXPECT_THAT(Codes(kFirstBoard), ElementsAre("SIG-A1", "REMINDER")) << "its time goes on";
  ExpectRebuilds();
}

TEST_F(ForwardFlow, TheSenderIsToldThatAForwardingWasRefusedAndWhy) {
  const SignalId id = Sent();
  SendOn("preventive", id, LadderState::FORWARDED, "gavle.forebyggande");
  SendOn("nobody", id, LadderState::FORWARDED, "no.such.function");
  SendOn("unnamed", id, LadderState::FORWARDED, "");
  SendOn("registered here", id, LadderState::REDIRECTED);
  EXPECT_THAT(RefusedWhy(),
              ElementsAre(ElementsAre("gate.forwarding.refused", "gate.receiver.role"),
                          ElementsAre("gate.forwarding.refused", "gate.receiver.unknown"),
                          ElementsAre("gate.forwarding.refused", "gate.receiver.unknown"),
                          ElementsAre("gate.forwarding.refused", "gate.receiver.had")));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, AnEarlierEditionToldTheReasonAlone) {
  fold_ = 3;
  Config("2");
  const SignalId id = Sent();
  SendOn("preventive", id, LadderState::FORWARDED, "gavle.forebyggande");
  EXPECT_THAT(RefusedWhy(), ElementsAre(ElementsAre("gate.receiver.role")));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, AReportDoesNotGoRoundBetweenBoards) {
  const SignalId id = Sent();
  SendOn("there", id, LadderState::FORWARDED, kRightBoard);
  const SignalId next = Row(id)->released_as;
  SendOn("back", next, LadderState::FORWARDED, kFirstBoard, kRightBoard);
  EXPECT_THAT(Codes(kFirstBoard), ElementsAre("SIG-A1"));
  EXPECT_TRUE(Row(next)->released_as.empty());
  EXPECT_THAT(Codes(kReporter), Contains("HOLD"));
}

// It had been taken back from the second board and was the first one's again, which had sent it on: nobody was
// reminded, nor anybody told.
TEST_F(ForwardFlow, WhatTheRegisterBringsBackToABoardThatSentItOnIsHeldAndItsSenderAsked) {
  const SignalId id = Sent();
  Move("2180");
  SendOn("redirected", id, LadderState::REDIRECTED);
  const SignalId next = Row(id)->released_as;
  Tell("moved back", Day(202), [](schema::Event::Builder e) {
    e.getHeader().initSubject();
    e.getBody().initPersonMoved().setNewMunicipality("2183");
  });
  Recheck(kRightBoard, Lane::kNormal, Sequence(1));
  EXPECT_EQ(Row(next)->outcome, schema::Outcome::HELD);
  EXPECT_THAT(Row(next)->reasons, ElementsAre("gate.receiver.sent-on"));
  EXPECT_THAT(RefusedWhy(), ElementsAre(ElementsAre("gate.receiver.sent-on")));
  Tick(Day(203));
  EXPECT_GT(RefusedWhy().size(), 1U) << "and again, until somebody is named";
  EXPECT_THAT(Codes(kFirstBoard), ElementsAre("SIG-A1")) << "which is not reminded";
  for (const char* name : {"named the first", "and once more"}) {
    const size_t told = RefusedWhy().size();
    Name(name, next, kFirstBoard);
    EXPECT_EQ(Row(next)->outcome, schema::Outcome::HELD);
    ASSERT_EQ(RefusedWhy().size(), told + 1) << "who named it learns that it does not go there";
    EXPECT_THAT(RefusedWhy().back(), ElementsAre("gate.receiver.sent-on"));
  }
  Name("named", next, kRightBoard);
  EXPECT_EQ(Row(next)->outcome, schema::Outcome::DELIVER);
  ExpectRebuilds();
}

TEST_F(ForwardFlow, NobodyInChargeOfABoardThatSentItOnIsToldThatItIsLate) {
  const SignalId id = Sent();
  SendOn("forwarded", id, LadderState::FORWARDED, kRightBoard);
  for (const char* municipality : {"2180", "2183"})
    Tell(std::string("lives in ") + municipality, Day(202), [=](schema::Event::Builder e) {
      e.getHeader().initSubject();
      e.getBody().initPersonMoved().setNewMunicipality(municipality);
    });
  Tick(Day(260));
  EXPECT_THAT(Codes(kFirstBoard), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("bollnas.ledning"), IsEmpty()) << "its manager";
  ExpectRebuilds();
}

TEST_F(ForwardFlow, OnlyItsReceiverSendsItOn) {
  const SignalId id = Sent();
  SendOn("other", id, LadderState::FORWARDED, kRightBoard, kRightBoard);
  EXPECT_THAT(Codes(kRightBoard), IsEmpty());
}

TEST_F(ForwardFlow, AWithdrawalReachesEveryBoardThatHadIt) {
  const SignalId id = Sent();
  SendOn("there", id, LadderState::FORWARDED, kRightBoard);
  Progress(kRightBoard, 1);
  Tell("withdrawn", Day(202), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalWithdrawn();
    body.setSignalId(wire::AsData(id.view()));
    body.setReason("mistake");
  });
  EXPECT_THAT(Codes(kFirstBoard), Contains("WITHDRAWN"));
  EXPECT_THAT(Codes(kRightBoard), Contains("WITHDRAWN"));
  ExpectRebuilds();
}

TEST_F(ForwardFlow, AnEarlierEditionOnlyNotesIt) {
  fold_ = 1;
  Config("2");
  const SignalId id = Sent();
  SendOn("forwarded", id, LadderState::FORWARDED, kRightBoard);
  EXPECT_THAT(Codes(kRightBoard), IsEmpty());
  EXPECT_TRUE(HasStep(*Row(id), LadderState::FORWARDED));
  EXPECT_TRUE(Row(id)->released_as.empty());
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
