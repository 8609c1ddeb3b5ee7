// Whole numbers written in digits. Any thread, pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sam {

// At least one digit and nothing else: no sign, no blank.
inline bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Empty optional: no digits, something else among them, or larger than 64 bits hold.
inline std::optional<uint64_t> ReadNumber(std::string_view text) {
  uint64_t value = 0;
  if (!AllDigits(text) ||
      std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    return std::nullopt;
  return value;
}

// The value of at most nine characters that are known to be digits.
inline int DigitsValue(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace sam
