#include "broker/dispatch/stage.h"

#include <capnp/message.h>

#include "broker/base/log.h"
#include "broker/dispatch/clocks.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

PayloadAt PayloadFrom(const journal::Reader& reader) {
  return [&reader](Offset offset) -> Result<std::optional<std::string>> {
    SAM_ASSIGN(journal::Record record, reader.Read(offset));
    return std::move(record.payload);
  };
}

std::string TickPayload(Millis time, std::string_view before) {
  capnp::MallocMessageBuilder message(64);
  auto tick = message.initRoot<schema::Tick>();
  tick.setTime(time.value);
  if (!before.empty()) tick.setBefore(wire::AsData(before));
  return wire::Flatten(message);
}

// The key of the first timer that is due by `now` and is one too many; empty: there are no more.
Result<std::string> FirstBeyond(const Store& store, Millis now, size_t at_once) {
  std::string key_beyond;
  size_t due = 0;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kTimer, "", "", [&](std::string_view key, std::string_view value) {
    const auto timer = DecodeTimer(key, value);
    if (!timer.ok()) inner = timer.error();
    if (!timer.ok() || timer->timer.due > now) return false;
    if (due++ < at_once) return true;
    key_beyond = std::string(key);
    return false;
  }));
  SAM_TRY(std::move(inner));
  return key_beyond;
}

}  // namespace

Result<std::optional<Millis>> NextDue(const Store& store) {
  std::optional<Millis> due;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kTimer, "", "", [&](std::string_view key, std::string_view value) {
    auto timer = DecodeTimer(key, value);
    if (timer.ok())
      due = timer->timer.due;
    else
      inner = timer.error();
    return false;
  }));
  SAM_TRY(std::move(inner));
  return due;
}

DispatchStage::DispatchStage(const Store& store, const journal::Reader& reader,
                             const journal::PlaceDoor& places, journal::Port& port,
                             const Clock& clock, stage::Doorbell* bell)
    : store_(store),
      reader_(reader),
      port_(port),
      clock_(clock),
      bell_(bell),
      dispatcher_(store, PayloadFrom(reader), [&places](Offset at) { return places.Open(at); }),
      fold_(store),
      inputs_("samsignal_dispatch_inputs_total", "Journal inputs folded by dispatch"),
      decisions_("samsignal_dispatch_decisions_total", "Decisions taken by dispatch"),
      held_unanswered_("samsignal_held_unanswered_total",
                       "Calls about a held statutory report that its sender did not answer in time"),
      deadline_untold_("samsignal_deadline_untold_total",
                       "Time limits that ran out and nobody in charge of the receiver was told of"),
      acute_silent_("samsignal_acute_without_receipt_total",
                    "Acute signals that no person at the receiver had confirmed in time"),
      uncalled_("samsignal_held_uncalled_total",
                "Calls about a held statutory report that the directory names nobody for"),
      erased_("samsignal_erased_total", "Random numbers of persons whose keys were forgotten"),
      disposed_("samsignal_disposed_total", "Payloads of the log that were dropped"),
      lag_("samsignal_dispatch_lag_records", "Synced records that dispatch has not read yet"),
      backup_("samsignal_backup_last_timestamp_seconds",
              "When the hub was last told of a verified backup, seconds since 1970; 0: never") {}

Status DispatchStage::Open() {
  SAM_TRY(dispatcher_.Open());
  TellBackup();
  position_ = dispatcher_.mark().cursor;
  folded_.store(position_.value, std::memory_order_relaxed);
  settled_.store(position_.value, std::memory_order_relaxed);
  SAM_ASSIGN(const auto counts, CountOverdue(store_));
  for (const auto& [kind, count] : counts) TellOverdue(kind, static_cast<int64_t>(count));
  return Ok();
}

