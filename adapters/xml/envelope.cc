#include "adapters/xml/envelope.h"

#include <optional>
#include <utility>

#include "adapters/kit/cut_line.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

constexpr std::string_view kMark = "#xml 1 ";

bool ReadPlace(std::string_view text, uint64_t& out) {
  const std::optional<uint64_t> number = ReadNumber(text);
  out = number.value_or(0);
  return number.has_value();
}

bool ReadWord(std::string_view key, std::string_view value, Envelope& out) {
  if (key == "record") return ReadPlace(value, out.record);
  if (key == "line") return ReadPlace(value, out.line);
  if (key != "cut" || (value != "too-large" && value != "too-deep")) return false;
  out.cut = std::string(value);
  return true;
}

}  // namespace

std::string WriteEnvelope(const Envelope& envelope) {
  std::string out(kMark);
  out.append("record=").append(std::to_string(envelope.record));
  out.append(" line=").append(std::to_string(envelope.line));
  const std::string cut = envelope.cut.empty() ? "" : " cut=" + envelope.cut;
  out += kit::EndOfCutLine(envelope.charset_guessed, envelope.baseline, envelope.file, cut);
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
  SAM_ASSIGN(kit::CutWords words, kit::ReadCutLine(first, [&out](auto key, auto value) -> Status {
               return ReadWord(key, value, out) ? Ok() : Status(kit::UnknownCutWord());
             }));
  out.charset_guessed = words.charset_guessed;
  out.baseline = words.baseline;
  out.file = std::move(words.file);
  out.document = std::string(bytes.substr(end + 1));
  return out;
}

}  // namespace sam::xml
