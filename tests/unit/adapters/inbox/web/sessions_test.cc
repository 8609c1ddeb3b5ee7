#include "adapters/inbox/web/sessions.h"

#include "adapters/inbox/web/throttle.h"
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

TEST(Sessions, EndWhenTheyRestAndWhenTheyAreOld) {
  CryptoInit();
  Sessions sessions(1'000, 5'000);
  const std::string token = sessions.Begin("anna", "", 0);
  EXPECT_EQ(token.size(), 64U);
  for (int64_t now = 900; now < 5'000; now += 900) EXPECT_NE(sessions.Find(token, "", now), nullptr);
  EXPECT_EQ(sessions.Find(token, "", 5'001), nullptr) << "used all the time, and too old";
  const std::string other = sessions.Begin("anna", "", 6'000);
  EXPECT_EQ(sessions.Find(other, "", 7'000), nullptr) << "rested";
  EXPECT_EQ(sessions.size(), 0U);
}

TEST(Sessions, AreBoundToTheCertificateTheyBeganWith) {
  CryptoInit();
  Sessions sessions(1'000, 5'000);
  const std::string token = sessions.Begin("anna", "aa", 0);
  EXPECT_EQ(sessions.Find(token, "", 1), nullptr);
  EXPECT_EQ(sessions.Find(token, "bb", 1), nullptr);
  EXPECT_NE(sessions.Find(token, "aa", 1), nullptr);
  EXPECT_EQ(sessions.Find("", "aa", 1), nullptr);
  EXPECT_EQ(sessions.Find(std::string(64, '0'), "aa", 1), nullptr);
  sessions.End(token);
  EXPECT_EQ(sessions.Find(token, "aa", 1), nullptr);
}

TEST(Sessions, TheOldestOfAnAccountMakesRoomAndNobodyElses) {
  CryptoInit();
  Sessions sessions(1'000'000, 1'000'000);
  const std::string kim = sessions.Begin("kim", "", 0);
  const std::string first = sessions.Begin("anna", "", 1);
  for (size_t i = 0; i < Sessions::kPerAccount; ++i) sessions.Begin("anna", "", 2);
  EXPECT_EQ(sessions.Find(first, "", 3), nullptr);
  EXPECT_NE(sessions.Find(kim, "", 3), nullptr);
  for (size_t i = 0; i < 2 * Sessions::kSessionsMax; ++i)
    sessions.Begin("a" + std::to_string(i), "", 4);
  EXPECT_LE(sessions.size(), Sessions::kSessionsMax);
}

TEST(Throttle, EachTryAfterTheFreeOnesCostsTwiceTheWaitUpToTheLongest) {
  Throttle throttle(60'000);
  for (int i = 0; i < Throttle::kFree; ++i) {
    EXPECT_EQ(throttle.WaitMs("a", 0), 0);
    throttle.Tried("a", 0);
  }
  EXPECT_EQ(throttle.WaitMs("a", 0), Throttle::kFirstMs);
  EXPECT_EQ(throttle.WaitMs("b", 0), 0) << "another one does not wait";
  throttle.Tried("a", 2'000);
  EXPECT_EQ(throttle.WaitMs("a", 2'000), 2 * Throttle::kFirstMs);
  for (int i = 0; i < 100; ++i) throttle.Tried("a", 3'000);
  EXPECT_EQ(throttle.WaitMs("a", 3'000), 60'000);
  EXPECT_EQ(throttle.WaitMs("a", 63'000), 0);
  throttle.Succeeded("a");
  EXPECT_EQ(throttle.WaitMs("a", 3'000), 0);
}

TEST(Throttle, ForgetsWhoWasQuietForAnHourAndIsBounded) {
  Throttle throttle(60'000);
  for (int i = 0; i < 10; ++i) throttle.Tried("a", 0);
  throttle.Tried("a", Throttle::kForgetMs + 1);
  EXPECT_EQ(throttle.WaitMs("a", Throttle::kForgetMs + 1), 0);
  for (int i = 0; i < 4; ++i) throttle.Tried("old", 1);
  for (size_t i = 0; i < Throttle::kEntriesMax; ++i) throttle.Tried("k" + std::to_string(i), 100);
  EXPECT_EQ(throttle.WaitMs("old", 1), 0) << "the one quiet longest is forgotten when all are full";
}

}  // namespace
}  // namespace sam::inbox::web::test
