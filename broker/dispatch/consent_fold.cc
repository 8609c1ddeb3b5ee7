// What rests on a consent falls with it: what waits is not delivered and its sender is told why; what a
// receiver may have is withdrawn there, also at one that is offline. A consent that has run out takes
// nothing back of what was received while it held. Statutory reports rest on no consent.
#include <algorithm>
#include <set>

#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {
namespace {

using schema::Outcome;
using schema::WithheldCode;

bool OfConsent(const std::string& reason) { return reason.starts_with("gate.consent."); }

}  // namespace

Result<Dispatcher::Standing> Dispatcher::StandingOf(const Input& in, const SignalRow& row) const {
  Standing out;
  out.gone = HasStep(row, schema::LadderState::DELIVERED);
  for (const Placement& place : row.placements) {
    if (place.sequence.value == 0) continue;
    SAM_ASSIGN(const auto letter, in.fold.MailboxRow(row.receiver, place.lane, place.sequence));
    if (letter && letter->withheld == WithheldCode::DEAD_LETTERED) out.gone = true;
    if (!letter || letter->withheld != WithheldCode::NONE) continue;
    SAM_ASSIGN(const auto lane, in.fold.LaneOf(row.receiver, place.lane));
    if (lane.Acked(place.sequence)) {
      out.gone = true;
      continue;
    }
    out.waits = true;
    SAM_ASSIGN(const bool offered, WasOffered(in, row.receiver, place.lane, place.sequence));
    out.may = out.may || offered;
  }
  return out;
}

// The numbers that wait are filled; the decision says why.
Status Dispatcher::RefuseWaiting(const Input& in, const SignalId& id, SignalRow& row,
                                 const std::vector<std::string>& reasons) {
  const std::vector<Placement> placements = row.placements;
  for (const Placement& place : placements) {
    if (place.outcome != Outcome::DELIVER || place.sequence.value == 0) continue;
    SAM_ASSIGN(const auto lane, in.fold.LaneOf(row.receiver, place.lane));
    SAM_ASSIGN(const auto letter, in.fold.MailboxRow(row.receiver, place.lane, place.sequence));
    if (!letter || letter->withheld != WithheldCode::NONE || lane.Acked(place.sequence)) continue;
    SAM_TRY(Refuse(in, id, row,
                   {row.receiver, place.lane, place.sequence, letter->replayed, letter->late},
                   WithheldCode::REFUSED_AT_DELIVERY, reasons));
  }
  return Ok();
}

Status Dispatcher::FallOne(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                           const SignalId& id, std::vector<std::string> reasons, const Fall& fall) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  SAM_ASSIGN(const Standing standing, StandingOf(in, *row));
  if (!standing.waits && !standing.gone) return Ok();  // nothing of it is anywhere
  // Received while the consent held: only its repetition may wait.
  if (fall.ran_out && standing.gone) return RefuseWaiting(in, id, *row, reasons);
  if (standing.gone || standing.may) {
    reasons.emplace_back("gate.consent.taken-back");
    row->reasons = reasons;
    in.fold.PutSignal(id, *row);
    SAM_TRY(Withdraw(in, subject, state, id,
                     fall.ran_out ? "consent-expired" : "consent-withdrawn", fall.by,
                     std::nullopt));
    SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, state, *row));
    return CallSender(in, subject, state, candidate,
                      {id, row->unit, row->receiver, reasons, "hold.taken-back"});
  }
  SAM_TRY(RefuseWaiting(in, id, *row, reasons));
  row->outcome = Outcome::HELD;
  row->reasons.clear();
  in.fold.PutSignal(id, *row);
  SAM_ASSIGN(const Verdict verdict, RegateOne(in, subject, state, id, *row, ""));
  (void)verdict;
  return Ok();
}

Status Dispatcher::FallWithConsent(const Input& in, const SubjectId& subject,
                                   rules::SubjectState& state, rules::ConsentFall fall) {
  Fall how{fall == rules::ConsentFall::kRanOut, {}};
  // A correction that names another child must not tell of this one.
  SAM_ASSIGN(const SubjectId told_of, in.fold.Follow(in.header.subject));
  if (told_of == subject && !in.header.event.empty())
    how.by = {in.header.event, in.header.offset};
  std::vector<SignalId> raised;
  for (const rules::Episode& episode : state.episodes)
    for (const SignalId& id : episode.signals)
      if (std::find(raised.begin(), raised.end(), id) == raised.end()) raised.push_back(id);
  for (const SignalId& id : raised) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    const bool rests = row && !row->withdrawn && row->about.empty() && !row->placements.empty() &&
                       row->legal_class != schema::LegalClass::A &&
                       row->legal_class != schema::LegalClass::E;
    if (!rests || row->outcome == Outcome::HELD) continue;
    SAM_ASSIGN(routing::Candidate candidate, CandidateOf(in, state, *row));
    // As it went: to its own receiver, wherever the child lives now.
    candidate.wanted = {};
    candidate.wanted.function = row->receiver;
    const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
    std::vector<std::string> reasons;
    std::copy_if(gate.reasons.begin(), gate.reasons.end(), std::back_inserter(reasons), OfConsent);
    if (!reasons.empty()) SAM_TRY(FallOne(in, subject, state, id, std::move(reasons), how));
  }
  return Ok();
}

}  // namespace sam::dispatch
