#include "broker/journal/committer.h"

#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/store/spaces.h"

namespace sam::journal {
namespace {

constexpr size_t kKeyCacheMax = 65536;        // about 8 MB: a county's children of one day
constexpr int64_t kClockStepMs = 2 * kSecondMs;  // smaller steps back are ordinary time keeping
constexpr auto kLastKind = static_cast<uint16_t>(Kind::DISPOSED);

constexpr std::array<const char*, 5> kTakenNames = {"written", "duplicate", "conflict",
                                                    "envelope_reused", "refused_full"};

std::vector<metrics::Counter> KindCounters() {
  std::vector<metrics::Counter> out;
  out.reserve(kLastKind + 1);
  for (uint16_t kind = 0; kind <= kLastKind; ++kind)
    out.emplace_back("samsignal_journal_records_total", "Records written, by kind",
                     metrics::Labels{{"kind", KindName(static_cast<Kind>(kind))}});
  return out;
}

std::vector<metrics::Counter> TakenCounters() {
  std::vector<metrics::Counter> out;
  out.reserve(kTakenNames.size());
  for (const char* name : kTakenNames)
    out.emplace_back("samsignal_journal_taken_total", "Answers to drafts, by kind of answer",
                     metrics::Labels{{"taken", name}});
  return out;
}

}  // namespace

Committer::Committer(const Parts& parts, Recovered recovered)
    : parts_(parts),
      identity_(recovered.identity),
      tree_(recovered.tree),
      next_tree_(recovered.tree),
      last_time_(recovered.last_time),
      deduper_(parts.store),
      persons_(parts.vault),
      keys_(parts.vault, KeyCache::View::kBuffered, kKeyCacheMax),
      fsync_seconds_("samsignal_wal_fsync_seconds", "Time of one synced batch of the log"),
      commits_("samsignal_journal_commits_total", "Synced batches"),
      batch_records_("samsignal_journal_batch_records", "Records in the last batch"),
      records_(KindCounters()),
      taken_(TakenCounters()),
      clock_back_("samsignal_clock_back_total", "Steps of the wall clock back by 2 s or more") {
}

Status Committer::Begin(std::vector<Entry> entries) {
  SAM_CHECK(!pending());
  entries_ = std::move(entries);
  batch_.Clear();
  fresh_.clear();
  unnumbered_.clear();
  written_.fill(0);
  next_tree_ = tree_;
  // Times never fall along the log, whatever the wall clock does; order is the offset's alone.
  const Millis wall = parts_.clock.Now();
  if (wall.value + kClockStepMs <= last_time_.value) {
    clock_back_.Add();
    const QuietLog::Word word = quiet_.Ask("", "clock", parts_.clock.SteadyMicros());
    if (word.say)
      log::Warn("journal", "clock-stepped-back",
                {{"ms", last_time_.value - wall.value}, {"left_out", word.left_out}});
  }
  now_ = std::max(wall, last_time_);
  for (Entry& entry : entries_) SAM_TRY(Take(entry));
  phase_ = Phase::kPrepared;
  return Ok();
}

Status Committer::Take(Entry& entry) {
  entry.outcome.token = entry.submission.token;
  entry.outcome.each.reserve(entry.submission.drafts.size());
  for (const Link& link : entry.submission.links) SAM_TRY(persons_.Join(link));
  for (const Draft& draft : entry.submission.drafts) {
    Deduper::Verdict verdict;
    const bool is_event = draft.kind == Kind::EVENT;
    if (is_event) {
      SAM_ASSIGN(verdict, deduper_.Judge(draft));
    }
    if (verdict.write) {
      const Kind kind = verdict.taken == Taken::kConflict ? Kind::CONFLICT : draft.kind;
      SAM_ASSIGN(verdict.offset, WriteRecord(draft, kind));
      if (is_event) deduper_.Note(draft, verdict.taken, verdict.offset, batch_);
    }
    entry.outcome.each.push_back({verdict.taken, verdict.offset});
  }
  AddState(entry);
  return Ok();
}

Result<const SecretKey*> Committer::WrappingKey(const SubjectId& subject) {
  if (subject.empty()) return &parts_.hub_key;
  auto key = keys_.Get(subject);
  if (key.ok()) return *key;
  if (key.error().code == Code::kNotFound) return static_cast<const SecretKey*>(nullptr);
  return key.error();
}

// What belongs to a report about a child without a number is about that very child: the vault could
// not find it by anything but the report.
Result<Persons::About> Committer::AboutOf(const Draft& draft, Kind kind,
                                             std::optional<Offset> report) {
  if (!report || !draft.persons.empty()) return persons_.Resolve(draft, kind);
  const auto fresh = unnumbered_.find(report->value);
  if (fresh != unnumbered_.end()) return Persons::About{fresh->second, {}, {}};
  SAM_ASSIGN(const auto bytes, parts_.store.Get(spaces::kJournal, BigEndian64(report->value)));
  if (!bytes) return persons_.Resolve(draft, kind);  // of this round, with a number of its own
  SAM_ASSIGN(const Header header, DecodeHeader(*bytes));
  return Persons::About{header.subject, {}, {}};
}

Result<Offset> Committer::WriteRecord(const Draft& draft, Kind kind) {
  SAM_CHECK(draft.kind != Kind::UNSET && draft.kind <= Kind::DISPOSED);
  SAM_CHECK(draft.payload.size() <= kMaxPayloadBytes && draft.place.size() <= kMaxPayloadBytes);
  SAM_CHECK(draft.message_key.empty() || draft.message_key.size() == 16);
  std::optional<Offset> report;
  if (!draft.about.empty()) {
    SAM_ASSIGN(report, deduper_.OffsetOf(draft.about));
  }
  SAM_ASSIGN(Persons::About about, AboutOf(draft, kind, report));
  Header header;
  header.offset = Offset(next_tree_.size());
  header.time = now_;
  header.kind = kind;
  header.event = draft.event;
  header.subject = about.subject;
  header.key = about.key;
  header.controller_org = draft.controller_org;
  header.controller_board = draft.controller_board;
  header.message_key = draft.message_key;
  header.content_digest = draft.content_digest;
  header.peer = draft.peer.empty() ? "hub" : draft.peer;
  header.cause = report ? report->value : draft.cause;
  header.schema_version = draft.schema_version;
  header.about = draft.about;
  header.linked = std::move(about.linked);
  if (draft.fresh_subject && draft.persons.empty())
    unnumbered_.emplace(header.offset.value, header.subject);
  if (kind == Kind::EVENT && !draft.replaces.empty()) {
    SAM_ASSIGN(const SubjectId replaced, ReplacedSubject(draft));
    if (!replaced.empty() && replaced != header.subject) header.linked.push_back(replaced);
  }

  std::string key = BigEndian64(header.offset.value);
  SAM_ASSIGN(const SecretKey* const wrapping, WrappingKey(header.subject));
  // The person was erased meanwhile: the decision stands, but what it says is not kept.
  if (wrapping != nullptr) {
    Sealer::Row row = sealer_.Seal(draft.payload, draft.place, header.offset, kind, *wrapping);
    header.payload_digest = std::move(row.digest);
    header.payload_bytes = static_cast<uint32_t>(row.bytes.size());
    batch_.Put(spaces::kPayload, key, std::move(row.bytes));
  }
  std::string bytes = EncodeHeader(header);
  next_tree_.Append(LeafHash(bytes), batch_);
  batch_.Put(spaces::kJournal, std::move(key), std::move(bytes));
  ++written_[static_cast<size_t>(kind)];
  const Offset offset = header.offset;
  if (kind == Kind::EVENT) fresh_.emplace(offset.value, std::move(header));
  return offset;
}

Result<SubjectId> Committer::ReplacedSubject(const Draft& draft) const {
  SAM_ASSIGN(const auto offset, deduper_.OffsetOf(draft.replaces));
  if (!offset) return SubjectId{};
  Header earlier;
  if (const auto found = fresh_.find(offset->value); found != fresh_.end()) {
    earlier = found->second;
  } else {
    SAM_ASSIGN(const auto bytes, parts_.store.Get(spaces::kJournal, BigEndian64(offset->value)));
    if (!bytes) return SubjectId{};
    SAM_ASSIGN(earlier, DecodeHeader(*bytes));
  }
  const bool own = earlier.kind == Kind::EVENT &&
                   earlier.controller_org == draft.controller_org &&
                   earlier.controller_board == draft.controller_board;
  return own ? earlier.subject : SubjectId{};
}

void Committer::AddState(Entry& entry) {
  Submission& submission = entry.submission;
  for (const Batch::Op& op : submission.batch.ops())
    SAM_CHECK(op.space != spaces::kJournal && op.space != spaces::kTree);
  if (submission.slots.empty()) {
    batch_.Append(std::move(submission.batch));
    return;
  }
  // Slots are few and values small: patching a copy keeps Batch without a back door.
  std::vector<OffsetSlot>& slots = submission.slots;
  std::sort(slots.begin(), slots.end(),
            [](const OffsetSlot& a, const OffsetSlot& b) { return a.op < b.op; });
  SAM_CHECK(slots.back().op < submission.batch.ops().size());
  size_t next = 0;
  for (size_t i = 0; i < submission.batch.ops().size(); ++i) {
    const Batch::Op& op = submission.batch.ops()[i];
    if (!op.value) {
      SAM_CHECK(next == slots.size() || slots[next].op != i);
      batch_.Delete(op.space, op.key);
      continue;
    }
    std::string value = *op.value;
    for (; next < slots.size() && slots[next].op == i; ++next) {
      const OffsetSlot& slot = slots[next];
      SAM_CHECK(slot.draft < entry.outcome.each.size());
      SAM_CHECK(value.size() >= 8 && slot.position <= value.size() - 8);
      uint64_t offset = entry.outcome.each[slot.draft].offset.value;
      for (size_t byte = 0; byte < 8; ++byte, offset >>= 8)
        value[slot.position + byte] = static_cast<char>(offset & 0xff);
    }
    batch_.Put(op.space, op.key, std::move(value));
  }
  submission.batch.Clear();
}

Status Committer::Commit() {
  if (phase_ == Phase::kPrepared) SAM_TRY(WriteBatch());
  if (phase_ == Phase::kWritten) {
    if (next_tree_.size() != tree_.size()) {
      tree_ = next_tree_;
      SAM_TRY(parts_.high_water.Write({tree_.size(), identity_.epoch, tree_.Root()}));
      last_time_ = now_;
    }
    deduper_.Forget();
    Count();
    phase_ = Phase::kErasing;
  }
  if (phase_ == Phase::kErasing) {
    SAM_TRY(Erase());
    phase_ = Phase::kIdle;
  }
  return Ok();
}

Status Committer::WriteBatch() {
  if (parts_.vault.dirty()) SAM_TRY(parts_.vault.Commit());
  if (parts_.vault.highest() > identity_.highest_key) {
    identity_.highest_key = parts_.vault.highest();
    PutIdentity(identity_, batch_);
  }
  if (!batch_.empty()) {
    const int64_t start = parts_.clock.SteadyMicros();
    SAM_TRY(parts_.store.Apply(batch_, Durability::kNow));
    fsync_seconds_.Observe(static_cast<double>(parts_.clock.SteadyMicros() - start) * 1e-6);
    commits_.Add();
    batch_records_.Set(static_cast<double>(next_tree_.size() - tree_.size()));
  }
  phase_ = Phase::kWritten;
  return Ok();
}

Status Committer::Erase() {
  for (Entry& entry : entries_) {
    for (const SubjectId& subject : entry.submission.erase) {
      const Status erased = parts_.vault.Erase(subject);
      if (!erased.ok() && erased.error().code != Code::kNotFound) return erased.error();
      forget_ = forget_ || erased.ok();
    }
  }
  if (parts_.vault.dirty()) SAM_TRY(parts_.vault.Commit());
  if (forget_ && parts_.forget) SAM_TRY(parts_.forget());
  forget_ = false;
  return Ok();
}

void Committer::Count() {
  std::array<double, kTakenNames.size()> taken{};
  for (const Entry& entry : entries_)
    for (const Outcome::Each& each : entry.outcome.each)
      taken[static_cast<size_t>(each.taken)] += 1;
  for (size_t i = 0; i < written_.size(); ++i)
    if (written_[i] > 0) records_[i].Add(written_[i]);
  for (size_t i = 0; i < taken.size(); ++i)
    if (taken[i] > 0) taken_[i].Add(taken[i]);
}

Result<std::optional<Outcome::Each>> Committer::Known(const Draft& draft) {
  SAM_CHECK(!pending());
  if (draft.kind != Kind::EVENT) return std::optional<Outcome::Each>();
  SAM_ASSIGN(const Deduper::Verdict verdict, deduper_.Judge(draft));
  if (verdict.write) return std::optional<Outcome::Each>();
  return std::optional<Outcome::Each>({verdict.taken, verdict.offset});
}

}  // namespace sam::journal
