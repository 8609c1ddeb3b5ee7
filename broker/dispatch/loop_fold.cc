// What closes the loop: acknowledgements, receipts, withdrawals by the sender, decisions on prompts.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/contract/reasons.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {
namespace {

using schema::LadderState;

const char* StepName(LadderState state) {
  switch (state) {
    case LadderState::STORED: return "stored";
    case LadderState::DELIVERED: return "delivered";
    case LadderState::REGISTERED: return "registered";
    case LadderState::ANSWERED: return "answered";
    case LadderState::FORWARDED: return "forwarded";
    case LadderState::REDIRECTED: return "redirected";
    case LadderState::ASSESSED: return "assessed";
    default: return "";
  }
}

bool IsForSender(LadderState state) {
  return state != LadderState::ASSESSED && *StepName(state) != '\0';
}

void Ignore(const char* why, const journal::Header& header) {
  log::Warn("dispatch", why, {{"offset", header.offset}, {"peer", header.peer}});
}

// One authority however its number and board are written: some write ten digits, others a hyphen.
bool SameController(const routing::Directory& directory, const SignalRow& row,
                    schema::Controller::Reader controller) {
  const std::string org = controller.getOrgNr().cStr();
  const std::string board = controller.getBoard().cStr();
  const routing::Authority* const own =
      directory.AuthorityOf(row.controller_org, row.controller_board);
  if (own != nullptr) return own == directory.AuthorityOf(org, board);
  return row.controller_org == org && row.controller_board == board;
}

}  // namespace

// A step of the ladder that is new: kept, and told to the sender where the law lets it.
Status Dispatcher::NoteStep(const Input& in, const SignalId& id, SignalRow& row,
                            const LadderStep& step) {
  SAM_ASSIGN(const bool erased, IsErased(in, row.subject));
  if (erased) return Ok();  // what stands of it is how far it had come then
  if (!Climb(row, step, settings_.fold < 5)) return Ok();
  SAM_TRY(SettleClocks(in, id, row));
  in.fold.PutSignal(id, row);
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  const rules::SubjectState before = state;
  SAM_TRY(NotifyStep(in, state, id, row, step));
  // Somebody may be waited for. What only the hub itself knows is no answer.
  const bool answer = row.legal_class == schema::LegalClass::A && row.about.empty() &&
                      !row.evidence.empty() && !in.header.event.empty();
  if (answer) {
    const rules::Answered answered{row.evidence.front().event, step.state, step.at,
                                   {in.header.event, in.header.offset}, row.test};
    rules::Effects effects = rules::OnAnswered(state, answered, ContextOf(in));
    if (!(state == before)) return Carry(in, subject, state, std::move(effects));
  }
  if (!(state == before)) in.fold.PutState(subject, state);
  return Ok();
}

Status Dispatcher::NotifyStep(const Input& in, rules::SubjectState& state, const SignalId& id,
                              const SignalRow& row, const LadderStep& step) {
  const bool told = row.legal_class == schema::LegalClass::A ||
                    row.legal_class == schema::LegalClass::B ||
                    row.legal_class == schema::LegalClass::D ||
                    (row.legal_class == schema::LegalClass::C && settings_.fold >= 8);
  const bool moved =
      step.state == LadderState::FORWARDED || step.state == LadderState::REDIRECTED;
  if (moved && (settings_.fold < 3 || row.released_as.empty())) return Ok();  // it went nowhere
  // No receipts about receipts.
  if (!IsForSender(step.state) || !told || !row.about.empty() || row.sender.empty()) return Ok();
  return TellStep(in, state, id, row, step, StepFor::kSender);
}

