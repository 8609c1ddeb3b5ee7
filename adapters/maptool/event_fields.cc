#include "adapters/maptool/event_fields.h"

#include <algorithm>
#include <set>

#include "adapters/maptool/json.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::maptool {
namespace {

using Fields = std::map<std::string, FieldValue>;

constexpr const char* kMade[] = {"header.eventId",
                                 "header.recordedAt",
                                 "header.provenance.mapping",
                                 "header.provenance.mappingVersion",
                                 "header.provenance.mappingDigest",
                                 "header.provenance.rawDigest",
                                 "header.provenance.rawRef"};

bool IsMade(const std::string& path) {
  return std::any_of(std::begin(kMade), std::end(kMade),
                     [&](const char* one) { return path == one; });
}

// `plain`: the path without indexes, as the schema names it.
void Flatten(const Json& value, const std::string& path, const std::string& plain,
             const std::set<std::string>& hidden, Fields& out) {
  if (value.is_object()) {
    for (const auto& entry : value.items()) {
      if (path.empty() && entry.key() == "_hidden") continue;
      const std::string dot = path.empty() ? "" : ".";
      Flatten(entry.value(), path + dot + entry.key(), plain + dot + entry.key(), hidden, out);
    }
    return;
  }
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i)
      Flatten(value[i], path + "[" + std::to_string(i) + "]", plain, hidden, out);
    return;
  }
  if (IsMade(plain)) return;
  FieldValue field;
  if (plain == "header.replaces")
    field.text = "an earlier event";
  else
    field.text = value.is_string() ? value.get<std::string>() : value.dump();
  for (size_t end = plain.find('.'); !field.personal; end = plain.find('.', end + 1)) {
    field.personal = hidden.count(plain.substr(0, end)) > 0;
    if (end == std::string::npos) break;
  }
  out[path] = std::move(field);
}

std::set<std::string> HiddenIn(const Json& masked) {
  std::set<std::string> out;
  const auto list = masked.find("_hidden");
  if (list == masked.end()) return out;
  for (const Json& path : *list)
    if (path.is_string()) out.insert(path.get<std::string>());
  return out;
}

}  // namespace

Result<Fields> FieldsOf(std::string_view event) {
  return wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<Fields> {
    const Json all = Json::parse(contract::EventJson(reader, true), nullptr, false);
    const Json masked = Json::parse(contract::EventJson(reader, false), nullptr, false);
    if (!all.is_object() || !masked.is_object()) return Internal("an event is no JSON object");
    Fields out;
    Flatten(all, "", "", HiddenIn(masked), out);
    return out;
  });
}

}  // namespace sam::maptool
