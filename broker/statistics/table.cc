#include "broker/statistics/table.h"

#include <algorithm>
#include <limits>

#include "broker/statistics/fact.h"

namespace sam::statistics {
namespace {

constexpr uint64_t kFar = std::numeric_limits<uint64_t>::max();
// Hiding what is nothing tells little and costs the reader a number: only when nothing else will do.
constexpr uint64_t kZeroCost = 1'000'000;

// What hiding a cell costs: what is hidden already is free.
uint64_t Cost(uint32_t count, bool hidden) {
  if (hidden) return 0;
  return count == 0 ? kZeroCost : count;
}

}  // namespace

void Table::Set(size_t row, size_t column, uint32_t count, uint32_t children) {
  At(row, column) = {count, children, false};
}

bool Table::Small(size_t row, size_t column) const {
  const Cell& cell = At(row, column);
  return cell.count > 0 && cell.children < kFewest;
}

std::optional<uint32_t> Table::Shown(size_t row, size_t column) const {
  const Cell& cell = At(row, column);
  if (cell.hidden) return std::nullopt;
  return cell.count;
}

uint32_t Table::RowTotal(size_t row) const {
  uint32_t sum = 0;
  for (size_t c = 0; c < columns_; ++c) sum += At(row, c).count;
  return sum;
}

uint32_t Table::ColumnTotal(size_t column) const {
  uint32_t sum = 0;
  for (size_t r = 0; r < rows_; ++r) sum += At(r, column).count;
  return sum;
}

// Another table that nobody can tell from this one is this one with a ring of cells changed: the small
// cell grows by `need`, the next one of its row shrinks by as much, the next one of that one's column
// grows, and so on until the ring closes in the small cell's column. The ring is the cheapest way from
// its row to its column, where a row is left by a cell that can shrink (whoever looks knows that it
// does not shrink to nothing) and a column by any cell. All cells of the ring are hidden.
bool Table::Guard(size_t row, size_t column) {
  const uint32_t need = std::max<uint32_t>(kFewest - std::min(kFewest, At(row, column).count), 2);
  const size_t nodes = rows_ + columns_, from = row, to = rows_ + column;
  std::vector<uint64_t> distance(nodes, kFar);
  std::vector<size_t> before(nodes, nodes);
  std::vector<bool> done(nodes, false);
  distance[from] = 0;
  for (size_t round = 0; round < nodes; ++round) {
    size_t at = nodes;
    for (size_t n = 0; n < nodes; ++n)
      if (!done[n] && distance[n] != kFar && (at == nodes || distance[n] < distance[at])) at = n;
    if (at == nodes || at == to) break;
    done[at] = true;
    const bool leaves_row = at < rows_;
    for (size_t other = 0; other < (leaves_row ? columns_ : rows_); ++other) {
      const size_t r = leaves_row ? at : other, c = leaves_row ? other : at - rows_;
      if (r == row && c == column) continue;
      const Cell& cell = At(r, c);
      if (leaves_row && cell.count < need + 1) continue;
      const size_t next = leaves_row ? rows_ + other : other;
      const uint64_t reached = distance[at] + Cost(cell.count, cell.hidden);
      if (reached >= distance[next]) continue;
      distance[next] = reached;
      before[next] = at;
    }
  }
  if (distance[to] == kFar) return false;
  for (size_t at = to; at != from; at = before[at]) {
    const size_t other = before[at];
    At(std::min(at, other), std::max(at, other) - rows_).hidden = true;
  }
  return true;
}

void Table::Suppress() {
  for (size_t r = 0; r < rows_; ++r)
    for (size_t c = 0; c < columns_; ++c) At(r, c).hidden = Small(r, c);
  for (size_t r = 0; r < rows_ && !withheld_; ++r)
    for (size_t c = 0; c < columns_ && !withheld_; ++c)
      if (Small(r, c)) withheld_ = !Guard(r, c);
  if (withheld_)
    for (Cell& cell : cells_) cell.hidden = true;
}

}  // namespace sam::statistics
