// What waits: held with a notice to its sender, and asked for again when something came.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"

namespace sam::dispatch {
namespace {

using schema::Outcome;

void Remember(std::vector<SignalId>& list, const SignalId& id) {
  if (std::find(list.begin(), list.end(), id) == list.end())
    rules::PushBounded(list, id, rules::kSmallListMax);
}

}  // namespace

Status Dispatcher::Hold(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                        const routing::Candidate& candidate, const routing::GateDecision& gate,
                        const SignalId& id, SignalRow row) {
  Remember(state.held, id);
  if (row.outcome == Outcome::HELD && row.reasons == gate.reasons) return Ok();  // nothing new
  row.outcome = Outcome::HELD;
  row.reasons = gate.reasons;
  DecisionFacts facts = FactsOf(id, row, state);
  Place(in, row, std::move(facts), {}, state);
  const size_t times = row.placements.size();
  in.fold.PutSignal(id, row);
  // Prompts and notices come from the hub itself: nobody waits for them at the other end.
  if (!row.about.empty() || row.legal_class == schema::LegalClass::E) {
    if (voice_ == Voice::kAloud)
      log::Warn("dispatch", "held", {{"signal", id}, {"code", row.code}});
    return Ok();
  }
  const std::string receiver = routing::HoldReceiver(routing::GateInputOf(
      candidate, settings_.directory, settings_.agreements, in.now));
  if (receiver.empty()) {
    if (voice_ == Voice::kAloud)
      log::Error("dispatch", "held-without-sender", {{"signal", id}, {"code", row.code}});
    return Ok();
  }
  routing::Candidate notice = candidate;
  notice.code = "HOLD";
  notice.rule_id = "hold." + std::to_string(times);  // each new reason is told
  notice.rule_version = ToHex(id.view());
  notice.wanted = {};
  notice.wanted.function = receiver;
  notice.about_sender = receiver;
  notice.about_receiver = gate.receiver_function;
  notice.clocks.clear();
  const EventId event =
      candidate.evidence.empty() ? EventId{} : candidate.evidence.front().event;
  notice.body = routing::HoldDraft{id, row.code, gate.reasons, event};
  SAM_ASSIGN(const Verdict verdict, Decide(in, subject, state, notice, {row.unit, id, false}));
  (void)verdict;
  return Ok();
}

Result<Dispatcher::Verdict> Dispatcher::RegateOne(const Input& in, const SubjectId& subject,
                                                  rules::SubjectState& state, const SignalId& id,
                                                  SignalRow row, const std::string& receiver) {
  if (!receiver.empty()) {
    row.named = true;
    row.receiver = receiver;
  }
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, row));
  SAM_ASSIGN(const Verdict verdict,
             Decide(in, subject, state, candidate, {row.unit, row.about, row.named}));
  if (verdict.id == id) return verdict;
  // Its receiver is known now, and with it its id: the one that waited is over.
  SAM_ASSIGN(auto old, in.fold.Signal(id));
  if (old) {
    old->outcome = Outcome::SUPERSEDED;
    old->released_as = verdict.id;
    in.fold.PutSignal(id, *old);
  }
  std::erase(state.held, id);
  for (rules::Episode& episode : state.episodes)
    if (std::find(episode.signals.begin(), episode.signals.end(), id) != episode.signals.end())
      Remember(episode.signals, verdict.id);
  return verdict;
}

Status Dispatcher::Regate(const Input& in, const SubjectId& subject, rules::SubjectState& state) {
  const std::vector<SignalId> held = state.held;
  for (const SignalId& id : held) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->outcome != Outcome::HELD) {
      std::erase(state.held, id);
      continue;
    }
    SAM_ASSIGN(const Verdict verdict, RegateOne(in, subject, state, id, *row, ""));
    (void)verdict;
  }
  return Ok();
}

}  // namespace sam::dispatch
