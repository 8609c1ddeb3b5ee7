#include "broker/statistics/report.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace sam::statistics {
namespace {

using KeyOf = std::function<const std::string&(const Fact&)>;

// Categories in the order of `order`; what is not in it comes after, by name.
std::vector<Category> Categories(const std::vector<const Fact*>& facts, const KeyOf& key,
                                 const KeyOf& parent, const std::vector<std::string>& order) {
  std::map<std::string, std::pair<Category, std::set<uint32_t>>> found;
  for (const Fact* fact : facts) {
    auto& [category, children] = found[key(*fact)];
    category.key = key(*fact);
    category.parent = parent ? parent(*fact) : "";
    ++category.count;
    children.insert(fact->child);
  }
  std::vector<Category> out;
  const auto take = [&](std::pair<Category, std::set<uint32_t>>& one) {
    one.first.children.assign(one.second.begin(), one.second.end());
    out.push_back(std::move(one.first));
  };
  for (const std::string& name : order) {
    const auto at = found.find(name);
    if (at == found.end()) continue;
    take(at->second);
    found.erase(at);
  }
  for (auto& [name, one] : found) take(one);
  return out;
}

std::map<std::string, size_t> GroupByKey(const std::vector<Category>& categories,
                                         const Grouping& grouping) {
  std::map<std::string, size_t> out;
  for (size_t i = 0; i < categories.size(); ++i) out[categories[i].key] = grouping.group_of[i];
  return out;
}

struct Rows {
  std::vector<const Fact*> facts;
  std::vector<size_t> row;  // of each fact
  size_t count = 0;
};

Breakdown Break(const Rows& rows, const KeyOf& key, const std::vector<std::string>& order) {
  const std::vector<Category> categories = Categories(rows.facts, key, nullptr, order);
  Grouping grouping = MakeGroups(categories);
  const auto column = GroupByKey(categories, grouping);
  Breakdown out;
  out.columns = std::move(grouping.groups);
  const size_t width = out.columns.size();
  std::vector<std::set<uint32_t>> children(rows.count * width);
  std::vector<uint32_t> counts(rows.count * width);
  for (size_t i = 0; i < rows.facts.size(); ++i) {
    const size_t cell = rows.row[i] * width + column.at(key(*rows.facts[i]));
    ++counts[cell];
    children[cell].insert(rows.facts[i]->child);
  }
  out.table = Table(rows.count, width);
  for (size_t cell = 0; cell < counts.size(); ++cell)
    out.table.Set(cell / width, cell % width, counts[cell],
                  static_cast<uint32_t>(children[cell].size()));
  out.table.Suppress();
  return out;
}

Breakdown ByAge(const Rows& rows) {
  return Break(rows, [](const Fact& f) -> const std::string& { return f.age; },
               {"0", "1-2", "3-5", "6-17", "18", "unknown"});
}

// Those without a municipality have no name: "~" sorts after all codes.
Breakdown ByMunicipality(const Rows& rows) {
  return Break(rows, [](const Fact& f) -> const std::string& {
    static const std::string none = "~";
    return f.municipality.empty() ? none : f.municipality;
  }, {});
}

// One row for each group of kinds; no groups: fewer than kFewest children.
Rows RowsOf(const std::vector<Fact>& facts, std::vector<Group>& groups) {
  Rows rows;
  rows.facts.reserve(facts.size());
  for (const Fact& fact : facts) rows.facts.push_back(&fact);
  const auto code = [](const Fact& fact) -> const std::string& { return fact.code; };
  const auto legal_class = [](const Fact& fact) -> const std::string& { return fact.legal_class; };
  const std::vector<Category> kinds = Categories(rows.facts, code, legal_class, {});
  Grouping grouping = MakeGroups(kinds);
  if (grouping.groups.empty()) return rows;
  const auto row_of = GroupByKey(kinds, grouping);
  for (const Fact* fact : rows.facts) rows.row.push_back(row_of.at(fact->code));
  rows.count = grouping.groups.size();
  groups = std::move(grouping.groups);
  return rows;
}

Counts CountsOf(const std::vector<Fact>& facts, bool broken_down) {
  Counts out;
  const Rows rows = RowsOf(facts, out.rows);
  if (out.rows.empty()) return out;
  out.total = static_cast<uint32_t>(facts.size());
  if (!broken_down) return out;
  out.ages = ByAge(rows);
  out.municipalities = ByMunicipality(rows);
  return out;
}

// `row` empty: of all rows.
Clocks ClocksOf(const Rows& rows, std::optional<size_t> row) {
  Clocks out;
  for (size_t step = 0; step < kSteps; ++step) {
    std::vector<int64_t> times;
    std::set<uint32_t> children;
    for (size_t i = 0; i < rows.facts.size(); ++i) {
      if ((row && rows.row[i] != *row) || rows.facts[i]->after_ms[step] < 0) continue;
      times.push_back(rows.facts[i]->after_ms[step]);
      children.insert(rows.facts[i]->child);
    }
    if (children.size() >= kFewest) out[step].median_ms = Percentile(times, 50);
    if (children.size() >= kFewestForDecile) out[step].decile_ms = Percentile(times, 90);
  }
  return out;
}

std::optional<double> Rate(std::optional<uint32_t> in_time, std::optional<uint32_t> late,
                           std::optional<uint32_t> overdue) {
  if (!in_time || !late || !overdue) return std::nullopt;
  const uint32_t due = *in_time + *late + *overdue;
  if (due == 0) return std::nullopt;
  return static_cast<double>(*in_time) / due;
}

// Only where the table tells how many of each type were stopped: a reason may belong to one type alone,
// and would tell what the table hides of it.
std::vector<Group> Reasons(const Rows& rows, const Breakdown& outcomes) {
  std::vector<const Fact*> stopped;
  for (const Fact* fact : rows.facts)
    if (fact->outcome == kStopped) stopped.push_back(fact);
  const auto told = outcomes.ColumnTotal(kStopped);
  if (stopped.empty() || !told) return {};
  for (size_t r = 0; r < rows.count; ++r)
    if (!outcomes.Shown(r, kStopped)) return {};
  const auto reason = [](const Fact& fact) -> const std::string& { return fact.reason; };
  return MakeGroups(Categories(stopped, reason, nullptr, {})).groups;
}

}  // namespace

