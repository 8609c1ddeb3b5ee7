// statistics: counts, times and rates of a whole period. It tells nothing of anybody (broker/statistics),
// so it needs no role; it needs the log, of a running hub or a stopped one.
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/statistics_facts.h"
#include "broker/base/text.h"
#include "broker/statistics/page.h"

namespace sam::admin {
namespace {

static_assert(static_cast<int>(config::StatisticsPer::kYear) ==
              static_cast<int>(statistics::Length::kYear));

Result<statistics::Report> MakeReport(Context& context, const LogView& view,
                                      const dispatch::Settings& settings, const std::string& text) {
  SAM_ASSIGN(statistics::Period period,
             statistics::ParsePeriod(text, static_cast<statistics::Length>(context.config.statistics)));
  SAM_ASSIGN(const Millis now, TimeOf(view, settings.test));
  if (now < period.until)
    return Invalid("the period " + period.name + " is not over: its statistics would be others tomorrow, "
                   "and the difference would tell of whoever came between");
  SAM_ASSIGN(const auto facts, ReadFacts({view.store(), view.vault(), view.reader()}, settings, period, now));
  return statistics::MakeReport(std::move(period), settings.test, facts.signals, facts.activities,
                                facts.offers);
}

void PrintSheets(Context& context, const statistics::Sheets& sheets) {
  Output& out = context.out;
  out.Line(sheets.title + ", " + sheets.period + (sheets.test ? "  TEST" : ""));
  if (!sheets.empty.empty()) return out.Line(sheets.empty);
  for (const statistics::Sheet& sheet : sheets.all) {
    out.Line("");
    out.Line(sheet.title + ". " + sheet.about);
    std::vector<std::string> headers{sheet.row_header};
    if (sheet.classes) headers.push_back(contract::Text("stat.class", sheets.language));
    for (const auto& column : sheet.columns) headers.push_back(column.label);
    std::vector<std::vector<std::string>> rows;
    for (const statistics::SheetRow& row : sheet.rows) {
      std::vector<std::string> cells{row.label};
      if (sheet.classes) cells.push_back(row.legal_class);
      for (size_t c = 0; c < row.cells.size(); ++c)
        cells.push_back(statistics::CellText(row.cells[c], sheet.columns[c].unit, sheets.language));
      rows.push_back(std::move(cells));
    }
    out.Table("statistics", headers, rows);
  }
  out.Line("");
  out.Line(sheets.note);
}

Status Write(const std::string& text, const std::string& path) {
  if (path.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return Ok();
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Internal("cannot write " + path + "; is there room, and may this user write there?");
  return Ok();
}

}  // namespace

int Statistics(Context& context, const StatisticsOptions& options) {
  if (options.format == "text" && !options.output.empty() && !context.out.json())
    return context.out.Fail(Invalid("--output is for --format csv, --format html and --json"));
  auto view = LogView::Open(context.config);
  if (!view.ok()) return context.out.Fail(view.error());
  auto settings = SettingsOf(**view);
  if (!settings.ok()) return context.out.Fail(settings.error());
  auto report = MakeReport(context, **view, *settings, options.period);
  if (!report.ok()) return context.out.Fail(report.error());
  const statistics::Sheets sheets =
      statistics::MakeSheets(*report, MunicipalityNames(settings->directory), context.language);
  Status put = Ok();
  if (options.format == "csv") {
    put = Write(statistics::Csv(sheets, report->period.name), options.output);
  } else if (options.format == "html") {
    put = Write(statistics::Page(sheets), options.output);
  } else if (!context.out.json()) {
    PrintSheets(context, sheets);
  } else if (options.output.empty()) {
    context.out.Object("statistics", statistics::Json(sheets, *report));
  } else {
    put = Write(statistics::Json(sheets, *report).dump(2) + "\n", options.output);
  }
  return put.ok() ? kOk : context.out.Fail(put.error());
}

}  // namespace sam::admin
