// Selector: a place in a message as text, "SCH-11.4", "PID-3[2].1", "PID-3[*].1", "OBX[2]-5",
// parsed once when a mapping is loaded. Value: what stands there. Any thread, plain values.
// A field alone is its first component; OBX-5 alone is all of it, as written.
// Grammar: SEG [ '[' n | * ']' ] '-' field [ '[' n | * ']' ] [ '.' component [ '.' subcomponent ] ]
#pragma once

#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::hl7 {

struct Selector {
  static constexpr unsigned kAll = 0;           // '*'
  static constexpr unsigned kMaxNumber = 9999;  // larger ones are typing errors

  std::string segment;        // three characters
  unsigned occurrence = 1;    // of the segment, from 1; kAll
  unsigned field = 1;         // HL7 number: MSH-1 is the separator itself
  unsigned repetition = 1;    // kAll
  unsigned component = 0;     // 0: not named
  unsigned subcomponent = 0;  // 0: not named

  // kInvalid with the column and what was expected.
  static Result<Selector> Parse(std::string_view text);
  std::string ToText() const;
  bool operator==(const Selector&) const = default;
};

// Empty means that the sender says nothing; "" (two quotes) that the value shall be deleted.
enum class Presence { kAbsent, kNull, kValue };

struct Value {
  Presence presence = Presence::kAbsent;
  std::string text;         // UTF-8, unescaped; empty unless kValue
  bool odd_escape = false;  // an unknown or unterminated escape was left in the text

  bool has_value() const { return presence == Presence::kValue; }
  bool operator==(const Value&) const = default;
};

}  // namespace sam::hl7
