// That a report has left says nothing of whether anybody has it: Norway's portal confirmed reports that no system
// had taken.
#include <gtest/gtest.h>

#include "broker/wire/codec.h"
#include "tests/unit/broker/dispatch/clock_scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using schema::LadderState;
using schema::Outcome;

class Delivery : public ClockFlow {};

TEST_F(Delivery, AReportThatNoSystemHasTakenInFiveMinutesIsToldToThoseInChargeAndTheSendersDesk) {
  Report("report");
  After(4);
  EXPECT_THAT(Told(kManager), IsEmpty());
  After(5);
  EXPECT_THAT(Told(kManager), ElementsAre(Pair("clock.delivery", 5u)));
  EXPECT_THAT(Told(kDesk), ElementsAre(Pair("clock.delivery", 5u)));
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.delivery", 1u)));
  EXPECT_THAT(Codes(kBoard), ElementsAre("SIG-A1")) << "who is away is not reminded";
  Progress(kBoard, 1);
  EXPECT_THAT(Overdue(), IsEmpty());
  After(60);
  EXPECT_EQ(Told(kManager).size(), 1u);
  ExpectRebuilds();
}

TEST_F(Delivery, AReportThatIsTakenInTimeIsToldToNobodyAndItsReceiverHearsNothingOfThisLimit) {
  Sent();
  After(60);
  EXPECT_THAT(Told(kManager), IsEmpty());
  EachOf(kBoard, "SIG-A1", [&](schema::Signal::Reader signal) {
    for (const auto clock : signal.getClocks()) EXPECT_STRNE(clock.getKind().cStr(), "clock.delivery");
    EXPECT_EQ(signal.getClocks().size(), 3u);
  });
  ExpectRebuilds();
}

TEST_F(Delivery, SendingItAgainLeavesItsReceiversLimitsAsTheyAre) {
  Report("report");
  const SignalId id = IdOf("SIG-A1", Outcome::DELIVER);
  const auto before = Row(id)->clocks;
  ASSERT_EQ(before.size(), 4u);
  Tick(Day(202));
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  ASSERT_EQ(Row(id)->clocks.size(), 4u);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(Row(id)->clocks[i].due, before[i].due) << before[i].kind;
  ExpectRebuilds();
}

// The other board's system has five minutes of its own.
TEST_F(Delivery, AReportThatIsSentOnIsWatchedAnewAtTheOtherBoard) {
  Connected("gavle.mottagning");
  const SignalId id = Sent();
  After(60);
  Tell("sent on", Day(200), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalReceipt();
    body.setSignalId(wire::AsData(id.view()));
    body.setState(LadderState::FORWARDED);
    body.setAt(Day(200).value);
    body.setFunction(kBoard);
    body.setForwardedTo("gavle.mottagning");
  });
  ASSERT_FALSE(Row(id)->released_as.empty());
  After(64);
  EXPECT_THAT(Overdue(), IsEmpty());
  After(65);
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.delivery", 1u)));
  ExpectRebuilds();
}

// It may leave only now; and nobody who was told once believes that it has been taken since.
TEST_F(Delivery, AReportThatWasHeldMeanwhileHasFiveMinutesAnewAndIsToldAnew) {
  Report("report");
  After(5);
  ASSERT_EQ(Told(kDesk).size(), 1u);
  const auto protect = [&](const char* name, schema::Protection now) {
    Tell(name, Day(200), [=](schema::Event::Builder e) {
      e.getBody().initPersonProtectionChanged().setNew(now);
      e.getHeader().getSubject().setProtection(now);
    });
  };
  protect("marked", schema::Protection::SKYDDAD_FOLKBOKFORING);
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  EXPECT_THAT(Overdue(), IsEmpty()) << "held: its sender is called, not the board";
  After(600);
  protect("unmarked", schema::Protection::NONE);
  ASSERT_EQ(Row(IdOf("SIG-A1", Outcome::DELIVER))->outcome, Outcome::DELIVER);
  After(604);
  EXPECT_THAT(Overdue(), Not(Contains(Pair("clock.delivery", 1u))));
  After(605);
  EXPECT_THAT(Overdue(), Contains(Pair("clock.delivery", 1u)));
  EXPECT_THAT(Told(kDesk), Contains(Pair("clock.delivery", 5u)).Times(2));
  ExpectRebuilds();
}

TEST_F(Delivery, ThatIsWatchedFromNowOnIsWatchedForWhatWaitsAndThatIsWatchedNoMoreIsOverdueNoMore) {
  std::string with = FileText("rules.toml"), without = with;
  const std::string line = "delivery_minutes = 5\n";
  without.erase(without.find(line), line.size());
  Config("2", without);
  Report("report");
  After(60);
  EXPECT_THAT(Overdue(), IsEmpty());
  Config("3", with);
  After(65);
  EXPECT_THAT(Overdue(), ElementsAre(Pair("clock.delivery", 1u)));
  Config("4", without);
  EXPECT_THAT(Overdue(), IsEmpty());
  ExpectRebuilds();
}

TEST_F(Delivery, APromptIsNotWatched) {
  Registered();
  Missed("m1", 100, "a");
  Missed("m2", 150, "b");
  After(60);
  ASSERT_EQ(Row(IdOf("SIG-E2", Outcome::DELIVER))->clocks.size(), 1u);
  EXPECT_THAT(Overdue(), IsEmpty());
}

}  // namespace
}  // namespace sam::dispatch::test
