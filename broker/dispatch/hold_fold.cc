// What waits: held with a notice to its sender, and asked for again when something came.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/number.h"
#include "broker/base/text.h"
#include "broker/contract/reasons.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {

using schema::Outcome;

Status Dispatcher::Hold(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                        const routing::Candidate& candidate, const routing::GateDecision& gate,
                        const SignalId& id, SignalRow row) {
  SAM_TRY(NoteHeld(in, state, id, candidate.code));
  if (row.outcome == Outcome::HELD && row.reasons == gate.reasons) return Ok();  // nothing new
  const bool fresh = row.outcome != Outcome::HELD || row.reasons.empty();
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
  if (fresh && routing::IsStatutory(row.code)) ArmCall(in, subject, id, row, 0, in.now);
  return CallSender(in, subject, state, candidate,
                    {id, row.unit, gate.receiver_function, gate.reasons,
                     "hold." + std::to_string(times)});  // each new reason is told
}

// The list is bounded, and what stands in it is asked for again when something about the child changes. A notice
// about a hold is told anew by the next call, and nothing else takes the place of a report.
Status Dispatcher::NoteHeld(const Input& in, rules::SubjectState& state, const SignalId& id,
                            const std::string& code) {
  if (settings_.fold < 7) {
    rules::AddOnce(state.held, id, rules::kSmallListMax);
    return Ok();
  }
  if (code == "HOLD" || std::find(state.held.begin(), state.held.end(), id) != state.held.end())
    return Ok();
  for (auto at = state.held.begin();
       state.held.size() >= rules::kSmallListMax && at != state.held.end(); ++at) {
    SAM_ASSIGN(const auto row, in.fold.Signal(*at));
    if (row && routing::IsStatutory(row->code)) continue;
    state.held.erase(at);
    break;
  }
  if (state.held.size() < rules::kSmallListMax || routing::IsStatutory(code))
    rules::PushBounded(state.held, id, rules::kSmallListMax);
  return Ok();
}

// Who asked for something that the gate refuses must not wait for it. Prompts and notices have nobody who asks.
Status Dispatcher::Deny(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                        const routing::Candidate& candidate, const routing::GateDecision& gate,
                        const SignalId& id, SignalRow row) {
  row.outcome = Outcome::DENIED;
  row.reasons = gate.reasons;
  std::erase(state.held, id);
  Place(in, row, FactsOf(id, row, state), {}, state);
  in.fold.PutSignal(id, row);
  const bool filtered = std::any_of(gate.reasons.begin(), gate.reasons.end(), contract::IsFiltered);
  if (settings_.fold < 4 || !row.about.empty()) return Ok();
  if (filtered)
    return CallSender(in, subject, state, candidate,
                      {id, row.unit, gate.receiver_function, gate.reasons, "hold.level"});
  return TellDenied(in, subject, state, candidate, gate, id, row);
}

// At once, or at delivery when an agreement or a fact has ended meanwhile.
Status Dispatcher::TellDenied(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                              const routing::Candidate& candidate,
                              const routing::GateDecision& gate, const SignalId& id,
                              const SignalRow& row) {
  if (settings_.fold < 6 || row.legal_class == schema::LegalClass::E ||
      candidate.code == kAttachmentCode)
    return Ok();
  std::vector<std::string> reasons = {contract::kDenied};
  reasons.insert(reasons.end(), gate.reasons.begin(), gate.reasons.end());
  return CallSender(in, subject, state, candidate,
                    {id, row.unit, gate.receiver_function, reasons, "hold.denied", true});
}

Status Dispatcher::CallSender(const Input& in, const SubjectId& subject,
                              rules::SubjectState& state, const routing::Candidate& candidate,
                              const Waiting& waiting) {
  routing::GateInput asked = Ask(candidate, in.now);
  // Whose unit an event names is not always whose facts they are: the notice is the controller's.
  if (waiting.own_only) {
    const routing::Function* const sender =
        settings_.directory.FunctionAt(candidate.sender_function, in.now);
    const routing::Authority* const own = settings_.directory.AuthorityOf(
        candidate.controller.org, candidate.controller.board);
    if (sender == nullptr || own == nullptr || sender->authority != own->id)
      asked.sender_function.clear();
  }
  const std::string receiver = routing::HoldReceiver(asked);
  if (receiver.empty()) {
    if (routing::IsStatutory(candidate.code)) ++uncalled_;
    if (voice_ == Voice::kAloud)
      log::Error("dispatch", "held-without-sender",
                 {{"signal", waiting.id}, {"code", candidate.code}});
    return Ok();
  }
  routing::Candidate notice = candidate;
  notice.code = "HOLD";
  notice.rule_id = waiting.call;
  notice.rule_version = ToHex(waiting.id.view());
  notice.wanted = {};
  notice.wanted.function = receiver;
  notice.about_sender = receiver;
  notice.about_receiver = waiting.receiver;
  notice.clocks.clear();
  const EventId event =
      candidate.evidence.empty() ? EventId{} : candidate.evidence.front().event;
  notice.body = routing::HoldDraft{waiting.id, candidate.code, waiting.reasons, event};
  SAM_ASSIGN(const Verdict verdict,
             Decide(in, subject, state, notice, {waiting.unit, waiting.id, false}));
  (void)verdict;
  return Ok();
}

