// Rule pattern "carry": an event that somebody has told for others is carried to them as a signal of the
// rule's code (SIG-B2, B3, B3-COST, B4, D1, D2). The rule adds nothing and weighs nothing; the one table
// of what carries to which code, and to whom, is in carry.cc. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/rules/effects.h"
#include "broker/rules/event_view.h"

namespace sam::rules {

inline constexpr size_t kTargetsMax = 16;  // parties of one call

std::vector<std::string> CarriedCodes();
// Some rule has made a signal of this order that was not taken back since: it may have gone, be held or be denied.
bool IsOrderCarried(const SubjectState& state, const RuleSet& rules, std::string_view number);
// Of the carried order: the newest signal first.
std::vector<SignalId> SignalsOfOrder(const SubjectState& state, const RuleSet& rules, std::string_view number);

bool IsCarried(std::string_view code);
// Some rule in force carries this code.
bool Carries(const RuleSet& rules, std::string_view code);
// "RULE/dental" -> "dental": for whom a carried signal is, in the words of carry.cc; empty: no target.
std::string_view TargetOf(std::string_view told_as);

void EvaluateCarry(SubjectState& state, const Rule& rule, const EventView& view,
                   const Context& context, Effects& effects);

}  // namespace sam::rules
