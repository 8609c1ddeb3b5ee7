// CodeTable: local codes to the contract's codes, as a versioned CSV file (`;`, UTF-8):
//   # version: 2026-03
//   code;visit_code;mode
//   M8;bhv.m8;home
// The first column is looked up (without regard to case and to spaces around it); the others have
// names. A cell "-" says: known, and it has no meaning here.
// Any thread after Parse; owned by the mapping. Limits: kMaxRows, kMaxColumns.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::kit {

class CodeTable {
 public:
  static constexpr size_t kMaxRows = 100'000;  // a whole dental fee schedule has some thousand
  static constexpr size_t kMaxColumns = 32;
  static constexpr size_t kMaxErrors = 50;  // a file of another kind is wrong in every line

  // kInvalid, each mistake on a line of its own as file:line:column (at most kMaxErrors): wrong
  // number of cells, a code twice, no header, no version, a column twice.
  static Result<CodeTable> Parse(std::string_view text, const std::string& file);

  bool Has(std::string_view code) const;
  // Empty: no row with this code. "-" stays "-". `column` comes from ColumnIndex.
  std::optional<std::string> Find(std::string_view code, size_t column) const;
  // Empty name: the first value column.
  std::optional<size_t> ColumnIndex(std::string_view name) const;
  const std::vector<std::string>& columns() const { return columns_; }
  const std::string& version() const { return version_; }
  const std::string& file() const { return file_; }
  size_t size() const { return rows_.size(); }

  // One cell and where it stands in the file: to check it against an enum, and to show which row
  // gave a value.
  struct Cell {
    std::string value;
    int line = 0;
    int at = 1;  // column of the text, from 1
  };
  std::vector<Cell> Column(size_t column) const;
  std::optional<Cell> FindCell(std::string_view code, size_t column) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<int> at;
    int line = 0;
  };
  class Reader;

  std::string file_;
  std::string version_;
  std::vector<std::string> columns_;
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace sam::kit
