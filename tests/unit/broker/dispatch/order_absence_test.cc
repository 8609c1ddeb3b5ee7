// P7 on an order that the hub carried: whoever was sent it is asked when nothing came of it, by what the region tells
// of its own child and under the order's number. The board's own knowledge is where it waits.
#include "broker/dispatch/orders.h"
#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::sam::test::Shipped;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class OrderAbsence : public Carried {
 protected:
  // As shipped, with the decision that both rules need.
  static std::string Decided() {
    std::string rules = Shipped("rules.toml");
    for (const char* id : {"id = \"P7-BOOKING\"", "id = \"P7-DONE\""}) {
      const std::string off = "enabled = false\n";
      const size_t at = rules.find(off, rules.find(id));
      rules.replace(at, off.size(), "enabled = true\napproved_by = \"N\"\napproved_on = 2026-01-15\n"
                                    "approval_record = \"HSN 1\"\n");
    }
    return rules;
  }
  void SetUp() override {
    Carried::SetUp();
    programmes_ = Shipped("programmes.toml");
    Config("decided", Decided());
  }
  Offset Ordered(const std::string& name = "order", Kind kind = Kind::HEALTH) {
    AsBoard();
    return Tell(name, Day(200), Order("B-5", kind, ToIso(Day(299)).substr(0, 10)));
  }
  Fill Cancelled(const std::string& booking, schema::YesNo rebooked = schema::YesNo::UNKNOWN) {
    return [=](schema::Event::Builder e) {
      auto visit = e.getBody().initBvcVisitCancelled();
      visit.setAppointmentId(booking);
      visit.setBy(schema::VisitCancelled::By::FAMILY);
      visit.setRebooked(rebooked);
    };
  }
  Fill BookedFor(const std::string& order, const std::string& booking = "a-1") {
    return [=](schema::Event::Builder e) {
      auto visit = e.getBody().initBvcVisitBooked();
      visit.setAppointmentId(booking);
      visit.setOrderId(order);
      visit.setStart(Day(260).value);
    };
  }
  Offset RegionTells(const std::string& name, int day, const Fill& body) {
    AsCare();
    return Tell(name, Day(day), body);
  }
  // Rules of the prompts in a mailbox, those taken back left out.
  std::vector<std::string> Asked(const std::string& function) {
    std::vector<std::string> out;
    for (const Letter& letter : Mailbox(function)) {
      const auto row = Row(letter.row.signal);
      if (letter.code() == "SIG-E1" && row && !row->withdrawn) out.push_back(row->rule);
    }
    return out;
  }
};

TEST_F(OrderAbsence, WhoeverWasSentTheOrderIsAskedAndNobodyElse) {
  Registered();
  Tick(Day(201));
  const size_t before = Codes("bvc.bollnas").size();
  Ordered();
  Tick(Day(249));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING", "P7-DONE"));
  size_t at_centre = 0;
  for (const std::string& rule : Asked("bvc.bollnas")) at_centre += rule.starts_with("P7") ? 1 : 0;
  EXPECT_EQ(at_centre, 0u) << "that a child is placed is not the child health centre's to know";
  EXPECT_GE(Codes("bvc.bollnas").size(), before);
  EXPECT_THAT(Asked(kBoard), IsEmpty());
  for (const Letter& letter : Mailbox(kClinic)) {
    if (letter.code() != "SIG-E1") continue;
    EXPECT_EQ(letter.decision.ground, "ground.order");
    const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
    ASSERT_TRUE(signal.ok());
    EXPECT_LE(signal->get().getBody().getOverdue().getLastSeenAt(), 0) << "the board's contacts are the board's";
  }
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ADentalClinicIsAskedAfterItsOwn) {
  Ordered("order", Kind::ORAL);
  Tick(Day(251));
  EXPECT_THAT(Asked("ftv.bollnas"), ElementsAre("P7-BOOKING"));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
}

