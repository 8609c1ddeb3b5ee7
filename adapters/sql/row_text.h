// Values of a row as JSON. The database writes each value as text; what kind it is comes from its
// catalogue. Numbers with a fraction stay text, as they were written: 1.10 is not 1.1. NULL is null
// and an empty text is "". Any thread, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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
};

// By the catalogue's name of a type: "int4", "timestamptz".
ColumnKind KindOf(std::string_view type);

// 2026-03-02 08:15:00.5+00 as 2026-03-02T08:15:00.5Z; others as they are.
std::string ValueText(ColumnKind kind, std::string text);

// One JSON value; empty optional: NULL.
std::string JsonValue(ColumnKind kind, const std::optional<std::string>& text);

}  // namespace sam::sql
