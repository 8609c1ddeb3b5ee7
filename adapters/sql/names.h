// Names of schemas, tables and columns: what may stand in a configuration, and how it goes into a
// query. There is no free SQL: a query is made of such names and of numbers and times that were
// checked. Any thread, pure.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::sql {

inline constexpr size_t kMaxNameBytes = 63;  // PostgreSQL cuts longer ones off in silence

// A letter (also å, ä, ö) or _, then letters, digits and _.
bool IsName(std::string_view name);

// "Namn", for a name that passed IsName: as written, capitals count.
std::string Quoted(std::string_view name);

struct TableName {
  std::string schema;
  std::string table;
  std::string quoted() const { return Quoted(schema) + "." + Quoted(table); }
};

// schema.table; kInvalid: anything else. The schema is not left to the login's search path.
Result<TableName> ReadTableName(std::string_view text);

}  // namespace sam::sql
