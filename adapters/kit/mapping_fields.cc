// The part of MappingLoader that reads one field's assignment and one condition.
#include <algorithm>
#include <cstdlib>

#include "adapters/hl7/identifier.h"
#include "adapters/kit/mapping_loader.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

const std::vector<std::string>& ConvertNames() {
  static const std::vector<std::string> kNames = {"text",        "time", "date",         "int",
                                                  "identifiers", "name", "municipality", "hsa-id",
                                                  "org-nr",      "base64", "file",         "signal",
                                                  "hours"};
  return kNames;
}

constexpr int64_t kMaxHours = 24LL * 366;

bool IsEnumKind(TargetKind kind) {
  return kind == TargetKind::kEnum || kind == TargetKind::kEnumList;
}

}  // namespace

std::optional<Selector> MappingLoader::Compile(const std::string& where, const std::string& text) {
  Result<Selector> selector = mapping_.format_->Compile(text);
  if (!selector.ok()) {
    Fail(where, selector.error().message);
    return std::nullopt;
  }
  const std::string hint = mapping_.format_->PlaceHint(*selector);
  if (!hint.empty()) Hint(where, hint);
  return std::move(selector).value();
}

// One place, or several of which the first with a value counts ("SCH-8.1|SCH-7.1"). False: some
// cannot be read, which has been told.
bool MappingLoader::ReadPlaces(config::Table spec, const std::string& key,
                               std::vector<Selector>& out) {
  bool readable = true;
  const std::string places = spec.Text(key);
  for (const std::string_view place : Split(places, '|')) {
    const std::optional<Selector> at = Compile(spec.Where(key), std::string(place));
    if (at) out.push_back(*at);
    readable = readable && at.has_value();
  }
  return readable;
}

std::optional<Lookup> MappingLoader::ReadLookup(config::Table spec, const std::string& key) {
  const std::string name = spec.TextOr(key, "");
  const std::string column = spec.TextOr("column", "");
  if (name.empty()) {
    if (!column.empty()) Fail(spec.Where("column"), "column without a table; say table = \"...\"");
    return std::nullopt;
  }
  used_tables_.insert(name);
  const auto table = mapping_.tables_.find(name);
  if (table == mapping_.tables_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, unused] : mapping_.tables_) names.push_back(known);
    // A table that is named in [tables] and could not be read is told there.
    const bool named = table_names_.count(name) > 0;
    if (!named)
      Fail(spec.Where(key), "unknown table '" + name + "'; expected one of [tables]" +
                                NearestHint(name, names));
    return std::nullopt;
  }
  const std::optional<size_t> index = table->second.ColumnIndex(column);
  if (!index) {
    const std::vector<std::string>& all = table->second.columns();
    Fail(spec.Where("column"), "table '" + name + "' has no column '" + column + "'" +
                                   NearestHint(column, {all.begin() + 1, all.end()}));
    return std::nullopt;
  }
  return Lookup{name, &table->second, *index};
}

std::optional<Condition> MappingLoader::ReadCondition(config::Table spec) {
  Condition out;
  out.stands_at = spec.Where();
  bool readable = ReadPlaces(spec, "at", out.at);
  if (spec.Has("present")) {
    out.op = spec.BoolOr("present", true) ? Condition::Op::kPresent : Condition::Op::kAbsent;
  } else if (spec.Has("not_in")) {
    out.op = Condition::Op::kNotIn;
    out.values = spec.TextList("not_in");
  } else if (spec.Has("other_than")) {
    out.op = Condition::Op::kOtherThan;
    out.values = spec.TextList("other_than");
  } else if (spec.Has("table")) {
    out.op = Condition::Op::kTable;
    out.lookup = ReadLookup(spec, "table");
    out.values = spec.TextList("gives");
    if (spec.Has("not_gives")) {
      out.op = Condition::Op::kTableNot;
      out.values = spec.TextList("not_gives");
    }
    if (!out.lookup) return std::nullopt;
    CheckGives(spec, spec.Has("not_gives") ? "not_gives" : "gives", *out.lookup, out.values);
  } else if (spec.Has("unknown_in")) {
    out.op = Condition::Op::kUnknownIn;
    out.lookup = ReadLookup(spec, "unknown_in");
    if (!out.lookup) return std::nullopt;
  } else if (spec.Has("within_hours")) {
    out.op = Condition::Op::kWithinHours;
    out.hours = spec.IntOr("within_hours", 24, 0, kMaxHours);
    readable = ReadPlaces(spec, "of", out.of) && readable;
  } else if (spec.Has("equals")) {
    out.values = {spec.Text("equals")};
  } else if (spec.Has("in")) {
    out.values = spec.TextList("in");
  } else {
    Fail(spec.Where(),
         "expected one of equals, in, not_in, other_than, present, table, unknown_in, within_hours");
    return std::nullopt;
  }
  if (!readable) return std::nullopt;
  return out;
}

