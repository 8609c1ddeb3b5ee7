// Field masks, read from the schema's own annotations: what is above the ceiling is cleared, at
// any depth. Pure; any thread (the builder belongs to the caller).
#pragma once

#include <string>
#include <vector>

#include <capnp/dynamic.h>

#include "schemas/annotations.capnp.h"

namespace sam::contract {

struct MaskPolicy {
  schema::Sensitivity ceiling = schema::Sensitivity::S0;
  bool keep_place = false;      // fields marked $place
  bool keep_free_text = false;  // fields marked $freeText
  // Paths ("subject.protection"; list elements have no index: "subject.ids.value").
  std::vector<std::string> also;  // stay although above the ceiling (never against place/freeText)
  std::vector<std::string> hide;  // are cleared although below it
};

// Clears and returns the paths of all fields that the policy takes away, sorted, without doubles.
// Whether a field held a value makes no difference, so the list tells nothing about it. Members of
// a union are looked at only when active. A field without $sens is cleared (a mistake in a schema
// must not leak). Throws kj::Exception only on a message that is not well-formed.
std::vector<std::string> Mask(capnp::DynamicStruct::Builder root, const MaskPolicy& policy);

}  // namespace sam::contract
