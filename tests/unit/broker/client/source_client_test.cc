// The shipping of an outbox: whatever the network does, nothing is lost, nothing is told twice and
// the window is kept.
#include "broker/client/source_client.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "broker/wire/memory_link.h"

namespace sam::client {
namespace {

const HubId kHub = *HubId::From("hub-1234");

class Outbox final : public OutboxSource {
 public:
  Status Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) override {
    if (fail) return Unavailable("disk");
    size_t bytes = 0;
    for (auto it = rows.lower_bound(from.value); it != rows.end() && bytes < max_bytes; ++it) {
      bytes += it->second.size();
      if (!visit(OutboxSeq(it->first), it->second)) break;
    }
    return Ok();
  }
  Status AcceptedTo(OutboxSeq seq) override {
    EXPECT_GT(seq.value, accepted_to);
    accepted_to = seq.value;
    return Ok();
  }
  Status TrimTo(OutboxSeq seq) override {
    EXPECT_LE(seq.value, accepted_to);
    trimmed_to = seq.value;
    return Ok();
  }
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view) override {
    EXPECT_TRUE(hub_restored || seq.value > accepted_to);
    EXPECT_TRUE(refused.emplace(seq.value, code).second) << "told twice: " << seq.value;
    return Ok();
  }
  OutboxSeq accepted() const override { return OutboxSeq(accepted_to); }

  std::map<uint64_t, std::string> rows;
  std::map<uint64_t, wire::Refusal> refused;
  uint64_t accepted_to = 0;
  uint64_t trimmed_to = 0;
  bool fail = false;
  bool hub_restored = false;
};

// A hub of twenty lines: takes numbers in succession, refuses every tenth, acknowledges.
class Hub {
 public:
  explicit Hub(wire::ServerLink& link) : link_(link) {}

  void Step() {
    while (auto in = link_.Receive()) {
      auto frame = wire::ParseFrame(in->bytes);
      ASSERT_TRUE(frame.ok());
      if (const auto* hello = std::get_if<wire::Hello>(&*frame)) {
        last_hello = *hello;
        wire::Welcome welcome;
        welcome.hub = kHub;
        welcome.accepted_to = floor;
        Say(in->peer, wire::Encode(welcome));
        Answer(in->peer);
      } else if (auto* publish = std::get_if<wire::Publish>(&*frame)) {
        ++publishes;
        for (auto& record : publish->records) Take(record);
        Answer(in->peer);
      } else {
        ++heartbeats;
        Answer(in->peer);
      }
    }
  }
  void Take(const wire::PublishedRecord& record) {
    const uint64_t first = record.event.empty() ? record.void_from : record.sequence;
    max_seen = std::max(max_seen, record.sequence);
    if (record.sequence <= floor || first > floor + 1) return;
    floor = record.sequence;
    if (record.event.empty()) return;
    EXPECT_TRUE(got.emplace(record.sequence, record.event).second);
    if (record.sequence % 10 == 0)
      refused.push_back({record.sequence, wire::Refusal::BAD_VALUE, "f"});
  }
  void Answer(const wire::PeerId& peer) {
    Say(peer, wire::Encode(wire::Ack{floor, floor, refused, 0}));
    Say(peer, wire::Encode(wire::Credit{window, window_bytes, window == 0 ? 500u : 0u}));
  }
  void Say(const wire::PeerId& peer, const std::string& bytes) {
    (void)link_.Send(peer, bytes).ok();
  }

  std::map<uint64_t, std::string> got;
  std::vector<wire::RefusedRecord> refused;
  uint64_t floor = 0;
  uint64_t max_seen = 0;
  uint32_t window = 32;
  uint64_t window_bytes = 1 << 20;
  int publishes = 0;
  int heartbeats = 0;
  wire::Hello last_hello;

 private:
  wire::ServerLink& link_;
};

class SourceClientTest : public testing::Test {
 protected:
  void Fill(uint64_t from, uint64_t to, size_t size = 64) {
    for (uint64_t i = from; i <= to; ++i) {
      std::string row = std::to_string(i);
      row.resize(size, '.');
      outbox_.rows[i] = row;
    }
  }
  void Turn(SourceClient& client, Hub& hub, int turns, int64_t ms = 10) {
    for (int i = 0; i < turns; ++i) {
      const auto stepped = client.Step(clock_.SteadyMicros());
      ASSERT_TRUE(stepped.ok());
      hub.Step();
      clock_.Advance(ms);
    }
  }
  static SourceOptions Options() {
    SourceOptions options;
    options.system_id = "bvc-1";
    return options;
  }

