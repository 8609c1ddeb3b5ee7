#include "broker/statistics/sheet.h"

#include <cmath>
#include <cstdio>
#include <utility>

namespace sam::statistics {
namespace {

using contract::Language;

std::string T(const std::string& id, Language language) { return contract::Text(id, language); }

// Turns a report into sheets; holds what all of them need.
class Maker {
 public:
  Maker(const Report& report, const Names& names, Language language)
      : report_(report), names_(names), language_(language) {}

  // What the rows of a sheet are of.
  struct Kinds {
    const std::vector<Group>& rows;
    uint32_t total;
    const char* text;  // beginning of the text ids of the rows' names
  };
  Kinds Signals() const { return {report_.rows, report_.signals, "signal."}; }
  Kinds Activities() const {
    return {report_.activities.rows, report_.activities.total, "stat.activity."};
  }
  Kinds Offers() const { return {report_.offers.rows, report_.offers.total, "stat.offer."}; }

  Sheet Counted(const char* id, const Kinds& kinds, const char* counted) const {
    Sheet sheet = Blank(id);
    sheet.classes = &kinds.rows == &report_.rows;
    sheet.columns = {{T(counted, language_), Unit::kCount}};
    AddRows(sheet, kinds, [&](size_t r) { return std::vector<Cell>{Number(kinds.rows[r].count)}; },
            {Number(kinds.total)});
    return sheet;
  }

  Sheet Broken(const char* id, const Kinds& kinds, const Breakdown& breakdown) const {
    Sheet sheet = Blank(id);
    sheet.classes = &kinds.rows == &report_.rows;
    for (const Group& column : breakdown.columns)
      sheet.columns.push_back({ColumnLabel(id, column.key), Unit::kCount});
    sheet.columns.push_back({T("stat.total", language_), Unit::kCount});
    const Table& table = breakdown.table;
    std::vector<Cell> totals;
    totals.reserve(table.columns() + 1);
    for (size_t c = 0; c < table.columns(); ++c) totals.push_back(Number(table.ColumnTotal(c)));
    totals.push_back(Number(kinds.total));
    AddRows(sheet, kinds, [&](size_t r) {
      std::vector<Cell> cells;
      cells.reserve(table.columns() + 1);
      for (size_t c = 0; c < table.columns(); ++c) cells.push_back(Shown(table.Shown(r, c)));
      cells.push_back(Number(kinds.rows[r].count));
      return cells;
    }, totals);
    return sheet;
  }

  Sheet Outcomes() const {
    Sheet sheet = Broken("outcomes", Signals(), report_.outcomes);
    sheet.columns.push_back({T("stat.rate", language_), Unit::kShare});
    for (size_t r = 0; r < report_.rows.size(); ++r)
      sheet.rows[r].cells.push_back(Share(report_.rates[r]));
    sheet.rows.back().cells.push_back(Share(report_.rate));
    return sheet;
  }

  Sheet ClockSheet() const {
    Sheet sheet = Blank("clocks");
    for (const char* step : kStepNames)
      for (const char* what : {"stat.median", "stat.decile"})
        sheet.columns.push_back({T(std::string("stat.step.") + step, language_) + ", " +
                                     T(what, language_), Unit::kTime});
    const auto cells = [](const Clocks& clocks) {
      std::vector<Cell> out;
      for (const ClockValue& clock : clocks)
        for (const auto& value : {clock.median_ms, clock.decile_ms})
          out.push_back(value ? Cell{static_cast<double>(*value), false} : Cell{});
      return out;
    };
    AddRows(sheet, Signals(), [&](size_t r) { return cells(report_.clocks[r]); },
            cells(report_.all_clocks));
    return sheet;
  }

  Sheet ReasonSheet() const {
    Sheet sheet = Blank("reasons");
    sheet.classes = false;
    sheet.row_header = T("stat.reason", language_);
    sheet.columns = {{T("stat.signals", language_), Unit::kCount}};
    for (const Group& reason : report_.reasons)
      sheet.rows.push_back({reason.key.empty() ? T("stat.other", language_) : T(reason.key, language_),
                            "", {Number(reason.count)}, false});
    return sheet;
  }

 private:
  Sheet Blank(const std::string& id) const {
    Sheet sheet;
    sheet.id = id;
    sheet.title = T("stat.title." + id, language_);
    sheet.about = T("stat.about." + id, language_);
    sheet.row_header = T("stat.type", language_);
    sheet.classes = true;
    return sheet;
  }
  static Cell Number(uint32_t value) { return {static_cast<double>(value), false}; }
  static Cell Shown(std::optional<uint32_t> value) { return value ? Number(*value) : Cell{}; }
  static Cell Share(std::optional<double> value) { return {value, false}; }

  template <typename CellsOf>
  void AddRows(Sheet& sheet, const Kinds& kinds, const CellsOf& cells_of,
               const std::vector<Cell>& totals) const {
    for (size_t r = 0; r < kinds.rows.size(); ++r) {
      const Group& group = kinds.rows[r];
      std::string label = group.key.empty() ? T("stat.other.types", language_)
                                            : T(kinds.text + group.key, language_);
      if (sheet.classes && !group.key.empty()) label += " (" + group.key + ")";
      sheet.rows.push_back({std::move(label), group.parent, cells_of(r), false});
    }
    sheet.rows.push_back({T("stat.total", language_), "", totals, true});
  }

