// Inside broker/statistics only: the charts of the page, as SVG text with a title and a description for
// those who do not see them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/statistics/sheet.h"

namespace sam::statistics::internal {

std::string Escaped(std::string_view text);  // for text and attributes of HTML

// One bar for each row, of its first cell.
std::string RowBars(const Sheet& sheet, contract::Language language);
// One bar for each column but the last one, of the row of totals.
std::string ColumnBars(const Sheet& sheet, contract::Language language);
// A bar for each row, in parts: one for each column before the total's; what is left out is hatched.
std::string StackedBars(const Sheet& sheet, size_t parts, contract::Language language);
// Medians and ninth deciles of the row of totals, on a scale from a second to a hundred days.
std::string TimeScale(const Sheet& sheet, contract::Language language);

}  // namespace sam::statistics::internal
