#include "broker/journal/journal.h"

#include "broker/base/log.h"

namespace sam::journal {
namespace {

constexpr int64_t kDiskCheckUs = 1'000'000;  // statvfs is cheap, disks fill slowly
constexpr int64_t kRetryUs = 200'000;        // RocksDB looks for space again every 5 s by itself
constexpr int64_t kIdleUs = 100'000;
constexpr int64_t kOutcomeRetryUs = 1'000;   // the producer drains its pipe without telling us

}  // namespace

Result<std::unique_ptr<Journal>> Journal::Open(const JournalParts& parts,
                                               const JournalOptions& options) {
  const Witnesses witnesses{parts.vault, parts.high_water, options.checkpoints_path,
                            parts.signing_key.public_key()};
  SAM_ASSIGN(Recovered recovered, Recover(parts.store, witnesses, parts.clock));
  SAM_ASSIGN(Checkpoints checkpoints,
             Checkpoints::Open(options.checkpoints_path, CheckpointOrigin(recovered.identity.hub),
                               parts.signing_key, parts.clock, options.checkpoints));
  const uint64_t size = recovered.tree.size();
  // A process killed between write and sync left bytes that only the system's memory may hold.
  SAM_TRY(parts.store.Sync());
  // The store may be ahead of the file: it was cut between the two. It is synced all the same.
  if (parts.high_water.mark().position != size)
    SAM_TRY(parts.high_water.Write({size, recovered.identity.epoch, recovered.tree.Root()}));
  std::unique_ptr<Journal> journal(
      new Journal(parts, recovered, std::move(checkpoints)));
  parts.mark.Raise(Offset(size));
  log::Info("journal", "opened", {{"records", size}, {"epoch", journal->epoch()}});
  return journal;
}

Journal::Journal(const JournalParts& parts, Recovered recovered, Checkpoints checkpoints)
    : parts_(parts),
      hub_(recovered.identity.hub),
      epoch_(recovered.identity.epoch),
      committer_({parts.store, parts.vault, parts.high_water, parts.hub_key, parts.clock,
                  parts.forget},
                 recovered),
      checkpoints_(std::move(checkpoints)),
      outcomes_(parts.ports.size()),
      disk_level_("samsignal_disk_level", "0 normal, 1 low (input refused), 2 reserve gone"),
      disk_free_("samsignal_disk_free_bytes", "Free bytes where the store lives") {}

Result<int> Journal::Work() {
  role_.Enter();
  parts_.bell.Clear();
  int done = PushOutcomes();
  CheckDisk();
  SAM_ASSIGN(const int gathered, Gather());
  done += gathered;
  SAM_ASSIGN(const int committed, CommitRound());
  done += committed;
  done += PushOutcomes();
  SAM_TRY(WriteCheckpoint());
  if (stopping_ && !committer_.pending() && PortsEmpty())
    drained_ = checkpoints_.size() == committer_.size() || !Writable();
  return done;
}

int64_t Journal::IdleMicros() const {
  for (const auto& waiting : outcomes_)
    if (!waiting.empty()) return kOutcomeRetryUs;
  return kIdleUs;
}

bool Journal::Writable() const {
  return !store_full_ && parts_.disk.level() != DiskLevel::kExhausted;
}

void Journal::CheckDisk() {
  const int64_t now = parts_.clock.SteadyMicros();
  if (now >= next_disk_check_us_) {
    next_disk_check_us_ = now + kDiskCheckUs;
    const DiskLevel before = parts_.disk.level();
    const auto level = parts_.disk.Check();
    if (!level.ok()) {
      log::Warn("journal", "disk-probe-failed", {{"code", level.error().code}});
    } else if (*level != before) {
      const auto severity = *level == DiskLevel::kNormal ? log::Level::kInfo : log::Level::kError;
      log::Write(severity, "journal", "disk-level",
                 {{"level", DiskLevelName(*level)}, {"free_bytes", parts_.disk.free_bytes()}});
    }
    disk_level_.Set(static_cast<double>(static_cast<int>(parts_.disk.level())));
    disk_free_.Set(static_cast<double>(parts_.disk.free_bytes()));
  }
  parts_.mark.SetMayDisclose(Writable());
}

// Takes one submission of each port in turn until the round is full. With the disk low the input
// ports are answered at once; with nothing writable the others keep their submissions in the pipe.
Result<int> Journal::Gather() {
  std::vector<Committer::Entry> entries;
  const bool refuse_input = !Writable() || parts_.disk.level() != DiskLevel::kNormal;
  const bool take = Writable() && !committer_.pending();
  size_t drafts = 0;
  size_t bytes = 0;
  int refused = 0;
  bool more = true;
  while (more && drafts < kMaxRoundDrafts && bytes < kMaxRoundBytes) {
    more = false;
    for (size_t turn = 0; turn < parts_.ports.size(); ++turn) {
      const size_t index = (first_port_ + turn) % parts_.ports.size();
      Port& port = *parts_.ports[index];
      const bool refuse = port.input && refuse_input;
      if ((!refuse && !take) || !outcomes_[index].empty()) continue;
      auto submission = port.down.TryPop();
      if (!submission) continue;
      if (refuse) {
        SAM_TRY(Refuse(index, *submission));
        ++refused;  // one a turn is enough: outcomes_ stops a port whose producer is slow
        continue;
      }
      more = true;
      drafts += submission->drafts.size();
      bytes += submission->batch.bytes();
      for (const Draft& draft : submission->drafts) bytes += draft.bytes();
      entries.push_back({index, std::move(*submission), {}});
      if (drafts >= kMaxRoundDrafts || bytes >= kMaxRoundBytes) break;
    }
  }
  if (!parts_.ports.empty()) first_port_ = (first_port_ + 1) % parts_.ports.size();
  if (!entries.empty()) SAM_TRY(committer_.Begin(std::move(entries)));
  return refused;
}

Status Journal::Refuse(size_t port, const Submission& submission) {
  Outcome outcome;
  outcome.token = submission.token;
  // While a round is pending the index knows records that are not on disk: nothing may be promised.
  // Nor when the producer's state would have to be written with it.
  const bool look = !committer_.pending() && submission.batch.empty() && submission.erase.empty();
  for (const Draft& draft : submission.drafts) {
    Outcome::Each each{Taken::kRefusedFull, {}};
    if (look) {
      SAM_ASSIGN(const auto known, committer_.Known(draft));
      if (known) each = *known;
    }
    outcome.each.push_back(each);
  }
  outcomes_[port].push_back(std::move(outcome));
  PushOutcomes();
  return Ok();
}

Result<int> Journal::CommitRound() {
  if (!committer_.pending()) return 0;
  const int64_t now = parts_.clock.SteadyMicros();
  if (store_full_ && now < next_try_us_) return 0;
  const Status committed = committer_.Commit();
  if (!committed.ok() && committed.error().code == Code::kExhausted) {
    if (!store_full_) log::Error("journal", "no-space", {{"records", committer_.size()}});
    store_full_ = true;
    next_try_us_ = now + kRetryUs;
    parts_.mark.SetMayDisclose(false);
    return 0;
  }
  if (!committed.ok()) return committed.error();
  if (store_full_) log::Info("journal", "space-again", {{"records", committer_.size()}});
  store_full_ = false;
  parts_.mark.Raise(Offset(committer_.size()));
  int done = 0;
  for (Committer::Entry& entry : committer_.TakeDone()) {
    done += 1 + static_cast<int>(entry.outcome.each.size());
    outcomes_[entry.port].push_back(std::move(entry.outcome));
  }
  // Whoever waits for an answer is woken first: on few cores each thread woken before delays it.
  done += PushOutcomes();
  for (stage::Doorbell* bell : parts_.downstream) bell->Ring();
  return done;
}

int Journal::PushOutcomes() {
  int pushed = 0;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    while (!outcomes_[i].empty() && parts_.ports[i]->up.TryPush(std::move(outcomes_[i].front()))) {
      outcomes_[i].pop_front();
      ++pushed;
    }
  }
  return pushed;
}

Status Journal::WriteCheckpoint() {
  const uint64_t size = committer_.size();
  const bool last = stopping_ && size > checkpoints_.size() && PortsEmpty();
  if (committer_.pending() || !Writable() || (!last && !checkpoints_.Due(size))) return Ok();
  Status written = checkpoints_.Write(size, committer_.Root(), epoch_);
  if (written.ok() || written.error().code != Code::kExhausted) return written;
  log::Warn("journal", "checkpoint-no-space", {{"records", size}});
  return Ok();
}

bool Journal::PortsEmpty() const {
  for (const Port* port : parts_.ports)
    if (!port->down.empty()) return false;
  return true;
}

}  // namespace sam::journal
