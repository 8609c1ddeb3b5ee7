#include "adapters/hl7/delimiters.h"

#include <cctype>
#include <string>

#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

bool IsPossible(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && std::isalnum(byte) == 0 && c != '"';
}

char Default(char usual, const Delimiters& d, std::string_view declared) {
  return usual == d.field || declared.find(usual) != std::string_view::npos ? '\0' : usual;
}

}  // namespace

Result<Delimiters> ReadDelimiters(char field_separator, std::string_view msh2) {
  const std::string_view declared = Trim(msh2);
  if (!IsPossible(field_separator)) {
    return Invalid("MSH-1: the byte after MSH cannot be a field separator");
  }
  if (declared.empty() || declared.size() > 5) {
    return Invalid("MSH-2: 1 to 5 encoding characters expected, found " +
                   std::to_string(declared.size()));
  }
  for (size_t i = 0; i < declared.size(); ++i) {
    if (!IsPossible(declared[i])) return Invalid("MSH-2: a character that cannot separate");
    if (declared.find(declared[i], i + 1) != std::string_view::npos) {
      return Invalid("MSH-2: the same character is declared for two separators");
    }
  }
  Delimiters d;
  d.field = field_separator;
  d.component = declared[0];
  d.repetition = declared.size() > 1 ? declared[1] : Default('~', d, declared);
  if (declared.size() == 3 && declared[2] == '&') {
    d.escape = 0;
    d.escape_declared = false;
    d.subcomponent = '&';
    return d;
  }
  d.escape_declared = declared.size() > 2;
  d.escape = d.escape_declared ? declared[2] : Default('\\', d, declared);
  d.subcomponent = declared.size() > 3 ? declared[3] : Default('&', d, declared);
  d.truncation = declared.size() > 4 ? declared[4] : '\0';
  return d;
}

std::string EncodingCharacters(const Delimiters& delimiters) {
  std::string out;
  for (char c : {delimiters.component, delimiters.repetition, delimiters.escape,
                 delimiters.subcomponent, delimiters.truncation}) {
    if (c != 0) out += c;
  }
  return out;
}

std::string_view Part(std::string_view text, char separator, size_t n) {
  if (separator == 0) return n == 1 ? text : std::string_view();
  for (size_t i = 1;; ++i) {
    const size_t end = text.find(separator);
    if (i == n) return text.substr(0, end);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
}

}  // namespace sam::hl7