TEST_F(OrderAbsence, ABookingWithTheOrdersNumberAnswersAndAnotherOneDoesNot) {
  Ordered();
  RegionTells("ordinary", 210, BookedFor(""));
  RegionTells("another order", 210, BookedFor("B-6"));
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  RegionTells("told late", 220, BookedFor("B-5"));
  EXPECT_THAT(Asked(kClinic), IsEmpty()) << "it was booked in time";
  EXPECT_EQ(Codes(kClinic).back(), "WITHDRAWN");
  ExpectRebuilds();
}

TEST_F(OrderAbsence, WhatIsDoneAnswersBothAndNotDoneTheFirstAlone) {
  Ordered();
  RegionTells("not done", 220, Reported("B-5", schema::ExamResult::NOT_DONE));
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-DONE"));
  RegionTells("done", 290, Reported("B-5"));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  Retract("wrong child", "done", Reported("B-5"));
  Tick(Day(302));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-DONE")) << "so it was not done after all";
  ExpectRebuilds();
}

TEST_F(OrderAbsence, TheEndOfThePlacementEndsTheWait) {
  Ordered();
  Tell("home again", Day(230), [](schema::Event::Builder e) {
    e.getBody().initSocialPlacementChanged().setKind(schema::SocialPlacementChanged::Kind::ENDED);
  });
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
}

TEST_F(OrderAbsence, AnOrderThatIsTakenBackIsAskedAfterNoMore) {
  Ordered();
  Tick(Day(251));
  ASSERT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  AsBoard();
  Retract("cancelled", "order", Order("B-5"));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  ExpectRebuilds();
}

