// What a replay takes is counted as dispatch counts it, and nothing of it is cut.
#include "broker/admin/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"
#include "tests/support/fault_store.h"

namespace sam::admin {
namespace {

using testing::ElementsAre;

class ReplaySteps : public testing::Test {
 protected:
  void Put(Lane lane, uint64_t number, uint64_t decision, bool withheld = false,
           bool replayed = false) {
    mailbox::Row row;
    row.decision = decision;
    if (withheld) row.withheld = schema::WithheldCode::DEAD_LETTERED;
    row.replayed = replayed;
    mailbox::LaneState state;
    state.next = Sequence(number + 1);
    Batch batch;
    batch.Put(spaces::kMailbox, mailbox::RowKey("reception", lane, Sequence(number)),
              mailbox::EncodeRow(row).bytes);
    batch.Put(spaces::kLane, mailbox::LaneKey("reception", lane), mailbox::EncodeLane(state));
    ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  }
  ReplayCount Count(uint64_t from, uint64_t to) {
    auto count = CountReplay(store_, {"reception", from, to});
    EXPECT_TRUE(count.ok());
    return count.ok() ? *count : ReplayCount();
  }

  ::sam::test::FaultStore store_;
};

TEST_F(ReplaySteps, CountBothLanesAndNoRepetition) {
  Put(Lane::kNormal, 1, 10);
  Put(Lane::kNormal, 2, 40, true);
  Put(Lane::kNormal, 3, 50, false, true);
  Put(Lane::kAcute, 1, 20);
  const ReplayCount all = Count(0, 100);
  EXPECT_THAT(all.decisions, ElementsAre(10, 20, 40));
  EXPECT_EQ(all.withheld, 1u);
  EXPECT_THAT(Count(11, 40).decisions, ElementsAre(20, 40));
}

// More than dispatch takes at once was cut, and the operator was told that all was done.
TEST_F(ReplaySteps, AreTogetherTheWholeRangeAndNoneIsLargerThanAllowed) {
  for (uint64_t i = 0; i < 7; ++i) Put(i % 2 == 0 ? Lane::kNormal : Lane::kAcute, 1 + i / 2, 100 + i * 10);
  const ReplayRange range{"reception", 5, 900};
  const auto steps = StepsOf(range, Count(5, 900), 3);
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].from, 5u);
  EXPECT_EQ(steps[2].to, 900u);
  uint64_t rows = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (i > 0) {
      EXPECT_EQ(steps[i].from, steps[i - 1].to + 1) << i;
    }
    const uint64_t here = Count(steps[i].from, steps[i].to).rows();
    EXPECT_LE(here, 3u);
    rows += here;
  }
  EXPECT_EQ(rows, 7u);
  EXPECT_TRUE(StepsOf(range, ReplayCount(), 3).empty());
}

TEST_F(ReplaySteps, WhatCameOfOneIsWhatStandsBehindItsStart) {
  Put(Lane::kNormal, 1, 10);
  const auto start = StartReplay(store_, "reception");
  ASSERT_TRUE(start.ok());
  Put(Lane::kNormal, 2, 60, false, true);
  Put(Lane::kNormal, 3, 70);  // of something else
  Put(Lane::kAcute, 1, 80, true, true);
  const auto told = TellReplay(store_, "reception", *start);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->sent, 1u);
  EXPECT_EQ(told->withheld, 1u);
}

}  // namespace
}  // namespace sam::admin
