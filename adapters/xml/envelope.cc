#include "adapters/xml/envelope.h"

#include <optional>

#include "adapters/hl7/charset.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

constexpr std::string_view kMark = "#xml 1 ";
constexpr std::string_view kFile = "file=";

// A file name may hold any byte; here it must stay on its line.
std::string OneLine(std::string_view name) {
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return IsValidUtf8(out) ? out : hl7::ToUtf8(out, hl7::Charset::kWindows1252);
}

bool ReadPlace(std::string_view text, uint64_t& out) {
  const std::optional<uint64_t> number = ReadNumber(text);
  out = number.value_or(0);
  return number.has_value();
}

bool ReadWord(std::string_view word, Envelope& out) {
  const size_t equal = word.find('=');
  const std::string_view key = word.substr(0, equal);
  const std::string_view value =
      equal == std::string_view::npos ? std::string_view() : word.substr(equal + 1);
  if (key == "record") return ReadPlace(value, out.record);
  if (key == "line") return ReadPlace(value, out.line);
  if (key == "charset-guessed") return out.charset_guessed = true;
  if (key == "baseline") return out.baseline = true;
  if (key != "cut" || (value != "too-large" && value != "too-deep")) return false;
  out.cut = std::string(value);
  return true;
}

}  // namespace

std::string WriteEnvelope(const Envelope& envelope) {
  std::string out(kMark);
  out.append("record=").append(std::to_string(envelope.record));
  out.append(" line=").append(std::to_string(envelope.line));
  if (envelope.charset_guessed) out.append(" charset-guessed");
  if (envelope.baseline) out.append(" baseline");
  if (!envelope.cut.empty()) out.append(" cut=").append(envelope.cut);
  out.append(" ").append(kFile).append(OneLine(envelope.file));
  return out.append("\n").append(envelope.document);
}

Result<Envelope> ReadEnvelope(std::string_view bytes) {
  if (!IsValidUtf8(bytes)) return Invalid("the record is not UTF-8");
  const size_t end = bytes.find('\n');
  std::string_view first = bytes.substr(0, end);
  if (!first.empty() && first.back() == '\r') first.remove_suffix(1);
  if (first.substr(0, kMark.size()) != kMark || end == std::string_view::npos)
    return Invalid("expected a first line '#xml 1 record=N line=N file=NAME'");
  first.remove_prefix(kMark.size());
  Envelope out;
  while (first.substr(0, kFile.size()) != kFile) {
    const size_t blank = first.find(' ');
    if (blank == std::string_view::npos) return Invalid("the first line does not end in file=");
    if (!ReadWord(first.substr(0, blank), out))
      return Invalid("the first line has a word that is not known");
    first.remove_prefix(blank + 1);
  }
  out.file = std::string(first.substr(kFile.size()));
  out.document = std::string(bytes.substr(end + 1));
  return out;
}

}  // namespace sam::xml
