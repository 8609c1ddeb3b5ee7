// Somebody who tries every table that fits what is shown of one. One thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "broker/statistics/fact.h"
#include "broker/statistics/table.h"

namespace sam::statistics::test {

// Every inside of whole numbers with the same totals and the same shown cells; notes the least and the
// most that each cell can be.
class Attacker {
 public:
  explicit Attacker(const Table& table)
      : table_(table), row_left_(table.rows()), column_left_(table.columns()),
        guess_(table.rows() * table.columns()), least_(guess_.size(), UINT32_MAX), most_(guess_.size(), 0) {
    for (size_t r = 0; r < table.rows(); ++r) row_left_[r] = table.RowTotal(r);
    for (size_t c = 0; c < table.columns(); ++c) column_left_[c] = table.ColumnTotal(c);
    Try(0);
  }
  uint32_t least(size_t r, size_t c) const { return least_[r * table_.columns() + c]; }
  uint32_t most(size_t r, size_t c) const { return most_[r * table_.columns() + c]; }
  uint64_t tables() const { return tables_; }

 private:
  void Try(size_t at) {
    if (tables_ > 200'000) return;  // enough to see both ends by then, or the test below fails
    if (at == guess_.size()) {
      for (const uint32_t left : column_left_)
        if (left != 0) return;
      ++tables_;
      for (size_t i = 0; i < guess_.size(); ++i) {
        least_[i] = std::min(least_[i], guess_[i]);
        most_[i] = std::max(most_[i], guess_[i]);
      }
      return;
    }
    const size_t r = at / table_.columns(), c = at % table_.columns();
    const bool last = c + 1 == table_.columns();
    const auto shown = table_.Shown(r, c);
    const uint32_t room = std::min(row_left_[r], column_left_[c]);
    uint32_t from = shown.value_or(0), to = shown.value_or(room);
    if (last) {  // whatever is left of the row
      if (row_left_[r] < from || row_left_[r] > to) return;
      from = to = row_left_[r];
    }
    for (uint32_t value = from; value <= to && value <= room; ++value) {
      guess_[at] = value;
      row_left_[r] -= value;
      column_left_[c] -= value;
      Try(at + 1);
      row_left_[r] += value;
      column_left_[c] += value;
    }
  }

  const Table& table_;
  std::vector<uint32_t> row_left_, column_left_, guess_, least_, most_;
  uint64_t tables_ = 0;
};

inline void NothingSmallCanBeWorkedOut(const Table& table) {
  const Attacker attacker(table);
  for (size_t r = 0; r < table.rows(); ++r)
    for (size_t c = 0; c < table.columns(); ++c) {
      if (!table.Small(r, c)) continue;
      EXPECT_FALSE(table.Shown(r, c).has_value());
      EXPECT_LT(attacker.least(r, c), attacker.most(r, c)) << r << "," << c << ": computed";
      EXPECT_GE(attacker.most(r, c), kFewest) << r << "," << c << ": known to be small";
    }
}

}  // namespace sam::statistics::test
