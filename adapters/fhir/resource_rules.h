// What FHIR R4 says about the resources taken here: their statuses and what must stand in them.
// One table for the checks, the mapping loader and the CapabilityStatement, so that they agree.
// Any thread, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/fhir/json.h"

namespace sam::fhir {

struct ResourceRule {
  std::string type;
  std::vector<std::string> statuses;
  // Elements that must be there; "a|b": one of them.
  std::vector<std::string> required;
};

const ResourceRule* FindResourceRule(std::string_view type);  // null: not a type taken here
const std::vector<std::string>& ResourceTypes();

bool IsR4Type(std::string_view type);  // a name that R4 has for a type of resources

// A type that is read here: with rules above, and in the mapping too. `mapped`: what the mapping reads;
// empty: all.
bool IsRead(const std::string& type, const std::vector<std::string>& mapped);

// Types that may come along in a Bundle because others refer to them; by themselves they tell
// nothing.
bool IsSupporting(std::string_view type);

// One thing that is wrong with a message: FHIR's issue code, the place, and words for the sender.
// Never a value.
struct Issue {
  std::string code;        // "invalid", "required", "code-invalid", "structure", ...
  std::string expression;  // "Appointment.status"
  std::string text;
};

// What the resource breaks of its type's rules and of those common to all; empty: nothing.
std::vector<Issue> CheckResource(const Json& resource);

bool IsFhirId(std::string_view text);  // [A-Za-z0-9-.]{1,64}

}  // namespace sam::fhir
