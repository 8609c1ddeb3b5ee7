// A command that came through an adapter's door, as words: a verb, then values and "field=value"
// pairs. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/base/result.h"

namespace sam::kit {

using Words = std::vector<std::string>;

// The word there; "" when there are not so many.
std::string WordAt(const Words& words, size_t at);

// "reason=x" is the value x of the field reason; empty optional: another word.
std::optional<std::string> ValueOf(const std::string& word, const std::string& field);

// The reason that stands there. kDenied when it is blank: what shows or changes what is kept is
// written down with a why.
Result<std::string> ReasonAt(const Words& words, size_t at);

}  // namespace sam::kit
