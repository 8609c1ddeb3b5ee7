#include "broker/contract/required.h"

#include <string>

#include <capnp/dynamic.h>

#include "broker/contract/annotations.h"

namespace sam::contract {
namespace {

using Reader = capnp::DynamicStruct::Reader;

bool IsUnknownEnumerant(const capnp::DynamicEnum& value) {
  if (value.getRaw() != 0) return false;
  KJ_IF_MAYBE(enumerant, value.getEnumerant()) {
    return enumerant->getProto().getName() == "unknown";
  }
  return false;
}

bool IsEmpty(capnp::StructSchema::Field field, Reader value) {
  using Which = capnp::schema::Type::Which;
  switch (field.getType().which()) {
    case Which::TEXT: return value.get(field).as<capnp::Text>().size() == 0;
    case Which::DATA: return value.get(field).as<capnp::Data>().size() == 0;
    case Which::LIST: return value.get(field).as<capnp::DynamicList>().size() == 0;
    case Which::STRUCT: return !value.has(field);
    case Which::INT64: return value.get(field).as<int64_t>() <= 0;
    case Which::ENUM: return IsUnknownEnumerant(value.get(field).as<capnp::DynamicEnum>());
    default: return false;
  }
}

std::string FirstMissing(Reader value, const std::string& path);

std::string MissingInList(capnp::DynamicList::Reader list, const std::string& path) {
  for (const auto element : list) {
    std::string missing = FirstMissing(element.as<capnp::DynamicStruct>(), path);
    if (!missing.empty()) return missing;
  }
  return "";
}

// The first empty required field in schema order, of this struct or of one below that is present.
std::string FirstMissing(Reader value, const std::string& path) {
  for (const auto field : value.getSchema().getFields()) {
    const auto proto = field.getProto();
    if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) continue;
    std::string here = internal::Below(path, proto.getName().cStr());
    const bool required = internal::HasMark(proto.getAnnotations(), internal::kRequired);
    if (required && IsEmpty(field, value)) return here;
    const capnp::Type type = field.getType();
    std::string missing;
    if (type.isStruct() && !proto.isGroup() && value.has(field)) {
      missing = FirstMissing(value.get(field).as<capnp::DynamicStruct>(), here);
    } else if (type.isList() && type.asList().getElementType().isStruct()) {
      missing = MissingInList(value.get(field).as<capnp::DynamicList>(), here);
    }
    if (!missing.empty()) return missing;
  }
  return "";
}

}  // namespace

std::string MissingField(schema::Event::Reader event) {
  std::string missing = FirstMissing(Reader(event), "");
  if (!missing.empty()) return missing;
  if (event.getBody().isUnset()) return "body";
  const Reader body = Reader(event).get("body").as<capnp::DynamicStruct>();
  KJ_IF_MAYBE(active, body.which()) {
    return FirstMissing(body.get(*active).as<capnp::DynamicStruct>(),
                        std::string("body.") + active->getProto().getName().cStr());
  }
  return "";  // newer than this schema
}

Status CheckRequired(schema::Event::Reader event) {
  const std::string missing = MissingField(event);
  if (missing.empty()) return Ok();
  return Invalid("required field '" + missing +
                 "' is empty; the source or its mapping must set it");
}

}  // namespace sam::contract
