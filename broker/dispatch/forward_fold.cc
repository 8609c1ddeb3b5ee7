// A report that came to the wrong board goes on to the right one, as the same report under a new id: the
// evidence is the same, the time limits are those of the first board. The board that sends it on names the
// function (forwarded), or says only that it is not its own (redirected): then it goes where the child is
// registered now, and where that is not known it is held until its sender names the receiver.
#include "broker/base/log.h"
#include "broker/contract/reasons.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"

namespace sam::dispatch {

using schema::LadderState;
using schema::Outcome;

bool Dispatcher::MayForward(const SignalRow& row, LadderState state) const {
  const bool moved = state == LadderState::FORWARDED || state == LadderState::REDIRECTED;
  return moved && settings_.fold >= 3 && routing::IsStatutory(row.code) &&
         row.outcome == Outcome::DELIVER && !row.withdrawn && row.released_as.empty();
}

Result<bool> Dispatcher::HadIt(const Input& in, const routing::Candidate& candidate,
                               const std::string& receiver) {
  SAM_ASSIGN(const auto row, in.fold.Signal(routing::SignalIdOf(candidate, receiver)));
  return row && row->outcome == Outcome::DELIVER;
}

Status Dispatcher::Forward(const Input& in, const SignalId& id, SignalRow row,
                           const LadderStep& step, const std::string& to) {
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(routing::Candidate candidate, CandidateOf(in, state, row));
  const bool named = step.state == LadderState::FORWARDED;
  candidate.wanted = {};
  candidate.wanted.role = routing::Role::kSocialReception;
  candidate.wanted.function = named ? to : "";
  if (settings_.fold >= 5) {  // it comes to the other board now, at whatever hour
    candidate.placed_at = in.now;
    candidate.wanted.on_call = true;
  }
  const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
  const bool goes = gate.outcome == routing::GateOutcome::kDeliver;
  SAM_ASSIGN(const bool had, HadIt(in, candidate, gate.receiver_function));
  // A board keeps what nobody else takes; a report never goes round between two of them.
  const bool stays = goes ? had : named || !gate.receiver_function.empty();
  if (stays || (named && to.empty())) {
    log::Warn("dispatch", "forwarding-refused",
              {{"offset", in.header.offset}, {"peer", in.header.peer}});
    std::vector<std::string> reasons = gate.reasons;
    if (goes) reasons = {"gate.receiver.had"};
    if (settings_.fold >= 4) {
      if (named && to.empty()) reasons = {"gate.receiver.unknown"};
      reasons.insert(reasons.begin(), contract::kForwardingRefused);
    }
    SAM_TRY(CallSender(in, subject, state, candidate,
                       {id, row.unit, row.receiver, reasons,
                        "hold.forward." + std::to_string(in.header.offset.value)}));
    in.fold.PutState(subject, state);
    return Ok();
  }
  SAM_ASSIGN(const Verdict verdict,
             Decide(in, subject, state, candidate, {row.unit, {}, named}));
  row.forwarded_from = id;
  SAM_TRY(ComesFrom(in, verdict.id, row));
  SAM_ASSIGN(const auto before, in.fold.Signal(id));
  if (before) row.forwarded_from = before->forwarded_from;
  Climb(row, step);
  row.released_as = verdict.id;
  SAM_TRY(SettleClocks(in, id, row));
  in.fold.PutSignal(id, row);
  rules::AttachBeside(state, id, verdict.id);
  SAM_TRY(NotifyStep(in, state, id, row, step));
  in.fold.PutState(subject, state);
  return Ok();
}

// Nobody at the new board has been reminded: it begins with what is left of the time.
Status Dispatcher::ComesFrom(const Input& in, const SignalId& id, const SignalRow& from) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  row->forwarded_from = from.forwarded_from;
  if (row->clocks.empty()) {
    for (const WatchedClock& clock : from.clocks)
      if (IsForReceiver(clock.kind)) row->clocks.push_back({clock.kind, clock.started, clock.due});
  }
  ArmMark(in, id, *row);
  in.fold.PutSignal(id, *row);
  return Ok();
}

Result<std::vector<SignalId>> Dispatcher::Boards(const Input& in, SignalId id) {
  std::vector<SignalId> out = {id};
  while (out.size() < kPlacementsMax) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->forwarded_from.empty()) break;
    id = row->forwarded_from;
    out.push_back(id);
  }
  return out;
}

}  // namespace sam::dispatch
