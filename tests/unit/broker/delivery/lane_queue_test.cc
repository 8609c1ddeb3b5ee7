// The rules of one lane, without any I/O: order per child, back-off, giving up, acknowledgements.
#include "broker/delivery/lane_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/crypto/digest.h"

namespace sam::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Verdict = LaneQueue::Verdict;

SubjectId Child(const std::string& name) {
  return *SubjectId::From(Sha256({"child", name}).view().substr(0, 16));
}

RetryPolicy Policy() {
  RetryPolicy policy;
  policy.ack_timeout_us = 1'000;
  policy.first_us = 100;
  policy.max_us = 800;
  policy.attempts = 3;
  return policy;
}

class LaneQueueTest : public testing::Test {
 protected:
  std::vector<uint64_t> Send(int64_t now, std::vector<uint64_t> wait = {}, size_t most = 100) {
    std::vector<uint64_t> sent;
    queue_.Pump(now, [&](uint64_t sequence, Flight&) {
      if (sent.size() == most) return Verdict::kStop;
      for (uint64_t number : wait)
        if (number == sequence) return Verdict::kWait;
      sent.push_back(sequence);
      return Verdict::kTaken;
    });
    return sent;
  }
  int Ack(uint64_t floor, const std::vector<uint64_t>& also = {}, int64_t now = 0) {
    return queue_.Ack(floor, also, now, &unsent_);
  }
  void Fill(std::initializer_list<const char*> children) {
    uint64_t sequence = queue_.next_read();
    for (const char* child : children) queue_.Add(sequence++, Child(child));
  }

  LaneQueue queue_{Policy()};
  Random random_{1};
  int unsent_ = 0;
};

TEST_F(LaneQueueTest, GoesOnAfterTheFloorAndPassesOverWhatIsAcknowledged) {
  queue_.Load(4, {6, 8});
  EXPECT_EQ(queue_.next_read(), 5u);
  Fill({"a", "a", "a", "a", "a"});  // 5..9
  EXPECT_THAT(Send(0), ElementsAre(5, 7, 9));
  EXPECT_EQ(Ack(5), 1);
  EXPECT_EQ(queue_.floor(), 6u);
}

TEST_F(LaneQueueTest, WhatTheLogKnowsAsAcknowledgedIsDoneAlthoughItWasNeverSentHere) {
  Fill({"a", "b", "c"});
  EXPECT_EQ(Ack(2), 0) << "not sent on this connection";
  EXPECT_TRUE(queue_.Received(2));
  EXPECT_TRUE(queue_.Received(1));
  EXPECT_FALSE(queue_.Received(1)) << "once";
  EXPECT_EQ(queue_.floor(), 2U);
  EXPECT_THAT(Send(0), ElementsAre(3));
}

