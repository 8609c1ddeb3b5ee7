// RefusedBody: what a known client brought and was refused, as the quarantine keeps it: the answer
// stays a refusal and the sender still owns it, while a person can see what did not come in, mend it
// and send it on. One for each resource that a mapping reads, else one for the body as a whole.
// Pure, any thread. Answers of forms are in none: a body in which they cannot be told from the rest
// is kept as a note of its size.
#pragma once

#include <string>

#include "adapters/fhir/json.h"
#include "broker/edge/http.h"

namespace sam::fhir {

struct RefusedBody {
  std::string reason;   // "refused-required": FHIR's code of the first thing that is wrong
  std::string detail;   // its place and words, and the status; never a value
  std::string body;     // may be sent on when it is mended
  std::string telling;  // as TellingOf; empty: it names none
};

inline constexpr char kRefusedPrefix[] = "refused-";  // before each reason of theirs

// "Encounter/e9/3": the resource and its version (or time), when it names both.
std::string TellingOf(const Json& resource);

// The body as it came, without answers of forms. form: the URL names such a resource.
RefusedBody RefusedWhole(const edge::HttpResponse& answer, const std::string& body, bool form);

// One resource out of a Bundle; `message` as the pipeline would have read it.
RefusedBody RefusedPart(const std::string& code, const std::string& detail, int status,
                        const Json& resource, std::string message);

}  // namespace sam::fhir
