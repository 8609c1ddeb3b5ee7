#include "adapters/intake/code_lists.h"

#include <array>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "broker/contract/texts.h"

namespace sam::intake {
namespace {

constexpr size_t kMaxFile = size_t{1} << 20;
constexpr const char* kAcute = ":ACUTE";

const std::vector<std::string> kKindColumns = {"type",          "reason",          "working_status",
                                               "document_type", "document_sender", "title"};
const std::vector<std::string> kSenderColumns = {"from_who"};
const std::vector<std::string> kUnitColumns = {"organisation_id", "organisation_unit_id",
                                               "caseworker_id"};
const std::vector<std::string> kNeeded = {"type", "title", "from_who", "organisation_unit_id"};

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rb"));
  if (!file) return NotFound("code table " + path + ": cannot be opened");
  std::string text(kMaxFile + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (text.size() > kMaxFile) return Invalid("code table " + path + ": larger than 1 MiB");
  return text;
}

std::optional<int64_t> Number(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool Said(const std::string& cell) { return !cell.empty() && cell != "-"; }

// What is wrong with one table beyond its form, a line each.
class Checker {
 public:
  Checker(const kit::CodeTable& table, std::string* errors) : table_(table), errors_(errors) {}

  void Columns(const std::vector<std::string>& expected) {
    for (const std::string& name : expected)
      if (!table_.ColumnIndex(name)) Fail(1, 1, "the column '" + name + "' is missing");
    for (size_t i = 1; i < table_.columns().size(); ++i) {
      bool known = false;
      for (const std::string& name : expected) known = known || name == table_.columns()[i];
      if (!known) Fail(1, 1, "the column '" + table_.columns()[i] + "' has no meaning here");
    }
  }
  void Needed() {
    for (const std::string& name : kNeeded)
      if (const auto column = table_.ColumnIndex(name))
        for (const auto& cell : table_.Column(*column))
          if (!Said(cell.value)) Fail(cell.line, cell.at, "'" + name + "' is always sent");
  }
  void Numbers() {
    for (const std::string& name : kUnitColumns)
      if (const auto column = table_.ColumnIndex(name))
        for (const auto& cell : table_.Column(*column))
          if (Said(cell.value) && !Number(cell.value))
            Fail(cell.line, cell.at, "'" + name + "' is a number of at most 9 digits, or -");
  }
  void Kinds() {
    for (const auto& cell : table_.Column(0)) {
      std::string code = cell.value;
      const size_t colon = code.find(':');
      const bool acute = colon != std::string::npos;
      if (acute && code.substr(colon) != ":acute")
        Fail(cell.line, cell.at, "after ':' only acute has a meaning");
      code = code.substr(0, colon);
      if (code.rfind("SIG-", 0) != 0 || !contract::HasText("signal." + code))
        Fail(cell.line, cell.at, "not a kind of signal that is answered; such as SIG-A1");
    }
  }

 private:
  void Fail(int line, int column, const std::string& what) {
    errors_->append(errors_->empty() ? "" : "\n").append(table_.file());
    errors_->append(":").append(std::to_string(line)).append(":").append(std::to_string(column));
    errors_->append(": ").append(what);
  }
  const kit::CodeTable& table_;
  std::string* errors_;
};

std::optional<kit::CodeTable> LoadOne(const std::string& path, std::string* errors) {
  auto text = ReadFile(path);
  auto table = text.ok() ? kit::CodeTable::Parse(*text, path)
                         : Result<kit::CodeTable>(text.error());
  if (table.ok()) return std::move(table).value();
  errors->append(errors->empty() ? "" : "\n").append(table.error().message);
  return std::nullopt;
}

std::string Cell(const kit::CodeTable& table, const std::string& row, const std::string& column) {
  std::string value = table.Find(row, *table.ColumnIndex(column)).value_or("-");
  return value == "-" ? std::string() : value;
}

// The first of these that the table has; empty: none.
std::string FirstOf(const kit::CodeTable& table, const std::vector<std::string>& rows) {
  for (const std::string& row : rows)
    if (!row.empty() && table.Has(row)) return row;
  return {};
}

std::string KindRow(const kit::CodeTable& kinds, std::string_view code, bool acute) {
  const std::string plain(code);
  std::string with_acute = plain;
  with_acute.append(kAcute);
  return FirstOf(kinds, {acute ? with_acute : std::string(), plain});
}

Error Lacks(const kit::CodeTable& table, const std::string& what) {
  std::string text = table.file();
  text.append(" (version ").append(table.version()).append(") has no row ").append(what);
  return NotFound(text);
}

}  // namespace

Result<CodeLists> CodeLists::Load(const std::string& kinds, const std::string& senders,
                                  const std::string& units) {
  CodeLists out;
  std::string errors;
  out.kinds_ = LoadOne(kinds, &errors);
  out.senders_ = LoadOne(senders, &errors);
  out.units_ = LoadOne(units, &errors);
  const auto check = [&errors](const std::optional<kit::CodeTable>& table,
                               const std::vector<std::string>& columns) {
    if (!table) return;
    Checker checker(*table, &errors);
    checker.Columns(columns);
    checker.Needed();
    checker.Numbers();
  };
  check(out.kinds_, kKindColumns);
  check(out.senders_, kSenderColumns);
  check(out.units_, kUnitColumns);
  if (out.kinds_) Checker(*out.kinds_, &errors).Kinds();
  if (!errors.empty()) return Invalid(errors);
  return out;
}

bool CodeLists::Wants(std::string_view code, bool acute) const {
  return kinds_ && !KindRow(*kinds_, code, acute).empty();
}

Result<Codes> CodeLists::Find(const Asked& asked) const {
  if (!kinds_ || !senders_ || !units_) return NotFound("no code tables are loaded");
  const std::string kind = KindRow(*kinds_, asked.code, asked.acute);
  if (kind.empty()) return Lacks(*kinds_, "for this kind of signal");
  const std::string sender(asked.sender);
  const std::string from =
      FirstOf(*senders_, {sender, sender.substr(0, sender.find('.')), std::string("*")});
  if (from.empty()) return Lacks(*senders_, "for this sender, and no row *");
  const std::string receiver(asked.receiver);
  std::string at_home = receiver;
  at_home.append("/").append(asked.municipality);
  const std::string unit = FirstOf(*units_, {at_home, receiver});
  if (unit.empty()) return Lacks(*units_, "for this function");
  Codes out;
  out.type = Cell(*kinds_, kind, "type");
  out.reason = Cell(*kinds_, kind, "reason");
  out.working_status = Cell(*kinds_, kind, "working_status");
  out.document_type = Cell(*kinds_, kind, "document_type");
  out.document_sender = Cell(*kinds_, kind, "document_sender");
  out.title = Cell(*kinds_, kind, "title");
  out.from_who = Cell(*senders_, from, "from_who");
  out.organisation_id = Number(Cell(*units_, unit, "organisation_id"));
  out.organisation_unit_id = Number(Cell(*units_, unit, "organisation_unit_id"));
  out.caseworker_id = Number(Cell(*units_, unit, "caseworker_id"));
  return out;
}

}  // namespace sam::intake
