#include "adapters/inbox/witness.h"

#include <cstdlib>

#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/merkle.h"

namespace sam::inbox {
namespace {

constexpr const char* kKey = "witness-key";
constexpr const char* kNote = "witness-note";
constexpr const char* kBefore = "witness-before";
constexpr const char* kAlarm = "witness-alarm";  // milliseconds, a blank, the verdict

// "epoch 3" among the lines that are signed.
uint64_t EpochOf(const Checkpoint& checkpoint) {
  for (const std::string& line : checkpoint.extensions)
    if (line.starts_with("epoch "))
      return std::strtoull(line.c_str() + sizeof "epoch " - 1, nullptr, 10);
  return 0;
}

Verdict Compare(const Checkpoint& kept, const Checkpoint& told, const wire::CheckpointWord& word) {
  if (told.origin != kept.origin) return Verdict::kOtherLog;
  if (EpochOf(told) > EpochOf(kept)) return Verdict::kNewEpoch;
  if (EpochOf(told) < EpochOf(kept) || told.size < kept.size) return Verdict::kShorter;
  if (told.size == kept.size)
    return told.root == kept.root ? Verdict::kSame : Verdict::kRewritten;
  const bool proved = word.from == kept.size &&
                      VerifyConsistency(kept.size, told.size, kept.root, told.root, word.consistency);
  return proved ? Verdict::kGrown : Verdict::kNotGrown;
}

}  // namespace

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFirst: return "first";
    case Verdict::kSame: return "same";
    case Verdict::kGrown: return "grown";
    case Verdict::kNewEpoch: return "new-epoch";
    case Verdict::kUnread: return "not-signed";
    case Verdict::kOtherKey: return "other-key";
    case Verdict::kOtherLog: return "other-log";
    case Verdict::kShorter: return "shorter";
    case Verdict::kRewritten: return "rewritten";
    case Verdict::kNotGrown: return "no-proof";
  }
  return "unknown";
}

bool Fits(Verdict verdict) {
  return verdict == Verdict::kFirst || verdict == Verdict::kSame || verdict == Verdict::kGrown ||
         verdict == Verdict::kNewEpoch;
}

Verdict Judge(const std::optional<KeptCheckpoint>& kept, const wire::CheckpointWord& told) {
  const auto key = PublicKey::From(told.key);
  const auto parsed = ParseCheckpoint(told.note);
  if (!key || !parsed.ok()) return Verdict::kUnread;
  // Of the key that is kept, whatever key is told beside it.
  if (kept && *key != kept->key) return Verdict::kOtherKey;
  const auto signed_one = VerifyCheckpoint(told.note, parsed->checkpoint.origin, *key);
  if (!signed_one.ok()) return Verdict::kUnread;
  if (!kept) return Verdict::kFirst;
  const auto before = ParseCheckpoint(kept->note);
  if (!before.ok()) return Verdict::kUnread;  // ours: it was parsed before it was kept
  return Compare(before->checkpoint, *signed_one, told);
}

Witness::Witness(const Box& box, const Clock& clock)
    : box_(&box),
      clock_(&clock),
      inconsistent_("samsignal_inbox_log_inconsistent",
                    "1: the hub's newest checkpoint does not go on from the one kept here"),
      records_("samsignal_inbox_checkpoint_records", "Records of the hub's log in the checkpoint kept here") {}

Result<Witness> Witness::Open(const Box& box, const Clock& clock) {
  Witness witness(box, clock);
  SAM_TRY(witness.Load());
  return witness;
}

Status Witness::Load() {
  SAM_ASSIGN(const auto key, box_->Get(spaces::kMeta, kKey));
  SAM_ASSIGN(const auto note, box_->Get(spaces::kMeta, kNote));
  SAM_ASSIGN(const auto before, box_->Get(spaces::kMeta, kBefore));
  SAM_ASSIGN(const auto alarm, box_->Get(spaces::kMeta, kAlarm));
  if (key && note && !key->empty()) {
    const auto public_key = PublicKey::From(*key);
    if (!public_key) return Corrupt("the hub's key that is kept here is damaged");
    kept_ = KeptCheckpoint{*public_key, *note};
  }
  before_ = before.value_or("");
  if (alarm && !alarm->empty()) {
    const size_t blank = alarm->find(' ');
    alarm_since_ = Millis(std::strtoll(alarm->c_str(), nullptr, 10));
    alarm_ = blank == std::string::npos ? *alarm : alarm->substr(blank + 1);
  }
  Show();
  return Ok();
}

void Witness::Show() {
  inconsistent_.Set(alarm_.empty() ? 0 : 1);
  records_.Set(static_cast<double>(KeptRecords()));
}

uint64_t Witness::KeptRecords() const {
  if (!kept_) return 0;
  const auto parsed = ParseCheckpoint(kept_->note);
  return parsed.ok() ? parsed->checkpoint.size : 0;
}

Status Witness::TakeCheckpoint(const wire::CheckpointWord& told) {
  if (told.note.empty()) return Ok();  // a log too young to have one
  const Verdict verdict = Judge(kept_, told);
  const bool fits = Fits(verdict);
  const auto parsed = ParseCheckpoint(told.note);
  const uint64_t records = parsed.ok() ? parsed->checkpoint.size : 0;
  if (!fits)
    log::Error("inbox", "log-inconsistent",
               {{"why", VerdictName(verdict)}, {"kept", KeptRecords()}, {"told", records}});
  if (verdict == Verdict::kNewEpoch)
    log::Warn("inbox", "log-new-epoch", {{"kept", KeptRecords()}, {"told", records}});
  const std::string alarm = fits ? "" : VerdictName(verdict);
  if (verdict == Verdict::kSame && alarm == alarm_) return Ok();
  const Millis now = clock_->Now();
  Batch batch;
  if (fits) {
    box_->Put(batch, spaces::kMeta, kKey, told.key);
    box_->Put(batch, spaces::kMeta, kNote, told.note);
    if (verdict == Verdict::kNewEpoch) box_->Put(batch, spaces::kMeta, kBefore, kept_->note);
  }
  if (alarm != alarm_)
    box_->Put(batch, spaces::kMeta, kAlarm, alarm.empty() ? "" : std::to_string(now.value) + " " + alarm);
  if (batch.ops().empty()) return Ok();
  SAM_TRY(box_->store().Apply(batch, Durability::kNow));
  if (verdict == Verdict::kNewEpoch) before_ = kept_->note;
  if (fits) kept_ = KeptCheckpoint{*PublicKey::From(told.key), told.note};
  if (alarm != alarm_) alarm_since_ = now;
  alarm_ = alarm;
  Show();
  return Ok();
}

void Witness::Forget(Batch& batch) {
  if (kept_) box_->Put(batch, spaces::kMeta, kBefore, kept_->note);
  box_->Put(batch, spaces::kMeta, kKey, "");
  box_->Put(batch, spaces::kMeta, kNote, "");
  box_->Put(batch, spaces::kMeta, kAlarm, "");
}

void Witness::Forgotten() {
  if (kept_) before_ = kept_->note;
  kept_.reset();
  alarm_.clear();
  Show();
}

}  // namespace sam::inbox