// The notice of one step. Its receiver hears only of its own board's steps (case_fold.cc).
Status Dispatcher::TellStep(const Input& in, rules::SubjectState& state, const SignalId& id,
                            const SignalRow& row, const LadderStep& step, StepFor whom) {
  const bool own = whom == StepFor::kReceiver;
  const bool moved =
      step.state == LadderState::FORWARDED || step.state == LadderState::REDIRECTED;
  routing::Candidate notice;
  const bool answer = step.state == LadderState::ANSWERED && routing::IsStatutory(row.code);
  notice.code = answer && !own && settings_.fold >= 2 ? "SIG-A3" : "RECEIPT";
  notice.rule_id = std::string(own ? "receipt.own." : "receipt.") + StepName(step.state);
  if (step.state == LadderState::ANSWERED)
    notice.rule_id += "." + std::to_string(static_cast<int>(step.answer));
  // Given once before and put right since: a notice of its own.
  if (step.state == LadderState::ANSWERED && settings_.fold >= 5 && AnswersOf(row) > 2)
    notice.rule_id += "." + std::to_string(AnswersOf(row));
  notice.rule_version = ToHex(id.view());  // one notice a step and signal
  notice.sender_function = row.receiver;
  notice.wanted.function = notice.about_sender = own ? row.receiver : row.sender;
  notice.about_receiver = row.receiver;
  SAM_TRY(FillEvidence(in, row.evidence, notice));
  notice.controller = {row.controller_org, row.controller_board};
  // Whoever a source has named: what became of a report is for those who made it.
  if (!own && settings_.fold >= 7 && row.legal_class == schema::LegalClass::A) {
    routing::GateInput asked = Ask(notice, in.now);
    asked.sender_function = row.sender;
    notice.wanted.function = notice.about_sender = routing::ReporterOf(asked);
    if (notice.wanted.function.empty()) {
      ++uncalled_;
      if (voice_ == Voice::kAloud)
        log::Error("dispatch", "held-without-sender", {{"signal", id}, {"code", notice.code}});
      return Ok();
    }
  }
  routing::ReceiptDraft draft{id, row.code, step.state, step.at, step.answer, row.receiver};
  draft.awaits_answer = row.awaits_answer;
  if (moved) {
    SAM_ASSIGN(const auto next, in.fold.Signal(row.released_as));
    draft.forwarded_as = row.released_as;
    draft.receiver_function = next ? next->receiver : "";
  }
  const routing::Function* receiver = settings_.directory.FunctionAt(row.receiver, in.now);
  if (row.acute && routing::IsStatutory(row.code) && receiver != nullptr)
    draft.receiver_phone = receiver->phone;
  notice.body = std::move(draft);
  notice.test = row.test;
  notice.occurred_at = step.at;
  notice.decided_at = in.now;
  SAM_ASSIGN(const Verdict verdict, Decide(in, row.subject, state, notice, {row.unit, id, false}));
  (void)verdict;
  return Ok();
}

Status Dispatcher::FoldReceipt(const Input& in, schema::SignalReceipt::Reader body) {
  const SignalId id = wire::IdOf<SignalId>(body.getSignalId());
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) {
    SAM_ASSIGN(const bool waits, Await(in, id));
    if (waits) return Ok();
  }
  if (!row || !row->about.empty()) {
    Ignore("receipt-unknown-signal", in.header);
    return Ok();
  }
  if (row->receiver.empty() || row->receiver != body.getFunction().cStr()) {
    Ignore("receipt-not-receiver", in.header);
    return Ok();
  }
  const LadderState state = body.getState();
  const routing::Function* function = settings_.directory.FunctionById(row->receiver);
  const bool claims = state == LadderState::REGISTERED || state == LadderState::ASSESSED ||
                      state == LadderState::ANSWERED;
  // A channel without receipts can not know that a case was registered.
  if (claims && function != nullptr && !function->receipts) {
    Ignore("receipt-without-channel", in.header);
    return Ok();
  }
  if (state == LadderState::ANSWERED && settings_.fold >= 8 &&
      !contract::IsAnswerTo(row->code, body.getAnswer())) {
    Ignore("receipt-answer-of-another-kind", in.header);
    return Ok();
  }
  // What only the hub itself knows is never taken from a receiver.
  if (state == LadderState::STORED || state == LadderState::DELIVERED ||
      state == LadderState::WITHHELD)
    return Ok();
  const LadderStep step{state, Millis(body.getAt()),
                        state == LadderState::ANSWERED ? body.getAnswer() : schema::Answer::UNSET,
                        in.header.offset.value};
  if (MayForward(*row, state))
    return Forward(in, id, std::move(*row), step, body.getForwardedTo().cStr());
  SAM_TRY(NoteStep(in, id, *row, step));
  return state == LadderState::REGISTERED ? FileCase(in, id, body.getReference().cStr(), {}) : Ok();
}

Status Dispatcher::FoldWithdrawn(const Input& in, schema::SignalWithdrawn::Reader body,
                                 schema::Controller::Reader controller) {
  SignalId id = wire::IdOf<SignalId>(body.getSignalId());
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) {
    SAM_ASSIGN(const bool waits, Await(in, id));
    if (waits) return Ok();
  }
  SAM_ASSIGN(row, in.fold.SignalNow(id));
  const bool own = row && SameController(settings_.directory, *row, controller);
  if (!own || !row->about.empty()) {
    Ignore("withdrawal-not-sender", in.header);
    return Ok();
  }
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  std::optional<SignalId> replaced;
  if (const SignalId by = wire::IdOf<SignalId>(body.getReplacedBy()); !by.empty()) replaced = by;
  SAM_ASSIGN(const std::vector<SignalId> boards, Boards(in, id));
  for (const SignalId& one : boards)
    SAM_TRY(Withdraw(in, subject, state, one, body.getReason().cStr(),
                     {in.header.event, in.header.offset}, replaced));
  for (rules::Episode& episode : state.episodes)
    if (std::find(episode.signals.begin(), episode.signals.end(), id) != episode.signals.end())
      episode.withdrawn = episode.closed = true;
  in.fold.PutState(subject, state);
  return Ok();
}

