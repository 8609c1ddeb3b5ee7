// The statistics of one period, as they may be shown: rows are groups of signal types, each table has the
// same rows and shows its totals, and what is hidden in one table cannot be worked out from another, since
// they have nothing in common but totals that are shown. Rates and the number behind a median are never
// taken from anything that is not shown as well. Built once, then read; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/statistics/fact.h"
#include "broker/statistics/groups.h"
#include "broker/statistics/period.h"
#include "broker/statistics/table.h"

namespace sam::statistics {

struct Breakdown {
  std::vector<Group> columns;
  Table table;
  // The column of one category; empty: it is in a remainder. Not there at all: nothing of it (0).
  std::optional<uint32_t> Shown(size_t row, std::string_view key) const;
  std::optional<uint32_t> ColumnTotal(std::string_view key) const;

 private:
  std::optional<size_t> ColumnOf(std::string_view key, bool& none) const;
};

// Of other happenings than signals.
struct Counts {
  uint32_t total = 0;  // 0: fewer than kFewest children, and nothing is shown
  std::vector<Group> rows;
  Breakdown ages, municipalities;
};

struct ClockValue {
  std::optional<int64_t> median_ms, decile_ms;  // of at least kFewest, kFewestForDecile children
};
using Clocks = std::array<ClockValue, kSteps>;

struct Report {
  Period period;
  bool test = false;               // of a hub in a test environment
  uint32_t signals = 0;            // 0: fewer than kFewest children, and nothing is shown
  std::vector<Group> rows;         // signal types; parent: the legal class
  Breakdown ages, municipalities, outcomes;
  std::vector<Clocks> clocks;      // of each row
  Clocks all_clocks;
  std::vector<std::optional<double>> rates;  // of each row: answered in time, of what was due
  std::optional<double> rate;
  std::vector<Group> reasons;      // why signals were stopped; empty: too few to tell
  Counts activities;
  // Not broken down: whoever accepts an offer is told of in a signal too, and two tables of the same numbers,
  // each with another ring hidden, would give away together what each of them hides.
  Counts offers;
};

// `activities` and `offers`: facts with a kind as `code`, without an outcome.
Report MakeReport(Period period, bool test, const std::vector<Fact>& facts,
                  const std::vector<Fact>& activities = {}, const std::vector<Fact>& offers = {});

// The value that at least `per_cent` of them do not exceed; of at least one.
int64_t Percentile(std::vector<int64_t> values, int per_cent);

}  // namespace sam::statistics
