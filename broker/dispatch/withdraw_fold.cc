// What is taken back by its sender or by a rule.
#include "broker/base/text.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {
namespace {

using schema::Outcome;

}  // namespace

// Whether its receiver may have it: it stands to go, was acknowledged, or was offered until it was
// given up. What was refused before it went was disclosed to nobody, nor may a notice about it be.
Result<bool> Dispatcher::MayHaveGone(const Input& in, const SignalRow& row) const {
  if (HasStep(row, schema::LadderState::DELIVERED)) return true;
  for (const Placement& placement : row.placements) {
    if (placement.outcome == Outcome::DELIVER) return true;
    if (placement.sequence.value == 0) continue;
    SAM_ASSIGN(const auto letter,
               in.fold.MailboxRow(row.receiver, placement.lane, placement.sequence));
    if (letter && letter->withheld == schema::WithheldCode::DEAD_LETTERED) return true;
  }
  return false;
}

// What lies in the mailbox does not go any more: its number is filled. What was told after it is
// told when it may have left all the same: while a connection stands, or before the last one ended.
Result<bool> Dispatcher::FillNumbers(const Input& in, const SignalId& id, SignalRow& row,
                                     schema::WithheldCode code) {
  bool left = false;
  const std::vector<Placement> placements = row.placements;
  for (const Placement& place : placements) {
    if (place.outcome != Outcome::DELIVER || place.sequence.value == 0) continue;
    SAM_ASSIGN(const auto lane, in.fold.LaneOf(row.receiver, place.lane));
    if (lane.Acked(place.sequence)) {
      left = true;
      continue;
    }
    SAM_ASSIGN(const auto letter, in.fold.MailboxRow(row.receiver, place.lane, place.sequence));
    if (!letter || letter->withheld != schema::WithheldCode::NONE) continue;
    SAM_ASSIGN(const bool offered, WasOffered(in, row.receiver, place.lane, place.sequence));
    left = left || offered;
    SAM_TRY(Refuse(in, id, row,
                   {row.receiver, place.lane, place.sequence, letter->replayed, letter->late},
                   code, {}));
  }
  return left;
}

// True: somebody may have it.
Result<bool> Dispatcher::Stop(const Input& in, const SignalId& id, SignalRow& row) {
  if (settings_.fold < 1) {
    SAM_ASSIGN(const bool gone, MayHaveGone(in, row));
    in.fold.PutSignal(id, row);
    if (gone) SAM_TRY(StopParts(in, id, row));
    return gone;
  }
  SAM_ASSIGN(const bool left, FillNumbers(in, id, row));
  in.fold.PutSignal(id, row);
  SAM_TRY(StopParts(in, id, row));
  // What it had come to before: acknowledged, or given up after it was offered.
  SAM_ASSIGN(const bool gone, MayHaveGone(in, row));
  return left || gone;
}

// A function that has ended: who has its part at the same authority, of the same unit or municipality first. Empty:
// nobody.
std::string Dispatcher::HolderNow(const std::string& receiver, Millis now) const {
  const routing::Directory& directory = settings_.directory;
  if (settings_.fold < 7 || directory.FunctionAt(receiver, now) != nullptr) return receiver;
  const routing::Function* const ended = directory.FunctionById(receiver);
  if (ended == nullptr) return "";
  const auto heirs = directory.ByAuthority(ended->role, ended->authority, now);
  for (const routing::Function* heir : heirs)
    if (heir->unit == ended->unit && heir->municipality == ended->municipality) return heir->id;
  for (const routing::Function* heir : heirs)
    if (heir->municipality == ended->municipality) return heir->id;
  return "";
}

Status Dispatcher::Withdraw(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                            SignalId id, const std::string& reason, rules::EvidenceRef by,
                            std::optional<SignalId> replaced_by) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row || row->withdrawn || !row->about.empty()) return Ok();
  if (replaced_by && *replaced_by == id) return Ok();
  row->withdrawn = true;
  SAM_ASSIGN(const bool sent, Stop(in, id, *row));
  if (row->outcome == Outcome::HELD) row->outcome = Outcome::SUPERSEDED;
  SAM_TRY(SettleClocks(in, id, *row));
  std::erase(state.held, id);
  in.fold.PutSignal(id, *row);
  if (!sent) return Ok();  // nobody got it
  routing::Candidate notice;
  notice.code = "WITHDRAWN";
  notice.rule_id = "withdrawn";
  notice.rule_version = ToHex(id.view());
  notice.sender_function = row->sender;
  const std::string holder = HolderNow(row->receiver, in.now);
  notice.wanted.function = holder;
  notice.about_sender = row->sender;
  notice.about_receiver = holder;
  notice.about_code = row->code;
  if (settings_.fold >= 7) {
    SAM_ASSIGN(const routing::Candidate about, CandidateOf(in, state, *row));
    notice.about_secret = routing::TellsSecret(about, true);
  }
  if (by.event.empty()) by = row->evidence.empty() ? by : row->evidence.front();
  std::vector<rules::EvidenceRef> refs = {by};
  // The receiver must see whom it is about: a withdrawal told by its id alone names nobody.
  for (const rules::EvidenceRef& ref : row->evidence)
    if (ref.event != by.event && refs.size() < routing::kMaxEvidence) refs.push_back(ref);
  SAM_TRY(FillEvidence(in, refs, notice));
  notice.subject = SubjectFactsOf(state, OwnerOfRule(row->rule));
  notice.controller = {row->controller_org, row->controller_board};
  notice.body = routing::WithdrawnDraft{id, reason, replaced_by};
  notice.acute = row->acute;  // the same lane, so that it cannot overtake
  notice.test = row->test;
  notice.occurred_at = in.now;
  notice.decided_at = in.now;
  // Nobody is left there to be told: who sent it knows whom to phone.
  if (holder.empty())
    return CallSender(in, subject, state, notice,
                      {id, row->unit, row->receiver, {"gate.receiver.unknown"}, "hold.withdrawn"});
  SAM_ASSIGN(const Verdict verdict, Decide(in, subject, state, notice, {row->unit, id, false}));
  (void)verdict;
  return Ok();
}

}  // namespace sam::dispatch