  ManualClock clock_{Millis(0)};
  Random random_{42};
  Outbox outbox_;
};

TEST_F(SourceClientTest, OutboxArrivesInOrderAndRefusalsAreToldOnce) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Fill(1, 500);
  Turn(client, hub, 100);
  EXPECT_EQ(hub.got, outbox_.rows);
  EXPECT_EQ(outbox_.accepted_to, 500u);
  EXPECT_EQ(outbox_.trimmed_to, 500u);
  EXPECT_EQ(outbox_.refused.size(), 50u);
  EXPECT_EQ(client.status().resends, 0u);
  EXPECT_EQ(hub.last_hello.system_id, "bvc-1");
}

TEST_F(SourceClientTest, NothingIsLostInABadNetwork) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    outbox_ = Outbox();
    wire::MemoryNet net(random, clock_, {0.15, 0.1, 0.1, 0.01, 20'000, 200'000});
    auto server = net.Listen("hub");
    auto link = net.Connect("hub", "bvc");
    Hub hub(*server);
    SourceClient client(*link, outbox_, Options());
    Fill(1, 400);
    for (int i = 0; i < 400 && outbox_.accepted_to < 400; ++i) Turn(client, hub, 10, 50);
    EXPECT_EQ(outbox_.accepted_to, 400u);
    EXPECT_EQ(hub.got, outbox_.rows);
    EXPECT_EQ(outbox_.refused.size(), 40u);
  }
}

TEST_F(SourceClientTest, WindowInRecordsAndBytesIsNeverPassed) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  hub.window = 5;
  Fill(1, 100);
  Turn(client, hub, 2);
  // The hub falls silent: what it has not answered stays within five.
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.Step(clock_.SteadyMicros()).ok());
  EXPECT_LE(client.status().sent_to - client.status().accepted_to, 5u);
  hub.window = 1000;
  hub.window_bytes = 300;
  Turn(client, hub, 5);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(client.Step(clock_.SteadyMicros()).ok());
  EXPECT_LE(client.status().sent_to - client.status().accepted_to, 4u);
}

TEST_F(SourceClientTest, BusyHubIsLeftAloneAndAskedAgainAfterTheTimeItSaid) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  hub.window = 0;
  SourceClient client(*link, outbox_, Options());
  Fill(1, 10);
  Turn(client, hub, 20);  // 200 ms
  EXPECT_EQ(hub.publishes, 0);
  EXPECT_EQ(hub.heartbeats, 0);
  hub.window = 32;
  Turn(client, hub, 60);
  EXPECT_GE(hub.heartbeats, 1);
  EXPECT_EQ(outbox_.accepted_to, 10u);
}

TEST_F(SourceClientTest, HolesInTheOutboxDoNotStopIt) {
  wire::MemoryNet net(random_, clock_, {0.2, 0, 0, 0, 0, 0});
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Fill(3, 5);
  Fill(1'000'000, 1'000'003);
  outbox_.rows.erase(1'000'001);
  outbox_.rows[7] = "";  // an emptied row is a hole of one
  for (int i = 0; i < 100 && outbox_.accepted_to < 1'000'003; ++i) Turn(client, hub, 10, 100);
  EXPECT_EQ(outbox_.accepted_to, 1'000'003u);
  outbox_.rows.erase(7);
  EXPECT_EQ(hub.got, outbox_.rows);
}

TEST_F(SourceClientTest, RestoredHubIsRefilledFromTheOutbox) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Fill(1, 50);
  Turn(client, hub, 30);
  ASSERT_EQ(outbox_.accepted_to, 50u);
  // Back from a backup that knows thirty.
  outbox_.hub_restored = true;
  outbox_.refused.clear();
  hub.floor = 30;
  hub.got.erase(hub.got.upper_bound(30), hub.got.end());
  std::erase_if(hub.refused, [](const auto& r) { return r.sequence > 30; });
  net.Cut("bvc");
  Turn(client, hub, 100);
  EXPECT_EQ(hub.last_hello.last_accepted, 50u);
  EXPECT_EQ(hub.last_hello.last_hub, kHub);
  EXPECT_EQ(hub.got, outbox_.rows);
  EXPECT_EQ(hub.floor, 50u);
  EXPECT_EQ(outbox_.accepted_to, 50u);
}

