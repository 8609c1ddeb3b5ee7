// CutLine: the first line of a message that was cut out of a file, which says where it stood:
//   #csv 1 line=7 separator=semicolon baseline file=ftv_20260302.csv
// Words of the format, key=value or alone, then the file's name up to the end of the line. Any
// thread, pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::kit {

// " baseline file=NAME": what ends the line in every format. `last`: words of the format that stand
// before the name, with their blank. Of a path the caller gives the last part; what would break the
// line is a question mark.
std::string EndOfCutLine(bool charset_guessed, bool baseline, std::string_view file,
                         std::string_view last = {});

struct CutWords {
  bool charset_guessed = false;
  bool baseline = false;
  std::string file;
};
// `line` without its mark and line end. Other words than those above go to `word`, which says
// whether it knows them. kInvalid: it does not, or no name ends the line; the text repeats nothing.
Result<CutWords> ReadCutLine(
    std::string_view line,
    const std::function<Status(std::string_view key, std::string_view value)>& word);

inline Error UnknownCutWord() { return Invalid("the first line has a word that is not known"); }

}  // namespace sam::kit