std::optional<Assignment> MappingLoader::ReadAssignment(config::Table fields,
                                                        const std::string& key,
                                                        capnp::StructSchema schema) {
  std::optional<config::Table> spec = fields.Sub(key);
  if (!spec) return std::nullopt;  // Sub has noted the wrong type
  const std::string where = fields.Where(key);
  Result<Target> target = FindTarget(schema, key);
  Assignment out;
  bool as_known = true;
  out.stands_at = where;
  for (config::Table& where_spec : spec->List("where"))
    if (std::optional<Condition> condition = ReadCondition(where_spec))
      out.where.push_back(*condition);
  if (target.ok())
    out.target = *target;
  else
    Fail(where, target.error().message);
  if (spec->Has("each") || spec->Has("item")) {
    if (target.ok()) ReadItem(*spec, where, out);
  } else {
    ReadSource(*spec, out);
    as_known = ReadConvert(*spec, where, out);
  }
  out.target.required = spec->BoolOr("required", out.target.required) || out.target.required;
  if (!target.ok()) return std::nullopt;
  if (!as_known) return out;  // it fits nothing: one mistake, one finding
  CheckTypes(where, out);
  CheckCodes(where, out);
  return out;
}

void MappingLoader::ReadItem(config::Table spec, const std::string& where, Assignment& out) {
  out.each = spec.Text("each");
  CheckUnit(spec.Where("each"), out.each);
  std::optional<config::Table> item = spec.Sub("item");
  if (!item) return Fail(where, "expected a table item with the fields of one entry");
  if (out.target.kind != TargetKind::kStructList)
    return Fail(where, "each and item are for lists of structs");
  ReadFields(*item, *out.target.item, out.item);
}

void MappingLoader::ReadSource(config::Table spec, Assignment& out) {
  int sources = 0;
  if (spec.Has("const")) {
    ++sources;
    out.constant = spec.Text("const");
  }
  if (spec.Has("from")) {
    ++sources;
    if (auto selector = Compile(spec.Where("from"), spec.Text("from")))
      out.from.push_back(*selector);
  }
  for (const char* key : {"from_any", "from_all"}) {
    if (!spec.Has(key)) continue;
    ++sources;
    const std::vector<std::string> texts = spec.TextList(key);
    for (size_t i = 0; i < texts.size(); ++i)
      if (auto selector = Compile(spec.WhereItem(key, i), texts[i])) out.from.push_back(*selector);
  }
  if (spec.Has("from_all")) {
    out.all = true;
    if (!spec.Has("join")) Fail(spec.Where("from_all"), "expected join, such as join = \", \"");
  }
  if (sources != 1) Fail(spec.Where(), "expected exactly one of from, from_any, from_all, const");
  if (spec.Has("default")) out.fallback = spec.Text("default");
  if (spec.Has("join")) out.join = spec.Text("join");
}

bool MappingLoader::ReadConvert(config::Table spec, const std::string& where, Assignment& out) {
  out.convert = static_cast<Convert>(std::max(0, spec.OneOf("as", ConvertNames(), 0)));
  out.unknown = static_cast<Unknown>(spec.OneOf("unknown", {"default", "skip", "quarantine"}, 0));
  out.lookup = ReadLookup(spec, "table");
  if (out.lookup && out.convert != Convert::kPlain && out.convert != Convert::kInt)
    Fail(where, "table and as exclude each other here");
  if (out.convert == Convert::kHours)
    (void)ReadPlaces(spec, "since", out.since);
  else if (spec.Has("since"))
    Fail(spec.Where("since"), "since without as = \"hours\"");
  return out.convert != Convert::kPlain || spec.TextOr("as", ConvertNames()[0]) == ConvertNames()[0];
}

void MappingLoader::CheckTypes(const std::string& where, const Assignment& one) {
  const TargetKind kind = one.target.kind;
  const auto wants = [&](bool fits, const char* what) {
    if (!fits) Fail(where, std::string("'") + one.target.path + "' is " + what);
  };
  if (one.constant && (one.convert == Convert::kTime || one.convert == Convert::kName))
    wants(false, "set from the message: a constant time or name would be the same in each");
  switch (kind) {
    case TargetKind::kText:
      wants(one.convert != Convert::kTime && one.convert != Convert::kIdentifiers &&
                one.convert != Convert::kHours,
            "a text: as = time, as = identifiers and as = hours do not fit");
      break;
    case TargetKind::kInt:
      wants(one.constant || one.convert == Convert::kTime || one.convert == Convert::kInt ||
                one.convert == Convert::kHours,
            "a number: say as = \"int\" or as = \"time\" (or \"hours\")");
      wants(one.convert != Convert::kTime || one.target.int_max > INT32_MAX,
            "too small a number for a time");
      break;
    case TargetKind::kIdentifiers:
      wants(one.convert == Convert::kIdentifiers && !one.constant,
            "a list of identifiers: say as = \"identifiers\"");
      break;
    case TargetKind::kAttachment:
      wants((one.convert == Convert::kBase64 || one.convert == Convert::kFile) && !one.constant &&
                !one.join && !one.fallback,
            "of a file's content: say as = \"base64\" or as = \"file\"");
      break;
    case TargetKind::kSignal:
      wants(one.convert == Convert::kSignal && !one.constant && !one.join && !one.fallback,
            "the id of a signal: say as = \"signal\"");
      break;
    case TargetKind::kStructList:
      wants(!one.each.empty(), "a list of structs: say each = \"NK1\" and item = { ... }");
      break;
    default:
      wants(one.convert == Convert::kPlain, "set from a code: as does not fit, use a table");
      break;
  }
  const bool of_file = one.convert == Convert::kBase64 || one.convert == Convert::kFile;
  if (of_file && kind != TargetKind::kAttachment)
    wants(false, "no attachment's digest: as = base64 and as = file do not fit");
  if (one.convert == Convert::kSignal && kind != TargetKind::kSignal)
    wants(false, "no signal's id: as = signal does not fit");
  const bool joined_code = kind == TargetKind::kEnum && one.lookup;
  if (one.join && kind != TargetKind::kText && !joined_code)
    wants(false, "not one text: join does not fit");
}

