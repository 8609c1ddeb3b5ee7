#include "adapters/csv/envelope.h"

#include <utility>

#include "adapters/csv/options.h"
#include "adapters/csv/row_reader.h"
#include "adapters/kit/cut_line.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::csv {
namespace {

constexpr std::string_view kMark = "#csv 1 ";
std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

Status ReadWord(std::string_view key, std::string_view value, Envelope& out) {
  if (key == "line") {
    const std::optional<uint64_t> line = ReadNumber(value);
    if (!line) return Invalid("the first line's line= is no number");
    out.line = *line;
    return Ok();
  }
  if (key != "separator") return kit::UnknownCutWord();
  out.separator = SeparatorByName(value);
  return out.separator == 0 ? Status(Invalid("separator= is not semicolon, comma or tab")) : Ok();
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
  out += kit::EndOfCutLine(envelope.charset_guessed, envelope.baseline, envelope.file);
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
  SAM_ASSIGN(kit::CutWords words,
             kit::ReadCutLine(first.substr(kMark.size()), [&out](auto key, auto value) {
               return ReadWord(key, value, out);
             }));
  out.charset_guessed = words.charset_guessed;
  out.baseline = words.baseline;
  out.file = std::move(words.file);
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
