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

  // kInvalid with file:line: wrong number of cells, a code twice, no header, no version.
  static Result<CodeTable> Parse(std::string_view text, const std::string& file);

  bool Has(std::string_view code) const;
  // Empty: no row with this code. "-" stays "-". `column` comes from ColumnIndex.
  std::optional<std::string> Find(std::string_view code, size_t column) const;
  // Empty name: the first value column.
  std::optional<size_t> ColumnIndex(std::string_view name) const;
  const std::vector<std::string>& columns() const { return columns_; }
  const std::string& version() const { return version_; }

  // All values of a column with the line they stand on, to check them against an enum.
  struct Cell {
    std::string value;
    int line = 0;
  };
  std::vector<Cell> Column(size_t column) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    int line = 0;
  };
  std::string version_;
  std::vector<std::string> columns_;
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace sam::kit
