// What operators and delivery ask for: replay, a new decision on a number; before fold edition 8 the release of what is
// held, too.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {
namespace {

using schema::Outcome;
using schema::WithheldCode;

bool EvidenceGone(const routing::Candidate& candidate) {
  return std::any_of(candidate.evidence.begin(), candidate.evidence.end(),
                     [](const routing::Evidence& one) { return one.bytes.empty(); });
}

}  // namespace

// What rests on nothing itself (a reminder, SIG-E3) goes with the signal it tells of: a decision about a
// person whose key is gone could never be read, and would be asked for for ever.
Result<bool> Dispatcher::IsGone(const Input& in, const SignalRow& row,
                                const routing::Candidate& candidate) {
  if (EvidenceGone(candidate)) return true;
  if (!candidate.evidence.empty() || row.about.empty()) return false;
  SAM_ASSIGN(const auto about, in.fold.Signal(row.about));
  if (!about) return false;
  routing::Candidate whole;
  SAM_TRY(FillEvidence(in, about->evidence, whole));
  return EvidenceGone(whole);
}

Status Dispatcher::FoldCommand(const Input& in) {
  struct {
    schema::Command::Action::Which which = schema::Command::Action::NONE;
    std::string text;
    Offset from, to;
    SignalId id;
    std::vector<SubjectId> subjects;
    bool despite = false;
  } command;
  SAM_TRY(wire::ReadOwn<schema::Command>(in.payload, [&](schema::Command::Reader c) -> Status {
    const auto action = c.getAction();
    command.which = action.which();
    if (action.isReplay()) {
      command.text = action.getReplay().getSubscription().cStr();
      command.from = Offset(action.getReplay().getFromOffset());
      command.to = Offset(action.getReplay().getToOffset());
    } else if (action.isReleaseHold()) {
      command.id =
          wire::IdOf<SignalId>(action.getReleaseHold().getSignalId());
      command.text = action.getReleaseHold().getReceiverFunction().cStr();
    } else if (action.isErase()) {
      for (const auto subject : action.getErase().getSubjects())
        command.subjects.push_back(wire::IdOf<SubjectId>(subject));
      command.despite = action.getErase().getDespite();
      command.text = c.getReason().cStr();
    } else if (action.isBackupVerified()) {
      command.to = Offset(action.getBackupVerified());
    }
    return Ok();
  }));
  switch (command.which) {
    case schema::Command::Action::REPLAY:
      return FoldReplay(in, command.text, command.from, command.to);
    case schema::Command::Action::BACKUP_VERIFIED:
      mark_.backed_up = std::max(mark_.backed_up, command.to);
      mark_.backed_up_at = in.header.time;
      return Ok();
    case schema::Command::Action::ERASE:
      return FoldErase(in, command.subjects, command.despite, command.text);
    case schema::Command::Action::RELEASE_HOLD: return FoldRelease(in, command.id, command.text);
    default: return Ok();  // not for dispatch
  }
}

Status Dispatcher::FoldReplay(const Input& in, const std::string& subscription, Offset from,
                              Offset to) {
  if (subscription.empty() || subscription.size() > 255) return Ok();
  const mailbox::MailboxReader reader(store_);
  // What is to be sent is fixed before the first new number is given.
  std::vector<std::pair<Lane, mailbox::Row>> again;
  for (Lane lane : {Lane::kNormal, Lane::kAcute}) {
    SAM_TRY(reader.Scan(subscription, lane, Sequence(1), SIZE_MAX,
                        [&](Sequence, const mailbox::Row& row) {
                          // A repetition is not repeated: the first sending is.
                          const bool wanted = row.decision >= from.value &&
                                              row.decision <= to.value && !row.replayed;
                          if (wanted) again.emplace_back(lane, row);
                          return again.size() < kReplayMax;
                        }));
  }
  if (again.size() >= kReplayMax)
    log::Warn("dispatch", "replay-cut", {{"offset", in.header.offset}, {"rows", again.size()}});
  for (const auto& item : again) SAM_TRY(ReplayRow(in, subscription, item.first, item.second));
  return Ok();
}

