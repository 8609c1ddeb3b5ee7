// What somebody tells for others is carried to them: examinations of children in care, joint home
// visits, a guardian's dental care, calls to a plan; and a change of protection to whoever has data.
#include <algorithm>

#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- examinations of children in care ---------------------------------------------------------

TEST_F(Carried, AnOrderGoesToTheRegionsClinicWithItsLimitsAndWithoutReasonOrPlace) {
  AsBoard();
  Tell("order", Day(199), Order("B-5"));
  const auto letters = Mailbox(kClinic);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].code(), "SIG-D1");
  EXPECT_EQ(letters[0].decision.ground, "ground.order");
  const auto signal = wire::Parse<schema::Signal>(letters[0].decision.bytes);
  ASSERT_TRUE(signal.ok());
  const auto order = signal->get().getBody().getExamOrder();
  EXPECT_EQ(order.getOrderId(), "B-5");
  EXPECT_EQ(order.getExamKind(), Kind::HEALTH);
  EXPECT_EQ(order.getContactFunction(), kBoard);
  EXPECT_EQ(signal->get().getSenderFunction(), kBoard);
  const auto clocks = signal->get().getClocks();
  ASSERT_EQ(clocks.size(), 3u);
  EXPECT_EQ(clocks[0].getKind(), "clock.confirm");
  EXPECT_EQ(clocks[1].getKind(), "clock.exam");
  EXPECT_EQ(clocks[2].getKind(), "clock.result");
  EXPECT_EQ(clocks[1].getDueAt(), rules::DateToMillis("2026-03-01")->value + 22 * kHourMs - 1);
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty()) << "nobody else hears of it";
  ExpectRebuilds();
}

TEST_F(Carried, AnOralExaminationGoesToTheDentalClinic) {
  AsBoard();
  Tell("order", Day(199), Order("B-5", Kind::ORAL));
  EXPECT_THAT(Codes("ftv.bollnas"), ElementsAre("SIG-D1"));
  EXPECT_THAT(Codes(kClinic), IsEmpty());
}

TEST_F(Carried, WithoutAClinicOfItsOwnTheChildHealthCentreExamines) {
  AsBoard();
  municipality_ = "2180";  // served by a child health centre and by no child clinic
  Tell("order", Day(199), Order("B-5"));
  EXPECT_THAT(Codes("bvc.gavle"), ElementsAre("SIG-D1"));
}

TEST_F(Carried, OfAProtectedChildNeitherSenderNorContactIsTold) {
  AsBoard();
  Tell("order", Day(199), [&](schema::Event::Builder e) {
    Order("B-5")(e);
    e.getHeader().getSubject().setProtection(schema::Protection::SEKRETESSMARKERING);
  });
  const auto letters = Mailbox(kClinic);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].decision.bytes.find(kBoard), std::string::npos);
  EXPECT_EQ(letters[0].decision.bytes.find("2183"), std::string::npos);
}

TEST_F(Carried, HealthCareCannotOrderAnExamination) {
  Tell("order", Day(199), Order("B-5", Kind::HEALTH, "2026-03-01", "bvc.bollnas"));
  EXPECT_THAT(Mailbox(kClinic), IsEmpty());
  EXPECT_THAT(Reasons("SIG-D1"), Contains("gate.sender.role"));
}

