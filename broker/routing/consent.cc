#include "broker/routing/consent.h"

#include <algorithm>
#include <optional>
#include <set>

#include "broker/routing/dates.h"

namespace sam::routing {
namespace {

using schema::YesNo;
using SingleGiver = schema::ConsentChanged::SingleGiver;

bool Contains(const std::vector<std::string>& scope, const std::string& one) {
  return std::find(scope.begin(), scope.end(), one) != scope.end();
}

std::string OfState(ConsentState state) {
  switch (state) {
    case ConsentState::GIVEN: return "";
    case ConsentState::WITHDRAWN: return "gate.consent.withdrawn";
    case ConsentState::EXPIRED: return "gate.consent.expired";
    default: return "gate.consent.missing";
  }
}

bool RanOut(const std::string& expires, Millis now) {
  if (expires.empty()) return false;
  // A date that cannot be read is no date that lies ahead.
  const std::optional<Millis> end = EndOfDay(expires);
  return !end || now >= *end;
}

// Those whose yes counts today for this scope; `why`: what the others say.
std::vector<const ConsentGiver*> Counted(const Consent& consent, const std::string& scope,
                                         Millis now, std::string& why) {
  std::vector<const ConsentGiver*> out;
  for (const ConsentGiver& giver : consent.givers) {
    const bool all = giver.tag == 0;  // what came after it counts by itself
    if (giver.state != ConsentState::GIVEN) {
      if (!all || consent.givers.size() == 1) {
        why = OfState(giver.state);
        return {};
      }
    } else if (Contains(giver.scope, scope)) {
      if (!RanOut(giver.expires, now)) out.push_back(&giver);
      else why = "gate.consent.expired";
    }
  }
  return out;
}

bool SaysEnough(const ConsentGiver& giver, Age age) {
  if (giver.single == SingleGiver::UNSET) return false;
  return giver.single != SingleGiver::OWN_DATA || age != Age::kChild;
}

// What was said last of whether all have consented.
YesNo AllOfThem(const std::vector<const ConsentGiver*>& counted) {
  YesNo out = YesNo::UNKNOWN;
  Millis at(INT64_MIN);
  for (const ConsentGiver* giver : counted) {
    if (giver->all_guardians == YesNo::UNKNOWN || giver->at < at) continue;
    // Of two as new the one that gives less.
    if (giver->at == at && out == YesNo::NO) continue;
    out = giver->all_guardians;
    at = giver->at;
  }
  return out;
}

std::string OfGuardians(const std::vector<const ConsentGiver*>& counted, Age age) {
  const auto enough = [age](const ConsentGiver* giver) { return SaysEnough(*giver, age); };
  if (std::any_of(counted.begin(), counted.end(), enough)) return "";
  if (AllOfThem(counted) == YesNo::YES) return "";
  std::set<uint16_t> named;
  size_t must = 0;
  for (const ConsentGiver* giver : counted) {
    if (giver->tag != 0 && !giver->own) named.insert(giver->tag);
    must = std::max<size_t>(must, giver->must_give);
  }
  if (named.size() >= std::max<size_t>(must, 2)) return "";
  if (must == 1 && named.size() == 1) return "gate.consent.single";
  if (must == 0) return "gate.consent.guardians-unknown";
  return must == 2 && named.size() == 1 ? "gate.consent.one-of-two" : "gate.consent.guardians";
}

}  // namespace

bool Covers(const Consent& consent, const std::string& scope) {
  if (consent.givers.empty()) return Contains(consent.scope, scope);
  return std::any_of(consent.givers.begin(), consent.givers.end(),
                     [&](const ConsentGiver& giver) { return Contains(giver.scope, scope); });
}

bool CoversMore(const Consent& consent) {
  return consent.scope.size() > 1 ||
         std::any_of(consent.givers.begin(), consent.givers.end(),
                     [](const ConsentGiver& giver) { return giver.scope.size() > 1; });
}

std::string WhyNot(const Consent& consent, const std::string& scope, Age age, Millis now) {
  if (consent.givers.empty()) {
    std::string state = OfState(consent.state);
    if (!state.empty()) return state;
    if (RanOut(consent.expires, now)) return "gate.consent.expired";
    return consent.all_guardians == YesNo::NO ? "gate.consent.guardians" : "";
  }
  std::string why;
  const std::vector<const ConsentGiver*> counted = Counted(consent, scope, now, why);
  if (counted.empty()) return why.empty() ? "gate.consent.missing" : why;
  if (age == Age::kAdult) {
    const bool own = std::any_of(counted.begin(), counted.end(), [](const ConsentGiver* giver) {
      return giver->own || giver->tag == 0 || giver->single == SingleGiver::OWN_DATA;
    });
    return own ? "" : "gate.consent.not-own";
  }
  const std::string guardians = OfGuardians(counted, age);
  return guardians.empty() || why.empty() ? guardians : why;
}

}  // namespace sam::routing
