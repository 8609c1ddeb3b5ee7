// Delimiters: the separators a message declares for itself in MSH-1 and MSH-2. Any thread.
// They are never taken from configuration: each message carries its own.
#pragma once

#include <string_view>

#include "broker/base/result.h"

namespace sam::hl7 {

struct Delimiters {
  char field = '|';
  char component = '^';
  char repetition = '~';
  char escape = '\\';
  char subcomponent = '&';
  char truncation = 0;          // '#' from version 2.7; 0: not declared
  bool escape_declared = true;  // false: MSH-2 was too short, so nothing is unescaped

  auto operator<=>(const Delimiters&) const = default;
};

// MSH-1 and all bytes of MSH-2. Takes 1 to 5 characters; those left out get their usual value,
// or 0 (never matches) if that one is already taken. "^~&" is read as a forgotten escape.
// kInvalid: no, too many, equal, or impossible characters (table 0357 code 100).
Result<Delimiters> ReadDelimiters(char field_separator, std::string_view msh2);

// MSH-2 as it is written for these delimiters.
std::string EncodingCharacters(const Delimiters& delimiters);

// The nth part (from 1) of text cut at the separator; empty if there is none. Separator 0: text
// is one part.
std::string_view Part(std::string_view text, char separator, size_t n);

}  // namespace sam::hl7
