#include "adapters/kit/cut_line.h"

#include "adapters/hl7/charset.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr std::string_view kCutName = "file=";

// A file name may hold any byte; here it must stay on its line.
std::string OneLine(std::string_view name) {
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return IsValidUtf8(out) ? out : hl7::ToUtf8(out, hl7::Charset::kWindows1252);
}

}  // namespace

std::string EndOfCutLine(bool charset_guessed, bool baseline, std::string_view file,
                         std::string_view last) {
  std::string out;
  if (charset_guessed) out.append(" charset-guessed");
  if (baseline) out.append(" baseline");
  return out.append(last).append(" ").append(kCutName).append(OneLine(file));
}

Result<CutWords> ReadCutLine(
    std::string_view line,
    const std::function<Status(std::string_view key, std::string_view value)>& word) {
  CutWords out;
  while (line.substr(0, kCutName.size()) != kCutName) {
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return Invalid("the first line does not end in file=");
    const std::string_view one = line.substr(0, blank);
    line.remove_prefix(blank + 1);
    const size_t equal = one.find('=');
    const std::string_view key = one.substr(0, equal);
    if (key == "charset-guessed")
      out.charset_guessed = true;
    else if (key == "baseline")
      out.baseline = true;
    else
      SAM_TRY(word(key, equal == std::string_view::npos ? std::string_view()
                                                        : one.substr(equal + 1)));
  }
  out.file = std::string(line.substr(kCutName.size()));
  return out;
}

}  // namespace sam::kit