std::optional<size_t> Breakdown::ColumnOf(std::string_view key, bool& none) const {
  none = false;
  bool remainder = false;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].key == key) return c;
    remainder = remainder || columns[c].key.empty();
  }
  none = !remainder;
  return std::nullopt;
}

std::optional<uint32_t> Breakdown::Shown(size_t row, std::string_view key) const {
  bool none = false;
  if (const auto column = ColumnOf(key, none)) return table.Shown(row, *column);
  return none ? std::optional<uint32_t>(0) : std::nullopt;
}

std::optional<uint32_t> Breakdown::ColumnTotal(std::string_view key) const {
  bool none = false;
  if (const auto column = ColumnOf(key, none)) return table.ColumnTotal(*column);
  return none ? std::optional<uint32_t>(0) : std::nullopt;
}

int64_t Percentile(std::vector<int64_t> values, int per_cent) {
  const size_t place = (values.size() * static_cast<size_t>(per_cent) + 99) / 100;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(place > 0 ? place - 1 : 0);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

Report MakeReport(Period period, bool test, const std::vector<Fact>& facts,
                  const std::vector<Fact>& activities, const std::vector<Fact>& offers) {
  Report out;
  out.period = std::move(period);
  out.test = test;
  const Rows rows = RowsOf(facts, out.rows);
  if (out.rows.empty()) return out;
  out.signals = static_cast<uint32_t>(facts.size());
  out.activities = CountsOf(activities, true);
  out.offers = CountsOf(offers, false);

  out.ages = ByAge(rows);
  out.municipalities = ByMunicipality(rows);
  std::vector<std::string> order;
  for (const std::string_view name : {kInTime, kLate, kOverdue, kOpen, kStopped, kWithdrawn})
    order.emplace_back(name);
  out.outcomes =
      Break(rows, [](const Fact& f) -> const std::string& { return f.outcome; }, order);
  for (size_t r = 0; r < rows.count; ++r) {
    out.clocks.push_back(ClocksOf(rows, r));
    out.rates.push_back(Rate(out.outcomes.Shown(r, kInTime), out.outcomes.Shown(r, kLate),
                             out.outcomes.Shown(r, kOverdue)));
  }
  out.all_clocks = ClocksOf(rows, std::nullopt);
  out.rate = Rate(out.outcomes.ColumnTotal(kInTime), out.outcomes.ColumnTotal(kLate),
                  out.outcomes.ColumnTotal(kOverdue));
  out.reasons = Reasons(rows, out.outcomes);
  return out;
}

}  // namespace sam::statistics
