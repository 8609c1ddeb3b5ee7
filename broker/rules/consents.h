// Consents in a subject's state: one by its id, and in it what each giver last said. Whether it holds is
// the gate's question (broker/routing/consent.h); here it is only remembered. Pure; the state is the
// caller's copy.
//
// - A giver's telling takes the place of that giver's earlier one; an older telling never does.
// - One that names no giver and ends the consent ends it for all; what was told before it counts no more.
// - One that names no giver and speaks for all who must consent takes the place of all before it.
// Limits: kGiversMax givers of one consent (a further yes is not taken and a further no ends it for
// all), kConsentsMax consents of one subject. Beyond, one that has run out goes first, then the oldest
// that was taken back, then the oldest: what rested on that one is taken back, and its sender told.
#pragma once

#include <string>

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

void ApplyConsent(SubjectState& state, const EventView& view, schema::ConsentChanged::Reader body,
                  Effects& effects);
// Somebody's own record of a consent: stands until the consent itself is told under the same id.
void StandIn(SubjectState& state, const EventView& view, const std::string& id,
             const std::string& scope, Effects& effects);
void ApplyOutcomeConsent(SubjectState& state, const EventView& view,
                         schema::BarnSakertOutcome::Reader body, Effects& effects);
// Takes back what the event `old` told of consents. False: nothing.
bool DropConsent(SubjectState& state, const EventId& old);
// The same consent told under two identities.
void MergeConsent(SubjectState& into, const Consent& consent);

}  // namespace sam::rules
