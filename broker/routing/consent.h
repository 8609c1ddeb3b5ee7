// Does a consent hold, now, for this kind of signal? Pure: the same input gives the same answer. Any
// thread. Only when every guardian who must consent has: two guardians both, unless a reason why one is
// enough was stated. What is not known is a no.
//
// - A telling that speaks for all who must consent is enough by itself; so is one with a stated reason.
// - Else as many named givers as must: what a telling says, and two where one says "not all of them".
// - Any giver's withdrawal ends it. A giver whose time has run out counts no more.
// - Of an adult's own data: their own word, or one that names nobody; a guardian's never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "schemas/shared_events.capnp.h"

namespace sam::routing {

using ConsentState = schema::ConsentChanged::State;

// What one giver last said. Tags tell the givers of one consent apart; 0: the telling names nobody.
struct ConsentGiver {
  uint16_t tag = 0;
  bool own = false;  // the person that the data is about
  ConsentState state = ConsentState::UNKNOWN;
  std::vector<std::string> scope;
  std::string expires;
  schema::YesNo all_guardians = schema::YesNo::UNKNOWN;
  uint8_t must_give = 0;  // 0: not stated
  schema::ConsentChanged::SingleGiver single = schema::ConsentChanged::SingleGiver::UNSET;
  Millis at;
};

struct Consent {
  std::string id;
  std::vector<std::string> scope;  // "SIG-B1", "SIG-B1:areas"
  ConsentState state = ConsentState::UNKNOWN;
  std::string expires;             // YYYY-MM-DD, last day; empty: open
  schema::YesNo all_guardians = schema::YesNo::UNKNOWN;
  std::vector<ConsentGiver> givers = {};  // empty: as told before givers were told apart
};

enum class Age { kUnknown, kChild, kAdult };

bool Covers(const Consent& consent, const std::string& scope);
// For something else too: then it is no consent of its own to one thing.
bool CoversMore(const Consent& consent);
// Empty: it holds. Else the text id of the reason. For a consent that covers the scope.
std::string WhyNot(const Consent& consent, const std::string& scope, Age age, Millis now);

}  // namespace sam::routing
