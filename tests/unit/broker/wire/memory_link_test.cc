// The network in memory: honest without faults, and each fault does what it says.
#include "broker/wire/memory_link.h"

#include <gtest/gtest.h>

#include <set>

namespace sam::wire {
namespace {

class MemoryNetTest : public testing::Test {
 protected:
  ManualClock clock_{Millis(0)};
  Random random_{1};
};

TEST_F(MemoryNetTest, WithoutFaultsEverythingArrivesInOrderUnderTheRightName) {
  MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto client = net.Connect("hub", "bvc");
  EXPECT_EQ(client->generation(), 1u);
  ASSERT_TRUE(client->Send("1").ok());
  ASSERT_TRUE(client->Send("2").ok());
  auto first = server->Receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->peer.user, "bvc");
  EXPECT_EQ(first->bytes, "1");
  EXPECT_EQ(server->Receive()->bytes, "2");
  EXPECT_FALSE(server->Receive());
  ASSERT_TRUE(server->Send(first->peer, "answer").ok());
  EXPECT_EQ(*client->Receive(), "answer");
  EXPECT_TRUE(net.quiet());
}

TEST_F(MemoryNetTest, CutLosesWhatWasUnderWayAndRaisesTheGeneration) {
  MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto client = net.Connect("hub", "bvc");
  ASSERT_TRUE(client->Send("1").ok());
  const PeerId peer = server->Receive()->peer;
  ASSERT_TRUE(client->Send("2").ok());
  net.Cut("bvc");
  EXPECT_FALSE(server->Receive());
  EXPECT_EQ(server->Send(peer, "x").error().code, Code::kUnavailable);
  EXPECT_EQ(client->Send("3").error().code, Code::kUnavailable);
  EXPECT_EQ(client->generation(), 1u);
  clock_.Advance(1000);
  EXPECT_EQ(client->generation(), 2u);
  ASSERT_TRUE(client->Send("3").ok());
  EXPECT_NE(server->Receive()->peer.route, peer.route);
}

TEST_F(MemoryNetTest, ServerCrashCutsItsClientsUntilItListensAgain) {
  MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto client = net.Connect("hub", "bvc");
  EXPECT_EQ(client->generation(), 1u);
  server.reset();
  clock_.Advance(1000);
  EXPECT_FALSE(client->Send("x").ok());
  server = net.Listen("hub");
  EXPECT_EQ(client->generation(), 2u);
}

TEST_F(MemoryNetTest, RefusedUserStaysOnUntilItIsCut) {
  MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto client = net.Connect("hub", "bvc");
  EXPECT_EQ(client->generation(), 1u);
  net.SetAllowed("bvc", false);
  EXPECT_TRUE(client->Send("x").ok());
  net.Cut("bvc");
  clock_.Advance(1000);
  EXPECT_FALSE(client->Send("x").ok());
  net.SetAllowed("bvc", true);
  EXPECT_TRUE(client->Send("x").ok());
}

TEST_F(MemoryNetTest, FullQueueIsSaid) {
  MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto client = net.Connect("hub", "bvc");
  int sent = 0;
  while (client->Send("x").ok()) ++sent;
  EXPECT_EQ(sent, 2000);
  EXPECT_EQ(client->Send("x").error().code, Code::kExhausted);
}

TEST_F(MemoryNetTest, DropDuplicateReorderAndDelayHappenAndAreTheSameForASeed) {
  std::vector<std::string> runs;
  for (int run = 0; run < 2; ++run) {
    Random random(99);
    ManualClock clock{Millis(0)};
    MemoryNet net(random, clock, {0.2, 0.2, 0.2, 0, 5000, 0});
    auto server = net.Listen("hub");
    auto client = net.Connect("hub", "bvc");
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(client->Send(std::to_string(i)).ok());
    EXPECT_FALSE(net.quiet());
    std::string heard;
    std::multiset<int> numbers;
    bool risen = true;
    int last = -1;
    for (int i = 0; i < 20; ++i) {
      clock.Advance(1);
      while (auto in = server->Receive()) {
        const int n = std::stoi(in->bytes);
        risen = risen && n >= last;
        last = n;
        numbers.insert(n);
        heard += in->bytes + " ";
      }
    }
    const std::set<int> distinct(numbers.begin(), numbers.end());
    EXPECT_LT(distinct.size(), 200u);            // lost
    EXPECT_GT(numbers.size(), distinct.size());  // doubled
    EXPECT_FALSE(risen);                         // overtaken
    runs.push_back(heard);
  }
  EXPECT_EQ(runs[0], runs[1]);
}

}  // namespace
}  // namespace sam::wire
