// Rates by a clock of the test's own.
#include "broker/ingress/rate.h"

#include <gtest/gtest.h>

#include "broker/base/quiet_log.h"

namespace sam::ingress {
namespace {

constexpr int64_t kSecond = 1'000'000;
using Verdict = PeerRates::Verdict;

TEST(TokenBucket, SavesUpToItsCapacityAndNoMore) {
  TokenBucket bucket(10, 20);
  EXPECT_EQ(bucket.Balance(0), 20);
  EXPECT_EQ(bucket.Balance(100 * kSecond), 20);
  bucket.Take(15, 100 * kSecond);
  EXPECT_EQ(bucket.Balance(100 * kSecond), 5);
  EXPECT_EQ(bucket.Balance(101 * kSecond), 15);
}

TEST(TokenBucket, TellsExactlyWhenADebtIsPaid) {
  TokenBucket bucket(10, 20);
  bucket.Take(50, 0);
  EXPECT_EQ(bucket.Balance(0), -30);
  const int64_t wait = bucket.MicrosUntil(1, 0);
  EXPECT_EQ(wait, 3'100'000);
  EXPECT_GT(bucket.MicrosUntil(1, wait - 1), 0);
  EXPECT_EQ(bucket.MicrosUntil(1, wait), 0);
}

TEST(TokenBucket, AClockThatStandsStillOrFallsGivesNothing) {
  TokenBucket bucket(10, 20);
  bucket.Take(20, 5 * kSecond);
  EXPECT_EQ(bucket.Balance(5 * kSecond), 0);
  EXPECT_EQ(bucket.Balance(1 * kSecond), 0);
}

TEST(PeerRates, WithinTheRateEverybodyIsServed) {
  PeerRates rates({100, 1e6}, 10, 1e5);
  for (int64_t i = 0; i < 1000; ++i)
    ASSERT_EQ(rates.Arrive("bvc", 1000, i * 10'000), Verdict::kServe) << i;
}

TEST(PeerRates, FirstCreditIsWithdrawnThenNothingIsRead) {
  PeerRates rates({100, 1e9}, 10, 1e5);
  int served = 0, warned = 0, dropped = 0;
  for (int i = 0; i < 1000; ++i) {
    const Verdict verdict = rates.Arrive("bvc", 8, 0);
    served += verdict == Verdict::kServe;
    warned += verdict == Verdict::kNoCredit;
    dropped += verdict == Verdict::kDrop;
  }
  EXPECT_EQ(served, 100);  // a second's worth
  EXPECT_EQ(warned, 10);   // what may have been under way
  EXPECT_EQ(dropped, 890);
  // What was not read costs nothing: the debt is one window whatever the flood.
  EXPECT_EQ(rates.MicrosUntilCredit("bvc", 0), 110'000);
  EXPECT_EQ(rates.MicrosUntilCredit("dental", 0), 0);
}

TEST(PeerRates, AFrameLargerThanEverythingSavedUpStillPasses) {
  PeerRates rates({100, 1000}, 10, 2000);
  EXPECT_EQ(rates.Arrive("bvc", 100'000, 0), Verdict::kServe);
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kDrop);
  EXPECT_EQ(rates.Arrive("bvc", 8, 200 * kSecond), Verdict::kServe);
}

TEST(PeerRates, RecordsInABatchCountEach) {
  PeerRates rates({100, 1e9}, 10, 1e5);
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kServe);
  rates.Paid("bvc", 104, 0);
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kNoCredit);
}

TEST(PeerRates, ARateBelowTheWindowStillLetsAWindowThrough) {
  PeerRates rates({1, 1e9}, 10, 1e5);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kServe);
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kNoCredit);
}

TEST(PeerRates, WhoIsTakenAwayIsForgotten) {
  PeerRates rates({1, 1e9}, 1, 1e5);
  while (rates.Arrive("bvc", 8, 0) != Verdict::kDrop) {
  }
  rates.Forget([](const std::string& peer) { return peer == "bvc"; });
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kDrop);
  rates.Forget([](const std::string&) { return false; });
  EXPECT_EQ(rates.Arrive("bvc", 8, 0), Verdict::kServe);
}

TEST(QuietLog, AFloodIsTwentyLinesAndThenOneASecondWithTheNumberLeftOut) {
  QuietLog log;
  int said = 0;
  for (int i = 0; i < 1000; ++i) said += log.Ask("bvc", "malformed", 0).say;
  EXPECT_EQ(said, 20);
  EXPECT_TRUE(log.Ask("bvc", "other", 0).say);
  EXPECT_TRUE(log.Ask("dental", "malformed", 0).say);
  const QuietLog::Word next = log.Ask("bvc", "malformed", kSecond);
  EXPECT_TRUE(next.say);
  EXPECT_EQ(next.left_out, 980u);
  EXPECT_FALSE(log.Ask("bvc", "malformed", kSecond).say);
}

}  // namespace
}  // namespace sam::ingress
