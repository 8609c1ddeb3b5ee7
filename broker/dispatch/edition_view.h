// An event as the rules are given it, under the edition of the fold that a configuration was loaded with: what later
// editions look at besides is left out. For the fold, and for the tool that says what the gate knew. Pure; any thread.
#pragma once

#include "broker/dispatch/settings.h"
#include "broker/rules/event_view.h"

namespace sam::dispatch {

rules::EventView ViewUnder(const Settings& settings, schema::Event::Reader event, Offset offset);

}  // namespace sam::dispatch
