// Real threads over what threads share: Pipe, Doorbell, and the journal with its ports, mark and
// readers. For the thread sanitizer, hence without zmq and RocksDB; the store in memory stands
// behind a lock, since the real one may be read from any thread.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/journal/journal.h"
#include "broker/journal/reader.h"
#include "broker/store/spaces.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"

namespace sam {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);

// Waits for the bell or a moment: a lost ring must cost a moment and nothing else.
void WaitFor(stage::Doorbell& bell) {
  pollfd item = {bell.pollable().fd, POLLIN, 0};
  poll(&item, 1, 5);
  bell.Clear();
}

class Deadline {
 public:
  bool over() const { return std::chrono::steady_clock::now() - started_ > kPatience; }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

class LockedStore final : public Store {
 public:
  Status Apply(const Batch& batch, Durability durability) override {
    const std::lock_guard lock(mutex_);
    return store_.Apply(batch, durability);
  }
  Status Sync() override {
    const std::lock_guard lock(mutex_);
    return store_.Sync();
  }
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override {
    const std::lock_guard lock(mutex_);
    return store_.Get(space, key);
  }
  // The visitor runs outside of the lock: it may read on.
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override {
    return Visit(space, from, until, visit, &test::FaultStore::Scan);
  }
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override {
    return Visit(space, from, until, visit, &test::FaultStore::ScanBack);
  }
  Status Checkpoint(const std::string& directory) override {
    const std::lock_guard lock(mutex_);
    return store_.Checkpoint(directory);
  }

 private:
  using How = Status (test::FaultStore::*)(Space, std::string_view, std::string_view,
                                           const Visitor&) const;
  Status Visit(Space space, std::string_view from, std::string_view until, const Visitor& visit,
               How how) const {
    std::vector<std::pair<std::string, std::string>> rows;
    {
      const std::lock_guard lock(mutex_);
      SAM_TRY((store_.*how)(space, from, until, [&](std::string_view key, std::string_view value) {
        rows.emplace_back(key, value);
        return rows.size() < 512;
      }));
    }
    for (const auto& row : rows)
      if (!visit(row.first, row.second)) break;
    return Ok();
  }
  mutable std::mutex mutex_;
  test::FaultStore store_;
};

TEST(Threads, APipeKeepsOrderAndLosesNothing) {
  constexpr uint64_t kItems = 100'000;
  stage::Doorbell bell;
  stage::Pipe<std::unique_ptr<uint64_t>> pipe(64, &bell);
  const Deadline deadline;
  std::jthread producer([&] {
    for (uint64_t i = 0; i < kItems && !deadline.over(); ++i) {
      auto item = std::make_unique<uint64_t>(i);
      while (!pipe.TryPush(std::move(item)) && !deadline.over()) std::this_thread::yield();
    }
  });
  uint64_t next = 0;
  while (next < kItems && !deadline.over()) {
    while (auto item = pipe.TryPop()) ASSERT_EQ(**item, next++);
    if (next < kItems) WaitFor(bell);
  }
  EXPECT_EQ(next, kItems);
}

TEST(Threads, ADoorbellMayBeRungFromManyThreads) {
  stage::Doorbell bell;
  std::atomic<int> left{4};
  std::vector<std::jthread> ringers;
  ringers.reserve(4);
  for (int i = 0; i < 4; ++i)
    ringers.emplace_back([&] {
      for (int ring = 0; ring < 2000; ++ring) bell.Ring();
      left.fetch_sub(1);
      bell.Ring();
    });
  const Deadline deadline;
  while (left.load() > 0 && !deadline.over()) WaitFor(bell);
  EXPECT_EQ(left.load(), 0);
}

// Everything that the threads of this test share, built by one of them before the others start.
struct Shared {
  static constexpr uint64_t kSubmissions = 300;
  static constexpr uint64_t kDrafts = 3;

  test::TempDir dir;
  LockedStore store, vault_store;
  SystemClock clock;
  SigningKey signing = SigningKey::Generate();
  SecretKey hub_key = SecretKey::Random();
  DiskGuard disk{DiskLimits{1000, 100}, [] { return Result<uint64_t>(uint64_t{1} << 40); }};
  stage::Doorbell journal_bell, ingress_bell, dispatch_bell;
  journal::Port input{16, &journal_bell, &ingress_bell};
  journal::Port decisions{16, &journal_bell, &dispatch_bell};
  journal::DurableMark mark;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<HighWater> high_water;
  std::unique_ptr<journal::Journal> journal;
  std::atomic<bool> stop{false};

