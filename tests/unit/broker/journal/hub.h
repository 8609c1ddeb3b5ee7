// A hub that is nothing but its journal, on a store that forgets what was not synced. The small
// language of the journal's tests: Event(...), Take(...), Crash(), Restart().
// One thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/log.h"
#include "broker/crypto/digest.h"
#include "broker/crypto/secret.h"
#include "broker/crypto/sign.h"
#include "broker/journal/journal.h"
#include "broker/journal/reader.h"
#include "broker/journal/verify.h"
#include "broker/store/spaces.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"

namespace sam::journal::test {

inline constexpr std::string_view kPerson = "195009072553";
inline constexpr std::string_view kOtherPerson = "196101182803";
inline constexpr std::string_view kThirdPerson = "200302022389";

inline PersonId Person(std::string_view number) {
  return PersonId("urn:oid:1.2.752.129.2.1.3.1", std::string(number));
}

// Names to bytes of the right length: "a" is always the same id.
inline EventId EventOf(const std::string& name) {
  return *EventId::From(Sha256({"event", name}).view().substr(0, 16));
}
inline std::string KeyOf(const std::string& name) {
  return std::string(Sha256({"key", name}).view().substr(0, 16));
}
inline std::string ContentOf(const std::string& name) {
  return std::string(Sha256({"content", name}).view());
}

// An event with envelope id E and message id M.
inline Draft Event(const std::string& e, const std::string& m, const std::string& content,
                   std::string_view person = kPerson) {
  Draft draft;
  draft.kind = Kind::EVENT;
  draft.event = EventOf(e);
  if (!m.empty()) draft.message_key = KeyOf(m);
  draft.content_digest = ContentOf(content);
  draft.payload = "payload of " + content;
  if (!person.empty()) draft.persons = {Person(person)};
  draft.controller_org = "212000-2361";
  draft.controller_board = "socialnamnden";
  draft.peer = "bvc-bollnas";
  return draft;
}

inline Draft Decision(uint64_t cause, SubjectId subject, const std::string& text = "decided") {
  Draft draft;
  draft.kind = Kind::DECISION;
  draft.cause = cause;
  draft.subject = subject;
  draft.payload = text;
  return draft;
}

class Hub {
 public:
  Hub() : kek_(SecretKey::Random()), hub_key_(SecretKey::Random()) {
    options_.checkpoints_path = dir_ / "checkpoints";
  }

  // Everything in memory anew, over what the disk holds.
  Status Start() {
    journal_.reset();
    vault_.reset();
    high_water_.reset();
    mark_ = std::make_unique<DurableMark>();
    input_ = std::make_unique<Port>(64, &bell_, nullptr);
    input_->input = true;
    dispatch_ = std::make_unique<Port>(64, &bell_, nullptr);
    delivery_ = std::make_unique<Port>(64, &bell_, &delivery_bell_);
    SAM_ASSIGN(vault_, Vault::Open(vault_store_, kek_.Clone()));
    SAM_ASSIGN(high_water_, HighWater::Open(dir_ / "high-water", true));
    disk_.emplace(DiskLimits{1000, 100}, [this] { return Result<uint64_t>(free_bytes_); });
    const JournalParts parts{store_, *vault_, *high_water_, *disk_, clock_, hub_key_, signing_,
                             *mark_, bell_, {input_.get(), dispatch_.get(), delivery_.get()},
                             {&downstream_}};
    SAM_ASSIGN(journal_, Journal::Open(parts, options_));
    return Ok();
  }
  // The power is cut: what was not synced is gone.
  Status CrashAndStart() {
    store_.Crash();
    vault_store_.Crash();
    return Start();
  }

  Status Work() {
    auto done = journal_->Work();
    return done.ok() ? Ok() : Status(done.error());
  }
  static void Push(Port& port, Submission submission) {
    ASSERT_TRUE(port.down.TryPush(std::move(submission)));
  }
  static Submission Of(std::vector<Draft> drafts) {
    Submission submission;
    submission.token = 7;
    submission.drafts = std::move(drafts);
    return submission;
  }
  // Hands in one submission and works until its outcome is there; none after an error.
  std::vector<Outcome::Each> Take(Port& port, Submission submission) {
    Push(port, std::move(submission));
    const Status worked = Work();
    EXPECT_TRUE(worked.ok()) << (worked.ok() ? "" : worked.error().message);
    auto outcome = port.up.TryPop();
    return outcome ? outcome->each : std::vector<Outcome::Each>();
  }
  Outcome::Each Input(Draft draft) {
    auto each = Take(*input_, Of({std::move(draft)}));
    EXPECT_EQ(each.size(), 1u);
    return each.empty() ? Outcome::Each{} : each[0];
  }
  Outcome::Each Dispatch(Draft draft) {
    auto each = Take(*dispatch_, Of({std::move(draft)}));
    EXPECT_EQ(each.size(), 1u);
    return each.empty() ? Outcome::Each{} : each[0];
  }

  void SetFree(uint64_t bytes) {  // as the next check of the disk will see it
    free_bytes_ = bytes;
    clock_.Advance(2000);
  }
  Reader NewReader() { return Reader(store_, *vault_, hub_key_, *mark_); }
  Record Read(Offset offset) {
    auto record = NewReader().Read(offset);
    EXPECT_TRUE(record.ok()) << (record.ok() ? "" : record.error().message);
    return record.ok() ? std::move(*record) : Record{};
  }
  VerifyReport Verify(bool deep = true) {
    VerifyInput input{store_, options_.checkpoints_path, signing_.public_key(),
                      high_water_->mark(), deep ? vault_.get() : nullptr,
                      deep ? &hub_key_ : nullptr};
    auto report = VerifyLog(input);
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
    return report.ok() ? std::move(*report) : VerifyReport{};
  }
  // Changes a row behind the journal's back.
  void Tamper(Space space, const std::string& key, std::optional<std::string> value) {
    Batch batch;
    if (value) batch.Put(space, key, *value);
    else batch.Delete(space, key);
    ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  }
  std::string Row(Space space, const std::string& key) {
    auto row = store_.Get(space, key);
    EXPECT_TRUE(row.ok() && row->has_value());
    return row.ok() && *row ? **row : std::string();
  }

  ::sam::test::TempDir dir_;
  ::sam::test::FaultStore store_;
  ::sam::test::FaultStore vault_store_;
  ManualClock clock_{Millis(1'772'000'000'000)};
  uint64_t free_bytes_ = 1'000'000;
  SecretKey kek_;
  SecretKey hub_key_;
  SigningKey signing_ = SigningKey::Generate();
  JournalOptions options_;
  stage::Doorbell bell_;
  stage::Doorbell downstream_;
  stage::Doorbell delivery_bell_;
  std::optional<DiskGuard> disk_;
  std::unique_ptr<DurableMark> mark_;
  std::unique_ptr<Port> input_;     // Port::input
  std::unique_ptr<Port> dispatch_;  // goes on when the disk is low
  std::unique_ptr<Port> delivery_;  // for tests that add that stage
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<HighWater> high_water_;
  std::unique_ptr<Journal> journal_;
};

// Each test has a started hub.
class HubTest : public testing::Test {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("journal_test", log::Level::kError);
    const Status started = hub_.Start();
    ASSERT_TRUE(started.ok()) << started.error().message;
  }
  Hub hub_;
};

}  // namespace sam::journal::test
