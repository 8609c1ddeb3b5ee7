// Receiving: acknowledged only what is durable, duplicates answered and not shown, gaps noticed.
#include "broker/client/subscriber_client.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/wire/memory_link.h"

namespace sam::client {
namespace {

const HubId kHub = *HubId::From("hub-1234");

class Sink final : public InboxSink {
 public:
  Status Take(const Position& position, std::string_view signal, wire::WithheldCode withheld,
              const DeliveryFlags& flags) override {
    if (full || pending.size() >= room) return Exhausted("disk");
    pending.push_back(position.sequence.value);
    last_signal = signal;
    last_withheld = withheld;
    last_flags = flags;
    return Ok();
  }
  Status Commit() override {
    if (fail_commit) {
      return Unavailable("disk");
    }
    for (const uint64_t number : pending) {
      EXPECT_TRUE(durable.insert(number).second) << "taken twice: " << number;
    }
    pending.clear();
    return Ok();
  }
  Status Drop() override {
    pending.clear();
    return Ok();
  }
  std::vector<Position> Seen() override { return seen; }
  bool IsEmpty() const override { return empty; }

  std::vector<uint64_t> pending;
  std::set<uint64_t> durable;
  std::vector<Position> seen;
  bool empty = false;
  std::string last_signal;
  wire::WithheldCode last_withheld = wire::WithheldCode::NONE;
  DeliveryFlags last_flags;
  bool full = false;
  size_t room = 1'000;  // between two commits
  bool fail_commit = false;
};

class SubscriberClientTest : public testing::Test {
 protected:
  SubscriberClientTest() {
    options_.subscription = "bollnas.mottagning";
    server_ = net_.Listen("hub");
    link_ = net_.Connect("hub", "bollnas");
    client_ = std::make_unique<SubscriberClient>(*link_, sink_, options_,
                                                 [this](const Gap& gap) { gaps_.push_back(gap); });
  }

  void Step() {
    stepped_ = client_->Step(clock_.SteadyMicros());
    while (auto in = server_->Receive()) {
      peer_ = in->peer;
      auto frame = wire::ParseFrame(in->bytes);
      ASSERT_TRUE(frame.ok());
      if (std::holds_alternative<wire::Hello>(*frame)) {
        wire::Welcome welcome;
        welcome.hub = kHub;
        welcome.epoch = epoch_;
        welcome.checkpoint = "samsignal/1";
        Say(wire::Encode(welcome));
      } else if (auto* subscribe = std::get_if<wire::Subscribe>(&*frame)) {
        subscribed_ = *subscribe;
        ++subscribes_;
      } else if (auto* ack = std::get_if<wire::DeliverAck>(&*frame)) {
        acks_.push_back(*ack);
        for (uint64_t n = 1; n <= ack->floor; ++n) acked_.insert(n);
        acked_.insert(ack->also.begin(), ack->also.end());
        for (const uint64_t n : acked_)
          EXPECT_TRUE(sink_.durable.count(n) == 1 || n <= seen_to_) << "acked early: " << n;
      } else if (auto* credit = std::get_if<wire::Credit>(&*frame)) {
        credit_ = *credit;
      } else if (auto* asked = std::get_if<wire::CheckpointWord>(&*frame)) {
        asked_from_.push_back(asked->from);
      }
    }
  }
  void Steps(int n, int64_t ms = 10) {
    for (int i = 0; i < n; ++i) {
      Step();
      clock_.Advance(ms);
    }
  }
  void Say(const std::string& bytes) { (void)server_->Send(peer_, bytes).ok(); }
  void Deliver(const std::vector<uint64_t>& numbers,
               wire::WithheldCode withheld = wire::WithheldCode::NONE) {
    wire::Deliver deliver;
    deliver.subscription = options_.subscription;
    for (const uint64_t n : numbers) {
      wire::Delivery item;
      item.position = {kHub, epoch_, Lane::kNormal, Sequence(n)};
      if (withheld == wire::WithheldCode::NONE) item.signal = "signal-" + std::to_string(n);
      item.withheld = withheld;
      item.late = true;
      item.attempt = 2;
      deliver.items.push_back(item);
    }
    Say(wire::Encode(deliver));
  }