  Status Open() {
    input.input = true;
    SAM_ASSIGN(vault, Vault::Open(vault_store, SecretKey::Random()));
    SAM_ASSIGN(high_water, HighWater::Open(dir / "high-water", true));
    journal::JournalOptions options;
    options.checkpoints_path = dir / "checkpoints";
    SAM_ASSIGN(journal, journal::Journal::Open(
                            journal::JournalParts{.store = store,
                                                  .vault = *vault,
                                                  .high_water = *high_water,
                                                  .disk = disk,
                                                  .clock = clock,
                                                  .hub_key = hub_key,
                                                  .signing_key = signing,
                                                  .mark = mark,
                                                  .bell = journal_bell,
                                                  .ports = {&input, &decisions},
                                                  .downstream = {&dispatch_bell}},
                            options));
    return Ok();
  }
};

journal::Draft EventDraft(uint64_t number) {
  const std::string name = std::to_string(number);
  journal::Draft draft;
  draft.kind = journal::Kind::EVENT;
  draft.event = *EventId::From(Sha256({"event", name}).view().substr(0, 16));
  draft.message_key = Sha256({"key", name}).view().substr(0, 16);
  draft.content_digest = Sha256({"content", name}).view();
  draft.payload = "payload of " + name;
  draft.persons = {PersonId("urn:sim", "SIM-" + std::to_string(number % 7))};
  draft.controller_org = "212000-2361";
  draft.peer = "sim";
  return draft;
}

// As ingress does: hands in, never waits for a full pipe longer than it must, counts the answers.
uint64_t Produce(Shared& shared, const Deadline& deadline) {
  uint64_t answered = 0;
  const auto take = [&] {
    while (auto outcome = shared.input.up.TryPop()) {
      for (const auto& each : outcome->each)
        if (each.offset >= shared.mark.get()) return false;  // told before it was durable
      ++answered;
    }
    return true;
  };
  for (uint64_t i = 0; i < Shared::kSubmissions && !deadline.over(); ++i) {
    journal::Submission submission;
    submission.token = i;
    for (uint64_t d = 0; d < Shared::kDrafts; ++d)
      submission.drafts.push_back(EventDraft(i * Shared::kDrafts + d));
    // Answers are taken while waiting: the journal stops reading from whoever does not listen. A full
    // pipe leaves the submission as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    while (!shared.input.down.TryPush(std::move(submission)) && !deadline.over()) {
      WaitFor(shared.ingress_bell);
      if (!take()) return 0;
    }
  }
  while (answered < Shared::kSubmissions && !deadline.over()) {
    WaitFor(shared.ingress_bell);
    if (!take()) return 0;
  }
  return answered;
}

// As dispatch does: reads what is durable, answers each event with a decision and its cursor.
uint64_t Consume(Shared& shared, const Deadline& deadline) {
  const journal::Reader reader(shared.store, *shared.vault, shared.hub_key, shared.mark);
  uint64_t events = 0;
  Offset next;
  while (events < Shared::kSubmissions * Shared::kDrafts && !deadline.over()) {
    journal::Submission submission;
    const Status read = reader.Scan(next, reader.durable(), 64, [&](journal::Record&& record) {
      next = record.header.offset.next();
      if (record.header.kind != journal::Kind::EVENT) return true;
      if (!record.payload || record.payload->rfind("payload of ", 0) != 0) return false;
      ++events;
      journal::Draft draft;
      draft.kind = journal::Kind::DECISION;
      draft.subject = record.header.subject;
      draft.cause = record.header.offset.value;
      draft.payload = "decided";
      submission.drafts.push_back(std::move(draft));
      return true;
    });
    if (!read.ok()) return 0;
    submission.batch.Put(spaces::kMeta, "cursor", BigEndian64(next.value));
    if (submission.drafts.empty()) {
      WaitFor(shared.dispatch_bell);
      continue;
    }
    // A full pipe leaves it as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    while (!shared.decisions.down.TryPush(std::move(submission)) && !deadline.over())
      WaitFor(shared.dispatch_bell);
    bool answered = false;
    while (!answered && !deadline.over()) {
      answered = shared.decisions.up.TryPop().has_value();
      if (!answered) WaitFor(shared.dispatch_bell);
    }
  }
  return events;
}

TEST(Threads, JournalPortsAndReadersShareNothingUnguarded) {
  CryptoInit();
  Shared shared;
  const Status opened = shared.Open();
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const Deadline deadline;
  Status journal_end = Ok();
  uint64_t answered = 0, consumed = 0;
  {
    std::jthread journal([&] {
      while (!shared.stop.load() && journal_end.ok()) {
        const auto done = shared.journal->Work();
        if (!done.ok()) journal_end = done.error();
        else if (*done == 0) WaitFor(shared.journal_bell);
      }
    });
    {
      std::jthread ingress([&] { answered = Produce(shared, deadline); });
      std::jthread dispatch([&] { consumed = Consume(shared, deadline); });
    }
    shared.stop.store(true);
  }
  EXPECT_TRUE(journal_end.ok()) << (journal_end.ok() ? "" : journal_end.error().message);
  EXPECT_EQ(answered, Shared::kSubmissions);
  EXPECT_EQ(consumed, Shared::kSubmissions * Shared::kDrafts);
  EXPECT_EQ(shared.mark.get().value, 2 * Shared::kSubmissions * Shared::kDrafts);
}

}  // namespace
}  // namespace sam
