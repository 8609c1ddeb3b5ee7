// Escape sequences of HL7 v2 text. Any thread, pure.
// Text is cut at its delimiters before it is unescaped, and escaped again with the receiver's
// delimiters when it is sent. A value that nobody changed is sent as its raw bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/hl7/charset.h"
#include "adapters/hl7/delimiters.h"

namespace sam::hl7 {

struct EscapeNotes {
  size_t unknown = 0;       // sequences left as they are: local, charset switch, Windows paths
  size_t unterminated = 0;  // an escape character without its pair
};

// Raw bytes of one value to UTF-8 text for people. \F\ \S\ \T\ \R\ \E\ \P\ become this message's
// own separators; \Xhh..\ bytes of its character set (zero bytes are dropped); \.br\ and \.ce\ a
// line break, \.sp<n>\ n of them, \.sk<n>\ spaces; \H\ \N\ and indents vanish. Anything else stays
// as it came, and is counted. Does nothing if the message declared no escape character.
std::string Unescape(std::string_view raw, const Delimiters& delimiters, Charset charset,
                     EscapeNotes* notes = nullptr);

// UTF-8 text to bytes that can stand in a field: separators escaped, CR, LF and other control
// bytes as \Xhh\. Characters the set lacks become '?' and are counted. If the delimiters have no
// escape character, what would cut the message becomes a space.
std::string Escape(std::string_view utf8, const Delimiters& delimiters, Charset charset,
                   size_t* replaced = nullptr);

}  // namespace sam::hl7