Status Dispatcher::ReplayRow(const Input& in, const std::string& subscription, Lane lane,
                             const mailbox::Row& letter) {
  SAM_ASSIGN(auto row, in.fold.Signal(letter.signal));
  if (!row) return Ok();
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(Slot slot, NextSlot(in, subscription, lane));
  slot.replayed = true;
  slot.late = letter.withheld == WithheldCode::DEAD_LETTERED;
  if (row->withdrawn)
    return Refuse(in, letter.signal, *row, slot, WithheldCode::WITHDRAWN, {});
  // A tombstone: what it rests on may be there still, for another signal.
  if (row->disposed) return Refuse(in, letter.signal, *row, slot, WithheldCode::ERASED, {});
  SAM_ASSIGN(const bool follows, MayFollow(in, *row));
  if (!follows)
    return Refuse(in, letter.signal, *row, slot, WithheldCode::REFUSED_AT_DELIVERY, {});
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, *row));
  SAM_ASSIGN(const bool gone, IsGone(in, *row, candidate));
  if (gone) return Refuse(in, letter.signal, *row, slot, WithheldCode::ERASED, {});
  const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
  const bool may = gate.outcome == routing::GateOutcome::kDeliver &&
                   gate.receiver_function == subscription;
  if (!may)
    return Refuse(in, letter.signal, *row, slot, WithheldCode::REFUSED_AT_DELIVERY, gate.reasons);
  routing::Candidate room;
  SAM_ASSIGN(const routing::Candidate* const opened, Opened(in, candidate, gate, room));
  SAM_ASSIGN(const routing::Composed composed, routing::Compose(*opened, gate));
  DecisionFacts facts = FactsOf(letter.signal, *row, state);
  facts.outcome = Outcome::DELIVER;
  facts.ground = gate.ground;
  Disclose(composed, facts);
  facts.reasons.clear();
  row->outcome = Outcome::DELIVER;
  Place(in, *row, std::move(facts), slot, state);
  ArmMark(in, letter.signal, *row);
  in.fold.PutSignal(letter.signal, *row);
  return Ok();
}

Status Dispatcher::Refuse(const Input& in, const SignalId& id, SignalRow& row, const Slot& slot,
                          WithheldCode code, const std::vector<std::string>& reasons) {
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(const rules::SubjectState state, in.fold.State(subject));
  DecisionFacts facts = FactsOf(id, row, state);
  facts.outcome = Outcome::WITHHELD;
  facts.withheld = code;
  facts.reasons = reasons;
  bool left = false;
  if (settings_.fold >= 5 && slot.sequence.value != 0) {
    SAM_ASSIGN(left, WasOffered(in, slot.subscription, slot.lane, slot.sequence));
  }
  Place(in, row, std::move(facts), slot, state);
  if (left) KeepDisclosed(row, slot);
  if (!slot.replayed) row.outcome = Outcome::WITHHELD;
  SAM_TRY(SettleClocks(in, id, row));
  Climb(row, {schema::LadderState::WITHHELD, in.now, schema::Answer::UNSET,
              in.header.offset.value});
  in.fold.PutSignal(id, row);
  return Ok();
}

// It was offered on a connection, and nobody knows what came of it.
Result<bool> Dispatcher::WasOffered(const Input& in, const std::string& subscription, Lane lane,
                                    Sequence sequence) const {
  SAM_ASSIGN(const auto offered,
             in.fold.Get(spaces::kOffered, mailbox::LaneKey(subscription, lane)));
  return offered && sequence.value < ReadBigEndian64(*offered);
}

// Whoever may have it is told when it is taken back (MayHaveGone), although its number is filled.
void Dispatcher::KeepDisclosed(SignalRow& row, const Slot& slot) {
  for (Placement& place : row.placements)
    if (place.sequence == slot.sequence && place.lane == slot.lane) place.outcome = Outcome::DELIVER;
}

Status Dispatcher::FoldRelease(const Input& in, const SignalId& id, const std::string& receiver) {
  // Where it goes is the decision of whoever sent it (FoldNamed). No program of ours writes this command.
  if (settings_.fold >= 8) {
    if (voice_ == Voice::kAloud)
      log::Warn("dispatch", "release-not-sender", {{"offset", in.header.offset}, {"signal", id}});
    return Ok();
  }
  SAM_ASSIGN(const auto row, in.fold.Signal(id));
  if (!row || row->outcome != Outcome::HELD) {
    log::Warn("dispatch", "release-not-held", {{"offset", in.header.offset}});
    return Ok();
  }
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  SAM_ASSIGN(const Verdict verdict, RegateOne(in, subject, state, id, *row, receiver));
  (void)verdict;
  in.fold.PutState(subject, state);
  return Ok();
}

