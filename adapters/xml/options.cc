#include "adapters/xml/options.h"

#include <algorithm>
#include <utility>

#include "adapters/kit/source_kind.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

std::vector<PlacePath> ReadPaths(config::Table& table, const char* key,
                                 const std::vector<std::string>& texts) {
  std::vector<PlacePath> out;
  for (const std::string& text : texts) {
    Result<PlacePath> path = ParsePath(text);
    if (path.ok())
      out.push_back(std::move(*path));
    else
      table.Fail(key, "places in a record; " + path.error().message);
  }
  return out;
}

}  // namespace

XmlOptions ReadXmlOptions(config::Table& table, const std::string& folder) {
  XmlOptions out;
  const std::string record = table.Text("record");
  for (const std::string_view name : Split(record, '/')) {
    if (name != "*" && !IsName(name)) {
      table.Fail("record", "the record element's path from the root, such as leverans/handelse");
      break;
    }
    out.record.emplace_back(name);
  }
  if (out.record.size() == 1 && out.record[0] == "*")
    table.Fail("record", "a name, or a path with * in it such as leverans/*");
  out.ns = table.TextOr("namespace", "");
  const std::string trigger = table.TextOr("trigger", "");
  if (!trigger.empty()) out.trigger = ReadPaths(table, "trigger", {trigger});
  const std::vector<std::string> ids = table.TextList("id");
  const std::vector<std::string> persons = table.TextList("person");
  out.id = ReadPaths(table, "id", ids);
  out.person = ReadPaths(table, "person", persons);
  // A message's id travels in the open, in logs and answers.
  for (const std::string& person : persons)
    if (std::find(ids.begin(), ids.end(), person) != ids.end())
      table.Fail("id", "places that hold no person's number");
  out.patient_system = table.TextOr("patient_system", "");
  out.lenient_numbers = table.BoolOr("lenient_numbers", false);
  out.max_record_bytes = static_cast<size_t>(table.IntOr("max_record_kb", 64, 1, 1024)) * 1024;
  out.max_header_bytes = static_cast<size_t>(table.IntOr("max_header_kb", 8, 1, 64)) * 1024;
  out.max_depth = static_cast<size_t>(table.IntOr("max_depth", 32, 2, 100));
  out.max_records = static_cast<uint64_t>(table.IntOr("max_records", 2'000'000, 1, 100'000'000));
  out.allow_empty = table.BoolOr("allow_empty", false);
  const std::string xsd = table.TextOr("xsd", "");
  if (xsd.empty()) return out;
  Result<std::unique_ptr<Schema>> schema = Schema::Load(kit::Under(folder, xsd));
  if (schema.ok())
    out.schema = std::move(*schema);
  else
    table.Fail("xsd", "a schema that can be read; " + schema.error().message);
  return out;
}

bool IsRecord(const XmlOptions& options, const std::vector<std::string>& names) {
  const std::vector<std::string>& record = options.record;
  if (record.size() == 1) return !names.empty() && names.back() == record[0];
  return record.size() == names.size() &&
         std::equal(record.begin(), record.end(), names.begin(),
                    [](const std::string& a, const std::string& b) { return a == "*" || a == b; });
}

}  // namespace sam::xml