TEST_F(OrderAbsence, WhatWasToldBeforeItsOrderCounts) {
  RegionTells("booked", 202, BookedFor("B-5"));
  Ordered();
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ABookingThatIsPutRightToBeForAnotherOrderOrForNoneAnswersNoMore) {
  for (const std::string other : {"B-6", ""}) {
    const std::string name = "booked " + other;
    const std::string order = "order " + other;
    AsBoard();
    Tell(order, Day(200), Order("C" + other, Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
    RegionTells(name, 210, BookedFor("C" + other, "a" + other));
    RegionTells("right " + other, 212, Corrects(name, BookedFor(other, "a" + other)));
  }
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING", "P7-BOOKING"));
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ABookingThatWaitsAndIsPutRightToBeForAnotherOrderAnswersThatOne) {
  RegionTells("booked", 202, BookedFor("B-5"));
  RegionTells("right", 202, Corrects("booked", BookedFor("B-6")));
  Ordered();
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  AsBoard();
  Tell("the other", Day(200), Order("B-6", Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
  EXPECT_EQ(Asked(kClinic).size(), 1u);
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ABookingThatIsCancelledAnswersNoMoreUntilItIsBookedAgain) {
  Ordered();
  RegionTells("booked", 210, BookedFor("B-5"));
  RegionTells("another", 215, Cancelled("a-2"));
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  RegionTells("cancelled", 252, Cancelled("a-1"));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  RegionTells("told late", 215, BookedFor("B-5", "a-3"));
  EXPECT_THAT(Asked(kClinic), IsEmpty()) << "another time was booked before";
  RegionTells("cancelled too", 253, Cancelled("a-3"));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING")) << "asked anew";
  Retract("not cancelled", "cancelled too", Cancelled("a-3"));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ACancelledBookingIsNoneInWhateverOrderThatIsTold) {
  Ordered();
  RegionTells("cancelled first", 212, Cancelled("a-1"));
  RegionTells("booked", 210, BookedFor("B-5"));
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  RegionTells("moved", 254, Cancelled("a-1", schema::YesNo::YES));
  RegionTells("booked again", 255, BookedFor("B-5"));
  EXPECT_EQ(Asked(kClinic).size(), 1u) << "later than it was asked";
  ExpectRebuilds();
}

TEST_F(OrderAbsence, ABookingCancelledBeforeItsOrderCameIsNone) {
  RegionTells("booked", 202, BookedFor("B-5"));
  RegionTells("cancelled", 203, Cancelled("a-1"));
  Ordered();
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  ExpectRebuilds();
}

TEST_F(OrderAbsence, AVisitThatIsBookedAnewUnderItsNumberOrMovedIsBooked) {
  for (const bool moved : {true, false}) {
    const std::string order = moved ? "D" : "E", booking = moved ? "a-7" : "a-8";
    AsBoard();
    Tell("order " + order, Day(200), Order(order, Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
    RegionTells("booked " + order, 210, BookedFor(order, booking));
    RegionTells("cancelled " + order, 212, Cancelled(booking, moved ? schema::YesNo::YES : schema::YesNo::NO));
    if (!moved) RegionTells("again " + order, 220, BookedFor(order, booking));
  }
  Tick(Day(251));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  ExpectRebuilds();
}

TEST_F(OrderAbsence, AnOrderThatNobodyWasSentIsAskedOfNobody) {
  municipality_ = "0180";  // of another county
  Ordered();
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  EXPECT_THAT(Asked("bvc.bollnas"), IsEmpty());
}

// Nobody can have booked what nobody was sent; whoever has it at last is asked at once.
TEST_F(OrderAbsence, AnOrderThatWasHeldWhenItsTimeCameIsAskedAfterWhenItGoes) {
  municipality_ = "0180";
  Ordered();
  Tick(Day(251));
  ASSERT_THAT(Asked(kClinic), IsEmpty());
  Tick(Day(260));
  Name("named", IdOf("SIG-D1", schema::Outcome::HELD), kClinic, kBoard, org_);
  EXPECT_THAT(Codes(kClinic), ElementsAre("SIG-D1", "SIG-E1"));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING"));
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P7-BOOKING", "P7-DONE"));
  ExpectRebuilds();
}

// Its receiver's system never took it, and the board has been told so.
TEST_F(OrderAbsence, AnOrderThatWasGivenUpIsWithNobody) {
  Ordered();
  Progress(kClinic, 1, {1});
  ASSERT_EQ(Row(IdOf("SIG-D1", schema::Outcome::WITHHELD))->receiver, kClinic);
  Tick(Day(301));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  ExpectRebuilds();
}

TEST_F(OrderAbsence, WhatARegionNotesItselfIsForARuleOfTheCentre) {
  AsCare();
  Registered();
  Tell("note", Day(200), Order("B-5", Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
  Tick(Day(301));
  for (const std::string& rule : Asked("bvc.bollnas")) EXPECT_FALSE(rule.starts_with("P7"));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
}

// P8 of a child clinic: who signed it alone is asked, by the unit that the report names.
TEST_F(OrderAbsence, AChildClinicIsAskedAfterItsOwnReportAndNoOtherOnes) {
  AsCare("SE2321000198-BARNTEST");
  const auto report = [this](const std::string& name, const char* function) {
    Tell(name, Day(200), [=](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction(function);
      body.setConcern("x");
    });
  };
  report("of the clinic", kClinic);
  Tick(Day(203));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P8-RECEIPT-CLINIC"));
  Tick(Day(222));
  EXPECT_THAT(Asked(kClinic), ElementsAre("P8-RECEIPT-CLINIC", "P8-FEEDBACK-CLINIC"));
  AsCare();
  report("of the centre", "bvc.bollnas");
  Tick(Day(230));
  EXPECT_EQ(Asked(kClinic).size(), 2u);
  ExpectRebuilds();
}

TEST_F(OrderAbsence, WhatNobodyIsAskedAboutTakesNoPlaceInTheChildsState) {
  AsCare();
  const Offset report = Report("of the centre");
  Tick(Day(230));
  Missed("later", 231, "A-1");
  const auto state = ReadState(hub_.store_, hub_.Read(report).header.subject);
  ASSERT_TRUE(state.ok());
  for (const rules::Episode& episode : state->episodes) EXPECT_FALSE(episode.signals.empty()) << episode.rule;
}

// What was told of somebody who is gone can not be redone, nor what rests on it: so many subjects are left out.
class OrderErased : public OrderAbsence {
 protected:
  void Erase(Offset of) {
    Must(hub_.vault_->Erase(hub_.Read(of).header.subject));
    Must(hub_.vault_->Commit());
  }
  // The same child as a second controller of the region knows it.
  Offset OtherTells(const std::string& name, int day, const Fill& body) {
    AsCare();
    board_ = "Tandvårdsnämnden";
    return Tell(name, Day(day), body);
  }
};

TEST_F(OrderErased, ALogWhoseRegionsChildIsErasedRebuilds) {
  Ordered();
  const Offset booked = RegionTells("booked", 210, BookedFor("B-5"));
  Tick(Day(251));
  Erase(booked);
  ExpectRebuilds(2);
}

TEST_F(OrderErased, ALogWhoseOrderIsErasedRebuilds) {
  RegionTells("booked before", 201, BookedFor("B-5"));
  const Offset order = Ordered();
  Tick(Day(251));
  Erase(order);
  ExpectRebuilds(2);
}

TEST_F(OrderErased, WhoBookedBeforeTheOrderIsKnownToItsRow) {
  const Offset booked = RegionTells("booked before", 202, BookedFor("B-5"));
  Ordered();
  Tick(Day(251));
  Erase(booked);
  ExpectRebuilds(2);
}

TEST_F(OrderErased, AnOrderThatIsWordedAnewStillKnowsWhoBookedForIt) {
  Ordered();
  const Offset booked = RegionTells("booked", 210, BookedFor("B-5"));
  AsBoard();
  Tell("later", Day(200), Corrects("order", Order("B-5", Kind::HEALTH, ToIso(Day(309)).substr(0, 10))));
  Tick(Day(260));
  EXPECT_THAT(Asked(kClinic), IsEmpty());
  Erase(booked);
  ExpectRebuilds(2);
}

TEST_F(OrderErased, OneControllerThatTellsOftenHidesNoOther) {
  Ordered();
  const Offset once = RegionTells("once", 209, BookedFor("B-5"));
  for (int i = 0; i < 9; ++i) OtherTells("often " + std::to_string(i), 210 + i, BookedFor("B-5"));
  Tick(Day(251));
  ExpectRebuilds();
  Erase(once);
  ExpectRebuilds(3);
}

TEST_F(OrderErased, OfTwoAnswersThatWaitedForTheOrderNeitherIsForgotten) {
  const Offset first = RegionTells("first", 202, Reported("B-5", schema::ExamResult::NOT_DONE));
  OtherTells("second", 203, Reported("B-5"));
  Ordered();
  Tick(Day(251));
  ExpectRebuilds();
  Erase(first);
  ExpectRebuilds(3);
}

// Most regions' bookings name orders that no hub has carried.
TEST_F(OrderErased, ABookingForAnOrderThatIsNotInTheLogIsNobodyElsesBusiness) {
  RegionTells("booked", 210, BookedFor("not of this log"));
  const Offset other = Tell("other", Day(211), Reported("B-7"), "98240301AA06");
  Erase(other);
  ExpectRebuilds(1);
}

TEST_F(OrderErased, OfANumberThatTooManyHaveBookedForAllRestOnAll) {
  const std::vector<const char*> children = {kChild, "98240301AA06", "195009072553"};
  Offset last;
  for (size_t i = 0; i < kOrdersOfNumberMax + 1; ++i) {
    AsCare();
    last = Tell("booked " + std::to_string(i), Day(210), BookedFor("1"), children[i < 2 ? 0 : i % 2 + 1]);
  }
  ExpectRebuilds();
  Erase(last);
  ExpectRebuilds(3);
}

}  // namespace
}  // namespace sam::dispatch::test