TEST_F(LaneQueueTest, ARedeliveryTakesAllLaterOnesOfTheSameChildWithIt) {
  Fill({"a", "b", "a", "b", "a"});
  EXPECT_THAT(Send(0), ElementsAre(1, 2, 3, 4, 5));
  Ack(0, {2, 4}, 10);  // the receiver lives, but passed over 1 and 3
  const auto expired = queue_.Expire(1'000, random_);
  ASSERT_EQ(expired.size(), 1u);  // 3 and 5 go again because of 1
  EXPECT_EQ(expired[0].sequence, 1u);
  EXPECT_THAT(Send(1'001), IsEmpty());  // 1 backs off, and its child with it
  EXPECT_THAT(Send(1'200), ElementsAre(1, 3, 5));
  EXPECT_EQ(queue_.Find(1)->attempt, 2);
}

TEST_F(LaneQueueTest, AnotherChildDoesNotWait) {
  Fill({"a", "b"});
  EXPECT_THAT(Send(0, {1}), ElementsAre(2));
  EXPECT_THAT(Send(1), ElementsAre(1));
}

TEST_F(LaneQueueTest, AChildWaitsForItsNewDecision) {
  Fill({"a", "a", "b"});
  queue_.Asked(1, 0);
  EXPECT_THAT(Send(0), ElementsAre(3));
  EXPECT_THAT(queue_.asked(), ElementsAre(1));
  queue_.Renewed(1, false);
  EXPECT_THAT(Send(0), ElementsAre(1, 2));
}

TEST_F(LaneQueueTest, SignalsAboutNobodyKeepNoOrder) {
  queue_.Add(1, SubjectId{});
  queue_.Add(2, SubjectId{});
  EXPECT_THAT(Send(0, {1}), ElementsAre(2));
}

TEST_F(LaneQueueTest, BackOffDoublesUpToItsLimitWithJitter) {
  Fill({"a"});
  int64_t now = 0;
  for (int64_t expected : {100, 200, 400, 800, 800}) {
    ASSERT_THAT(Send(now), ElementsAre(1));
    now += 1'000;
    ASSERT_EQ(queue_.Expire(now, random_).size(), 1u);
    const int64_t wait = queue_.Find(1)->due_us - now;
    EXPECT_GE(wait, expected - expected / 5);
    EXPECT_LE(wait, expected + expected / 5);
    now = queue_.Find(1)->due_us;
  }
}

TEST_F(LaneQueueTest, AReceiverThatAnswersNothingLosesNothing) {
  Fill({"a", "b"});
  int64_t now = 0;
  for (int i = 0; i < 20; ++i) {
    Send(now);
    now += 10'000;
    for (const auto& one : queue_.Expire(now, random_)) EXPECT_FALSE(one.given_up);
    now += 10'000;
  }
}

TEST_F(LaneQueueTest, WhatIsPassedOverTooOftenIsGivenUp) {
  queue_.Add(1, Child("poison"));
  int64_t now = 0;
  uint64_t next = 2;
  int times = 0;
  for (;; now += 2'000) {
    queue_.Add(next, Child("other" + std::to_string(next)));
    Send(now);
    Ack(0, {next++}, now);
    const auto expired = queue_.Expire(now + 1'000, random_);
    if (expired.empty()) continue;
    ++times;
    if (expired[0].given_up) break;
    ASSERT_LT(times, 3);
  }
  EXPECT_EQ(times, 3);
  EXPECT_TRUE(queue_.Find(1)->dead);
  EXPECT_THAT(queue_.asked(), ElementsAre(1));
  EXPECT_THAT(Send(now + 100'000), IsEmpty());
  // The notice that fills the number goes out, and is never given up itself.
  queue_.Renewed(1, true);
  EXPECT_THAT(Send(now + 100'000), ElementsAre(1));
}

TEST_F(LaneQueueTest, AStatutoryReportIsNeverGivenUp) {
  queue_.Add(1, Child("a"));
  int64_t now = 0;
  uint64_t next = 2;
  int stuck = 0;
  for (int i = 0; i < 10; ++i, now += 10'000) {
    queue_.Add(next, Child("b"));
    queue_.Pump(now, [](uint64_t sequence, Flight& flight) {
      flight.statutory = sequence == 1;
      return Verdict::kTaken;
    });
    Ack(0, {next++}, now);
    for (const auto& one : queue_.Expire(now + 5'000, random_)) {
      EXPECT_FALSE(one.given_up);
      stuck += one.stuck ? 1 : 0;
    }
  }
  EXPECT_GE(stuck, 5);
  EXPECT_THAT(queue_.asked(), IsEmpty());
}

TEST_F(LaneQueueTest, AcknowledgingWhatWasNeverSentIsRefused) {
  Fill({"a", "b", "c"});
  EXPECT_THAT(Send(0, {2}), ElementsAre(1, 3));
  EXPECT_EQ(Ack(9), 2);  // 1 and 3; 2 was not offered
  EXPECT_GT(unsent_, 0);
  EXPECT_EQ(queue_.floor(), 1u);
  EXPECT_NE(queue_.Find(2), nullptr);
  EXPECT_EQ(Ack(0, {2, 77}), 0);
  EXPECT_GT(unsent_, 0);
  EXPECT_THAT(Send(0), ElementsAre(2));
  EXPECT_EQ(Ack(3), 1);
  EXPECT_EQ(queue_.floor(), 3u);
}

TEST_F(LaneQueueTest, AcknowledgingTwiceIsHarmless) {
  Fill({"a", "b"});
  Send(0);
  EXPECT_EQ(Ack(2), 2);
  EXPECT_EQ(Ack(2, {1, 2}), 0);
  EXPECT_EQ(unsent_, 0);
  EXPECT_EQ(queue_.in_flight(), 0u);
  EXPECT_EQ(queue_.held(), 0u);
}

TEST_F(LaneQueueTest, WhatTheReceiverHoldsIsNotSentAgain) {
  queue_.Load(2, {});
  Fill({"a", "b"});  // 3, 4
  EXPECT_GT(queue_.Seen(6, 0), 0);
  EXPECT_EQ(queue_.floor(), 6u);
  EXPECT_EQ(queue_.next_read(), 7u);
  EXPECT_EQ(queue_.Seen(5, 0), 0);  // never back
  EXPECT_EQ(queue_.floor(), 6u);
}

TEST_F(LaneQueueTest, ABrokenConnectionSendsAgainAtOnceThenMoreSlowly) {
  Fill({"a", "b"});
  Send(0);
  queue_.Detach(10, /*broken=*/true, random_);
  EXPECT_EQ(queue_.in_flight(), 0u);
  EXPECT_THAT(Send(10), ElementsAre(1, 2));
  queue_.Detach(20, true, random_);
  EXPECT_THAT(Send(20), IsEmpty());
  EXPECT_THAT(Send(200), ElementsAre(1, 2));
  // A clean goodbye is nobody's fault.
  queue_.Detach(300, /*broken=*/false, random_);
  EXPECT_THAT(Send(300), ElementsAre(1, 2));
}

TEST_F(LaneQueueTest, UnsentGivesTheAttemptBack) {
  Fill({"a"});
  Send(0);
  queue_.Unsent(1);
  EXPECT_EQ(queue_.Find(1)->attempt, 0);
  EXPECT_EQ(queue_.in_flight(), 0u);
  EXPECT_THAT(Send(0), ElementsAre(1));
}

TEST_F(LaneQueueTest, ReadingAheadEndsAtTheWindowAndAtTheSpan) {
  for (uint64_t i = 1; queue_.WantsMore(); ++i) queue_.Add(i, Child(std::to_string(i)));
  EXPECT_EQ(queue_.held(), LaneQueue::kWindowMax);
  // Number 1 stays open while others go through: the span ends it.
  while (true) {
    std::vector<uint64_t> sent = Send(0);
    if (!sent.empty() && sent.front() == 1) sent.erase(sent.begin());
    Ack(0, sent);
    if (!queue_.WantsMore()) break;
    while (queue_.WantsMore()) queue_.Add(queue_.next_read(), Child("x"));
  }
  EXPECT_LE(queue_.also().size(), LaneQueue::kSpanMax);
  EXPECT_EQ(queue_.floor(), 0u);
  EXPECT_EQ(Ack(1), 1);
  EXPECT_GE(queue_.floor(), LaneQueue::kSpanMax - LaneQueue::kWindowMax);
}

TEST_F(LaneQueueTest, ASlowReceiverThatGoesOnAnsweringIsNotHurried) {
  Fill({"a", "b", "c"});
  Send(0);
  Ack(1, {}, 900);
  EXPECT_THAT(queue_.Expire(1'500, random_), IsEmpty());  // last heard 600 ago
  Ack(2, {}, 1'800);
  EXPECT_THAT(queue_.Expire(2'500, random_), IsEmpty());
  EXPECT_EQ(queue_.Expire(2'900, random_).size(), 1u);
}

}  // namespace
}  // namespace sam::delivery
