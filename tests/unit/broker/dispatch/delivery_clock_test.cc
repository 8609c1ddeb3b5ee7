// That a report has left says nothing of whether anybody has it: Norway's portal confirmed reports that no system
// had taken.
#include <gtest/gtest.h>

#include "broker/wire/codec.h"
#include "tests/unit/broker/dispatch/clock_scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
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
