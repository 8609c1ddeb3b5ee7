// Values of a row as JSON. The database writes each value as text; what kind it is comes from its
// catalogue. Numbers with a fraction stay text, as they were written: 1.10 is not 1.1. NULL is null
// and an empty text is "". Any thread, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/sql/page.h"

namespace sam::sql {

enum class ColumnKind {
  kText,      // and all that has no kind of its own
  kInt,
  kNumber,    // with a fraction: as text
  kBool,
  kDate,
  kTime,      // wall clock, without a zone
  kTimeUtc,   // an instant; the session's zone is UTC
  kNumber32,  // xid
  kNumber64,  // xid8
  kBytes,     // not for a message
  kJson,      // as it is: lists and objects of the row
};

// By the catalogue's name of a type: "int4", "timestamptz".
ColumnKind KindOf(std::string_view type);

// 2026-03-02 08:15:00.5+00 as 2026-03-02T08:15:00.5Z; others as they are.
std::string ValueText(ColumnKind kind, std::string text);

// One JSON value; empty optional: NULL.
std::string JsonValue(ColumnKind kind, const std::optional<std::string>& text);

// Cuts a text behind its first `limit` characters; false: it has no more.
bool CutText(std::string& utf8, size_t limit);

// One row's values as a JSON object, column by column.
class RowJson {
 public:
  // `damage`: why the value is not the one in the source; empty: it is.
  void Add(const std::string& column, ColumnKind kind, const std::optional<std::string>& value,
           std::string_view damage = {});
  SqlRow Take(Key key);  // begins anew

 private:
  std::string fields_, damaged_;
};

inline constexpr std::string_view kCut = "cut, it has more than 1048576 characters";
inline constexpr std::string_view kNoText = "no text in any character set";
inline constexpr std::string_view kNoValue = "no value of its type";
inline constexpr std::string_view kNoTime = "no usable time";
inline constexpr std::string_view kNoRoom = "left out, the row is longer than 16 MiB";

// Into SqlRow::damaged.
void NoteDamage(std::string& damaged, const std::string& column, std::string_view damage);

}  // namespace sam::sql
