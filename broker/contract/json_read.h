// An event written as JSON, as EventJson prints it: field names of the schema, data as hex or UUID, times
// as ISO UTC, enums by name. For trying things out by hand; sources come through adapters.
// Pure, any thread. Limit: 1 MiB of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::contract {

// Event messages in flat form, in the order of the text: one object, a list of objects, or one object
// a line. What the header leaves out and the hub demands of every event is made up: ids, type, times.
// kInvalid: no JSON, an unknown field, a value of another type; with the place, never the value.
Result<std::vector<std::string>> EventsFromJson(std::string_view text);

}  // namespace sam::contract
