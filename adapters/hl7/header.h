// Header: the MSH segment read so leniently that it never fails, for acknowledgements and for
// deciding about messages that cannot be parsed. Any thread; views into the bytes it was read from.
#pragma once

#include <array>
#include <string_view>

#include "adapters/hl7/delimiters.h"

namespace sam::hl7 {

struct Version {
  int major = 0;  // 0: empty or not a number; treated as current
  int minor = 0;
  bool AtLeast(int other_major, int other_minor) const {
    return major == 0 || major > other_major || (major == other_major && minor >= other_minor);
  }
};

struct Header {
  static constexpr size_t kFields = 26;  // MSH-25 is the last one of version 2.9

  bool found = false;                // a line beginning with MSH exists
  bool delimiters_readable = false;  // else delimiters are the usual ones
  Delimiters delimiters;
  std::string_view segment;                      // MSH without its terminator
  std::array<std::string_view, kFields> fields;  // [n] is MSH-n as raw bytes; [0] is "MSH"

  std::string_view Field(size_t n) const { return n < kFields ? fields[n] : std::string_view(); }
  // Component c of the first repetition of MSH-n, first subcomponent; raw bytes, trimmed.
  std::string_view Component(size_t n, size_t c) const;
  Version version() const;
};

// Finds the first MSH segment: at the start (after a BOM and white space) or at a later line.
Header ReadHeader(std::string_view raw);

// The bytes after a UTF-8 byte order mark and white space.
std::string_view SkipLeading(std::string_view raw);

// Never acknowledge an acknowledgement: MSH-9.1 is ACK (or MCF), or an MSA segment is present.
bool IsAcknowledgement(std::string_view raw);

}  // namespace sam::hl7
