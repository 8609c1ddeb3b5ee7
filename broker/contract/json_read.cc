#include "broker/contract/json_read.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <nlohmann/json.hpp>

#include "broker/base/ids.h"
#include "broker/base/text.h"
#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/values.h"
#include "schemas/event.capnp.h"

namespace sam::contract {
namespace {

using nlohmann::json;

constexpr size_t kTextMax = size_t{1} << 20;

Error Bad(const std::string& path, const char* expected) {
  std::string message = path;
  return Invalid(message.append(": expected ").append(expected));
}

Result<std::string> BytesOf(const json& value, const std::string& path) {
  if (!value.is_string()) return Bad(path, "hex digits or a UUID");
  const std::string text = value.get<std::string>();
  auto bytes = text.find('-') == std::string::npos ? FromHex(text) : FromUuid(text);
  if (!bytes) return Bad(path, "hex digits or a UUID");
  return std::move(*bytes);
}

Result<int64_t> TimeOf(const json& value, const std::string& path) {
  if (value.is_number_integer()) return value.get<int64_t>();
  const auto time = value.is_string() ? FromIso(value.get<std::string>()) : std::nullopt;
  if (!time) return Bad(path, "a time like 2026-03-02T09:15:00Z");
  return time->value;
}

Status ReadStruct(const json& from, capnp::DynamicStruct::Builder into, const std::string& path);

Result<capnp::DynamicEnum> EnumOf(const json& value, capnp::EnumSchema schema,
                                  const std::string& path) {
  if (!value.is_string()) return Bad(path, "a word of the schema");
  KJ_IF_MAYBE(found, schema.findEnumerantByName(value.get<std::string>())) {
    return capnp::DynamicEnum(*found);
  }
  return Bad(path, "a word of the schema");
}

int64_t MostOf(capnp::Type type) {
  using Which = capnp::schema::Type::Which;
  switch (type.which()) {
    case Which::INT8: return INT8_MAX;
    case Which::UINT8: return UINT8_MAX;
    case Which::INT16: return INT16_MAX;
    case Which::UINT16: return UINT16_MAX;
    case Which::INT32: return INT32_MAX;
    case Which::UINT32: return UINT32_MAX;
    case Which::UINT64: return INT64_MAX;
    default: return -1;  // no number: nothing fits
  }
}

// A value that stands on its own; struct and list are read by those who hold their builders.
template <typename Set>
Status ReadPlain(const json& value, capnp::Type type, const std::string& path, const Set& set) {
  using Which = capnp::schema::Type::Which;
  switch (type.which()) {
    case Which::VOID: set(capnp::Void()); return Ok();
    case Which::BOOL:
      if (!value.is_boolean()) return Bad(path, "true or false");
      set(value.get<bool>());
      return Ok();
    case Which::TEXT: {
      if (!value.is_string()) return Bad(path, "a text");
      const std::string text = value.get<std::string>();
      set(capnp::Text::Reader(text.c_str(), text.size()));
      return Ok();
    }
    case Which::DATA: {
      SAM_ASSIGN(const std::string bytes, BytesOf(value, path));
      set(capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()));
      return Ok();
    }
    case Which::INT64: {
      SAM_ASSIGN(const int64_t time, TimeOf(value, path));
      set(time);
      return Ok();
    }
    case Which::ENUM: {
      SAM_ASSIGN(const capnp::DynamicEnum word, EnumOf(value, type.asEnum(), path));
      set(word);
      return Ok();
    }
    default:
      // The dynamic interface would tell of a number that does not fit by throwing.
      if (!value.is_number_integer() || value.get<int64_t>() < 0 ||
          value.get<int64_t>() > MostOf(type))
        return Bad(path, "a whole number that fits");
      set(value.get<int64_t>());
      return Ok();
  }
}

Status ReadList(const json& from, capnp::ListSchema schema, capnp::DynamicList::Builder into,
                const std::string& path) {
  const capnp::Type element = schema.getElementType();
  for (unsigned i = 0; i < into.size(); ++i) {
    const std::string here = path + "[" + std::to_string(i) + "]";
    if (element.isStruct()) {
      SAM_TRY(ReadStruct(from[i], into[i].as<capnp::DynamicStruct>(), here));
      continue;
    }
    if (element.isList()) return Bad(here, "no list of lists");
    SAM_TRY(ReadPlain(from[i], element, here,
                      [&](const capnp::DynamicValue::Reader& value) { into.set(i, value); }));
  }
  return Ok();
}

Status ReadField(const json& from, capnp::StructSchema::Field field,
                 capnp::DynamicStruct::Builder into, const std::string& path) {
  const capnp::Type type = field.getType();
  if (type.isStruct()) return ReadStruct(from, into.init(field).as<capnp::DynamicStruct>(), path);
  if (type.isList()) {
    if (!from.is_array()) return Bad(path, "a list");
    return ReadList(from, type.asList(),
                    into.init(field, static_cast<unsigned>(from.size())).as<capnp::DynamicList>(),
                    path);
  }
  return ReadPlain(from, type, path,
                   [&](const capnp::DynamicValue::Reader& value) { into.set(field, value); });
}

Status ReadStruct(const json& from, capnp::DynamicStruct::Builder into, const std::string& path) {
  if (!from.is_object()) return Bad(path.empty() ? "event" : path, "an object");
  for (const auto& [name, value] : from.items()) {
    if (name == "_hidden" || value.is_null()) continue;
    const std::string here = internal::Below(path, name);
    KJ_IF_MAYBE(field, into.getSchema().findFieldByName(name)) {
      SAM_TRY(ReadField(value, *field, into, here));
      continue;
    }
    return Bad(here, "a field of the schema");
  }
  return Ok();
}

// What a person who writes an event by hand need not think of.
void FillHead(schema::Event::Builder event, size_t number) {
  auto header = event.getHeader();
  if (header.getEventId().size() == 0) {
    EventId id;
    for (size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
    id.bytes[0] = 1;
    header.setEventId({id.bytes.data(), id.bytes.size()});
  }
  if (header.getType().size() == 0)
    if (const EventType* type = EventTypeOf(event.asReader())) header.setType(type->name);
  if (header.getSourceMessageId().size() == 0)
    header.setSourceMessageId("event-" + std::to_string(number));
  if (header.getSource().getSystemId().size() == 0)
    header.getSource().setSystemId("simulated");
  if (header.getSchemaVersion() == 0) header.setSchemaVersion(1);
}

Result<std::string> EventOf(const json& from, size_t number) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  SAM_TRY(ReadStruct(from, capnp::DynamicStruct::Builder(event), ""));
  FillHead(event, number);
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  const auto bytes = words.asChars();
  return std::string(bytes.begin(), bytes.size());
}

// One text, or one a line.
Result<std::vector<json>> Parts(std::string_view text) {
  std::vector<json> out;
  json whole = json::parse(text, nullptr, false);
  if (whole.is_array()) return std::vector<json>(whole.begin(), whole.end());
  if (!whole.is_discarded()) return std::vector<json>{std::move(whole)};
  size_t line = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (one.empty()) continue;
    json part = json::parse(one, nullptr, false);
    if (part.is_discarded())
      return Invalid("line " + std::to_string(line) +
                     ": expected JSON: one event, a list of them, or one on each line");
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> EventsFromJson(std::string_view text) {
  if (text.size() > kTextMax) return Invalid("the events are larger than 1 MiB of text");
  SAM_ASSIGN(const std::vector<json> parts, Parts(text));
  std::vector<std::string> out;
  for (const json& part : parts) {
    auto event = EventOf(part, out.size() + 1);
    if (!event.ok())
      return Wrap("event " + std::to_string(out.size() + 1), event.error());
    out.push_back(std::move(*event));
  }
  if (out.empty()) return Invalid("there is no event in it");
  return out;
}

}  // namespace sam::contract
