// Is everything there that the schema marks $required? Pure, any thread.
#pragma once

#include "broker/base/result.h"
#include "schemas/event.capnp.h"

namespace sam::contract {

// kInvalid names the first missing field's path ("header.source.systemId"), nothing else but it in
// quotes; field names only, never values. Empty means: no text or data, an empty list, an enum at
// its 0 value "unknown" (enums whose 0 value has a meaning are always given), a time that is 0 or
// below, another number below 0 (-1: not stated). Unset body: "body". A body newer than this schema is
// taken (nothing is known about it).
Status CheckRequired(schema::Event::Reader event);
// The path of the first missing field, "" when none: for Refused.field and mapping checks.
std::string MissingField(schema::Event::Reader event);

}  // namespace sam::contract
