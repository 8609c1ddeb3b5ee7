// A table of counts with shown totals, and what is left out of it. A cell that fewer than kFewest
// children stand behind is hidden together with others, so that nobody can work it out from what is
// shown: for each such cell there is another table with the same totals and the same shown cells in which
// it is at least kFewest. Where no few cells do that, the whole inside is hidden and the totals remain.
// Pure, any thread; one owner. Cost: rows x columns for each small cell, a few times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sam::statistics {

class Table {
 public:
  Table() = default;
  Table(size_t rows, size_t columns) : rows_(rows), columns_(columns), cells_(rows * columns) {}

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  // `children`: how many stand behind the count. Totals must have kFewest or none (groups.h).
  void Set(size_t row, size_t column, uint32_t count, uint32_t children);
  void Suppress();

  uint32_t Count(size_t row, size_t column) const { return At(row, column).count; }
  // Empty: left out. Only after Suppress().
  std::optional<uint32_t> Shown(size_t row, size_t column) const;
  uint32_t RowTotal(size_t row) const;
  uint32_t ColumnTotal(size_t column) const;
  bool Small(size_t row, size_t column) const;  // hidden for its own sake
  bool withheld() const { return withheld_; }   // nothing of the inside is shown

 private:
  struct Cell {
    uint32_t count = 0, children = 0;
    bool hidden = false;
  };
  const Cell& At(size_t row, size_t column) const { return cells_[row * columns_ + column]; }
  Cell& At(size_t row, size_t column) { return cells_[row * columns_ + column]; }
  bool Guard(size_t row, size_t column);

  size_t rows_ = 0, columns_ = 0;
  std::vector<Cell> cells_;
  bool withheld_ = false;
};

}  // namespace sam::statistics