// The sender's own function says where a signal that is held is to go; the event stays in the log and
// shows who did. What the law forbids it cannot name either: it is told why, and the signal waits on.
Status Dispatcher::FoldNamed(const Input& in, schema::ReceiverNamed::Reader body,
                             schema::Controller::Reader controller) {
  SignalId id = wire::IdOf<SignalId>(body.getSignalId());
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) {
    SAM_ASSIGN(const bool waits, Await(in, id));
    if (waits) return Ok();
  }
  SAM_ASSIGN(row, in.fold.SignalNow(id));
  const bool own = row && row->about.empty() && row->legal_class != schema::LegalClass::E &&
                   SameController(settings_.directory, *row, controller);
  if (!own || row->outcome != schema::Outcome::HELD || row->withdrawn) {
    Ignore(own ? "naming-not-held" : "naming-not-sender", in.header);
    return Ok();
  }
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  const std::string function = body.getFunction().cStr();
  SAM_ASSIGN(routing::Candidate candidate, CandidateOf(in, state, *row));
  const auto ask = [&] { return Ask(candidate, in.now); };
  // Whoever may be called about it may answer, also when another one would be called by now.
  std::vector<std::string> callable = {routing::HoldReceiver(ask())};
  if (settings_.fold >= 7) callable = routing::HoldReceivers(ask());
  if (std::find(callable.begin(), callable.end(), function) == callable.end()) {
    Ignore("naming-not-sender", in.header);
    return Ok();
  }
  // A desk that answers for a sender nobody knows takes its place.
  row->sender = candidate.sender_function = function;
  candidate.wanted = {};
  candidate.wanted.function = body.getReceiverFunction().cStr();
  const routing::GateDecision gate = routing::Decide(ask());
  if (gate.outcome == routing::GateOutcome::kDeliver) {
    SAM_ASSIGN(const Verdict verdict,
               RegateOne(in, subject, state, id, *row, candidate.wanted.function));
    // Held as it was, which tells nobody: who named a board that has sent it on would wait for nothing.
    const bool again = verdict.outcome == schema::Outcome::HELD &&
                       row->reasons == std::vector<std::string>{contract::kSentOn};
    if (settings_.fold >= 8 && again)
      SAM_TRY(CallNamed(in, subject, state, candidate, id, *row, {contract::kSentOn}));
  } else {
    Ignore("naming-refused", in.header);
    SAM_TRY(CallNamed(in, subject, state, candidate, id, *row, gate.reasons));
  }
  in.fold.PutState(subject, state);
  return Ok();
}

// What came of a naming, where nothing goes: one notice for each.
Status Dispatcher::CallNamed(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                             const routing::Candidate& candidate, const SignalId& id, const SignalRow& row,
                             const std::vector<std::string>& reasons) {
  return CallSender(in, subject, state, candidate,
                    {id, row.unit, "", reasons, "hold.named." + std::to_string(in.header.offset.value)});
}

Status Dispatcher::FoldPromptDecided(const Input& in, schema::PromptDecided::Reader body,
                                     schema::Controller::Reader controller) {
  const SignalId id = wire::IdOf<SignalId>(body.getSignalId());
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) {
    SAM_ASSIGN(const bool waits, Await(in, id));
    if (waits) return Ok();
  }
  const bool own = row && SameController(settings_.directory, *row, controller);
  if (!own || row->legal_class != schema::LegalClass::E || !row->about.empty()) {
    Ignore("prompt-decision-not-owner", in.header);
    return Ok();
  }
  const bool first = row->decision == schema::PromptDecided::Decision::UNKNOWN;
  row->decision = body.getDecision();
  SAM_TRY(SettleClocks(in, id, *row));
  in.fold.PutSignal(id, *row);
  if (first && settings_.fold >= 2 && !row->withdrawn &&
      row->decision == schema::PromptDecided::Decision::HEALTH_CONTACT)
    return TellOtherCare(in, id, *row);
  return Ok();
}

