// The rule engine: one event or one fired timer against one child's state. Pure functions: the same
// state, input, rules and time give the same effects for ever, so the log can be rebuilt. Any thread.
#pragma once

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

// The event becomes part of the state and all rules look at it. Corrections first take back what the
// event replaces and withdraw what rested on it; a baseline event never prompts.
Effects OnEvent(SubjectState& state, const EventView& view, const Context& context);

// A timer of this subject has fallen due.
// `view` corrects an event that had been told of this child and is about another one: nothing of it
// stays here.
Effects OnTakenElsewhere(SubjectState& state, EventView view, const Context& context);
Effects OnTimer(SubjectState& state, const TimerSpec& timer, const Context& context);

// A later configuration brought other rules or programmes: sets and cancels timers, nothing else. What
// a changed rule would have said before it was loaded is history (Rule::since).
Effects OnRulesChanged(SubjectState& state, const Context& context);

// The state of `from` was merged into `into`: timers and patterns are looked at anew.
Effects OnMerged(SubjectState& into, EvidenceRef by, const Context& context);

// A step of the receipt ladder that a report of this child's has taken, however it was told.
struct Answered {
  EventId report;  // the signed report's event
  schema::LadderState step = schema::LadderState::UNKNOWN;
  Millis at;
  EvidenceRef by;  // of the telling
  bool test = false;
};
Effects OnAnswered(SubjectState& state, const Answered& answered, const Context& context);

// Another authority has told what answers an order of this one's (a booking for it, what came of it), or that a
// booking for the order with this number is cancelled: the order's own person is judged anew.
Effects OnOrderAnswered(SubjectState& state, const EventView& view, std::string_view order, const Context& context);

// An order of this child's that was held has gone to somebody, who can be asked about it now.
Effects OnOrderReleased(SubjectState& state, bool test, const Context& context);

// Nobody is asked by this hit: it answers nothing, and is judged again when something changes.
void DropUnasked(SubjectState& state, const Hit& hit);
// The signal that the dispatcher made of a hit; the id of a withdrawn one when it comes to that.
void AttachSignal(SubjectState& state, const Hit& hit, const SignalId& signal);
// What takes `known` back takes `added` back, too: it follows from it, or stands in its place.
void AttachBeside(SubjectState& state, const SignalId& known, const SignalId& added);
// All of the child's, as far as its episodes are remembered.
std::vector<SignalId> SignalsOf(const SubjectState& state);

}  // namespace sam::rules
