#include "adapters/kit/code_table.h"

#include <utility>

#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr std::string_view kVersionMark = "# version:";

std::string Fold(std::string_view code) {
  std::string out(Trim(code));
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

Result<CodeTable> CodeTable::Parse(std::string_view text, const std::string& file) {
  CodeTable out;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  int number = 0;
  for (const std::string_view raw : Split(text, '\n')) {
    ++number;
    const std::string where = file + ":" + std::to_string(number) + ":1: ";
    const std::string_view line = Trim(raw);
    if (!IsValidUtf8(line)) return Invalid(where + "not UTF-8; save the file as UTF-8");
    if (line.substr(0, kVersionMark.size()) == kVersionMark)
      out.version_ = std::string(Trim(line.substr(kVersionMark.size())));
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> cells;
    for (const std::string_view cell : Split(line, ';')) cells.emplace_back(Trim(cell));
    if (out.columns_.empty()) {
      if (cells.size() < 2 || cells.size() > kMaxColumns)
        return Invalid(where + "expected a header such as code;value");
      out.columns_ = std::move(cells);
      continue;
    }
    if (cells.size() != out.columns_.size())
      return Invalid(where + "expected " + std::to_string(out.columns_.size()) + " cells, found " +
                     std::to_string(cells.size()));
    std::string code = Fold(cells[0]);
    if (code.empty()) return Invalid(where + "the code is empty");
    if (out.rows_.size() == kMaxRows)
      return Invalid(where + "more than " + std::to_string(kMaxRows) + " rows");
    const auto [at, fresh] = out.rows_.emplace(std::move(code), Row{std::move(cells), number});
    if (!fresh)
      return Invalid(where + "the code stands on line " + std::to_string(at->second.line) +
                     " already");
  }
  if (out.columns_.empty()) return Invalid(file + ":1:1: expected a header such as code;value");
  if (out.version_.empty())
    return Invalid(file + ":1:1: expected a line '" + std::string(kVersionMark) + " ...'");
  return out;
}

bool CodeTable::Has(std::string_view code) const { return rows_.count(Fold(code)) > 0; }

std::optional<std::string> CodeTable::Find(std::string_view code, size_t column) const {
  const auto row = rows_.find(Fold(code));
  if (row == rows_.end()) return std::nullopt;
  const std::string& cell = row->second.cells[column];
  return cell.empty() ? std::string("-") : cell;
}

std::optional<size_t> CodeTable::ColumnIndex(std::string_view name) const {
  if (name.empty()) return 1;
  for (size_t i = 1; i < columns_.size(); ++i)
    if (columns_[i] == name) return i;
  return std::nullopt;
}

std::vector<CodeTable::Cell> CodeTable::Column(size_t column) const {
  std::vector<Cell> out;
  for (const auto& [code, row] : rows_) out.push_back({row.cells[column], row.line});
  return out;
}

}  // namespace sam::kit