TEST_F(SourceClientTest, WhatARestoredHubRefusesIsToldAlsoWhenTheOldOneHadTakenIt) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Fill(1, 50);
  Turn(client, hub, 30);
  ASSERT_EQ(outbox_.accepted_to, 50u);
  ASSERT_EQ(outbox_.refused.size(), 5u);
  // Back from a backup that knows thirty; this time it refuses 37, which it had taken.
  outbox_.hub_restored = true;
  outbox_.refused.clear();
  hub.floor = 30;
  hub.got.erase(hub.got.upper_bound(30), hub.got.end());
  std::erase_if(hub.refused, [](const auto& r) { return r.sequence > 30; });
  hub.refused.push_back({37, wire::Refusal::NOT_ALLOWED, "type"});
  net.Cut("bvc");
  Turn(client, hub, 100);
  EXPECT_EQ(hub.floor, 50u);
  EXPECT_EQ(outbox_.accepted_to, 50u);
  ASSERT_EQ(outbox_.refused.count(37), 1u);
  EXPECT_EQ(outbox_.refused.at(37), wire::Refusal::NOT_ALLOWED);
  EXPECT_EQ(outbox_.refused.size(), 3u) << "37, 40 and 50; not what stayed at the hub";
}

TEST_F(SourceClientTest, HubThatClaimsMoreThanItWasGivenIsNotBelieved) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  hub.floor = 70;  // an older outbox of the same name
  SourceClient client(*link, outbox_, Options());
  Fill(1, 5);
  Turn(client, hub, 5);
  EXPECT_EQ(outbox_.accepted_to, 0u);
  hub.floor = 0;
  net.Cut("bvc");
  Turn(client, hub, 100);
  EXPECT_EQ(outbox_.accepted_to, 5u);
}

TEST_F(SourceClientTest, DenialIsRememberedAndAskedAgainMoreSeldom) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  SourceClient client(*link, outbox_, Options());
  int hellos = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(client.Step(clock_.SteadyMicros()).ok());
    while (auto in = server->Receive()) {
      ++hellos;
      ASSERT_TRUE(server->Send(in->peer, wire::Encode(wire::RefusedFrame{
                                             {0, wire::Refusal::NOT_ALLOWED, "peer"}})).ok());
    }
    clock_.Advance(100);
  }
  EXPECT_EQ(client.status().denied, wire::Refusal::NOT_ALLOWED);
  EXPECT_EQ(client.status().denied_field, "peer");
  EXPECT_GT(hellos, 2);
  EXPECT_LT(hellos, 10);
}

TEST_F(SourceClientTest, EventThatNoFrameCanCarryIsRefusedHereAndTheRestGoesOn) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Fill(1, 3);
  outbox_.rows[2] = std::string(2 * wire::kMaxFrameBytes, 'x');
  Turn(client, hub, 100);
  EXPECT_EQ(outbox_.accepted_to, 3u);
  EXPECT_EQ(outbox_.refused.at(2), wire::Refusal::TOO_LARGE);
  EXPECT_EQ(hub.got.count(2), 0u);
}

TEST_F(SourceClientTest, OutboxErrorIsHandedToTheCallerAndTriedAgain) {
  wire::MemoryNet net(random_, clock_);
  auto server = net.Listen("hub");
  auto link = net.Connect("hub", "bvc");
  Hub hub(*server);
  SourceClient client(*link, outbox_, Options());
  Turn(client, hub, 5);
  Fill(1, 3);
  outbox_.fail = true;
  EXPECT_EQ(client.Step(clock_.SteadyMicros()).error().code, Code::kUnavailable);
  outbox_.fail = false;
  Turn(client, hub, 10);
  EXPECT_EQ(outbox_.accepted_to, 3u);
}

}  // namespace
}  // namespace sam::client
