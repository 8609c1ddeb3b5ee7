// Mends what JSON does not allow inside its values, so that one odd value does not take the whole
// answer with it: bytes that are no UTF-8, control characters, halves of a surrogate pair and other
// escapes that are none, numbers that no reader holds. The form (braces, commas, ends) is not
// touched: an answer that was cut stays none. Any thread, pure.
#pragma once

#include <string>
#include <string_view>

namespace sam::rest {

// A character of no language that stands nowhere in `body`, not as an escape either.
std::string UnusedMark(std::string_view body);

// The text with `mark` behind every place that was mended. What cannot be told is U+FFFD there; a
// control character is its escape, a number its digits as text.
std::string MendJson(std::string_view body, std::string_view mark);

}  // namespace sam::rest