  ManualClock clock_{Millis(0)};
  Random random_{3};
  wire::MemoryNet net_{random_, clock_};
  std::unique_ptr<wire::ServerLink> server_;
  std::unique_ptr<wire::ClientLink> link_;
  Sink sink_;
  SubscriberOptions options_;
  std::unique_ptr<SubscriberClient> client_;
  std::vector<Gap> gaps_;
  Result<int> stepped_ = 0;
  wire::PeerId peer_;
  wire::Subscribe subscribed_;
  int subscribes_ = 0;
  std::vector<wire::DeliverAck> acks_;
  std::set<uint64_t> acked_;
  wire::Credit credit_;
  std::vector<uint64_t> asked_from_;
  uint32_t epoch_ = 1;
  uint64_t seen_to_ = 0;
};

class Keeper final : public CheckpointKeeper {
 public:
  uint64_t KeptRecords() const override { return records; }
  Status TakeCheckpoint(const wire::CheckpointWord& told) override {
    notes.push_back(told.note);
    return Ok();
  }
  uint64_t records = 40;
  std::vector<std::string> notes;
};

TEST_F(SubscriberClientTest, AsksForTheCheckpointAfterEachGreetingAndEveryHour) {
  Keeper keeper;
  options_.keeper = &keeper;
  client_ = std::make_unique<SubscriberClient>(*link_, sink_, options_);
  Steps(4);
  EXPECT_EQ(asked_from_, std::vector<uint64_t>{40});
  wire::CheckpointWord told;
  told.note = "newest";
  Say(wire::Encode(told));
  Steps(2);
  EXPECT_EQ(keeper.notes, std::vector<std::string>{"newest"});
  keeper.records = 50;
  clock_.Advance(3'600'000);
  Steps(3);
  EXPECT_EQ(asked_from_, (std::vector<uint64_t>{40, 50}));
}

TEST_F(SubscriberClientTest, GreetsSubscribesGrantsTakesAndAcknowledges) {
  Steps(3);
  EXPECT_TRUE(client_->status().welcomed);
  EXPECT_EQ(client_->status().checkpoint, "samsignal/1");
  EXPECT_EQ(subscribed_.subscription, "bollnas.mottagning");
  EXPECT_EQ(credit_.messages, 64u);
  Deliver({1, 2, 3});
  Steps(2);
  EXPECT_EQ(sink_.durable, (std::set<uint64_t>{1, 2, 3}));
  EXPECT_EQ(acks_.back().floor, 3u);
  EXPECT_EQ(sink_.last_signal, "signal-3");
  EXPECT_TRUE(sink_.last_flags.late);
  EXPECT_EQ(sink_.last_flags.attempt, 2);
}

TEST_F(SubscriberClientTest, NothingIsAcknowledgedBeforeTheCommit) {
  Steps(3);
  sink_.fail_commit = true;
  Deliver({1});
  Step();
  EXPECT_FALSE(stepped_.ok());
  EXPECT_TRUE(acks_.empty());
  sink_.fail_commit = false;
  Deliver({1});
  Steps(2);
  EXPECT_EQ(sink_.durable.count(1), 1u);
  EXPECT_EQ(acks_.back().floor, 1u);
}

TEST_F(SubscriberClientTest, FullSinkStopsWithoutAcknowledging) {
  Steps(3);
  sink_.full = true;
  Deliver({1});
  Step();
  EXPECT_EQ(stepped_.error().code, Code::kExhausted);
  EXPECT_TRUE(acks_.empty());
}

// The sink must not keep what nobody will acknowledge: a later Commit would write it over newer rows.
TEST_F(SubscriberClientTest, WhatWasTakenBeforeAnErrorIsDroppedByTheSinkAndComesAgain) {
  Steps(3);
  sink_.room = 1;
  Deliver({1, 2});
  Step();
  EXPECT_EQ(stepped_.error().code, Code::kExhausted);
  EXPECT_TRUE(sink_.pending.empty());
  sink_.room = 10;
  sink_.fail_commit = true;
  Deliver({1});
  Step();
  EXPECT_EQ(stepped_.error().code, Code::kUnavailable);
  EXPECT_TRUE(sink_.pending.empty());
  EXPECT_TRUE(acks_.empty());
  sink_.fail_commit = false;
  Deliver({1, 2});
  Steps(2);
  EXPECT_EQ(sink_.durable, (std::set<uint64_t>{1, 2}));
}

TEST_F(SubscriberClientTest, DuplicateIsAcknowledgedAgainAndNotTaken) {
  Steps(3);
  Deliver({1});
  Deliver({1, 1});
  Steps(2);
  const size_t acks = acks_.size();
  Deliver({1});
  Steps(2);
  EXPECT_GT(acks_.size(), acks);
  EXPECT_EQ(client_->status().taken, 1u);
  EXPECT_GE(client_->status().duplicates, 3u);
}

TEST_F(SubscriberClientTest, WithheldNumberFillsItsPlace) {
  Steps(3);
  Deliver({1});
  Deliver({2}, wire::WithheldCode::ERASED);
  Deliver({3});
  Steps(2);
  EXPECT_EQ(acks_.back().floor, 3u);
  EXPECT_EQ(client_->status().withheld, 1u);
  Steps(100, 1000);
  EXPECT_TRUE(gaps_.empty());
}

TEST_F(SubscriberClientTest, AReceiverThatNeverTookAnythingSaysSoAndMissesNothingByIt) {
  sink_.empty = true;
  Steps(3);
  ASSERT_EQ(subscribed_.seen.size(), 2u);
  EXPECT_EQ(subscribed_.seen[0], (Position{kHub, 1, Lane::kNormal, Sequence(0)}));
  EXPECT_EQ(subscribed_.seen[1], (Position{kHub, 1, Lane::kAcute, Sequence(0)}));
  Deliver({52});
  Steps(100, 1000);
  EXPECT_TRUE(gaps_.empty()) << "somebody else may have had what came before";
}

TEST_F(SubscriberClientTest, HoleThatStaysOpenIsReportedOnceAndFillingItCountsOn) {
  seen_to_ = 5;
  sink_.seen = {{kHub, 1, Lane::kNormal, Sequence(5)}};
  Steps(3);
  Deliver({6, 9, 10});
  Steps(2);
  EXPECT_EQ(acks_.back().floor, 6u);
  EXPECT_EQ(acks_.back().also, (std::vector<uint64_t>{9, 10}));
  EXPECT_TRUE(gaps_.empty());
  Steps(100, 1000);
  ASSERT_EQ(gaps_.size(), 1u);
  EXPECT_EQ(gaps_[0].first.sequence, Sequence(7));
  EXPECT_EQ(gaps_[0].last, 8u);
  EXPECT_EQ(client_->status().gaps, 1u);
  Deliver({7, 8, 11});
  Steps(2);
  EXPECT_EQ(acks_.back().floor, 11u);
}

TEST_F(SubscriberClientTest, FloorIsNeverGuessedByAReceiverThatCameInLate) {
  Steps(3);
  Deliver({52});  // 51 was lost on the way
  Steps(2);
  EXPECT_EQ(acks_.back().floor, 0u);
  EXPECT_EQ(acks_.back().also, std::vector<uint64_t>{52});
  Deliver({51, 53});
  Steps(2);
  EXPECT_EQ(acks_.back().floor, 0u);
  Steps(100, 1000);
  EXPECT_TRUE(gaps_.empty());
}

TEST_F(SubscriberClientTest, NewEpochStartsItsOwnNumbers) {
  Steps(3);
  Deliver({1, 2});
  Steps(2);
  sink_.durable.clear();
  acked_.clear();
  epoch_ = 2;
  net_.Cut("bollnas");
  Steps(50);
  EXPECT_EQ(client_->status().epoch, 2u);
  Deliver({2});
  Steps(2);
  EXPECT_EQ(sink_.durable, std::set<uint64_t>{2});
  EXPECT_EQ(acks_.back().epoch, 2u);
}

TEST_F(SubscriberClientTest, EveryAckIsSaidAgainOnTheHeartbeat) {
  Steps(3);
  Deliver({1, 2, 4});
  Steps(2);
  acks_.clear();
  Steps(15, 1000);
  ASSERT_FALSE(acks_.empty());
  EXPECT_EQ(acks_.back().floor, 2u);
  EXPECT_EQ(acks_.back().also, std::vector<uint64_t>{4});
}

TEST_F(SubscriberClientTest, AnotherSubscriptionsSignalsAreNotTaken) {
  Steps(3);
  wire::Deliver deliver;
  deliver.subscription = "someone.else";
  deliver.items.push_back({{kHub, 1, Lane::kNormal, Sequence(1)}, "s"});
  Say(wire::Encode(deliver));
  Steps(2);
  EXPECT_TRUE(sink_.durable.empty());
}

// A revoked inbox on a live line said hello thousands of times a second: each refusal was followed by
// the Bye that its next frame had earned.
TEST_F(SubscriberClientTest, AfterARefusalAByeDoesNotShortenTheWait) {
  Step();
  Step();
  const int before = subscribes_;
  Say(wire::Encode(wire::RefusedFrame{{0, wire::Refusal::NOT_ALLOWED, "subscription"}}));
  Say(wire::Encode(wire::Bye{}));
  for (int i = 0; i < 20; ++i) Step();
  EXPECT_EQ(subscribes_, before);
  clock_.Advance(options_.hello_retry_us / 1000 + 1);
  for (int i = 0; i < 3; ++i) Step();
  EXPECT_EQ(subscribes_, before + 1);
}

TEST_F(SubscriberClientTest, NothingIsLostOrShownTwiceInABadNetwork) {
  net_.SetFaults({0.2, 0.1, 0.2, 0.01, 20'000, 100'000});
  constexpr uint64_t kSignals = 200;
  for (int round = 0; round < 3000 && sink_.durable.size() < kSignals; ++round) {
    Steps(2, 20);
    std::vector<uint64_t> open;
    for (uint64_t n = 1; n <= kSignals && open.size() < 8; ++n)
      if (acked_.count(n) == 0) open.push_back(n);
    if (client_->status().welcomed) Deliver(open);
  }
  EXPECT_EQ(sink_.durable.size(), kSignals);
}

}  // namespace
}  // namespace sam::client