Status Dispatcher::FoldRecheck(const Input& in) {
  Slot slot;
  SAM_TRY(wire::ReadOwn<schema::Recheck>(in.payload, [&](schema::Recheck::Reader r) -> Status {
    slot.subscription = r.getSubscription().cStr();
    slot.lane = r.getLane() == 0 ? Lane::kNormal : Lane::kAcute;
    slot.sequence = Sequence(r.getSequence());
    return Ok();
  }));
  if (slot.subscription.empty() || slot.subscription.size() > 255) return Ok();
  SAM_ASSIGN(const auto letter, in.fold.MailboxRow(slot.subscription, slot.lane, slot.sequence));
  if (!letter || letter->withheld != WithheldCode::NONE) return Ok();
  // Acknowledged while the question was on its way: the receiver has it, nothing is left to withhold.
  SAM_ASSIGN(const mailbox::LaneState lane, in.fold.LaneOf(slot.subscription, slot.lane));
  if (lane.Acked(slot.sequence)) return Ok();
  slot.replayed = letter->replayed;
  slot.late = letter->late;
  SAM_ASSIGN(auto row, in.fold.Signal(letter->signal));
  if (!row && gaps_) return Ok();  // what was decided of it then stands as recorded
  if (!row) return Corrupt("a mailbox row names a signal that has no row; run 'samsignal rebuild'");
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row->subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  if (row->withdrawn)
    return Refuse(in, letter->signal, *row, slot, WithheldCode::WITHDRAWN, {});
  SAM_ASSIGN(const bool follows, MayFollow(in, *row));
  if (!follows)
    return Refuse(in, letter->signal, *row, slot, WithheldCode::REFUSED_AT_DELIVERY, {});
  SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, *row));
  SAM_ASSIGN(bool gone, IsGone(in, *row, candidate));
  if (!gone) {
    // Its person is erased, though what it rests on stands under another identity: what is decided now
    // could not be read either, and would be asked for for ever.
    SAM_ASSIGN(const std::string last, Payload(in, Offset(letter->decision)));
    gone = last.empty();
  }
  if (gone) return Refuse(in, letter->signal, *row, slot, WithheldCode::ERASED, {});
  const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
  if (gate.outcome == routing::GateOutcome::kDeliver &&
      gate.receiver_function == slot.subscription) {
    routing::Candidate room;
    SAM_ASSIGN(const routing::Candidate* const opened, Opened(in, candidate, gate, room));
    SAM_ASSIGN(const routing::Composed composed, routing::Compose(*opened, gate));
    DecisionFacts facts = FactsOf(letter->signal, *row, state);
    facts.outcome = Outcome::DELIVER;
    facts.ground = gate.ground;
    Disclose(composed, facts);
    Place(in, *row, std::move(facts), slot, state);
    in.fold.PutSignal(letter->signal, *row);
    // Parts that came while it was in doubt have no number yet.
    return row->code == "SIG-A1" ? SendParts(in, state, letter->signal, *row) : Ok();
  }
  SAM_TRY(Refuse(in, letter->signal, *row, slot, WithheldCode::REFUSED_AT_DELIVERY, gate.reasons));
  // A report is never lost, and what only lacks something waits for it: asked for again as a new
  // signal, or held with a notice to the sender.
  const bool waits = gate.outcome != routing::GateOutcome::kDenied && row->about.empty() &&
                     !slot.replayed;
  if (!waits) {
    const bool refused = settings_.fold >= 6 && row->about.empty() && !slot.replayed;
    if (!refused) return Ok();
    SAM_TRY(TellDenied(in, subject, state, candidate, gate, letter->signal, *row));
    in.fold.PutState(subject, state);
    return Ok();
  }
  row->outcome = Outcome::HELD;
  row->reasons.clear();
  in.fold.PutSignal(letter->signal, *row);
  SAM_ASSIGN(const Verdict verdict,
             RegateOne(in, subject, state, letter->signal, *row, ""));
  (void)verdict;
  in.fold.PutState(subject, state);
  return Ok();
}

}  // namespace sam::dispatch
