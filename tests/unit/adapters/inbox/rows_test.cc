// The inbox's rows and the arithmetic of held numbers.
#include "adapters/inbox/rows.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/base/random.h"

namespace sam::inbox {
namespace {

TEST(LaneRow, AgreesWithAPlainSetOfNumbers) {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    LaneRow lane;
    std::set<uint64_t> held;
    for (int i = 0; i < 60; ++i) {
      const uint64_t number = 1 + random.Below(40);
      lane.Add(number);
      held.insert(number);
      uint64_t floor = 0;
      while (held.count(floor + 1) > 0) ++floor;
      ASSERT_EQ(lane.floor, floor);
      for (uint64_t n = 1; n <= 41; ++n) ASSERT_EQ(lane.Has(n), held.count(n) > 0) << n;
    }
    const auto again = DecodeLane(Encode(lane));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->floor, lane.floor);
    EXPECT_EQ(again->runs, lane.runs);
  }
}

TEST(LaneRow, AHoleIsHeldOnlyWhenAllOfItCame) {
  LaneRow lane;
  for (uint64_t n : {1, 2, 5, 6, 7}) lane.Add(n);
  EXPECT_FALSE(lane.HasAll(3, 4));
  EXPECT_FALSE(lane.HasAll(2, 5));
  EXPECT_TRUE(lane.HasAll(5, 7));
  lane.Add(3);
  lane.Add(4);
  EXPECT_TRUE(lane.HasAll(1, 7));
  EXPECT_TRUE(lane.runs.empty());
}

TEST(Rows, KeepEveryField) {
  Row row;
  row.id = *SignalId::From("0123456789abcdef");
  row.number = 7;
  row.position = {*HubId::From("hub-one!"), 3, Lane::kAcute, Sequence(9)};
  row.received_at = Millis(11);
  row.signal = "bytes";
  row.late = row.replayed = row.unreadable = true;
  row.copies = 4;
  row.withdrawn_by = *SignalId::From("fedcba9876543210");
  row.withdrawn_reason = "corrected";
  row.steps.push_back({LadderState::ANSWERED, Millis(5), "A-1", Answer::NOT_OPENED,
                       *EventId::From("eeeeeeeeeeeeeeee"), 2, "anna",
                       {Way::PAPER, "Kim", Millis(4)}});
  row.views.push_back({Millis(6), "bo"});
  row.decision = Decision::SUPPORT;
  row.decision_reason = "x";
  row.decided_at = Millis(8);
  row.decided_by = "eva";
  const auto again = DecodeRow(Encode(row));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Encode(*again), Encode(row));
  EXPECT_EQ(again->position, row.position);
  EXPECT_EQ(again->steps[0].answer, Answer::NOT_OPENED);
  EXPECT_EQ(again->views[0].by, "bo");
}

TEST(Rows, DamagedBytesAreCorruptNotInvalid) {
  const std::string ones(16, '\xff');
  for (const std::string& bytes : {std::string(), std::string("1234567"), ones}) {
    EXPECT_EQ(DecodeRow(bytes).error().code, Code::kCorrupt);
    EXPECT_EQ(DecodeLane(bytes).error().code, Code::kCorrupt);
    EXPECT_EQ(DecodeNumber(bytes).error().code, Code::kCorrupt);
    EXPECT_EQ(DecodeRefusal(bytes).error().code, Code::kCorrupt);
    EXPECT_EQ(DecodeIdentity(bytes).error().code, Code::kCorrupt);
  }
}

TEST(Rows, LaneKeysComeBackAndRise) {
  const Position low{*HubId::From("hub-one!"), 1, Lane::kNormal, Sequence(1)};
  Position high = low;
  high.epoch = 256;
  EXPECT_LT(LaneKey(low), LaneKey(high));
  const auto back = ParseLaneKey(LaneKey(high));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->epoch, 256u);
  EXPECT_FALSE(ParseLaneKey("short").ok());
  std::string wrong = LaneKey(low);
  wrong.back() = 9;
  EXPECT_FALSE(ParseLaneKey(wrong).ok());
}

}  // namespace
}  // namespace sam::inbox
