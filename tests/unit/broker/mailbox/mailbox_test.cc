#include "broker/mailbox/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/store/spaces.h"
#include "tests/support/fault_store.h"

namespace sam::mailbox {
namespace {

Row Sample(uint64_t decision) {
  Row row;
  row.decision = decision;
  row.signal.bytes[3] = 7;
  row.subject.bytes[1] = 9;
  row.withheld = schema::WithheldCode::ERASED;
  row.versions = {"cfg-1", 4, 5};
  row.replayed = true;
  row.late = true;
  row.decided_at = Millis(1234);
  return row;
}

TEST(Mailbox, ARowComesBackAndItsDecisionStandsAtThePositionTold) {
  const EncodedRow low = EncodeRow(Sample(0));
  const EncodedRow high = EncodeRow(Sample(0x0102030405060708));
  EXPECT_EQ(*DecodeRow(low.bytes), Sample(0));
  std::string patched = low.bytes;
  for (size_t i = 0; i < 8; ++i) patched[low.decision_position + i] = static_cast<char>(8 - i);
  EXPECT_EQ(patched, high.bytes);
}

TEST(Mailbox, BrokenBytesAreCorrupt) {
  EXPECT_EQ(DecodeRow("").error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeRow(std::string(24, '\xee')).error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeLane("x").error().code, Code::kCorrupt);
}

TEST(Mailbox, LaneStateComesBackAndKnowsWhatIsAcknowledged) {
  LaneState lane{Sequence(9), Sequence(3), {Sequence(5), Sequence(7)}};
  EXPECT_EQ(*DecodeLane(EncodeLane(lane)), lane);
  EXPECT_TRUE(lane.Acked(Sequence(3)));
  EXPECT_FALSE(lane.Acked(Sequence(4)));
  EXPECT_TRUE(lane.Acked(Sequence(7)));
}

TEST(Mailbox, AScanStaysWithinItsSubscriptionAndLane) {
  test::FaultStore store;
  Batch batch;
  for (uint64_t n : {1u, 2u, 300u})
    batch.Put(spaces::kMailbox, RowKey("ab", Lane::kNormal, Sequence(n)), EncodeRow(Sample(n)).bytes);
  batch.Put(spaces::kMailbox, RowKey("ab", Lane::kAcute, Sequence(1)), EncodeRow(Sample(90)).bytes);
  batch.Put(spaces::kMailbox, RowKey("a", Lane::kNormal, Sequence(1)), EncodeRow(Sample(91)).bytes);
  batch.Put(spaces::kMailbox, RowKey("abc", Lane::kNormal, Sequence(1)), EncodeRow(Sample(92)).bytes);
  batch.Put(spaces::kLane, LaneKey("ab", Lane::kNormal), EncodeLane({}));
  batch.Put(spaces::kLane, LaneKey("ab", Lane::kAcute), EncodeLane({}));
  ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  const MailboxReader reader(store);
  std::vector<uint64_t> seen;
  ASSERT_TRUE(reader.Scan("ab", Lane::kNormal, Sequence(2), 10, [&](Sequence s, const Row& row) {
    EXPECT_EQ(s.value, row.decision);
    seen.push_back(row.decision);
    return true;
  }).ok());
  EXPECT_THAT(seen, ::testing::ElementsAre(2u, 300u));
  EXPECT_FALSE(reader.Get("ab", Lane::kAcute, Sequence(2))->has_value());
  EXPECT_EQ(reader.StateOf("nobody", Lane::kAcute)->next, Sequence(1));
  EXPECT_THAT(*reader.Subscriptions(), ::testing::ElementsAre("ab"));
}

}  // namespace
}  // namespace sam::mailbox
