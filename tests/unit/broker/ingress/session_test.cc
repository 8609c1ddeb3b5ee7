// One source's conversation: succession, answers that survive loss, and how far it may forget.
#include "broker/ingress/session.h"

#include <gtest/gtest.h>

namespace sam::ingress {
namespace {

using journal::Taken;

class SessionTest : public testing::Test {
 protected:
  SessionTest() { session_.Grant(); }

  static Admission Good() {
    Admission out;
    out.draft.payload = std::string(10, 'p');
    return out;
  }
  static Admission Bad() {
    Admission out;
    out.code = wire::Refusal::BAD_VALUE;
    out.field = "f";
    return out;
  }
  static journal::Outcome Answer(const std::vector<std::pair<Taken, uint64_t>>& each) {
    journal::Outcome outcome;
    for (const auto& [taken, offset] : each) outcome.each.push_back({taken, Offset(offset)});
    return outcome;
  }
  static wire::PublishedRecord Record(uint64_t sequence) { return {sequence, "e", 0}; }

  Session session_{{"bvc", "r1"}, "bvc-1", 0, Offset(0), 4};
};

TEST_F(SessionTest, NumbersAreTakenInSuccessionOnly) {
  EXPECT_EQ(session_.PlaceOf(Record(1)), Session::Place::kNext);
  EXPECT_EQ(session_.PlaceOf(Record(2)), Session::Place::kGap);
  session_.Take(1, Good());
  EXPECT_EQ(session_.PlaceOf(Record(1)), Session::Place::kSeen);
  EXPECT_EQ(session_.PlaceOf(Record(2)), Session::Place::kNext);
  EXPECT_EQ(session_.PlaceOf({9, "", 2}), Session::Place::kNext);  // a hole from 2 to 9
  EXPECT_EQ(session_.PlaceOf({9, "", 3}), Session::Place::kGap);
  session_.TakeVoid(9);
  EXPECT_EQ(session_.PlaceOf(Record(10)), Session::Place::kNext);
}

TEST_F(SessionTest, MoreThanTheWindowIsFull) {
  for (uint64_t i = 1; i <= 5; ++i) session_.Take(i, Good());  // one more, for a hole
  EXPECT_EQ(session_.PlaceOf(Record(6)), Session::Place::kFull);
}

TEST_F(SessionTest, NothingIsAcceptedBeforeTheOutcome) {
  session_.Take(1, Good());
  session_.Take(2, Bad());
  EXPECT_EQ(session_.Begin(10).size(), 1u);
  EXPECT_EQ(session_.in_flight_to(), 2u);
  EXPECT_EQ(session_.MakeAck(9).accepted_to, 0u);
  EXPECT_FALSE(session_.ready());
  const auto counts = session_.Settle(Answer({{Taken::kWritten, 5}}));
  EXPECT_EQ(counts.accepted, 1u);
  const wire::Ack ack = session_.MakeAck(9);
  EXPECT_EQ(ack.accepted_to, 2u);
  EXPECT_EQ(ack.trim_to, 2u);
  ASSERT_EQ(ack.refused.size(), 1u);
  EXPECT_EQ(ack.refused[0].sequence, 2u);
  EXPECT_EQ(session_.held_bytes(), 0u);
}

TEST_F(SessionTest, FullDiskStopsTheFloorBeforeTheFirstRefusedOne) {
  for (uint64_t i = 1; i <= 3; ++i) session_.Take(i, Good());
  session_.Begin(10);
  session_.Take(4, Good());
  const auto counts = session_.Settle(
      Answer({{Taken::kWritten, 0}, {Taken::kRefusedFull, 0}, {Taken::kDuplicate, 0}}));
  EXPECT_TRUE(counts.full);
  EXPECT_EQ(session_.floor(), 1u);
  EXPECT_EQ(session_.held_bytes(), 0u);
  EXPECT_EQ(session_.PlaceOf(Record(2)), Session::Place::kNext);  // all of it is awaited again
}

TEST_F(SessionTest, RefusalsAreToldUntilTheSourceMustKnowThem) {
  uint64_t next = 1;
  const auto publish = [&](int n) {
    for (int i = 0; i < n; ++i) {
      session_.Take(next++, Bad());
      session_.Begin(10);
      session_.SettleWithoutJournal();
    }
  };
  publish(4);
  EXPECT_EQ(session_.MakeAck(0).refused.size(), 4u);
  session_.Rewind();  // resending tells nothing about what the source knows
  EXPECT_EQ(session_.MakeAck(0).refused.size(), 4u);
  publish(50);
  const wire::Ack ack = session_.MakeAck(0);
  EXPECT_LE(ack.refused.size(), 6u);
  EXPECT_GE(ack.refused.size(), 5u);  // a whole window and one
  EXPECT_EQ(ack.refused.back().sequence, 54u);
}

TEST_F(SessionTest, SourceMayForgetOnlyWhatABackupCovers) {
  Session session({"bvc", "r1"}, "bvc-1", 7, Offset(100), 4);
  EXPECT_EQ(session.CoveredTo(Offset(99)), 0u);
  EXPECT_EQ(session.CoveredTo(Offset(100)), 7u);
  session.Take(8, Good());
  session.Begin(1);
  session.Settle(Answer({{Taken::kWritten, 200}}));
  EXPECT_EQ(session.CoveredTo(Offset(200)), 7u);
  EXPECT_EQ(session.CoveredTo(Offset(201)), 8u);
}

TEST_F(SessionTest, MemoryForTrimmingIsBoundedAndNeverPromisesTooMuch) {
  for (uint64_t i = 1; i <= 20'000; ++i) {
    session_.Take(i, Good());
    session_.Begin(1);
    session_.Settle(Answer({{Taken::kWritten, i}}));
  }
  const uint64_t covered = session_.CoveredTo(Offset(10'000));
  EXPECT_LE(covered, 9'999u);  // record i lies at offset i, covered means below
  EXPECT_GT(covered, 9'000u);
  EXPECT_EQ(session_.CoveredTo(Offset(20'001)), 20'000u);
}

}  // namespace
}  // namespace sam::ingress
