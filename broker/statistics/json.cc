// Statistics as JSON. A file of its own, since the library's header costs seconds.
#include <nlohmann/json.hpp>

#include <cmath>

#include "broker/statistics/sheet.h"

namespace sam::statistics {
namespace {

nlohmann::json Value(const Cell& cell, Unit unit) {
  if (!cell.value) return nullptr;
  if (unit == Unit::kCount) return static_cast<uint64_t>(*cell.value);
  if (unit == Unit::kShare) return std::round(*cell.value * 1000) / 1000;
  return static_cast<int64_t>(*cell.value);
}

}  // namespace

nlohmann::json Json(const Sheets& sheets, const Report& report) {
  nlohmann::json out = {{"period", report.period.name}, {"first", report.period.first},
                        {"last", report.period.last},   {"test", report.test},
                        {"fewest", kFewest},            {"tooFew", report.signals == 0}};
  out["tables"] = nlohmann::json::array();
  constexpr const char* kUnits[] = {"count", "share", "milliseconds"};
  for (const Sheet& sheet : sheets.all) {
    nlohmann::json table = {{"table", sheet.id}, {"title", sheet.title}};
    for (const Sheet::Column& column : sheet.columns)
      table["columns"].push_back(
          {{"label", column.label}, {"unit", kUnits[static_cast<int>(column.unit)]}});
    for (const SheetRow& row : sheet.rows) {
      nlohmann::json values = nlohmann::json::array();
      for (size_t c = 0; c < row.cells.size(); ++c)
        values.push_back(Value(row.cells[c], sheet.columns[c].unit));
      nlohmann::json line = {{"label", row.label}, {"total", row.total}, {"values", values}};
      if (!row.legal_class.empty()) line["class"] = row.legal_class;
      table["rows"].push_back(std::move(line));
    }
    out["tables"].push_back(std::move(table));
  }
  return out;
}

}  // namespace sam::statistics
