#include "adapters/hl7/escape.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

constexpr size_t kMaxRepeat = 100;  // \.sp9999\ is a mistake or an attack, not a layout

// The number after a format command: ".sp2" -> 2, ".sp" -> 1; nothing if it is no number.
std::optional<size_t> Repeat(std::string_view digits) {
  if (!digits.empty() && digits[0] == '+') digits.remove_prefix(1);
  if (digits.empty()) return 1;
  size_t value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(kMaxRepeat, value * 10 + static_cast<size_t>(c - '0'));
  }
  return value;
}

bool AppendFormat(std::string_view command, std::string& out) {
  const std::string_view name = command.substr(0, 3);
  const std::string_view rest = command.substr(name.size());
  if (command == ".br" || command == ".ce") {
    out += '\n';
    return true;
  }
  if (command == ".fi" || command == ".nf") return true;
  if (name == ".in" || name == ".ti") {
    const bool number = std::all_of(rest.begin(), rest.end(), [](char c) {
      return c == '+' || c == '-' || (c >= '0' && c <= '9');
    });
    return number;
  }
  const auto count = Repeat(rest);
  if (!count) return false;
  if (name == ".sp") {
    out.append(*count, '\n');
    return true;
  }
  if (name == ".sk") {
    out.append(*count, ' ');
    return true;
  }
  return false;
}

bool AppendHex(std::string_view digits, std::string& out) {
  if (digits.empty()) return false;
  const auto bytes = FromHex(digits);
  if (!bytes) return false;
  for (char c : *bytes) {
    if (c != '\0') out += c;
  }
  return true;
}

// The meaning of what stands between two escape characters; false: not known.
bool AppendSequence(std::string_view body, const Delimiters& d, bool with_hex, std::string& out) {
  if (body.empty()) return false;
  if (body.size() == 1) {
    char c = 0;
    switch (body[0]) {
      case 'F': c = d.field; break;
      case 'S': c = d.component; break;
      case 'T': c = d.subcomponent; break;
      case 'R': c = d.repetition; break;
      case 'E': c = d.escape; break;
      case 'P': c = d.truncation; break;
      case 'H':
      case 'N': return true;
      default: return false;
    }
    if (c == 0) return false;
    out += c;
    return true;
  }
  if (body[0] == '.') return AppendFormat(body, out);
  return body[0] == 'X' && with_hex && AppendHex(body.substr(1), out);
}

std::string ToBytes(std::string_view raw, const Delimiters& d, bool with_hex, EscapeNotes& notes) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const size_t begin = raw.find(d.escape);
    out += raw.substr(0, begin);
    if (begin == std::string_view::npos) break;
    raw.remove_prefix(begin + 1);
    const size_t end = raw.find(d.escape);
    if (end == std::string_view::npos) {
      ++notes.unterminated;
      out += d.escape;
      out += raw;
      break;
    }
    if (AppendSequence(raw.substr(0, end), d, with_hex, out)) {
      raw.remove_prefix(end + 1);
    } else {
      // Only the first escape character is taken as text: the second may begin a real sequence.
      ++notes.unknown;
      out += d.escape;
    }
  }
  return out;
}

}  // namespace

std::string Unescape(std::string_view raw, const Delimiters& delimiters, Charset charset,
                     EscapeNotes* notes) {
  EscapeNotes own;
  EscapeNotes& n = notes != nullptr ? *notes : own;
  n = EscapeNotes();
  if (!delimiters.escape_declared || delimiters.escape == 0 ||
      raw.find(delimiters.escape) == std::string_view::npos) {
    return ToUtf8(raw, charset);
  }
  std::string bytes = ToBytes(raw, delimiters, true, n);
  if (charset == Charset::kAscii || charset == Charset::kUtf8) {
    // Hex that breaks the character set is not text: it stays visible as it was sent.
    if (!IsValidUtf8(bytes) && IsValidUtf8(raw)) {
      n = EscapeNotes();
      bytes = ToBytes(raw, delimiters, false, n);
    }
  }
  return ToUtf8(bytes, charset);
}

std::string Escape(std::string_view utf8, const Delimiters& d, Charset charset, size_t* replaced) {
  const std::string bytes = FromUtf8(utf8, charset, replaced);
  const bool can_escape = d.escape_declared && d.escape != 0;
  std::string out;
  out.reserve(bytes.size() + 8);
  for (char c : bytes) {
    char letter = 0;
    if (c == d.field) letter = 'F';
    if (c == d.component) letter = 'S';
    if (c == d.subcomponent) letter = 'T';
    if (c == d.repetition) letter = 'R';
    if (c == d.escape) letter = 'E';
    if (c == d.truncation) letter = 'P';
    const bool control = static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
    if (control) {
      if (!can_escape) {
        out += ' ';
        continue;
      }
      out += d.escape;
      out += 'X';
      out += UpperAscii(ToHex(std::string_view(&c, 1)));
      out += d.escape;
    } else if (letter == 0) {
      out += c;
    } else if (can_escape) {
      out += d.escape;
      out += letter;
      out += d.escape;
    } else {
      out += ' ';
    }
  }
  return out;
}

}  // namespace sam::hl7