Status Dispatcher::FoldProgress(const Input& in) {
  std::string subscription;
  Lane lane = Lane::kNormal;
  Sequence floor;
  uint64_t offered = 0;
  std::vector<Sequence> also, dead;
  SAM_TRY(wire::ReadOwn<schema::Progress>(in.payload, [&](schema::Progress::Reader p) -> Status {
    subscription = p.getSubscription().cStr();
    lane = p.getLane() == 0 ? Lane::kNormal : Lane::kAcute;
    floor = Sequence(p.getFloor());
    for (uint64_t n : p.getAlso()) also.emplace_back(n);
    for (uint64_t n : p.getDeadLetters()) dead.emplace_back(n);
    offered = p.getOfferedBelow();
    return Ok();
  }));
  if (subscription.empty() || subscription.size() > 255) return Ok();
  if (offered != 0)
    in.fold.Put(spaces::kOffered, mailbox::LaneKey(subscription, lane), BigEndian64(offered));
  SAM_ASSIGN(mailbox::LaneState state, in.fold.LaneOf(subscription, lane));
  for (Sequence sequence : dead) SAM_TRY(NoteDead(in, subscription, lane, sequence));
  // Rebuild: numbers of what is gone were given out when they are acknowledged.
  Sequence told = floor;
  for (Sequence s : also) told = std::max(told, s);
  while (state.next <= told && reserved_.count({subscription, lane, state.next}) != 0)
    state.next = state.next.next();
  // Nobody can acknowledge what was never given out.
  floor = std::min(floor, Sequence(state.next.value - 1));
  for (Sequence s = state.ack_floor.next(); s <= floor; s = s.next())
    if (!state.Acked(s)) SAM_TRY(NoteAcked(in, subscription, lane, s));
  std::sort(also.begin(), also.end());
  also.erase(std::unique(also.begin(), also.end()), also.end());
  for (Sequence s : also)
    if (s > floor && s < state.next && !state.Acked(s))
      SAM_TRY(NoteAcked(in, subscription, lane, s));
  state.also.insert(state.also.end(), also.begin(), also.end());
  std::sort(state.also.begin(), state.also.end());
  state.also.erase(std::unique(state.also.begin(), state.also.end()), state.also.end());
  state.ack_floor = std::max(state.ack_floor, floor);
  std::erase_if(state.also, [&](Sequence s) { return s >= state.next; });
  while (std::binary_search(state.also.begin(), state.also.end(), state.ack_floor.next()))
    state.ack_floor = state.ack_floor.next();
  std::erase_if(state.also, [&](Sequence s) { return s <= state.ack_floor; });
  // Notices raised above may have taken numbers of this very lane.
  SAM_ASSIGN(const mailbox::LaneState now, in.fold.LaneOf(subscription, lane));
  state.next = std::max(state.next, now.next);
  in.fold.PutLane(subscription, lane, state);
  return Ok();
}

Status Dispatcher::NoteAcked(const Input& in, const std::string& subscription, Lane lane,
                             Sequence sequence) {
  SAM_ASSIGN(const auto letter, in.fold.MailboxRow(subscription, lane, sequence));
  if (!letter || letter->withheld != schema::WithheldCode::NONE) return Ok();
  SAM_ASSIGN(auto row, in.fold.Signal(letter->signal));
  if (!row) return Ok();
  const LadderStep step{LadderState::DELIVERED, in.now, schema::Answer::UNSET,
                        in.header.offset.value};
  return NoteStep(in, letter->signal, *row, step);
}

Status Dispatcher::NoteDead(const Input& in, const std::string& subscription, Lane lane,
                            Sequence sequence) {
  SAM_ASSIGN(const auto letter, in.fold.MailboxRow(subscription, lane, sequence));
  if (!letter || letter->withheld != schema::WithheldCode::NONE) return Ok();
  SAM_ASSIGN(auto row, in.fold.Signal(letter->signal));
  if (!row) return Ok();
  SAM_TRY(Refuse(in, letter->signal, *row,
                 {subscription, lane, sequence, letter->replayed, letter->late},
                 schema::WithheldCode::DEAD_LETTERED, {}));
  return letter->replayed ? Ok() : TellUndelivered(in, letter->signal, sequence);
}

// Who sent it would wait for an answer that cannot come. A report is never given up; prompts and notices are the
// hub's own, and delivery's log calls its operator.
Status Dispatcher::TellUndelivered(const Input& in, const SignalId& id, Sequence sequence) {
  SAM_ASSIGN(const auto row, in.fold.Signal(id));
  const bool sent = row && row->about.empty() && row->legal_class != schema::LegalClass::A &&
                    row->legal_class != schema::LegalClass::E;
  if (settings_.fold < 7 || !sent) return Ok();
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, *row));
  SAM_ASSIGN(const bool gone, IsGone(in, *row, candidate));
  if (gone) return Ok();  // erased: nobody can read what it was about
  SAM_TRY(CallSender(in, subject, state, candidate,
                     {id, row->unit, row->receiver, {contract::kUndelivered},
                      "hold.undelivered." + std::to_string(sequence.value), true}));
  in.fold.PutState(subject, state);
  return Ok();
}

}  // namespace sam::dispatch