void DispatchStage::TellBackup() {
  backup_.Set(static_cast<double>(dispatcher_.mark().backed_up_at.value) / 1'000);
}

std::vector<wire::Pollable> DispatchStage::Pollables() {
  if (bell_ == nullptr) return {};
  return {bell_->pollable()};
}

Result<int> DispatchStage::Work() {
  role_.Enter();
  if (bell_ != nullptr) bell_->Clear();
  SAM_ASSIGN(const int done, Turn());
  if (idle()) settled_.store(position_.value, std::memory_order_relaxed);
  return done;
}

Result<int> DispatchStage::Turn() {
  int done = 0;
  if (outgoing_ && !Send()) return 0;
  if (waiting_) {
    SAM_ASSIGN(done, TakeOutcome());
    if (waiting_) return done;
  }
  if (stopping_) return done;
  // Before the inputs: time goes on also when they never cease.
  SAM_ASSIGN(const int ticked, MaybeTick());
  if (ticked > 0) return done + ticked;
  SAM_ASSIGN(const int folded, FoldInputs());
  return done + folded;
}

bool DispatchStage::Send() {
  if (!port_.down.TryPush(std::move(*outgoing_))) return false;
  outgoing_.reset();
  waiting_ = true;
  return true;
}

Result<int> DispatchStage::TakeOutcome() {
  auto outcome = port_.up.TryPop();
  if (!outcome) return 0;
  if (outcome->token != token_)
    return Internal("the journal answered another submission than the one dispatch waits for");
  for (const journal::Outcome::Each& each : outcome->each)
    if (each.taken != journal::Taken::kWritten)
      return Internal("the journal did not write a decision of dispatch");
  if (asking_) {
    tick_end_ = outcome->each.front().offset.next();
  } else {
    decisions_.Add(static_cast<double>(outcome->each.size()));
    settled_.store(submitted_.value, std::memory_order_relaxed);
    for (const auto& [kind, change] : dispatcher_.TakeOverdueChanges()) TellOverdue(kind, change);
  }
  asking_ = false;
  waiting_ = false;
  return 1;
}

void DispatchStage::TellCounts() {
  for (const auto& [key, count] : dispatcher_.gate_counts()) {
    auto& told = gate_told_[key];
    if (told == count) continue;
    metrics::Counter("samsignal_gate_decisions_total", "What the legal gate decided",
                     {{"rule", key.first}, {"outcome", key.second}})
        .Add(static_cast<double>(count - told));
    told = count;
  }
  for (const auto& [kind, count] : dispatcher_.breaches()) {
    auto& told = breaches_told_[kind];
    if (told == count) continue;
    metrics::Counter("samsignal_deadline_breaches_total", "Time limits that ran out",
                     {{"kind", kind}})
        .Add(static_cast<double>(count - told));
    told = count;
  }
}

void DispatchStage::TellOverdue(const std::string& kind, int64_t change) {
  const auto gauge = overdue_.try_emplace(kind, "samsignal_overdue_signals",
                                          "Signals whose receiver has not done in time what a time limit asks",
                                          metrics::Labels{{"step", kind}});
  int64_t& count = overdue_counts_[kind];
  count += change;
  gauge.first->second.Set(static_cast<double>(count));
}

Result<int> DispatchStage::FoldInputs() {
  const Offset durable = reader_.durable();
  int read = 0;
  int inputs = 0;
  bool flush = false;
  Status failed = Ok();
  SAM_TRY(reader_.Scan(position_, durable, kInputsMax, [&](journal::Record&& record) {
    auto stepped = dispatcher_.Step(record, fold_);
    if (!stepped.ok()) {
      failed = Wrap("dispatch at offset " + std::to_string(record.header.offset.value),
                    stepped.error());
      return false;
    }
    if (*stepped == Stepped::kFlushFirst) {
      flush = true;
      return false;
    }
    position_ = record.header.offset.next();
    ++read;
    if (Dispatcher::IsInput(record.header)) ++inputs;
    return fold_.drafts() < kDraftsMax && fold_.bytes() < kBytesMax;
  }));
  SAM_TRY(std::move(failed));
  lag_.Set(static_cast<double>(durable.value - position_.value));
  folded_.store(position_.value, std::memory_order_relaxed);
  inputs_.Add(inputs);
  held_unanswered_.Add(static_cast<double>(dispatcher_.unanswered() - unanswered_told_));
  unanswered_told_ = dispatcher_.unanswered();
  deadline_untold_.Add(static_cast<double>(dispatcher_.untold() - untold_told_));
  untold_told_ = dispatcher_.untold();
  acute_silent_.Add(static_cast<double>(dispatcher_.acute_silent() - acute_silent_told_));
  acute_silent_told_ = dispatcher_.acute_silent();
  erased_.Add(static_cast<double>(dispatcher_.erased() - erased_told_));
  erased_told_ = dispatcher_.erased();
  disposed_.Add(static_cast<double>(dispatcher_.disposed() - disposed_told_));
  disposed_told_ = dispatcher_.disposed();
  uncalled_.Add(static_cast<double>(dispatcher_.uncalled() - uncalled_told_));
  uncalled_told_ = dispatcher_.uncalled();
  TellCounts();
  TellBackup();
  if (inputs > 0 && held_inputs_ == 0) held_since_us_ = clock_.SteadyMicros();
  held_inputs_ += static_cast<size_t>(inputs);
  if (held_inputs_ == 0 && !flush) return read;
  if (!flush && MayWait()) return read;
  held_inputs_ = 0;
  journal::Submission submission = fold_.Finish(dispatcher_.mark());
  submission.token = ++token_;
  submitted_ = dispatcher_.mark().cursor;
  outgoing_ = std::move(submission);
  Send();
  return read + 1;
}

bool DispatchStage::MayWait() const {
  return fold_.drafts() == 0 && held_inputs_ < kInputsMax && fold_.bytes() < kBytesMax &&
         clock_.SteadyMicros() - held_since_us_ < patience_us_;
}

int64_t DispatchStage::IdleMicros() const {
  return held_inputs_ > 0 ? patience_us_ : stage::Stage::IdleMicros();
}

Result<int> DispatchStage::MaybeTick() {
  if (dispatcher_.settings().test) return 0;  // there the admin socket makes the time
  const int64_t steady = clock_.SteadyMicros();
  const int64_t pause = more_due_ ? kNextTickMicros : kTickMicros;
  if (steady - last_tick_micros_ < pause || position_ < tick_end_) return 0;
  const Millis now = clock_.Now();
  if (!dispatcher_.walking()) {
    SAM_ASSIGN(const auto due, NextDue(store_));
    if (!due || *due > now) return 0;
  }
  last_tick_micros_ = steady;
  SAM_ASSIGN(const std::string beyond, FirstBeyond(store_, now, timers_at_once_));
  more_due_ = !beyond.empty();
  journal::Submission submission;
  submission.token = ++token_;
  journal::Draft draft;
  draft.kind = journal::Kind::TICK;
  draft.payload = TickPayload(now, beyond);
  draft.peer = "hub";
  submission.drafts.push_back(std::move(draft));
  outgoing_ = std::move(submission);
  asking_ = true;
  Send();
  return 1;
}

}  // namespace sam::dispatch
