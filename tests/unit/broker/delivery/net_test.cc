// Delivery and the real client over a network that drops, doubles, reorders and disconnects.
#include <algorithm>

#include "broker/client/subscriber_client.h"
#include "tests/unit/broker/delivery/rig.h"

namespace sam::delivery::test {
namespace {

class Keeper final : public client::InboxSink {
 public:
  Status Take(const Position& position, std::string_view signal, wire::WithheldCode,
              const client::DeliveryFlags&) override {
    fresh_.emplace_back(position, std::string(signal));
    return Ok();
  }
  Status Commit() override {
    for (auto& [position, text] : fresh_) {
      if (taken_.emplace(std::make_pair(position.lane, position.sequence), text).second)
        order_.push_back(text);
    }
    fresh_.clear();
    return Ok();
  }
  Status Drop() override {
    fresh_.clear();
    return Ok();
  }
  std::vector<Position> Seen() override { return {}; }

  std::vector<std::pair<Position, std::string>> fresh_;
  std::map<std::pair<Lane, Sequence>, std::string> taken_;
  std::vector<std::string> order_;
};

constexpr int kSignals = 200;
constexpr int kChildren = 7;

void Converse(Rig& rig, Keeper& keeper) {
  auto link = rig.net_.Connect("delivery", "soc");
  client::SubscriberOptions options;
  options.subscription = kSub;
  client::SubscriberClient subscriber(*link, keeper, options);
  int put = 0;
  for (int turn = 0; turn < 40'000 && keeper.taken_.size() < kSignals; ++turn) {
    if (put < kSignals && turn % 3 == 0) {
      Post post;
      post.child = std::to_string(put % kChildren);
      post.lane = put % 10 == 0 ? Lane::kAcute : Lane::kNormal;
      post.text = std::to_string(put);
      rig.Put(post);
      ++put;
    }
    rig.Turn(1);
    Rig::Check(subscriber.Step(rig.clock_.SteadyMicros()));
    rig.clock_.Advance(20);
  }
}

TEST(DeliveryNet, NothingIsLostWhateverTheNetworkDoes) {
  for (uint64_t seed : {1, 2, 3}) {
    wire::MemoryFaults faults;
    faults.drop = 0.03;
    faults.duplicate = 0.05;
    faults.reorder = 0.02;
    faults.disconnect = 0.01;
    faults.delay_us_max = 20'000;
    Rig rig(faults);
    rig.retry_.attempts = 50;  // a frame lost alone looks like one passed over
    rig.Start();
    rig.random_ = Random(seed);
    Keeper keeper;
    Converse(rig, keeper);
    ASSERT_EQ(keeper.taken_.size(), static_cast<size_t>(kSignals)) << "seed " << seed;
  }
}

// The promise of a connection: in order until it breaks, and then everything under way is gone.
TEST(DeliveryNet, EachChildStaysInOrderOverBrokenConnections) {
  for (uint64_t seed : {1, 2, 3, 4, 5}) {
    wire::MemoryFaults faults;
    faults.disconnect = 0.03;
    Rig rig(faults);
    rig.random_ = Random(seed);
    Keeper keeper;
    Converse(rig, keeper);
    ASSERT_EQ(keeper.taken_.size(), static_cast<size_t>(kSignals)) << "seed " << seed;
    std::map<std::pair<int, bool>, int> last;
    for (const std::string& text : keeper.order_) {
      const int number = std::stoi(text);
      int& before = last.emplace(std::make_pair(number % kChildren, number % 10 == 0), -1)
                        .first->second;
      EXPECT_GT(number, before) << "seed " << seed;
      before = std::max(before, number);
    }
  }
}

}  // namespace
}  // namespace sam::delivery::test
