// What the adapter's thread and the reader's thread hand each other: a question for one page of one
// table, and the reply. Plain values. A reply's texts are our own: what a database or its library
// says holds connection strings and values, and goes nowhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"

namespace sam::sql {

struct Key {       // the order in which a table is read
  std::string at;  // transaction number, or time in ISO form
  std::string id;  // within it; empty: before all
};

struct Question {
  size_t table = 0;
  bool look_only = false;         // no rows: which transactions are under way
  std::optional<Key> from;        // rows from this key on, itself included
  std::string since_local;        // without `from`: rows from this time on, as the zone's clock
  std::string since_utc;          // says it and in UTC; both empty: all rows
};

struct SqlRow {
  Key key;
  std::string json;
  std::string damaged{};  // columns that are not as they are in the source, and why; empty: none
};

// What one value may have, in characters; a longer one is cut there, and its row put aside.
inline constexpr size_t kMaxValueChars = size_t{1} << 20;
// What one row may have as JSON; the values behind it are left out, and the row put aside.
inline constexpr size_t kMaxRowBytes = size_t{16} << 20;
// A page ends with the row that takes it over this; a question never holds many such pages at once.
inline constexpr size_t kMaxPageBytes = size_t{16} << 20;

struct Page {
  std::vector<SqlRow> rows;
  int64_t oldest = 0;  // all transactions below have ended, and what they wrote was seen
  int64_t next = 0;    // the first number that was not given out yet
  Millis now;          // the server's clock
  bool cut = false;    // ended before its rows did, for their size or time
};

struct Trouble {
  const char* what = "";  // a code, as deploy/OPERATING.md explains it; empty: none
  bool whole = true;      // of the database, not of one table
  bool passing = true;    // may pass by itself
  std::string detail;
};

struct Reply {
  Trouble trouble;
  Page page;
  bool ok() const { return trouble.what[0] == '\0'; }
};

}  // namespace sam::sql
