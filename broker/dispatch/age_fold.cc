// Birthdays: what waits in a mailbox was decided by the age of that day, and no event tells that another one has
// come. One timer a child stands at its next birthday, and none after the eighteenth; it is set anew only while
// something of the child waits, so that none lies for years for nobody.
#include <algorithm>

#include "broker/dispatch/dispatcher.h"
#include "broker/routing/age.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {

// Its key is the child's random number and the day: what is placed the same year finds the same row.
void Dispatcher::ArmBirthday(const Input& in, const SubjectId& subject,
                             const rules::SubjectState& state) {
  if (settings_.fold < 8) return;
  const std::optional<Millis> next = routing::NextBirthday(state.birth_date, in.now);
  if (!next) return;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::BIRTHDAY;
  timer.rule = "birthday";
  timer.due = *next;
  in.fold.Put(spaces::kTimer, TimerKey(subject, {timer.rule, "", timer.due}), EncodeTimer(timer));
}

// The gate itself says whether the day changes anything. What it would let go to its receiver stays as it was
// decided: nobody is to see that a child has had a birthday.
Status Dispatcher::FoldBirthday(const Input& in, const SubjectId& filed) {
  SAM_ASSIGN(Fold::Found found, in.fold.FollowedState(filed));
  bool waits = false;
  bool changed = false;
  for (const SignalId& id : rules::SignalsOf(found.state)) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->withdrawn) continue;
    SAM_ASSIGN(const Standing standing, StandingOf(in, *row));
    if (!standing.waits) continue;
    waits = true;
    SAM_ASSIGN(const routing::Candidate candidate, CandidateOf(in, found.state, *row));
    const routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
    changed = changed || gate.outcome != routing::GateOutcome::kDeliver ||
              gate.receiver_function != row->receiver;
  }
  if (waits) ArmBirthday(in, found.subject, found.state);
  if (!changed) return Ok();
  ++found.state.protection_version;  // delivery asks again before it goes
  SAM_TRY(Regate(in, found.subject, found.state));
  in.fold.PutState(found.subject, found.state);
  return Ok();
}

}  // namespace sam::dispatch
