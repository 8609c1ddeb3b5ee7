// The day of an ordered examination: both sides are reminded, those in charge are told when it has passed,
// and what is told of the examination ends it. Erasing either side's child leaves a log that rebuilds.
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/orders.h"
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using schema::ExamResult;
using schema::LadderState;

constexpr const char* kBoardsManager = "bollnas.ledning";

class ExamClock : public Carried {
 protected:
  void SetUp() override {
    Carried::SetUp();
    Connected(kBoardsManager);
  }
  // Due at the end of the day 99.something days after it was ordered.
  SignalId Ordered() {
    AsBoard();
    order_ = Tell("order", Day(200), Order("B-5", Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
    Progress(kClinic, 1);
    return IdOf("SIG-D1", schema::Outcome::DELIVER);
  }
  Offset Examined(const std::string& name, ExamResult result = ExamResult::DONE) {
    AsCare("SE2321000198-BARNTEST");
    return Tell(name, Day(220), Reported("B-5", result));
  }
  // Percent of the examination's own limit, as told to this function.
  std::vector<int> Reminded(const std::string& function) {
    std::vector<int> out;
    for (const Letter& letter : Mailbox(function)) {
      if (letter.code() != "REMINDER") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      EXPECT_FALSE(signal->get().hasSubject());
      const auto body = signal->get().getBody().getReminder();
      if (body.getClock() == kExamClock) out.push_back(body.getPercent());
    }
    return out;
  }
  std::map<std::string, uint64_t> Overdue() {
    const auto counts = CountOverdue(hub_.store_);
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? *counts : std::map<std::string, uint64_t>();
  }
  size_t Deadlines(const std::string& function) {
    size_t count = 0;
    for (const Letter& letter : Mailbox(function)) {
      if (letter.code() != "SIG-E3") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      if (signal->get().getBody().getDeadline().getStep() == kExamClock) ++count;
    }
    return count;
  }
  void Erase(Offset of) {
    Must(hub_.vault_->Erase(hub_.Read(of).header.subject));
    Must(hub_.vault_->Commit());
  }
  // The child as the board and as the region know it.
  void ExpectRebuildsWithoutBoth() { ExpectRebuilds(2); }
  Offset order_;
};

TEST_F(ExamClock, WhoOrderedAndWhoShallExamineAreRemindedAndThoseInChargeTold) {
  const SignalId id = Ordered();
  Receipt("confirmed", id, LadderState::REGISTERED, kClinic);  // that it is taken on is not that it is done
  Tick(Day(249));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50));
  EXPECT_THAT(Reminded(kBoard), ElementsAre(50));
  Tick(Day(281));
  EXPECT_THAT(Reminded(kBoard), ElementsAre(50, 80));
  EXPECT_THAT(Overdue(), IsEmpty());
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50, 80, 100));
  EXPECT_THAT(Reminded(kBoard), ElementsAre(50, 80, 100));
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.exam", 1u)));
  EXPECT_EQ(Deadlines("gavleborg.ledning") + Deadlines("gavleborg.signaldisk") +
                Deadlines(kBoardsManager) + Deadlines(kBoard), 2u) << "at the examiner's side and at the orderer's";
  ExpectRebuilds();
}

TEST_F(ExamClock, WhoWasRemindedOfTheDayIsToldThatItIsAnsweredAndThatItIsNotAfterAll) {
  Ordered();
  Tick(Day(300));
  ASSERT_THAT(Reminded(kClinic), ElementsAre(100));
  Examined("done");
  EXPECT_THAT(Reminded(kClinic), ElementsAre(100, 0));
  EXPECT_THAT(Reminded(kBoard), ElementsAre(100)) << "has the result itself";
  Retract("wrong", "done", Reported("B-5", ExamResult::DONE));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(100, 0, 100));
  Examined("done again");
  EXPECT_THAT(Reminded(kClinic), ElementsAre(100, 0, 100, 0));
  ExpectRebuilds();
}

