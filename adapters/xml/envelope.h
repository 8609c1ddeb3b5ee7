// Envelope: one record as a message that stands alone: a line that says where the record stood, and
// its document (record_cutter.h). UTF-8. This is what is kept raw, put aside, shown to an operator,
// fixed in a text editor and sent again.
//   #xml 1 record=3 line=17 file=ftv_20260302.xml
// Any thread, plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::xml {

struct Envelope {
  uint64_t record = 0;  // its number in the file
  uint64_t line = 0;    // of the file
  bool charset_guessed = false;
  bool baseline = false;
  std::string cut;   // why only the beginning of the record is here; empty: all of it is
  std::string file;  // its name; the last path component
  std::string document;
};

std::string WriteEnvelope(const Envelope& envelope);
// kInvalid: not one of these. The text never repeats content.
Result<Envelope> ReadEnvelope(std::string_view bytes);

}  // namespace sam::xml
