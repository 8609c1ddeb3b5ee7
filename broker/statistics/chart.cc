#include "broker/statistics/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace sam::statistics::internal {
namespace {

using contract::Language;

constexpr double kWidth = 760, kLabels = 250, kRow = 30, kBar = 18;
constexpr double kRoom = kWidth - kLabels - 60;  // for bars; numbers stand behind them

std::string N(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string TextAt(double x, double y, const char* kind, std::string_view text) {
  return "<text x=\"" + N(x) + "\" y=\"" + N(y) + "\" class=\"" + kind + "\">" + Escaped(text) +
         "</text>\n";
}

std::string Bar(double x, double y, double width, const std::string& kind, std::string_view tip) {
  return "<rect x=\"" + N(x) + "\" y=\"" + N(y) + "\" width=\"" + N(std::max(width, 1.0)) +
         "\" height=\"" + N(kBar) + "\" class=\"" + kind + "\"><title>" + Escaped(tip) +
         "</title></rect>\n";
}

std::string Line(double x1, double y1, double x2, double y2, const char* kind) {
  return "<line x1=\"" + N(x1) + "\" y1=\"" + N(y1) + "\" x2=\"" + N(x2) + "\" y2=\"" + N(y2) +
         "\" class=\"" + kind + "\"/>\n";
}

std::string Frame(const Sheet& sheet, double height, const std::string& inside) {
  const std::string id = "chart-" + sheet.id;
  return "<svg viewBox=\"0 0 " + N(kWidth) + " " + N(height) + "\" role=\"img\" aria-labelledby=\"" +
         id + "-t " + id + "-d\"><title id=\"" + id + "-t\">" + Escaped(sheet.title) +
         "</title><desc id=\"" + id + "-d\">" + Escaped(sheet.about) + "</desc>\n" + inside + "</svg>\n";
}

struct One {
  std::string label;
  double value = 0;
  std::string shown;
};

std::string Bars(const Sheet& sheet, const std::vector<One>& all) {
  double largest = 1;
  for (const One& one : all) largest = std::max(largest, one.value);
  std::string out;
  double y = 6;
  for (const One& one : all) {
    const double width = one.value / largest * kRoom;
    out += TextAt(kLabels - 10, y + kBar - 4, "label", one.label);
    out += Bar(kLabels, y, width, "bar", one.label + ": " + one.shown);
    out += TextAt(kLabels + width + 8, y + kBar - 4, "number", one.shown);
    y += kRow;
  }
  out += Line(kLabels, 0, kLabels, y - 4, "axis");
  return Frame(sheet, y + 2, out);
}

// Where a time stands between a second and a hundred days, each step ten times the last.
double ScaleX(double ms) {
  const double low = std::log10(1e3), high = std::log10(8.64e9);
  const double at = std::clamp(std::log10(std::max(ms, 1.0)), low, high);
  return kLabels + (at - low) / (high - low) * (kRoom - 70);  // a number stands behind the last
}

std::string Ticks(double bottom, Language language) {
  std::string out;
  for (const double ms : {1e3, 6e4, 3.6e6, 8.64e7, 8.64e8, 8.64e9}) {
    const double x = ScaleX(ms);
    out += Line(x, 4, x, bottom, "grid");
    out += TextAt(x, bottom + 16, "tick", CellText({ms, false}, Unit::kTime, language));
  }
  return out;
}

std::string Legend(const Sheet& sheet, size_t parts, bool hidden, double& y, Language language) {
  std::string out;
  double x = kLabels;
  const auto entry = [&](const std::string& kind, const std::string& label) {
    const double wide = 36 + 7.2 * static_cast<double>(label.size());
    if (x + wide > kWidth && x > kLabels) {
      x = kLabels;
      y += 22;
    }
    out += "<rect x=\"" + N(x) + "\" y=\"" + N(y) + "\" width=\"14\" height=\"14\" class=\"" + kind +
           "\"/>\n" + TextAt(x + 20, y + 12, "key", label);
    x += wide;
  };
  for (size_t p = 0; p < parts; ++p) entry("part" + std::to_string(p), sheet.columns[p].label);
  if (hidden) entry("hidden", contract::Text("stat.hidden", language));
  y += 26;
  return out;
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string RowBars(const Sheet& sheet, Language language) {
  std::vector<One> all;
  for (const SheetRow& row : sheet.rows)
    if (!row.total && row.cells[0].value)
      all.push_back({row.label, *row.cells[0].value,
                     CellText(row.cells[0], sheet.columns[0].unit, language)});
  return Bars(sheet, all);
}

std::string ColumnBars(const Sheet& sheet, Language language) {
  std::vector<One> all;
  const SheetRow& totals = sheet.rows.back();
  for (size_t c = 0; c + 1 < sheet.columns.size(); ++c)
    if (totals.cells[c].value)
      all.push_back({sheet.columns[c].label, *totals.cells[c].value,
                     CellText(totals.cells[c], sheet.columns[c].unit, language)});
  return Bars(sheet, all);
}

std::string StackedBars(const Sheet& sheet, size_t parts, Language language) {
  bool hidden = false;
  std::string bars;
  double y = 0;
  for (const SheetRow& row : sheet.rows)
    for (size_t p = 0; p < parts; ++p) hidden = hidden || !row.cells[p].value;
  std::string out = Legend(sheet, parts, hidden, y, language);
  const double top = y;
  for (const SheetRow& row : sheet.rows) {
    const double total = row.cells[parts].value.value_or(0);
    double x = kLabels, told = 0;
    bars += TextAt(kLabels - 10, y + kBar - 4, row.total ? "label strong" : "label", row.label);
    for (size_t p = 0; p < parts && total > 0; ++p) {
      const double value = row.cells[p].value.value_or(0);
      if (value == 0) continue;
      const double width = value / total * kRoom;
      bars += Bar(x, y, width, "part" + std::to_string(p),
                  sheet.columns[p].label + ": " + CellText(row.cells[p], Unit::kCount, language));
      x += width;
      told += value;
    }
    if (told < total)
      bars += Bar(x, y, (total - told) / total * kRoom, "hidden", contract::Text("stat.hidden", language));
    bars += TextAt(kLabels + kRoom + 8, y + kBar - 4, "number",
                   CellText(row.cells[parts], Unit::kCount, language));
    y += kRow;
  }
  return Frame(sheet, y + 2, out + bars + Line(kLabels, top - 6, kLabels, y - 4, "axis"));
}

std::string TimeScale(const Sheet& sheet, Language language) {
  const SheetRow& totals = sheet.rows.back();
  const double bottom = 10 + kRow * static_cast<double>(kSteps);
  std::string out = Ticks(bottom, language);
  double y = 8;
  for (size_t step = 0; step < kSteps; ++step, y += kRow) {
    const Cell& median = totals.cells[step * 2];
    const Cell& decile = totals.cells[step * 2 + 1];
    out += TextAt(kLabels - 10, y + kBar - 4, "label",
                  contract::Text(std::string("stat.step.") + kStepNames[step], language));
    const double middle = y + kBar / 2;
    if (!median.value) {
      out += TextAt(kLabels + 8, y + kBar - 4, "number", CellText(median, Unit::kTime, language));
      continue;
    }
    const double x = ScaleX(*median.value);
    if (decile.value) {
      out += Line(x, middle, ScaleX(*decile.value), middle, "reach");
      out += "<circle cx=\"" + N(ScaleX(*decile.value)) + "\" cy=\"" + N(middle) +
             "\" r=\"4\" class=\"decile\"/>\n";
    }
    out += "<circle cx=\"" + N(x) + "\" cy=\"" + N(middle) + "\" r=\"7\" class=\"bar\"/>\n";
    std::string told = CellText(median, Unit::kTime, language);
    if (decile.value) told.append(" / ").append(CellText(decile, Unit::kTime, language));
    out += TextAt(ScaleX(decile.value.value_or(*median.value)) + 12, y + kBar - 4, "number", told);
  }
  return Frame(sheet, bottom + 24, out);
}

}  // namespace sam::statistics::internal
