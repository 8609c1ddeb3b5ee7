#include "adapters/csv/envelope.h"

#include <utility>

#include "adapters/csv/options.h"
#include "adapters/csv/row_reader.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::csv {
namespace {

constexpr std::string_view kMark = "#csv 1 ";
constexpr std::string_view kFile = "file=";

// A file name may hold any byte; here it must stay on its line.
std::string OneLine(std::string_view name) {
  std::string out;
  for (const char c : name) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return IsValidUtf8(out) ? out : hl7::ToUtf8(out, hl7::Charset::kWindows1252);
}

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

Status ReadPlace(std::string_view text, Envelope& out) {
  while (!text.empty()) {
    if (text.substr(0, kFile.size()) == kFile) {
      out.file = std::string(text.substr(kFile.size()));
      return Ok();
    }
    const size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    const size_t equal = word.find('=');
    const std::string_view key = word.substr(0, equal);
    const std::string_view value =
        equal == std::string_view::npos ? std::string_view() : word.substr(equal + 1);
    if (key == "line") {
      const std::optional<uint64_t> line = ReadNumber(value);
      if (!line) return Invalid("the first line's line= is no number");
      out.line = *line;
    } else if (key == "separator") {
      out.separator = SeparatorByName(value);
      if (out.separator == 0) return Invalid("separator= is not semicolon, comma or tab");
    } else if (key == "charset-guessed") {
      out.charset_guessed = true;
    } else if (key == "baseline") {
      out.baseline = true;
    } else {
      return Invalid("the first line has a word that is not known");
    }
  }
  return Invalid("the first line does not end in file=");
}

// Bytes of the known header with its line end, if the text begins with them; else 0. What was read
// as one row once is one row again, whatever follows it.
size_t EndOfKnown(std::string_view rest, char separator, const KnownHeader& known) {
  const size_t size = known.text.size();
  const bool same = size > 0 && known.separator == separator && rest.size() > size &&
                    rest[size] == '\n' && rest.substr(0, size) == known.text;
  return same ? size + 1 : 0;
}

}  // namespace

std::string WriteEnvelope(const Envelope& envelope) {
  std::string out(kMark);
  out.append("line=").append(std::to_string(envelope.line));
  out.append(" separator=").append(SeparatorName(envelope.separator));
  if (envelope.charset_guessed) out.append(" charset-guessed");
  if (envelope.baseline) out.append(" baseline");
  out.append(" ").append(kFile).append(OneLine(envelope.file));
  out.append("\n").append(envelope.header).append("\n").append(envelope.row).append("\n");
  return out;
}

Result<Envelope> ReadEnvelope(std::string_view bytes, const KnownHeader& known) {
  if (!IsValidUtf8(bytes)) return Invalid("the row is not UTF-8");
  std::string_view rest = bytes;
  const std::string_view first = TakeLine(rest);
  if (first.substr(0, kMark.size()) != kMark)
    return Invalid("expected a first line '#csv 1 line=N separator=semicolon file=NAME'");
  Envelope out;
  SAM_TRY(ReadPlace(first.substr(kMark.size()), out));
  size_t header_end = EndOfKnown(rest, out.separator, known);
  if (header_end != 0) {
    out.header = known.text;
  } else {
    // The header may have quoted line ends, so the rules of rows find where it stops.
    RowOptions options;
    options.separator = out.separator;
    options.max_row_bytes = rest.size() + 1;
    options.max_row_lines = rest.size() + 1;
    RowReader reader(options);
    reader.Feed(rest);
    reader.Finish();
    std::optional<Row> header = reader.Next();
    if (!header || header->kind != Row::Kind::kRow) return Invalid("the header cannot be read");
    out.header = std::move(header->raw);
    header_end = static_cast<size_t>(header->end);
  }
  out.row = std::string(rest.substr(header_end));
  if (!out.row.empty() && out.row.back() == '\n') out.row.pop_back();
  if (!out.row.empty() && out.row.back() == '\r') out.row.pop_back();
  return out;
}

}  // namespace sam::csv