  std::string ColumnLabel(const std::string& id, const std::string& key) const {
    if (key.empty()) return T("stat.other", language_);
    if (id.ends_with("ages")) return T("stat.age." + key, language_);
    if (id == "outcomes") return T("stat.outcome." + key, language_);
    if (key == "~") return T("stat.municipality.none", language_);
    const auto name = names_.find(key);
    return name == names_.end() ? key : name->second;
  }

  const Report& report_;
  const Names& names_;
  Language language_;
};

std::string Decimal(double value, int digits, Language language) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  if (language == Language::kSwedish)
    for (char& c : out)
      if (c == '.') c = ',';
  return out;
}

std::string TimeText(double ms, Language language) {
  const double seconds = ms / 1000;
  if (seconds < 1) return "< 1 s";
  if (seconds < 60) return Decimal(seconds, 0, language) + " s";
  if (seconds < 3600) return Decimal(seconds / 60, 0, language) + " min";
  const bool hours = seconds < 86400;
  std::string out = Decimal(hours ? seconds / 3600 : seconds / 86400, 1, language);
  if (out.ends_with('0')) out.resize(out.size() - 2);  // "1", not "1.0"
  return out.append(" ").append(contract::Text(hours ? "stat.unit.hours" : "stat.unit.days", language));
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(";\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// A number for machines: a point, hours for times, per cent for shares.
std::string PlainNumber(double value, Unit unit) {
  if (unit == Unit::kCount) return Decimal(value, 0, Language::kEnglish);
  if (unit == Unit::kShare) return Decimal(value * 100, 1, Language::kEnglish);
  return Decimal(value / 3'600'000, 3, Language::kEnglish);
}

constexpr const char* kUnitNames[] = {"count", "percent", "hours"};

}  // namespace

const Sheet* Sheets::Find(std::string_view id) const {
  for (const Sheet& sheet : all)
    if (sheet.id == id) return &sheet;
  return nullptr;
}

Sheets MakeSheets(const Report& report, const Names& municipalities, Language language) {
  Sheets out;
  out.title = T("stat.title", language);
  out.period = contract::Text("stat.period", language,
                              {{"period", report.period.name}, {"first", report.period.first},
                               {"last", report.period.last}});
  out.note = contract::Text("stat.note", language, {{"fewest", std::to_string(kFewest)}});
  out.test = report.test;
  out.language = language;
  if (report.signals == 0) {
    out.empty = contract::Text("stat.empty", language, {{"fewest", std::to_string(kFewest)}});
    return out;
  }
  const Maker maker(report, municipalities, language);
  out.all.push_back(maker.Counted("types", maker.Signals(), "stat.signals"));
  out.all.push_back(maker.Outcomes());
  out.all.push_back(maker.ClockSheet());
  out.all.push_back(maker.Broken("ages", maker.Signals(), report.ages));
  out.all.push_back(maker.Broken("municipalities", maker.Signals(), report.municipalities));
  if (!report.reasons.empty()) out.all.push_back(maker.ReasonSheet());
  if (report.activities.total > 0) {
    const auto kinds = maker.Activities();
    out.all.push_back(maker.Counted("activities", kinds, "stat.happenings"));
    out.all.push_back(maker.Broken("activity-ages", kinds, report.activities.ages));
    out.all.push_back(maker.Broken("activity-municipalities", kinds, report.activities.municipalities));
  }
  if (report.offers.total > 0)
    out.all.push_back(maker.Counted("offers", maker.Offers(), "stat.happenings"));
  return out;
}

std::string CellText(const Cell& cell, Unit unit, Language language) {
  if (cell.none) return "-";
  if (!cell.value) return "..";
  if (unit == Unit::kShare) return Decimal(*cell.value * 100, 0, language) + " %";
  if (unit == Unit::kTime) return TimeText(*cell.value, language);
  std::string digits = Decimal(*cell.value, 0, language);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, "\u00a0");
  return digits;
}

std::string Csv(const Sheets& sheets, const std::string& period) {
  std::string out = "\xEF\xBB\xBFperiod;table;row;class;column;value;unit\r\n";
  for (const Sheet& sheet : sheets.all)
    for (const SheetRow& row : sheet.rows)
      for (size_t c = 0; c < row.cells.size(); ++c) {
        const Unit unit = sheet.columns[c].unit;
        const Cell& cell = row.cells[c];
        for (const std::string& field :
             {period, sheet.id, row.label, row.legal_class, sheet.columns[c].label,
              cell.value ? PlainNumber(*cell.value, unit) : std::string(cell.none ? "" : "..")})
          out.append(CsvField(field)).append(";");
        out.append(kUnitNames[static_cast<int>(unit)]).append("\r\n");
      }
  return out;
}

}  // namespace sam::statistics
