// Skeleton: a message for eyes that may not see its values: each place that says something, what
// kind of text stands there and how long it is. "PID-3.1  digits 12". Places are written as in a
// mapping. Works on bytes as they came, readable or not. Any thread, pure. Limit: kMaxPlaces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sam::hl7 {

inline constexpr size_t kMaxPlaces = 2000;

// One line for each place. A line that is no segment shows its length only.
std::string Skeleton(std::string_view bytes);

}  // namespace sam::hl7
