#include "adapters/kit/code_table.h"

#include <utility>

#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr std::string_view kVersionMark = "# version:";

std::string Fold(std::string_view code) { return UpperAscii(Trim(code)); }

}  // namespace

// Reads line by line and collects what is wrong, so that whoever wrote the file sees all of it.
class CodeTable::Reader {
 public:
  explicit Reader(const std::string& file) { out_.file_ = file; }

  void Line(std::string_view raw) {
    ++number_;
    const std::string_view line = Trim(raw);
    if (!IsValidUtf8(line)) return Fail(1, "not UTF-8; save the file as UTF-8");
    if (line.substr(0, kVersionMark.size()) == kVersionMark)
      out_.version_ = std::string(Trim(line.substr(kVersionMark.size())));
    if (line.empty() || line[0] == '#') return;
    Row row;
    row.line = number_;
    for (const std::string_view cell : Split(line, ';')) {
      const std::string_view text = Trim(cell);
      const char* begin = text.empty() ? cell.data() : text.data();
      row.at.push_back(static_cast<int>(begin - raw.data()) + 1);
      row.cells.emplace_back(text);
    }
    if (out_.columns_.empty())
      Header(row);
    else
      Add(std::move(row));
  }

  Result<CodeTable> Finish() {
    number_ = 1;
    if (out_.columns_.empty() && !header_seen_) Fail(1, "expected a header such as code;value");
    if (out_.version_.empty())
      Fail(1,
           "expected a line '" + std::string(kVersionMark) + " ...', such as # version: 2026-03");
    if (!errors_.empty()) return Invalid(errors_);
    return std::move(out_);
  }
  bool full() const { return failures_ >= kMaxErrors; }

 private:
  void Header(Row& row) {
    if (row.cells.size() < 2 || row.cells.size() > kMaxColumns) {
      if (!header_seen_) Fail(1, "expected a header such as code;value");
      header_seen_ = true;
      return;
    }
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (row.cells[i].empty()) Fail(row.at[i], "this column has no name");
      for (size_t j = 0; j < i; ++j)
        if (row.cells[i] == row.cells[j] && !row.cells[i].empty())
          Fail(row.at[i], "the column '" + row.cells[i] + "' stands there twice");
    }
    out_.columns_ = std::move(row.cells);
  }

  void Add(Row row) {
    const size_t expected = out_.columns_.size();
    if (row.cells.size() != expected)
      return Fail(1, "expected " + std::to_string(expected) + " cells, found " +
                         std::to_string(row.cells.size()));
    std::string code = Fold(row.cells[0]);
    if (code.empty()) return Fail(1, "the code is empty");
    if (out_.rows_.size() == kMaxRows) {
      if (!too_many_) Fail(1, "more than " + std::to_string(kMaxRows) + " rows");
      too_many_ = true;
      return;
    }
    const auto [at, fresh] = out_.rows_.emplace(std::move(code), std::move(row));
    if (!fresh) Fail(1, "the code stands on line " + std::to_string(at->second.line) + " already");
  }

  void Fail(int column, const std::string& what) {
    if (full()) return;
    ++failures_;
    errors_.append(errors_.empty() ? "" : "\n").append(out_.file_);
    errors_.append(":" + std::to_string(number_) + ":" + std::to_string(column) + ": ");
    errors_.append(what);
  }

  CodeTable out_;
  int number_ = 0;
  bool header_seen_ = false;
  bool too_many_ = false;
  size_t failures_ = 0;
  std::string errors_;
};

Result<CodeTable> CodeTable::Parse(std::string_view text, const std::string& file) {
  Reader reader(file);
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  for (const std::string_view raw : Split(text, '\n')) {
    reader.Line(raw);
    if (reader.full()) break;
  }
  return reader.Finish();
}

bool CodeTable::Has(std::string_view code) const { return rows_.count(Fold(code)) > 0; }

std::optional<std::string> CodeTable::Find(std::string_view code, size_t column) const {
  std::optional<Cell> cell = FindCell(code, column);
  if (!cell) return std::nullopt;
  return std::move(cell->value);
}

std::optional<CodeTable::Cell> CodeTable::FindCell(std::string_view code, size_t column) const {
  const auto row = rows_.find(Fold(code));
  if (row == rows_.end()) return std::nullopt;
  const std::string& cell = row->second.cells[column];
  return Cell{cell.empty() ? std::string("-") : cell, row->second.line, row->second.at[column]};
}

std::optional<size_t> CodeTable::ColumnIndex(std::string_view name) const {
  if (name.empty()) return 1;
  for (size_t i = 1; i < columns_.size(); ++i)
    if (columns_[i] == name) return i;
  return std::nullopt;
}

std::vector<CodeTable::Cell> CodeTable::Column(size_t column) const {
  std::vector<Cell> out;
  for (const auto& [code, row] : rows_)
    out.push_back({row.cells[column], row.line, row.at[column]});
  return out;
}

}  // namespace sam::kit
