// The difference of two texts by lines, in the unified form that people and patch read. Any thread, pure.
// Limits: where both differ in more than some thousand lines, the whole middle is told as replaced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sam::admin {

// Without the two heading lines; empty when they are equal.
std::vector<std::string> LineDiff(std::string_view before, std::string_view after);

}  // namespace sam::admin
