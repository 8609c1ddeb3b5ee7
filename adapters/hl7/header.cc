#include "adapters/hl7/header.h"

#include <cctype>
#include <string>

#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

// Where a line that begins with id stands, or npos. A name alone must end there.
size_t FindLine(std::string_view raw, std::string_view id) {
  size_t at = 0;
  while ((at = raw.find(id, at)) != std::string_view::npos) {
    const bool line_start = at == 0 || IsLineEnd(raw[at - 1]);
    const size_t after = at + id.size();
    const bool id_ends =
        id.size() > 3 || after >= raw.size() || std::isalnum(static_cast<unsigned char>(raw[after])) == 0;
    if (line_start && id_ends) return at;
    at = after;
  }
  return std::string_view::npos;
}

int Number(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > 99) return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

}  // namespace

std::string_view SkipLeading(std::string_view raw) {
  if (raw.substr(0, 3) == "\xef\xbb\xbf") raw.remove_prefix(3);
  size_t at = 0;
  while (at < raw.size() && (IsLineEnd(raw[at]) || raw[at] == ' ' || raw[at] == '\t')) ++at;
  return raw.substr(at);
}

std::string_view Header::Component(size_t n, size_t c) const {
  const std::string_view repetition = Part(Field(n), delimiters.repetition, 1);
  return Trim(Part(Part(repetition, delimiters.component, c), delimiters.subcomponent, 1));
}

Version Header::version() const {
  const std::string_view text = Component(12, 1);
  const int major = Number(Part(text, '.', 1));
  const int minor = Number(Part(text, '.', 2));
  if (major <= 0) return {};
  return {major, minor < 0 ? 0 : minor};
}

Header ReadHeader(std::string_view raw) {
  Header header;
  raw = SkipLeading(raw);
  const size_t at = FindLine(raw, "MSH");
  if (at == std::string_view::npos) return header;
  header.found = true;
  raw.remove_prefix(at);
  header.segment = raw.substr(0, raw.find('\r'));
  header.segment = header.segment.substr(0, header.segment.find('\n'));
  header.fields[0] = header.segment.substr(0, 3);
  if (header.segment.size() < 4) return header;
  const char separator = header.segment[3];
  header.fields[1] = header.segment.substr(3, 1);
  std::string_view rest = header.segment.substr(4);
  for (size_t n = 2; n < Header::kFields; ++n) {
    const size_t stop = rest.find(separator);
    header.fields[n] = rest.substr(0, stop);
    if (stop == std::string_view::npos) break;
    rest.remove_prefix(stop + 1);
  }
  auto delimiters = ReadDelimiters(separator, header.fields[2]);
  if (delimiters.ok()) {
    header.delimiters = *delimiters;
    header.delimiters_readable = true;
  }
  return header;
}

bool IsAcknowledgement(std::string_view raw) {
  const Header header = ReadHeader(raw);
  if (!header.found) return false;
  const std::string_view type = header.Component(9, 1);
  if (type == "ACK" || type == "MCF") return true;
  // With its separator: a line of text may begin with the same three letters, and a message that is
  // taken for an answer is not answered.
  if (header.segment.size() < 4) return false;
  return FindLine(raw, std::string("MSA") + header.segment[3]) != std::string_view::npos;
}

}  // namespace sam::hl7