namespace {

// A text of the mapping is set as it stands, so it must have the form that `as` would give it. What it
// should have been; null: it is.
const char* ConvertedFault(Convert convert, const std::string& value) {
  switch (convert) {
    case Convert::kDate: return value.size() == 10 && FromIso(value) ? nullptr : "a date as YYYY-MM-DD";
    case Convert::kMunicipality:
      return value.size() == 4 && AllDigits(value) ? nullptr : "a municipality code of 4 digits";
    case Convert::kHsaId: return hl7::NormaliseHsaId(value).ok() ? nullptr : "an HSA-id";
    case Convert::kOrgNr: return hl7::NormaliseOrgNr(value).ok() ? nullptr : "an organisation number";
    default: return nullptr;
  }
}

// Why this text cannot be the field's value; empty: it can.
std::string CodeFault(const Assignment& one, const std::string& value) {
  if (const char* form = ConvertedFault(one.convert, value)) {
    return "'" + value + "' is not " + form + ", for '" + one.target.path + "'";
  } else if (one.target.kind == TargetKind::kInt && one.convert != Convert::kTime) {
    const bool digits = !value.empty() &&
                        value.find_first_not_of("-0123456789") == std::string::npos &&
                        value.size() < 18;
    const int64_t number = digits ? std::strtoll(value.c_str(), nullptr, 10) : 0;
    if (!digits || number < one.target.int_min || number > one.target.int_max)
      return "'" + value + "' is no number that fits '" + one.target.path + "'";
  } else if (one.target.kind == TargetKind::kBool && value != "true" && value != "false") {
    return "'" + value + "' is neither true nor false";
  } else if (IsEnumKind(one.target.kind) && !one.target.HasName(value)) {
    return "unknown value '" + value + "' for '" + one.target.path + "'" +
           NearestHint(value, one.target.enumerants);
  }
  return "";
}

}  // namespace

void MappingLoader::CheckCodes(const std::string& where, const Assignment& one) {
  if (one.constant) {
    const std::string fault = CodeFault(one, *one.constant);
    if (!fault.empty()) Fail(where, fault);
  }
  if (one.fallback) {
    const std::string fault = CodeFault(one, *one.fallback);
    if (!fault.empty()) Fail(where, "default: " + fault);
  }
  if (one.lookup) CheckCells(where, one);
}

// A wrong cell is a mistake of the table, so its own place is told.
void MappingLoader::CheckCells(const std::string& where, const Assignment& one) {
  const CodeTable& table = *one.lookup->table;
  for (const CodeTable::Cell& cell : table.Column(one.lookup->column)) {
    if (cell.value.empty() || cell.value == "-") continue;
    const std::string fault = CodeFault(one, cell.value);
    const std::string place =
        table.file() + ":" + std::to_string(cell.line) + ":" + std::to_string(cell.at);
    if (fault.empty() || !told_cells_.insert(place).second) continue;
    Fail(place, fault + " (set at " + where + ")");
  }
}

// A value that stands nowhere in the column can never be given: the condition would be dead.
void MappingLoader::CheckGives(const config::Table& spec, const std::string& key, const Lookup& lookup,
                               const std::vector<std::string>& values) {
  std::set<std::string> known;
  for (const CodeTable::Cell& cell : lookup.table->Column(lookup.column))
    if (!cell.value.empty() && cell.value != "-") known.insert(cell.value);
  for (size_t i = 0; i < values.size(); ++i)
    if (known.count(values[i]) == 0)
      Fail(spec.WhereItem(key, i),
           "'" + values[i] + "' stands nowhere in column '" +
               lookup.table->columns()[lookup.column] + "' of table '" + lookup.name + "'" +
               NearestHint(values[i], {known.begin(), known.end()}));
}

}  // namespace sam::kit
