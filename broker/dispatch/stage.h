// DispatchStage: the stage around Dispatcher. Reads synced inputs, folds up to kInputsMax of them,
// hands the journal one submission and waits for its outcome before it reads on. In production it
// asks for a tick when a timer is due or a walk after a change of rules is to go on, at most one a
// second and never two at a time. What is due is read from the store, so a tick that a crash lost is
// asked for again.
// Thread: dispatch. Owned by main (or the simulator); reader, port, store and clock outlive it.
#pragma once

#include <atomic>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/thread_role.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/journal/inbox.h"
#include "broker/journal/place_door.h"
#include "broker/journal/reader.h"
#include "broker/stage/stage.h"

namespace sam::dispatch {

class DispatchStage final : public stage::Stage {
 public:
  // A submission stays near a megabyte, so that one of ours never delays others for long.
  static constexpr size_t kInputsMax = 256;
  static constexpr size_t kDraftsMax = 512;
  static constexpr size_t kBytesMax = 768 << 10;
  static constexpr int64_t kTickMicros = 1'000'000;  // at most one tick a second
  // What falls due at once (a night's step of all children, a rule that looks at history) is told bit by bit: so
  // many timers a tick, the next tick so soon after it, and other inputs between them. All at once took 84 s and
  // 4 GB for 925,000 prompts.
  static constexpr size_t kTimersAtOnce = 512;
  static constexpr int64_t kNextTickMicros = 20'000;

  // `bell` rings after each sync; may be null (simulator).
  DispatchStage(const Store& store, const journal::Reader& reader,
                const journal::PlaceDoor& places, journal::Port& port, const Clock& clock,
                stage::Doorbell* bell);

  // Reads cursor and configuration; call once, on any thread, before Work.
  Status Open();

  // State alone, without a decision, may wait so long for company before it is handed in: it is a
  // fold of the log, so losing it costs folding again, and each hand-in costs a sync that the next
  // event would have to wait for. 0 (the start): never. Call before Work.
  void WaitForCompany(int64_t micros) { patience_us_ = micros; }
  // Other than kTimersAtOnce; call before Work.
  void FireAtOnce(size_t timers) { timers_at_once_ = timers; }

  std::string_view name() const override { return "dispatch"; }
  Result<int> Work() override;
  int64_t IdleMicros() const override;
  std::vector<wire::Pollable> Pollables() override;
  void Stop() override { stopping_ = true; }
  // What is in flight is on disk; inputs not folded yet wait in the journal.
  bool Drained() const override { return !waiting_ && !outgoing_; }

  // Next input to fold: all below are decided.
  Offset cursor() const { return dispatcher_.mark().cursor; }
  const Settings& settings() const { return dispatcher_.settings(); }
  // All records below have been folded, though their decisions may be on their way. Any thread.
  Offset folded() const { return Offset(folded_.load(std::memory_order_relaxed)); }
  // All records below have been folded and their decisions are on disk. Not the stored cursor: that
  // one moves with the next input only, past conflicts and notes of access too. Any thread.
  Offset settled() const { return Offset(settled_.load(std::memory_order_relaxed)); }
  uint64_t unanswered() const { return dispatcher_.unanswered(); }
  uint64_t uncalled() const { return dispatcher_.uncalled(); }
  uint64_t untold() const { return dispatcher_.untold(); }
  bool idle() const {
    return !waiting_ && !outgoing_ && held_inputs_ == 0 && position_ >= reader_.durable();
  }

 private:
  Result<int> TakeOutcome();
  Result<int> Turn();
  Result<int> FoldInputs();
  Result<int> MaybeTick();
  bool MayWait() const;
  void TellOverdue(const std::string& kind, int64_t change);
  void TellBackup();
  void TellCounts();
  bool Send();  // false: the pipe is full, try again

  const Store& store_;
  const journal::Reader& reader_;
  journal::Port& port_;
  const Clock& clock_;
  stage::Doorbell* bell_;
  Dispatcher dispatcher_;
  Fold fold_;
  std::atomic<uint64_t> folded_{0};
  std::atomic<uint64_t> settled_{0};
  Offset position_;  // next record to read; runs ahead of the durable cursor over what is no input
  std::optional<journal::Submission> outgoing_;
  bool waiting_ = false;
  bool stopping_ = false;
  Offset submitted_;  // cursor of the submission in flight
  uint64_t token_ = 0;
  int64_t last_tick_micros_ = INT64_MIN / 2;
  size_t timers_at_once_ = kTimersAtOnce;
  bool more_due_ = false;  // the newest tick left some
  int64_t patience_us_ = 0;
  size_t held_inputs_ = 0;  // folded, not handed in
  int64_t held_since_us_ = 0;
  bool asking_ = false;   // the submission in flight is a tick
  Offset tick_end_;       // one past the last tick asked for: until it is read no other one is
  ThreadRole role_;
  metrics::Counter inputs_, decisions_, held_unanswered_, deadline_untold_, acute_silent_, uncalled_;
  metrics::Counter erased_, disposed_;
  uint64_t unanswered_told_ = 0;
  uint64_t untold_told_ = 0;
  uint64_t acute_silent_told_ = 0;
  uint64_t uncalled_told_ = 0;
  uint64_t erased_told_ = 0;
  uint64_t disposed_told_ = 0;
  metrics::Gauge lag_;
  metrics::Gauge backup_;
  Dispatcher::GateCounts gate_told_;
  std::map<std::string, uint64_t> breaches_told_;
  std::map<std::string, metrics::Gauge> overdue_;  // by kind of time limit
  std::map<std::string, int64_t> overdue_counts_;
};

// When the next timer is due; empty optional: none.
Result<std::optional<Millis>> NextDue(const Store& store);

}  // namespace sam::dispatch
