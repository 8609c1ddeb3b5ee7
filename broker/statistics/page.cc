#include "broker/statistics/page.h"

#include "broker/statistics/chart.h"

namespace sam::statistics {
namespace {

using contract::Language;
using internal::Escaped;

// Colours stay apart for those who do not see all of them, and on grey paper.
constexpr const char* kStyle = R"(
:root{--ink:#1c2733;--quiet:#566371;--line:#d5dce3;--main:#14617a;--paper:#fff;--tint:#f3f6f8}
*{box-sizing:border-box}
body{margin:0;background:var(--tint);color:var(--ink);font:16px/1.5 "Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:70rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.3rem;margin:0 0 .25rem}
p{margin:.25rem 0 1rem}
.period{color:var(--quiet);font-size:1.1rem;margin-bottom:1.75rem}
.test{display:inline-block;background:#8a1c1c;color:#fff;font-weight:700;padding:.1rem .6rem;border-radius:.25rem;margin-bottom:.75rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem;margin:0 0 1.5rem;padding:0}
.cards div,section{background:var(--paper);border:1px solid var(--line);border-radius:.5rem}
.cards div{padding:1rem 1.25rem}
.cards dt{color:var(--quiet);font-size:.9rem;line-height:1.3}
.cards dd{margin:.25rem 0 0;font-size:1.9rem;font-weight:650;line-height:1.1;color:var(--main)}
section{padding:1.5rem;margin:0 0 1.5rem}
.about{color:var(--quiet);margin-bottom:1rem}
figure{margin:0}
svg{width:100%;max-width:52rem;height:auto;display:block;font-family:inherit}
svg text{fill:var(--ink);font-size:13px}
.label{text-anchor:end}.strong{font-weight:700}.tick{text-anchor:middle}svg .tick{fill:var(--quiet);font-size:12px}
.bar{fill:var(--main)}.axis{stroke:var(--ink);stroke-width:1}.grid{stroke:var(--line);stroke-width:1}
.reach{stroke:var(--main);stroke-width:3;opacity:.45}.decile{fill:var(--paper);stroke:var(--main);stroke-width:2}
.part0{fill:#14617a}.part1{fill:#e0a526}.part2{fill:#b5403a}.part3{fill:#8fb8c9}.part4{fill:#6b5b95}.part5{fill:#a6aeb7}.part6{fill:#3d4852}
.hidden{fill:url(#hatch);stroke:#9aa5b0;stroke-width:.5}
.table{overflow-x:auto;margin-top:1rem}
table{border-collapse:collapse;width:100%;font-size:.87rem;position:relative;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.35rem .4rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:bottom}
thead th{border-bottom:2px solid var(--ink);font-weight:600;line-height:1.25}
th:first-child,.class{text-align:left}
tbody th{min-width:11rem}
tbody th{font-weight:400}
tr.total th,tr.total td{font-weight:700;border-top:2px solid var(--ink)}
.out{color:var(--quiet)}
footer{color:var(--quiet);font-size:.9rem}
@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}section,.cards div{border-color:#999;break-inside:avoid}
svg *,.test{-webkit-print-color-adjust:exact;print-color-adjust:exact}.table{overflow:visible}table{font-size:8.5pt}tbody th{min-width:0}section{padding:.75rem}}
)";

// Drawn once, used by every chart: what is left out.
constexpr const char* kHatch =
    "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs><pattern id=\"hatch\" "
    "width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"6\" "
    "height=\"6\" fill=\"#fff\"/><rect width=\"2\" height=\"6\" fill=\"#9aa5b0\"/></pattern></defs></svg>\n";

std::string TableOf(const Sheet& sheet, Language language) {
  std::string out = "<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"" +
                    Escaped(sheet.title) + "\"><table><caption>" + Escaped(sheet.title) +
                    "</caption>\n<thead><tr><th scope=\"col\">" + Escaped(sheet.row_header) + "</th>";
  if (sheet.classes)
    out += "<th scope=\"col\" class=\"class\">" + Escaped(contract::Text("stat.class", language)) + "</th>";
  for (const Sheet::Column& column : sheet.columns)
    out += "<th scope=\"col\">" + Escaped(column.label) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const SheetRow& row : sheet.rows) {
    out += row.total ? "<tr class=\"total\">" : "<tr>";
    out += "<th scope=\"row\">" + Escaped(row.label) + "</th>";
    if (sheet.classes) out += "<td class=\"class\">" + Escaped(row.legal_class) + "</td>";
    for (size_t c = 0; c < row.cells.size(); ++c) {
      const std::string text = Escaped(CellText(row.cells[c], sheet.columns[c].unit, language));
      out += row.cells[c].value ? "<td>" + text + "</td>" : "<td class=\"out\">" + text + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string ChartOf(const Sheet& sheet, Language language) {
  if (sheet.id == "outcomes") return internal::StackedBars(sheet, sheet.columns.size() - 2, language);
  if (sheet.id == "clocks") return internal::TimeScale(sheet, language);
  if (sheet.columns.size() == 1) return internal::RowBars(sheet, language);
  return internal::ColumnBars(sheet, language);
}

// The figures that are read first.
std::string Cards(const Sheets& sheets) {
  std::string out = "<dl class=\"cards\">";
  const auto card = [&](const std::string& label, const Cell& cell, Unit unit) {
    out += "<div><dt>" + Escaped(label) + "</dt><dd>" +
           Escaped(CellText(cell, unit, sheets.language)) + "</dd></div>\n";
  };
  const Sheet& outcomes = *sheets.Find("outcomes");
  const std::vector<Cell>& told = outcomes.rows.back().cells;
  card(contract::Text("stat.signals", sheets.language), told[told.size() - 2], Unit::kCount);
  card(contract::Text("stat.rate", sheets.language), told.back(), Unit::kShare);
  const Sheet& clocks = *sheets.Find("clocks");
  for (const size_t step : {size_t{kRegistered}, size_t{kAnswered}})
    card(clocks.columns[step * 2].label, clocks.rows.back().cells[step * 2], Unit::kTime);
  return out + "</dl>\n";
}

}  // namespace

std::string Page(const Sheets& sheets) {
  const Language language = sheets.language;
  const std::string title = Escaped(sheets.title);
  std::string out = "<!DOCTYPE html>\n<html lang=\"";
  out += language == Language::kSwedish ? "sv" : "en";
  out += "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
         title + ", " + Escaped(sheets.period) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<main>\n";
  if (sheets.test)
    out += "<div class=\"test\">" + Escaped(contract::Text("mark.test", language)) + "</div>\n";
  out += "<h1>" + title + "</h1>\n<p class=\"period\">" + Escaped(sheets.period) + "</p>\n";
  if (!sheets.empty.empty()) {
    out += "<section><p>" + Escaped(sheets.empty) + "</p></section>\n";
  } else {
    out += kHatch;
    out += Cards(sheets);
  }
  for (const Sheet& sheet : sheets.all) {
    out += "<section aria-labelledby=\"h-" + sheet.id + "\">\n<h2 id=\"h-" + sheet.id + "\">" +
           Escaped(sheet.title) + "</h2>\n<p class=\"about\">" + Escaped(sheet.about) + "</p>\n<figure>" +
           ChartOf(sheet, language) + "</figure>\n" + TableOf(sheet, language) + "</section>\n";
  }
  out += "<footer><p>" + Escaped(sheets.note) + "</p></footer>\n</main>\n</body>\n</html>\n";
  return out;
}

}  // namespace sam::statistics
