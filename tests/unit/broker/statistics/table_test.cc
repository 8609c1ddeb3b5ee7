// What a table hides holds against somebody who tries every table that fits what is shown.
#include "broker/statistics/table.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/broker/statistics/attacker.h"

namespace sam::statistics {
namespace {

using test::Attacker;
using test::NothingSmallCanBeWorkedOut;
using Cells = std::vector<std::vector<uint32_t>>;

// One child for each count, unless told otherwise.
Table Of(const Cells& counts) {
  Table table(counts.size(), counts[0].size());
  for (size_t r = 0; r < counts.size(); ++r)
    for (size_t c = 0; c < counts[r].size(); ++c) table.Set(r, c, counts[r][c], counts[r][c]);
  return table;
}

TEST(Table, WithoutSmallCellsEverythingIsShown) {
  Table table = Of({{5, 10}, {0, 7}});
  table.Suppress();
  for (size_t r = 0; r < 2; ++r)
    for (size_t c = 0; c < 2; ++c) EXPECT_EQ(table.Shown(r, c), table.Count(r, c));
}

TEST(Table, ASmallCellTakesARingOfOthersWithIt) {
  Table table = Of({{2, 20, 30}, {10, 40, 50}, {60, 70, 80}});
  table.Suppress();
  int hidden = 0;
  for (size_t r = 0; r < 3; ++r)
    for (size_t c = 0; c < 3; ++c) hidden += table.Shown(r, c) ? 0 : 1;
  EXPECT_EQ(hidden, 4);  // it, one of its row, one of its column, and where those two meet
  EXPECT_FALSE(table.withheld());
  NothingSmallCanBeWorkedOut(table);
}

TEST(Table, HidingTheSmallCellAloneIsWhatTheAttackerUndoes) {
  Table table = Of({{2, 20}, {10, 40}});
  const Attacker before(table);  // nothing is hidden before Suppress()
  EXPECT_EQ(before.least(0, 0), before.most(0, 0));
  table.Suppress();
  NothingSmallCanBeWorkedOut(table);
}

TEST(Table, ChildrenAreCountedAndNotSignals) {
  Table table(2, 2);
  table.Set(0, 0, 9, 2);  // nine signals about two children
  table.Set(0, 1, 20, 20);
  table.Set(1, 0, 20, 20);
  table.Set(1, 1, 20, 20);
  table.Suppress();
  EXPECT_FALSE(table.Shown(0, 0).has_value());
  const Attacker attacker(table);
  EXPECT_LT(attacker.least(0, 0), attacker.most(0, 0));
}

TEST(Table, WhereNoRingExistsOnlyTheTotalsRemain) {
  Table table = Of({{1, 4}, {4, 1}});
  table.Suppress();
  EXPECT_TRUE(table.withheld());
  for (size_t r = 0; r < 2; ++r)
    for (size_t c = 0; c < 2; ++c) EXPECT_FALSE(table.Shown(r, c).has_value());
  NothingSmallCanBeWorkedOut(table);
}

// Many small cells of one row do not protect each other when they add up to little.
TEST(Table, HiddenCellsOfALineNeverAddUpToLittle) {
  Table table = Of({{1, 2, 30, 9}, {20, 20, 20, 20}, {30, 6, 7, 8}});
  table.Suppress();
  NothingSmallCanBeWorkedOut(table);
  for (size_t r = 0; r < table.rows(); ++r) {
    uint32_t hidden = 0;
    for (size_t c = 0; c < table.columns(); ++c) hidden += table.Shown(r, c) ? 0 : table.Count(r, c);
    EXPECT_TRUE(hidden == 0 || hidden >= kFewest) << r;
  }
}

TEST(Table, NoTableOfAThousandGivesASmallCellAway) {
  std::mt19937 random(4711);
  int with_small = 0, told = 0;
  for (int round = 0; round < 1000; ++round) {
    const size_t rows = 2 + random() % 2, columns = 2 + random() % 2;
    Cells counts(rows, std::vector<uint32_t>(columns));
    for (auto& row : counts)
      for (uint32_t& cell : row) cell = random() % 3 == 0 ? random() % 5 : random() % 12;
    Table table = Of(counts);
    bool totals = true;  // groups.h sees to it
    for (size_t r = 0; r < rows; ++r) totals = totals && table.RowTotal(r) >= kFewest;
    for (size_t c = 0; c < columns; ++c) totals = totals && table.ColumnTotal(c) >= kFewest;
    if (!totals) continue;
    table.Suppress();
    bool small = false;
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < columns; ++c) small = small || table.Small(r, c);
    with_small += small ? 1 : 0;
    told += table.withheld() ? 0 : 1;
    NothingSmallCanBeWorkedOut(table);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(with_small, 300);
  EXPECT_GT(told, 300);
}

TEST(Table, ATableOfARegionIsDoneAtOnce) {
  std::mt19937 random(17);
  Table table(14, 290);
  for (size_t r = 0; r < 14; ++r)
    for (size_t c = 0; c < 290; ++c) {
      const uint32_t count = 5 + random() % 9;
      table.Set(r, c, count, random() % 4 == 0 ? 3 : count);
    }
  table.Suppress();
  EXPECT_FALSE(table.withheld());
}

}  // namespace
}  // namespace sam::statistics
