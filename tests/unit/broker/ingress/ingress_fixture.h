// The stage with a network in memory and a journal of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/ingress/ingress.h"
#include "broker/store/spaces.h"
#include "broker/wire/memory_link.h"
#include "event_maker.h"

namespace sam::ingress {

using journal::Taken;
using wire::Refusal;

inline const HubId kHub = *HubId::From("hub-1234");

// Rows of kMeta only, as ingress reads them at start.
class TinyStore final : public Store {
 public:
  Status Apply(const Batch& batch, Durability) override {
    for (const Batch::Op& op : batch.ops()) rows[op.key] = *op.value;
    return Ok();
  }
  Status Sync() override { return Ok(); }
  Result<std::optional<std::string>> Get(Space, std::string_view) const override {
    return std::optional<std::string>();
  }
  Status Scan(Space, std::string_view from, std::string_view until,
              const Visitor& visit) const override {
    for (auto it = rows.lower_bound(std::string(from)); it != rows.end() && it->first < until; ++it)
      if (!visit(it->first, it->second)) break;
    return Ok();
  }
  Status ScanBack(Space, std::string_view, std::string_view, const Visitor&) const override {
    return Ok();
  }
  Status Checkpoint(const std::string&) override { return Ok(); }
  std::map<std::string, std::string> rows;
};

// Judges by the four cases and answers when told to.
class FakeJournal {
 public:
  FakeJournal(journal::Port& port, TinyStore& store) : port_(port), store_(store) {}
  void Step() {
    while (answering) {
      auto submission = port_.down.TryPop();
      if (!submission) return;
      ++submissions;
      journal::Outcome outcome;
      outcome.token = submission->token;
      for (journal::Draft& draft : submission->drafts) outcome.each.push_back(Judge(draft));
      if (!full) SAM_CHECK(store_.Apply(submission->batch, Durability::kNow).ok());
      SAM_CHECK(port_.up.TryPush(std::move(outcome)));
    }
  }
  journal::Outcome::Each Judge(const journal::Draft& draft) {
    if (full) return {Taken::kRefusedFull, {}};
    const auto key = keys.find(draft.message_key);
    if (key != keys.end()) {
      const bool same = key->second == draft.content_digest;
      return {same ? Taken::kDuplicate : Taken::kConflict, Offset(0)};
    }
    if (events.count(draft.event) != 0) return {Taken::kEnvelopeReused, {}};
    keys[draft.message_key] = draft.content_digest;
    events.insert(draft.event);
    log.push_back(draft.payload);
    return {Taken::kWritten, Offset(log.size() - 1)};
  }

  bool answering = true;
  bool full = false;
  int submissions = 0;
  std::map<std::string, std::string> keys;
  std::set<EventId> events;
  std::vector<std::string> log;

 private:
  journal::Port& port_;
  TinyStore& store_;
};

class IngressTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { CryptoInit(); }
  IngressTest() {
    options_.hub = kHub;
    Start();
  }

  void Start() {
    ingress_.reset();
    link_.reset();
    port_ = std::make_unique<journal::Port>(4, nullptr, &bell_);
    journal_ = std::make_unique<FakeJournal>(*port_, store_);
    link_ = net_.Listen("hub");
    auto ingress = Ingress::Open({*link_, *port_, bell_, clock_, durable_, trim_, tables_}, store_,
                                 options_, key_.Clone(), Peers(true));
    SAM_CHECK(ingress.ok());
    ingress_ = std::move(*ingress);
  }
  static PeerTablePtr Peers(bool with_bvc) {
    std::vector<PeerRules> peers{{"dental", PeerRules::Role::kSource, {"dental-1"}, {}, {}, {"2321000214"}},
                                 {"op", PeerRules::Role::kOperator, {"bvc-1"}, {}, {}, {"2321000214"}}};
    if (with_bvc) peers.push_back(BvcRules());
    return std::make_unique<const PeerTable>(std::move(peers));
  }

  void Turn(int n = 1, int64_t ms = 10) {
    for (int i = 0; i < n; ++i) {
      ASSERT_TRUE(ingress_->Work().ok());
      journal_->Step();
      ASSERT_TRUE(ingress_->Work().ok());
      clock_.Advance(ms);
    }
  }
  // Sends and returns all frames that come back.
  std::vector<wire::AnyFrame> Ask(wire::ClientLink& client, const std::string& bytes) {
    SAM_CHECK(client.Send(bytes).ok());
    Turn();
    return Heard(client);
  }
  static std::vector<wire::AnyFrame> Heard(wire::ClientLink& client) {
    std::vector<wire::AnyFrame> out;
    while (auto frame = client.Receive()) out.push_back(*wire::ParseFrame(*frame));
    return out;
  }
  template <typename T>
  static std::optional<T> Last(const std::vector<wire::AnyFrame>& frames) {
    std::optional<T> out;
    for (const wire::AnyFrame& frame : frames)
      if (const auto* found = std::get_if<T>(&frame)) out = *found;
    return out;
  }
  static wire::Hello HelloOf(uint64_t accepted = 0) {
    wire::Hello hello;
    hello.system_id = "bvc-1";
    hello.last_accepted = accepted;
    return hello;
  }
  static std::string PublishOf(uint64_t first, const std::vector<std::string>& events) {
    wire::Publish publish;
    for (const std::string& event : events) publish.records.push_back({first++, event, 0});
    return wire::Encode(publish);
  }

  ManualClock clock_{Millis(kNow)};
  Random random_{5};
  wire::MemoryNet net_{random_, clock_};
  TinyStore store_;
  stage::Doorbell bell_;
  stage::Pipe<PeerTablePtr> tables_{4};
  journal::DurableMark durable_;
  TrimMark trim_{TrimMark::Policy::kAccepted};
  SecretKey key_ = SecretKey::Random();
  IngressOptions options_;
  std::unique_ptr<journal::Port> port_;
  std::unique_ptr<FakeJournal> journal_;
  std::unique_ptr<wire::ServerLink> link_;
  std::unique_ptr<Ingress> ingress_;
};

}  // namespace sam::ingress
