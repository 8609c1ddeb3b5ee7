#include "adapters/sql/names.h"

#include <algorithm>
#include <array>

namespace sam::sql {
namespace {

bool IsAsciiLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsName(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kSwedish = {"å", "ä", "ö", "Å", "Ä", "Ö"};
  if (name.empty() || name.size() > kMaxNameBytes || IsDigit(name[0])) return false;
  for (size_t i = 0; i < name.size();) {
    if (IsAsciiLetter(name[i]) || IsDigit(name[i])) {
      ++i;
      continue;
    }
    if (std::find(kSwedish.begin(), kSwedish.end(), name.substr(i, 2)) == kSwedish.end())
      return false;
    i += 2;
  }
  return true;
}

std::string Quoted(std::string_view name) {
  std::string out = "\"";
  return out.append(name).append("\"");
}

Result<TableName> ReadTableName(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot != std::string_view::npos && IsName(text.substr(0, dot)) && IsName(text.substr(dot + 1)))
    return TableName{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
  return Invalid("schema.table, each of letters, digits and _, not longer than 63 bytes");
}

}  // namespace sam::sql
