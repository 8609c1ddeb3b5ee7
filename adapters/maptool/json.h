// JSON out of the tools: one line each, whatever bytes a sample held. Any thread, pure.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace sam::maptool {

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 become U+FFFD: it is a view, never the message.
std::string Line(const Json& value);

}  // namespace sam::maptool
