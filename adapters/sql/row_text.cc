#include "adapters/sql/row_text.h"

#include <map>
#include <utility>

#include "adapters/rest/json_row.h"

namespace sam::sql {
namespace {

// Of JSON's form: no sign but minus, no leading zero, within 64 bits.
bool IsPlainInt(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 &&
         text.find_first_not_of("0123456789") == std::string_view::npos &&
         (text[0] != '0' || text.size() == 1);
}

}  // namespace

ColumnKind KindOf(std::string_view type) {
  static const std::map<std::string_view, ColumnKind> kinds = {
      {"int2", ColumnKind::kInt},           {"int4", ColumnKind::kInt},
      {"int8", ColumnKind::kInt},           {"oid", ColumnKind::kInt},
      {"numeric", ColumnKind::kNumber},     {"float4", ColumnKind::kNumber},
      {"float8", ColumnKind::kNumber},      {"bool", ColumnKind::kBool},
      {"date", ColumnKind::kDate},          {"timestamp", ColumnKind::kTime},
      {"timestamptz", ColumnKind::kTimeUtc}, {"xid", ColumnKind::kNumber32},
      {"xid8", ColumnKind::kNumber64},      {"bytea", ColumnKind::kBytes},
      {"json", ColumnKind::kJson},          {"jsonb", ColumnKind::kJson},
  };
  const auto found = kinds.find(type);
  return found == kinds.end() ? ColumnKind::kText : found->second;
}

std::string ValueText(ColumnKind kind, std::string text) {
  if (kind != ColumnKind::kTime && kind != ColumnKind::kTimeUtc) return text;
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (kind == ColumnKind::kTimeUtc && text.size() > 3 && text.substr(text.size() - 3) == "+00")
    text.replace(text.size() - 3, 3, "Z");
  return text;
}

std::string JsonValue(ColumnKind kind, const std::optional<std::string>& text) {
  if (!text) return "null";
  if (kind == ColumnKind::kInt && IsPlainInt(*text)) return *text;
  if (kind == ColumnKind::kJson) return *text;
  if (kind == ColumnKind::kBool && (*text == "true" || *text == "false")) return *text;
  return rest::JsonString(ValueText(kind, *text));
}

bool CutText(std::string& utf8, size_t limit) {
  if (utf8.size() <= limit) return false;
  size_t chars = 0;
  for (size_t i = 0; i < utf8.size(); ++i) {
    if ((static_cast<unsigned char>(utf8[i]) & 0xC0) == 0x80) continue;  // within a character
    if (chars++ < limit) continue;
    utf8.resize(i);
    return true;
  }
  return false;
}

void NoteDamage(std::string& damaged, const std::string& column, std::string_view damage) {
  constexpr size_t kEnough = 400;  // the first columns say it
  if (damaged.size() > kEnough) return;
  damaged.append(damaged.empty() ? "" : ", ").append(column).append(": ").append(damage);
}

void RowJson::Add(const std::string& column, ColumnKind kind,
                  const std::optional<std::string>& value, std::string_view damage) {
  const bool room = !value || fields_.size() + value->size() <= kMaxRowBytes;
  if (!damage.empty() || !room) NoteDamage(damaged_, column, room ? damage : kNoRoom);
  fields_.append(fields_.empty() ? "{\"" : ",\"").append(column).append("\":");
  // A part of a list or an object would be no JSON, and the row with it.
  const bool whole = kind != ColumnKind::kJson || damage.empty();
  fields_.append(room ? JsonValue(whole ? kind : ColumnKind::kText, value) : "null");
}

SqlRow RowJson::Take(Key key) {
  SqlRow out;
  out.key = std::move(key);
  out.json = std::exchange(fields_, {}).append("}");
  out.damaged = std::exchange(damaged_, {});
  return out;
}

}  // namespace sam::sql
