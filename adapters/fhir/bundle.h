// Bundle: a transaction, batch or message taken apart into entries, each with a message of its own
// that carries the resources it refers to. Any thread, pure.
#pragma once

#include "adapters/fhir/exchange.h"
#include "adapters/fhir/json.h"

namespace sam::fhir {

// Changes `bundle`: answers of forms are dropped. A Plan that is answered at once when the Bundle as
// a whole is refused: also when its messages would hold more than kMaxCopies of what they share.
// `mapped`: as IsRead. A resource of any other type of R4 is received without being kept, so that it
// takes nothing down with it; a name that R4 has no type for is a mistake.
Plan ReadBundle(Json& bundle, const std::vector<std::string>& mapped);

// One resource as a message of its own.
std::string MessageOf(const Json& resource);

// An entry with which nothing is wrong but its company.
RefusedBody RefusedTogether(const Entry& entry, int status);

// Id, version and checks of one resource; `refused` is set when it breaks a rule.
Entry EntryOf(const Json& resource, bool put);

}  // namespace sam::fhir
