// Envelope: one CSV row as a message that stands alone: a line that says where the row stood and
// how it is to be read, the header, the row. UTF-8. This is what is kept raw, put aside, shown to
// an operator, fixed in a text editor and sent again. Any thread, plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::csv {

struct Envelope {
  char separator = ';';
  uint64_t line = 0;
  bool charset_guessed = false;
  bool baseline = false;
  std::string file;    // its name; the last path component
  std::string header;  // without line end
  std::string row;
};

// A header that was read before, with the separator it was read with. Rows of one file share it.
struct KnownHeader {
  char separator = 0;
  std::string text;  // Envelope::header
};

std::string WriteEnvelope(const Envelope& envelope);
// kInvalid: not one of these. The text never repeats content.
Result<Envelope> ReadEnvelope(std::string_view bytes, const KnownHeader& known = KnownHeader());

}  // namespace sam::csv
