#include "broker/dispatch/rehearsal.h"

#include <utility>

#include "broker/crypto/secret.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {
namespace {

wire::TrialSignal::Outcome OutcomeOf(schema::Outcome outcome) {
  using Told = wire::TrialSignal::Outcome;
  switch (outcome) {
    case schema::Outcome::DELIVER: return Told::DELIVER;
    case schema::Outcome::HELD: return Told::HELD;
    case schema::Outcome::DENIED: return Told::DENIED;
    default: return Told::UNSET;  // the others need an earlier decision
  }
}

wire::TrialSignal SignalOf(DecisionFacts facts) {
  wire::TrialSignal out;
  out.code = std::move(facts.code);
  out.legal_class = facts.legal_class;
  out.outcome = OutcomeOf(facts.outcome);
  out.receiver = std::move(facts.receiver);
  out.sender = std::move(facts.sender);
  out.ground = std::move(facts.ground);
  out.rule = std::move(facts.rule);
  out.reasons = std::move(facts.reasons);
  out.masked = std::move(facts.masked);
  return out;
}

journal::Header HeaderOf(journal::Kind kind, uint64_t offset, Millis time) {
  journal::Header header;
  header.kind = kind;
  header.offset = Offset(offset);
  header.time = time;
  return header;
}

}  // namespace

Status Rehearsal::Follow() {
  SAM_ASSIGN(std::string config, CurrentConfig(live_));
  if (config.empty()) return Unavailable("the hub has no configuration yet");
  if (dispatcher_ && config == config_) return Ok();
  config_ = std::move(config);
  memory_ = MemoryStore();
  // Nothing was ever sealed here, so there is nothing to open beside an event either.
  dispatcher_.emplace(
      memory_,
      [](Offset) { return Result<std::optional<std::string>>(std::optional<std::string>()); },
      [](Offset) { return Result<std::string>(std::string()); }, Dispatcher::Voice::kSilent);
  Status taken = TakeConfig();
  if (!taken.ok()) dispatcher_.reset();
  return taken;
}

Status Rehearsal::TakeConfig() {
  Fold fold(memory_);
  SAM_TRY(dispatcher_->Step({HeaderOf(journal::Kind::CONFIG, 0, Millis(0)), config_, false}, fold));
  return memory_.Apply(fold.Finish(dispatcher_->mark()).batch, Durability::kLater);
}

Result<wire::TrialAnswer> Rehearsal::Try(const journal::Draft& draft, const std::string& event,
                                         Millis now) {
  SAM_TRY(Follow());
  // Where the environment's time is moved by hand, it stands where it stands for the live hub.
  if (dispatcher_->settings().test) {
    SAM_ASSIGN(const Mark live, ReadMark(live_));
    if (live.last_tick.value >= 0) now = live.last_tick;
  }
  journal::Header header = HeaderOf(journal::Kind::EVENT, 1, now);
  header.event = draft.event;
  header.subject = *SubjectId::From(RandomBytes(SubjectId::kSize));
  header.controller_org = draft.controller_org;
  header.controller_board = draft.controller_board;
  header.peer = draft.peer;
  header.schema_version = draft.schema_version;
  const Mark before = dispatcher_->mark();
  Fold fold(memory_);
  const auto stepped = dispatcher_->Step({std::move(header), event, false}, fold);
  const journal::Submission dropped = fold.Finish(dispatcher_->mark());
  dispatcher_->Rewind(before);
  if (!stepped.ok()) return stepped.error();
  wire::TrialAnswer answer;
  answer.config = dispatcher_->settings().version;
  for (const journal::Draft& decision : dropped.drafts) {
    SAM_ASSIGN(DecisionFacts facts, DecodeDecision(decision.payload));
    answer.signals.push_back(SignalOf(std::move(facts)));
  }
  for (const Batch::Op& op : dropped.batch.ops()) {
    if (!(op.space == spaces::kTimer) || !op.value) continue;
    SAM_ASSIGN(const FiledTimer filed, DecodeTimer(op.key, *op.value));
    if (filed.timer.kind == schema::TimerKind::EXPECTATION) ++answer.watched;
  }
  return answer;
}

}  // namespace sam::dispatch
