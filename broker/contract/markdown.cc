// The tables of schemas/README.md, made from the marks themselves.
#include <set>
#include <vector>

#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"

namespace sam::contract {
namespace {

std::string Flags(const FieldInfo& info) {
  std::string out;
  const auto add = [&out](const char* word) {
    if (!out.empty()) out += ", ";
    out += word;
  };
  if (info.required) add("required");
  if (info.place) add("place");
  if (info.routes) add("routes");
  if (info.free_text) add("free text");
  return out;
}

void AddStruct(capnp::StructSchema schema, std::set<uint64_t>& seen, std::string& out);

void AddBelow(capnp::Type type, std::set<uint64_t>& seen, std::string& out) {
  if (type.isList()) return AddBelow(type.asList().getElementType(), seen, out);
  if (type.isStruct()) AddStruct(type.asStruct(), seen, out);
}

void AddStruct(capnp::StructSchema schema, std::set<uint64_t>& seen, std::string& out) {
  if (!seen.insert(schema.getProto().getId()).second) return;
  const std::string sv = SwedishOf(schema);
  out += "\n#### " + internal::ShortName(schema) + (sv.empty() ? "" : " (" + sv + ")") + "\n\n";
  out += "| Field | Type | Sens | Swedish | Marks |\n|---|---|---|---|---|\n";
  for (const auto field : schema.getFields()) {
    const FieldInfo info = InfoOf(field);
    const std::string sens = info.sensitivity ? SensitivityName(*info.sensitivity) : "";
    out += "| " + info.name + " | " + info.type + " | " + sens + " | " + info.sv + " | " +
           Flags(info) + " |\n";
  }
  for (const auto field : schema.getFields()) AddBelow(field.getType(), seen, out);
}

}  // namespace

std::string CatalogueMarkdown() {
  std::string out = "| Row | Event type | Union member | Sens | Class | Swedish |\n";
  out += "|---|---|---|---|---|---|\n";
  for (const EventType& type : EventTypes()) {
    out += "| " + std::to_string(type.row) + " | " + type.name + " | " + type.member + " | " +
           SensitivityName(type.sensitivity) + " | " + ClassLetter(type.legal_class) + " | " +
           type.sv + " |\n";
  }
  out += "\n| Signal | Union member | Sens | Class | Swedish |\n|---|---|---|---|---|\n";
  for (const SignalType& type : SignalTypes()) {
    out += "| " + type.code + " | " + type.member + " | " + SensitivityName(type.sensitivity) +
           " | " + ClassLetter(type.legal_class) + " | " + type.sv + " |\n";
  }
  std::set<uint64_t> seen;
  AddStruct(capnp::Schema::from<schema::Event>(), seen, out);
  AddStruct(capnp::Schema::from<schema::Signal>(), seen, out);
  return out;
}

}  // namespace sam::contract