// The first calls come at the pace of the configuration, later ones ever more seldom, once a day at
// the very least: a report that waits is never forgotten.
void Dispatcher::ArmCall(const Input& in, const SubjectId& subject, const SignalId& id,
                         const SignalRow& row, int64_t calls, Millis since) {
  const rules::HoldCalls& hold = settings_.rules.hold;
  const int64_t minutes = row.acute ? hold.again_acute_minutes : hold.again_minutes;
  if (minutes == 0) return;
  int64_t wait = minutes * kMinuteMs;
  for (int64_t i = hold.alarm_after; i <= calls && wait < kDayMs; ++i) wait *= 2;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::HELD_CALL;
  timer.rule = "hold";
  timer.step = ToHex(id.view());
  timer.due = Millis(in.now.value + std::min(wait, kDayMs));
  timer.due_at = since;
  timer.programme = std::to_string(calls);
  in.fold.Put(spaces::kTimer, TimerKey(subject, {timer.rule, timer.step, timer.due}),
              EncodeTimer(timer));
}

Status Dispatcher::CallAgain(const Input& in, const rules::TimerSpec& timer) {
  const SignalId id = SignalId::From(FromHex(timer.step).value_or("")).value_or(SignalId{});
  SAM_ASSIGN(const auto row, in.fold.Signal(id));
  if (!row || row->outcome != Outcome::HELD || row->withdrawn) return Ok();  // answered
  const auto told = ReadNumber(timer.programme);
  const int64_t calls = static_cast<int64_t>(told.value_or(0)) + 1;
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, *row));
  SAM_TRY(CallSender(in, subject, state, candidate,
                     {id, row->unit, row->receiver, row->reasons,
                      "hold.call." + std::to_string(calls)}));
  if (calls >= settings_.rules.hold.alarm_after) {
    ++unanswered_;
    if (voice_ == Voice::kAloud)
      log::Error("dispatch", "held-unanswered",
                 {{"signal", id}, {"sender", row->sender}, {"calls", calls}});
  }
  ArmCall(in, subject, id, *row, calls, timer.due_at);
  in.fold.PutState(subject, state);
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
  if (verdict.id == id) {
    SAM_TRY(AskOfReleased(in, subject, state, row, verdict));
    return verdict;
  }
  SAM_ASSIGN(const auto there, in.fold.Signal(verdict.id));
  const bool sent_on = there && there->outcome == Outcome::DELIVER && !there->withdrawn && !there->released_as.empty();
  if (settings_.fold >= 8 && sent_on) {
    // That board has sent it on: it would lie with nobody. Who sent it is asked.
    routing::GateDecision gate;
    gate.legal_class = row.legal_class;
    gate.receiver_function = there->receiver;
    gate.reasons = {contract::kSentOn};
    SAM_TRY(Hold(in, subject, state, candidate, gate, id, std::move(row)));
    return Verdict{id, Outcome::HELD};
  }
  // Its receiver is known now, and with it its id: the one that waited is over.
  SAM_ASSIGN(auto old, in.fold.Signal(id));
  if (old) {
    old->outcome = Outcome::SUPERSEDED;
    old->released_as = verdict.id;
    SAM_TRY(SettleClocks(in, id, *old));
    in.fold.PutSignal(id, *old);
    if (!old->forwarded_from.empty()) SAM_TRY(ComesFrom(in, verdict.id, *old));
  }
  std::erase(state.held, id);
  rules::AttachBeside(state, id, verdict.id);
  SAM_TRY(AskOfReleased(in, subject, state, row, verdict));
  return verdict;
}

// What should have been asked about the order while it was with nobody is asked of whoever has it now.
Status Dispatcher::AskOfReleased(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                                 const SignalRow& row, const Verdict& verdict) {
  const bool went = row.code == "SIG-D1" && verdict.outcome == Outcome::DELIVER;
  if (!went || !rules::AsksOrderReceivers(settings_.rules)) return Ok();
  return Carry(in, subject, state, rules::OnOrderReleased(state, row.test, ContextOf(in)));
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