TEST_F(Carried, TheResultGoesBackToTheBoardThatOrderedAndSaysNotWhyNot) {
  AsBoard();
  Tell("order", Day(198), Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Tell("result", Day(199), Reported("B-5", schema::ExamResult::NOT_DONE));
  const auto letters = Mailbox(kBoard);
  ASSERT_THAT(Codes(kBoard), Contains("SIG-D2"));
  for (const Letter& letter : letters) {
    if (letter.code() != "SIG-D2") continue;
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    const auto answer = signal->get().getBody().getExamAnswer();
    EXPECT_EQ(answer.getOrderId(), "B-5");
    EXPECT_EQ(answer.getResult(), schema::ExamResult::NOT_DONE);
    EXPECT_EQ(answer.getReportRef(), "U-7");
  }
  ExpectRebuilds();
}

class NeedForCare : public Carried {
 protected:
  Fill Examined(schema::CareNeed need) {
    return [this, need](schema::Event::Builder e) {
      Reported("B-5")(e);
      e.getBody().getHealthExamReported().setNeedsCare(need);
    };
  }
  // What each answer in the board's mailbox says.
  std::vector<schema::CareNeed> ToldToBoard() {
    std::vector<schema::CareNeed> out;
    for (const Letter& letter : Mailbox(kBoard)) {
      if (letter.code() != "SIG-D2") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      if (signal.ok()) out.push_back(signal->get().getBody().getExamAnswer().getNeedsCare());
    }
    return out;
  }
};

TEST_F(NeedForCare, IsToldAsAgreedAndAgainWhenItIsSaidOtherwise) {
  AsBoard();
  Tell("order", Day(197), Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Tell("unsaid", Day(198), Reported("B-5"));
  EXPECT_THAT(ToldToBoard(), ElementsAre(schema::CareNeed::UNKNOWN));
  Tell("needed", Day(198), Corrects("unsaid", Examined(schema::CareNeed::NEEDED)));
  EXPECT_THAT(ToldToBoard(), ElementsAre(schema::CareNeed::NEEDED)) << "in place of the one before";
  Tell("none", Day(199), Corrects("needed", Examined(schema::CareNeed::NONE)));
  EXPECT_THAT(ToldToBoard(), ElementsAre(schema::CareNeed::NONE));
  ExpectRebuilds();
}

// A source that does not say which of its messages it corrects.
TEST_F(NeedForCare, ThatIsSaidLaterInAMessageOfItsOwnIsToldOnce) {
  AsBoard();
  Tell("order", Day(197), Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Tell("unsaid", Day(198), Reported("B-5"));
  Tell("needed", Day(198), Examined(schema::CareNeed::NEEDED));
  Tell("needed again", Day(199), Examined(schema::CareNeed::NEEDED));
  const auto told = ToldToBoard();
  EXPECT_EQ(std::count(told.begin(), told.end(), schema::CareNeed::NEEDED), 1);
  ExpectRebuilds();
}

TEST_F(NeedForCare, IsNotToldToABoardThatHasNotAgreedTo) {
  agreements_.clear();
  Config("no agreements");
  AsBoard();
  Tell("order", Day(197), Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Tell("needed", Day(198), Examined(schema::CareNeed::NEEDED));
  EXPECT_THAT(ToldToBoard(), ElementsAre(schema::CareNeed::UNKNOWN));
  ExpectRebuilds();
}

TEST_F(Carried, AResultWithoutAKnownOrderWaits) {
  AsCare("SE2321000198-BARNTEST");
  Tell("result", Day(199), Reported("B-6"));
  EXPECT_THAT(Codes(kBoard), IsEmpty());
  EXPECT_THAT(Reasons("SIG-D2"), Contains("gate.order.unknown"));
}

// Boards number their orders each for itself, and a number is soon mistyped.
TEST_F(Carried, AResultAboutAnotherChildNeverGoesToTheBoardOfThatOrder) {
  AsBoard();
  Tell("order", Day(198), Order("B-5"), "98240301AA06");
  AsCare("SE2321000198-BARNTEST");
  Tell("result", Day(199), Reported("B-5"));
  EXPECT_THAT(Codes(kBoard), Not(Contains("SIG-D2")));
  EXPECT_THAT(Reasons("SIG-D2"), Contains("gate.order.unknown"));
}

TEST_F(Carried, ANewDueDateTakesTheOldOrderBackAndTheResultStillFindsIt) {
  AsBoard();
  Tell("order", Day(197), Order("B-5"));
  Tell("later", Day(198), Corrects("order", Order("B-5", Kind::HEALTH, "2026-04-01")));
  AsCare("SE2321000198-BARNTEST");
  Tell("result", Day(199), Reported("B-5"));
  EXPECT_THAT(Codes(kClinic), ElementsAre("SIG-D1", "SIG-D1", "WITHDRAWN"));
  EXPECT_THAT(Codes(kBoard), Contains("SIG-D2"));
  ExpectRebuilds();
}

TEST_F(Carried, AnOrderTakenBackIsNoOrder) {
  AsBoard();
  Tell("order", Day(197), Order("B-5"));
  Retract("undo", "order", Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Tell("result", Day(199), Reported("B-5"));
  // Who examined all the same is told that the result waits.
  EXPECT_THAT(Codes(kClinic), ElementsAre("SIG-D1", "WITHDRAWN", "HOLD"));
  EXPECT_THAT(Codes(kBoard), Not(Contains("SIG-D2")));
}

TEST_F(Carried, TheBoardSeesThatItsOrderWasConfirmed) {
  AsBoard();
  Tell("order", Day(199), Order("B-5"));
  AsCare("SE2321000198-BARNTEST");
  Receipt("confirmed", IdOf("SIG-D1", schema::Outcome::DELIVER), schema::LadderState::REGISTERED,
          kClinic);
  ASSERT_THAT(Codes(kBoard), ElementsAre("RECEIPT"));
  const auto told = wire::Parse<schema::Signal>(Mailbox(kBoard)[0].decision.bytes);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->get().getBody().getReceipt().getState(), schema::LadderState::REGISTERED);
}

// ---- calls to a plan ------------------------------------------------------------------------------

TEST_F(Carried, ACallGoesToEachInvitedFunctionButTheCallersWithTheLevel) {
  AsBoard();
  Tell("call", Day(199), Called({kBoard, "bvc.bollnas", "ftv.bollnas"}));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-B4"));
  EXPECT_THAT(Codes("ftv.bollnas"), ElementsAre("SIG-B4"));
  EXPECT_THAT(Codes(kBoard), Not(Contains("SIG-B4")));
  const auto signal = wire::Parse<schema::Signal>(Mailbox("bvc.bollnas")[0].decision.bytes);
  ASSERT_TRUE(signal.ok());
  const auto call = signal->get().getBody().getCoordination();
  EXPECT_EQ(call.getKind(), schema::CoordinationCall::Kind::TSI);
  EXPECT_EQ(call.getLevel(), schema::CoordTsiChanged::Level::SELECTIVE);
  EXPECT_EQ(call.getMeetingDate(), "2026-03-20");
  EXPECT_EQ(call.getParties().size(), 3u);
  EXPECT_EQ(signal->get().getSenderFunction(), kBoard);
  ExpectRebuilds();
}

TEST_F(Carried, ACallWithoutConsentIsHeldAndGoesWhenItComes) {
  AsBoard();
  Tell("call", Day(199), Called({kBoard, "bvc.bollnas"}, ""));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  EXPECT_THAT(Codes(kBoard), ElementsAre("HOLD"));
  EXPECT_THAT(Reasons("SIG-B4"), Contains("gate.consent.missing"));
  Yes("S-2", {"SIG-B4"});
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-B4"));
}

// What the plan says of a consent never revives one that the family has taken back.
TEST_F(Carried, AConsentTakenBackHoldsTheNextCall) {
  AsBoard();
  Yes("S-1", {"SIG-B4"});
  Yes("S-1", {"SIG-B4"}, kChild, State::WITHDRAWN, 195);
  Tell("call", Day(199), Called({kBoard, "bvc.bollnas"}, "S-1"));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  EXPECT_THAT(Reasons("SIG-B4"), Contains("gate.consent.withdrawn"));
}

TEST_F(Carried, APartyThatTheDirectoryDoesNotKnowIsToldToTheCaller) {
  AsBoard();
  Tell("call", Day(199), Called({kBoard, "skola.okand"}));
  EXPECT_THAT(Codes(kBoard), ElementsAre("HOLD"));
  EXPECT_THAT(Reasons("SIG-B4"), Contains("gate.receiver.unknown"));
}

TEST_F(Carried, OnlyACallIsCarriedAndANewTimeTakesTheOldBack) {
  AsBoard();
  Tell("plan", Day(198), Called({"bvc.bollnas"}, "S-1", "2026-03-20",
                                schema::CoordinationState::ESTABLISHED));
  EXPECT_THAT(Codes("bvc.bollnas"), IsEmpty());
  Tell("call", Day(198), Called({"bvc.bollnas"}));
  Tell("again", Day(199), Called({"bvc.bollnas"}, "S-1", "2026-03-27"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-B4", "SIG-B4", "WITHDRAWN"));
}

TEST_F(Carried, OfAProtectedChildThePartiesAreNotNamed) {
  AsBoard();
  Tell("call", Day(199), [&](schema::Event::Builder e) {
    Called({"ftv.bollnas", "bvc.bollnas"})(e);
    e.getHeader().getSubject().setProtection(schema::Protection::SEKRETESSMARKERING);
  });
  ASSERT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-B4"));
  const std::string bytes = Mailbox("bvc.bollnas")[0].decision.bytes;
  EXPECT_EQ(bytes.find("ftv.bollnas"), std::string::npos);
  EXPECT_EQ(bytes.find(kBoard), std::string::npos);
}

// ---- joint home visits ----------------------------------------------------------------------------

TEST_F(Carried, AJointVisitGoesToBothTeamsWithConsent) {
  Yes("H-1", {"SIG-B2"});
  Tell("booked", Day(199), Booked("bok-1", 220));
  EXPECT_THAT(Codes("bvc.bollnas"), Contains("SIG-B2"));
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2"));
  const auto signal = wire::Parse<schema::Signal>(Mailbox("bollnas.forebyggande")[0].decision.bytes);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal->get().getBody().getJointVisit().getVisitCode(), "rinkeby.2");
  EXPECT_EQ(signal->get().getBody().getJointVisit().getStart(), Day(220).value);
  ExpectRebuilds();
}

TEST_F(Carried, AnyOtherVisitStaysWhereItIsAndNoConsentMeansNoWord) {
  Tell("joint", Day(199), Booked("bok-1", 220));
  EXPECT_THAT(Codes("bollnas.forebyggande"), IsEmpty());
  EXPECT_THAT(Reasons("SIG-B2"), Contains("gate.consent.missing"));
  Yes("H-1", {"SIG-B2"});
  Tell("own", Day(199), Booked("bok-2", 221, schema::HomeVisitKind::EXTRA));
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2"));
}

TEST_F(Carried, ARebookedVisitTakesTheOldTimeBackAndACancelledOneAll) {
  Yes("H-1", {"SIG-B2"});
  Tell("booked", Day(198), Booked("bok-1", 220));
  Tell("rebooked", Day(198), Booked("bok-1", 227));
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2", "SIG-B2", "WITHDRAWN"));
  Tell("cancelled", Day(199), [](schema::Event::Builder e) {
    e.getBody().initBvcVisitCancelled().setAppointmentId("bok-1");
  });
  EXPECT_THAT(Codes("bollnas.forebyggande"),
              ElementsAre("SIG-B2", "SIG-B2", "WITHDRAWN", "WITHDRAWN"));
}

// ---- a guardian's dental care ---------------------------------------------------------------------

constexpr char kGuardian[] = "195009072553";

class Edsbyn : public Carried {
 protected:
  void SetUp() override {
    Carried::SetUp();
    municipality_ = "2121";
  }
  void Offer(bool accepted, bool cost) {
    Tell("offer", Day(199), [&](schema::Event::Builder e) {
      Offered(accepted, cost)(e);
      e.getHeader().getSubject().setBirthDate("1950-09-07");
    }, kGuardian);
  }
};

TEST_F(Edsbyn, EachReceiverHasAConsentOfItsOwn) {
  Yes("T-1", {"SIG-B3"}, kGuardian);
  Yes("T-2", {"SIG-B3-COST"}, kGuardian);
  Offer(true, true);
  EXPECT_THAT(Codes("ftv.edsbyn"), ElementsAre("SIG-B3"));
  ASSERT_THAT(Codes("ovanaker.ekonomi"), ElementsAre("SIG-B3-COST"));
  const auto cost = wire::Parse<schema::Signal>(Mailbox("ovanaker.ekonomi")[0].decision.bytes);
  ASSERT_TRUE(cost.ok());
  EXPECT_EQ(cost->get().getBody().getDentalCost().getWanted(),
            schema::SocialAidDentalDecided::Scope::EXAM);
  EXPECT_EQ(cost->get().getBody().getDentalCost().getConsentRef(), "T-2");
  EXPECT_EQ(Mailbox("ovanaker.ekonomi")[0].decision.bytes.find("TEL"), std::string::npos);
  ExpectRebuilds();
}

TEST_F(Edsbyn, WithTheFirstConsentOnlyTheMunicipalityHearsNothing) {
  Yes("T-1", {"SIG-B3"}, kGuardian);
  Offer(true, true);
  EXPECT_THAT(Codes("ftv.edsbyn"), ElementsAre("SIG-B3"));
  EXPECT_THAT(Codes("ovanaker.ekonomi"), IsEmpty());
  EXPECT_THAT(Reasons("SIG-B3-COST"), ElementsAre("gate.consent.missing"));
}

TEST_F(Edsbyn, OneConsentForBothIsNoConsentToTellOfTheCost) {
  Yes("T-1", {"SIG-B3", "SIG-B3-COST"}, kGuardian);
  Offer(true, true);
  EXPECT_THAT(Codes("ftv.edsbyn"), ElementsAre("SIG-B3"));
  EXPECT_THAT(Codes("ovanaker.ekonomi"), IsEmpty());
  EXPECT_THAT(Reasons("SIG-B3-COST"), ElementsAre("gate.consent.separate"));
}

TEST_F(Edsbyn, WhoeverSaysNoOrDoesNotAskForHelpWithTheCostIsNotTalkedOf) {
  Yes("T-1", {"SIG-B3"}, kGuardian);
  Yes("T-2", {"SIG-B3-COST"}, kGuardian);
  Offer(false, true);
  EXPECT_THAT(Codes("ftv.edsbyn"), IsEmpty());
  Tell("yes", Day(199), Offered(true, false), kGuardian);
  EXPECT_THAT(Codes("ftv.edsbyn"), ElementsAre("SIG-B3"));
  EXPECT_THAT(Codes("ovanaker.ekonomi"), IsEmpty());
}

// ---- protection -----------------------------------------------------------------------------------

class Protected : public Carried {
 protected:
  void Mark(const std::string& name, schema::Protection protection, int day) {
    Tell(name, Day(day), [&](schema::Event::Builder e) {
      e.getHeader().getSubject().setProtection(schema::Protection::UNKNOWN);
      e.getBody().initPersonProtectionChanged().setNew(protection);
    });
  }
};

TEST_F(Protected, WhoHasSomethingAboutTheChildIsToldTheFlagAndNothingElse) {
  Yes("H-1", {"SIG-B2"});
  Tell("booked", Day(198), Booked("bok-1", 220));
  Progress("bollnas.forebyggande", 1);
  Mark("marked", schema::Protection::SEKRETESSMARKERING, 199);
  ASSERT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2", "SIG-E4"));
  EXPECT_THAT(Codes("gavle.mottagning"), IsEmpty()) << "has nothing about the child";
  const std::string bytes = Mailbox("bollnas.forebyggande")[1].decision.bytes;
  const auto signal = wire::Parse<schema::Signal>(bytes);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal->get().getSubject().getProtection(), schema::Protection::SEKRETESSMARKERING);
  EXPECT_EQ(bytes.find("2183"), std::string::npos);
  EXPECT_EQ(bytes.find("bvc.bollnas"), std::string::npos);
  Mark("lifted", schema::Protection::NONE, 199);
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2", "SIG-E4", "SIG-E4"));
  Mark("again", schema::Protection::NONE, 199);
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2", "SIG-E4", "SIG-E4"));
  ExpectRebuilds();
}

TEST_F(Protected, WhatWaitsIsMaskedAnewBeforeItGoes) {
  Yes("H-1", {"SIG-B2"});
  Tell("booked", Day(198), Booked("bok-1", 220));
  Mark("marked", schema::Protection::SEKRETESSMARKERING, 199);
  Recheck("bollnas.forebyggande", Lane::kNormal, Sequence(1));
  const std::string bytes = Mailbox("bollnas.forebyggande")[0].decision.bytes;
  EXPECT_FALSE(bytes.empty());
  EXPECT_EQ(bytes.find("2183"), std::string::npos);
  EXPECT_EQ(bytes.find("bvc.bollnas"), std::string::npos);
}

TEST_F(Protected, ALogOfAnEarlierEditionTellsNobody) {
  fold_ = 1;
  Config("older");
  Yes("H-1", {"SIG-B2"});
  Tell("booked", Day(198), Booked("bok-1", 220));
  Mark("marked", schema::Protection::SEKRETESSMARKERING, 199);
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2"));
}

// What a receiver's system never takes is given up; who sent it would wait for an answer for ever.
TEST_F(Carried, WhoeverSentWhatWasGivenUpIsToldSoAndWhy) {
  AsBoard();
  Tell("order", Day(199), Order("B-9"));
  ASSERT_THAT(Codes(kClinic), ElementsAre("SIG-D1"));
  Progress(kClinic, 0, {1});
  const auto letters = Mailbox(kBoard);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].code(), "HOLD");
  const auto notice = wire::Parse<schema::Signal>(letters[0].decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getBody().getHold().getReasons()[0], "gate.undelivered");
  Progress(kClinic, 0, {1});
  EXPECT_EQ(Codes(kBoard).size(), 1u) << "once";
  ExpectRebuilds();
}

TEST_F(Carried, NobodyIsToldOfAPromptThatWasGivenUpNorInAnOlderLog) {
  fold_ = 6;
  Config("older");
  AsBoard();
  Tell("order", Day(199), Order("B-9"));
  Progress(kClinic, 0, {1});
  EXPECT_THAT(Codes(kBoard), ElementsAre());
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