// Ten working days from the order's last day, Saturday 28 March 2026 (day 300): over Easter to Tuesday 14 April.
TEST_F(ExamClock, TheAnswerIsDueTenWorkingDaysAfterTheLastDayAndWatchedToo) {
  AsBoard();
  Tell("order", Day(200), Order("B-5", Kind::HEALTH, "2026-03-28"));
  Progress(kClinic, 1);
  const SignalId id = IdOf("SIG-D1", schema::Outcome::DELIVER);
  const auto clocks = Row(id)->clocks;
  const auto at = std::find_if(clocks.begin(), clocks.end(),
                               [](const WatchedClock& clock) { return clock.kind == kResultClock; });
  ASSERT_NE(at, clocks.end());
  EXPECT_EQ(ToIso(at->due), "2026-04-14T21:59:59.999Z");
  Tick(*FromIso("2026-04-14T21:00Z"));
  EXPECT_EQ(Overdue().count(kResultClock), 0u);
  Tick(*FromIso("2026-04-14T22:00Z"));
  EXPECT_EQ(Overdue().count(kResultClock), 1u);
  AsCare("SE2321000198-BARNTEST");
  Tell("late", *FromIso("2026-04-15T10:00Z"), Reported("B-5", ExamResult::NOT_DONE));
  EXPECT_EQ(Overdue().count(kResultClock) + Overdue().count(kExamClock), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, WhoWasNeverRemindedIsToldNothingNorAnybodyInAnOlderLog) {
  Ordered();
  Examined("done");
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  fold_ = 5;
  Config("older");
  AsBoard();
  Tell("order 2", Day(200), Order("B-6", Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
  Progress(kClinic, 2);
  Tick(Day(300));
  ASSERT_THAT(Reminded(kClinic), ElementsAre(100));
  AsCare("SE2321000198-BARNTEST");
  Tell("done 2", Day(300), Reported("B-6", ExamResult::DONE));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(100));
}

TEST_F(ExamClock, TheBoardIsRemindedAlsoOfAnOrderThatNobodyHasFetched) {
  AsBoard();
  Tell("order", Day(200), Order("B-5", Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_THAT(Reminded(kBoard), ElementsAre(50));
}

TEST_F(ExamClock, DoneNotDoneAndPartlyEndIt) {
  for (const ExamResult result : {ExamResult::DONE, ExamResult::NOT_DONE, ExamResult::PARTLY}) {
    const std::string name = "B-" + std::to_string(static_cast<int>(result));
    AsBoard();
    Tell("order " + name, Day(200), Order(name, Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
    AsCare("SE2321000198-BARNTEST");
    Tell("result " + name, Day(201), Reported(name, result));
  }
  Progress(kClinic, 3);
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_THAT(Reminded(kBoard), IsEmpty());
  EXPECT_EQ(Overdue().count("clock.exam"), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, AnAnswerThatSaysNothingOrIsAboutAnotherChildEndsNothing) {
  Ordered();
  Examined("nothing said", ExamResult::UNKNOWN);
  Tell("another child", Day(220), Reported("B-5"), "98240301AA06");
  Tell("another order", Day(220), Reported("B-6"));
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50));
}

TEST_F(ExamClock, WhatIsDoneLateIsNoLongerOverdue) {
  Ordered();
  Tick(Day(300));
  ASSERT_EQ(Overdue().count("clock.exam"), 1u);
  Examined("late");
  EXPECT_EQ(Overdue().count("clock.exam"), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, AnOrderTakenBackIsNotWatched) {
  Ordered();
  AsBoard();
  Retract("undo", "order", Order("B-5"));
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_THAT(Reminded(kBoard), IsEmpty());
  ExpectRebuilds();
}

TEST_F(ExamClock, AnAnswerTakenBackLetsTheTimeRunOn) {
  Ordered();
  Examined("done");
  Retract("not so", "done", Reported("B-5"));
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50));
  ExpectRebuilds();
}

TEST_F(ExamClock, AnOrderCorrectedAfterItsAnswerStaysAnswered) {
  Ordered();
  Examined("done");
  AsBoard();
  Tell("later", Day(230), Corrects("order", Order("B-5", Kind::HEALTH, ToIso(Day(289)).substr(0, 10))));
  Progress(kClinic, 9);
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_THAT(Reminded(kBoard), IsEmpty());
  EXPECT_EQ(Overdue().count("clock.exam"), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, AnOrderWordedAnewAsksForWhatWasNotDoneOnceMore) {
  Ordered();
  Examined("not done", ExamResult::NOT_DONE);
  AsBoard();
  Tell("later", Day(230), Corrects("order", Order("B-5", Kind::HEALTH, ToIso(Day(329)).substr(0, 10))));
  Progress(kClinic, 9);
  Tick(Day(331));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(100));
  ExpectRebuilds();
}

TEST_F(ExamClock, WhatWasToldBeforeItsOrderGoesToWhoOrderedWhenTheOrderComesAndEndsItsDay) {
  for (const ExamResult result : {ExamResult::DONE, ExamResult::NOT_DONE}) {
    const std::string name = "B-" + std::to_string(static_cast<int>(result));
    AsCare("SE2321000198-BARNTEST");
    Tell("result " + name, Day(198), Reported(name, result));
    EXPECT_THAT(Reasons("SIG-D2"), Contains("gate.order.unknown"));
    AsBoard();
    Tell("order " + name, Day(200), Order(name, Kind::HEALTH, ToIso(Day(299)).substr(0, 10)));
  }
  const std::vector<std::string> codes = Codes(kBoard);
  EXPECT_EQ(std::count(codes.begin(), codes.end(), "SIG-D2"), 2);
  Progress(kClinic, 9);
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_EQ(Overdue().count("clock.exam"), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, WhatWasToldBeforeAnOrderAndTakenBackOrIsOfAnotherChildIsNoAnswer) {
  AsCare("SE2321000198-BARNTEST");
  Tell("another child", Day(198), Reported("B-5"), "98240301AA06");
  Tell("early", Day(198), Reported("B-5"));
  Retract("not so", "early", Reported("B-5"));
  Ordered();
  EXPECT_THAT(Codes(kBoard), Not(Contains("SIG-D2")));
  Progress(kClinic, 9);  // notices before it, too
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50));
  ExpectRebuilds();
}

TEST_F(ExamClock, AnAnswerToldBeforeItsOrderAndTakenBackAfterItLetsTheTimeRunOn) {
  AsCare("SE2321000198-BARNTEST");
  Tell("early", Day(198), Reported("B-5"));
  Ordered();
  AsCare("SE2321000198-BARNTEST");
  Retract("not so", "early", Reported("B-5"));
  Progress(kClinic, 9);  // notices before it, too
  Tick(Day(251));
  EXPECT_THAT(Reminded(kClinic), ElementsAre(50));
  ExpectRebuilds();
}

TEST_F(ExamClock, ErasingEitherSideOfAnOrderThatCameAfterItsAnswerLeavesALogThatRebuilds) {
  AsCare("SE2321000198-BARNTEST");
  const Offset answer = Tell("early", Day(198), Reported("B-5"));
  Ordered();
  Tick(Day(251));
  ExpectRebuilds();
  Erase(answer);
  ExpectRebuildsWithoutBoth();
}

TEST_F(ExamClock, ErasingWhoOrderedAfterTheAnswerLeavesALogThatRebuilds) {
  AsCare("SE2321000198-BARNTEST");
  Tell("early", Day(198), Reported("B-5"));
  Ordered();
  Erase(order_);
  ExpectRebuildsWithoutBoth();
}

TEST_F(ExamClock, ErasingWhoAnsweredAnOrderThatWasTakenBackLeavesALogThatRebuilds) {
  Ordered();
  const Offset answer = Examined("done");
  AsBoard();
  Retract("undo", "order", Order("B-5"));
  ExpectRebuilds();
  Erase(answer);
  ExpectRebuilds(2);
}

TEST_F(ExamClock, ErasingWhoAnsweredAnOrderThatWasWordedAnewLeavesALogThatRebuilds) {
  Ordered();
  const Offset answer = Examined("not done", ExamResult::NOT_DONE);
  AsBoard();
  Tell("later", Day(230), Corrects("order", Order("B-5", Kind::HEALTH, ToIso(Day(329)).substr(0, 10))));
  ExpectRebuilds();
  Erase(answer);
  ExpectRebuilds(2);
}

TEST_F(ExamClock, WhatWasToldBeforeItsOrderWaitsForItsChildInTheEditionBefore) {
  fold_ = 4;
  Config("earlier");
  AsCare("SE2321000198-BARNTEST");
  Tell("early", Day(198), Reported("B-5"));
  Ordered();
  EXPECT_THAT(Codes(kBoard), Not(Contains("SIG-D2")));
  ExpectRebuilds();
}

TEST_F(ExamClock, OfOneOrderNumberOnlySoManyAnswersWait) {
  AsCare("SE2321000198-BARNTEST");
  for (size_t i = 0; i < kOrdersOfNumberMax + 4; ++i)
    Tell("early " + std::to_string(i), Day(198), Reported("B-5"));
  size_t rows = 0;
  Must(hub_.store_.Scan(spaces::kAnswer, "", "", [&](std::string_view, std::string_view) {
    ++rows;
    return true;
  }));
  EXPECT_EQ(rows, kOrdersOfNumberMax);
  ExpectRebuilds();
}

TEST_F(ExamClock, OrdersOfBeforeTheirDayWasWatchedStayUnwatched) {
  fold_ = 3;
  Config("earlier");
  Ordered();
  fold_ = kFoldEdition;
  Config("now");
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_EQ(Overdue().count("clock.exam"), 0u);
  ExpectRebuilds();
}

TEST_F(ExamClock, AnEarlierEditionWatchesNoExamination) {
  fold_ = 3;
  Config("earlier");
  Ordered();
  Tick(Day(300));
  EXPECT_THAT(Reminded(kClinic), IsEmpty());
  EXPECT_THAT(Reminded(kBoard), IsEmpty());
  ExpectRebuilds();
}

// The answer found its receiver by the order: without it, it stands as it was recorded.
TEST_F(ExamClock, WhenTheBoardsChildIsErasedTheRegionsAnswerStandsAsRecorded) {
  Ordered();
  Examined("done");
  ASSERT_THAT(Codes(kBoard), Contains("SIG-D2"));
  Tell("another", Day(221), Reported("B-7"), "98240301AA06");  // not about the one who is gone
  Erase(order_);
  ::sam::test::FaultStore fresh;
  const RebuildReport report = RebuildNow(fresh);
  EXPECT_EQ(report.different_count, 0u);
  EXPECT_EQ(report.not_recorded, 0u);
  EXPECT_EQ(report.digest, LiveDigest(report.gone));
}

TEST_F(ExamClock, AnOrderThatCanBeReadKeepsItsAnswerComparedAlthoughAnotherChildIsGone) {
  Ordered();
  Examined("done");
  const Offset other = Tell("other", Day(221), Reported("B-7"), "98240301AA06");
  Erase(other);
  ::sam::test::FaultStore fresh;
  const RebuildReport report = RebuildNow(fresh);
  EXPECT_EQ(report.gone.size(), 1u);
  EXPECT_EQ(report.different_count, 0u);
  EXPECT_EQ(report.digest, LiveDigest(report.gone));
}

// The order's limit ended by the answer: without it, the board's rows can not be made again.
TEST_F(ExamClock, WhenTheRegionsChildIsErasedTheBoardsOrderStandsAsRecorded) {
  Ordered();
  const Offset answer = Examined("done");
  Tick(Day(251));
  Erase(answer);
  ExpectRebuildsWithoutBoth();
}

TEST_F(ExamClock, WhenTheBoardsChildIsErasedNothingDiffers) {
  Ordered();
  Examined("done");
  Tick(Day(251));
  Erase(order_);
  ExpectRebuildsWithoutBoth();
  Examined("later");
  Tick(Day(260));
  ExpectRebuildsWithoutBoth();
}

TEST(OrderRow, ReadsBackAsItWasAndWithoutAnAnswerAsEarlierBuildsWroteIt) {
  dispatch::OrderRow row{jt::EventOf("order"), *SubjectId::From(std::string(16, 's')), {}, {}};
  EXPECT_EQ(EncodeOrder(row), std::string(row.order.view()) + std::string(16, 's'));
  EXPECT_TRUE(DecodeOrder(EncodeOrder(row))->ended_by.empty());
  row.ended_by = jt::EventOf("answer");
  row.ended_at = Offset(77);
  const auto back = DecodeOrder(EncodeOrder(row));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->subject, row.subject);
  EXPECT_EQ(back->ended_by, row.ended_by);
  EXPECT_EQ(back->ended_at, row.ended_at);
  auto asked = row;
  asked.told = {*SubjectId::From(std::string(16, 'a')), *SubjectId::From(std::string(16, 'b'))};
  EXPECT_EQ(DecodeOrder(EncodeOrder(asked))->told, asked.told);
  const std::string whole = EncodeOrder(row);
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_EQ(DecodeOrder(std::string_view(whole).substr(0, cut)).ok(), cut == 32) << cut;
}

}  // namespace
}  // namespace sam::dispatch::test
