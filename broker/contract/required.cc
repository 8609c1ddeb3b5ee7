#include "broker/contract/required.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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

using Which = capnp::schema::Type::Which;

bool IsEmpty(capnp::StructSchema::Field field, Which type, Reader value) {
  switch (type) {
    case Which::TEXT: return value.get(field).as<capnp::Text>().size() == 0;
    case Which::DATA: return value.get(field).as<capnp::Data>().size() == 0;
    case Which::LIST: return value.get(field).as<capnp::DynamicList>().size() == 0;
    case Which::STRUCT: return !value.has(field);
    case Which::INT64: return value.get(field).as<int64_t>() <= 0;
    case Which::INT8:
    case Which::INT16:
    case Which::INT32: return value.get(field).as<int64_t>() < 0;
    case Which::ENUM: return IsUnknownEnumerant(value.get(field).as<capnp::DynamicEnum>());
    default: return false;
  }
}

// What of a struct must be looked at: its required fields and the structs below it in which one could
// be missing. Read from the schema once, since asking the schema anew for every event was a quarter of
// what ingress does.
struct Place {
  capnp::StructSchema::Field field;
  Which type = Which::VOID;
  bool required = false;
  uint64_t inside = 0;  // type id of the struct, or of the list's elements, to look into if there
};
using Places = std::unordered_map<uint64_t, std::vector<Place>>;  // by type id

void Learn(capnp::StructSchema schema, Places& places) {
  const uint64_t id = schema.getProto().getId();
  if (!places.try_emplace(id).second) return;
  std::vector<Place> found;
  for (const auto field : schema.getFields()) {
    const auto proto = field.getProto();
    const capnp::Type type = field.getType();
    const bool is_list = type.isList() && type.asList().getElementType().isStruct();
    if (type.isStruct()) Learn(type.asStruct(), places);
    if (is_list) Learn(type.asList().getStructElementType(), places);
    if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) continue;
    uint64_t inside = 0;
    if (type.isStruct() && !proto.isGroup()) inside = type.asStruct().getProto().getId();
    if (is_list) inside = type.asList().getStructElementType().getProto().getId();
    const bool required = internal::HasMark(proto.getAnnotations(), internal::kRequired);
    if (required || inside != 0) found.push_back({field, type.which(), required, inside});
  }
  places[id] = std::move(found);
}

// A struct below which nothing is required need not be looked into: most of an event's are such.
void Prune(Places& places) {
  std::unordered_set<uint64_t> matter;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [id, found] : places)
      for (const Place& place : found)
        if (place.required || matter.contains(place.inside)) grown |= matter.insert(id).second;
  }
  for (auto& [id, found] : places) {
    for (Place& place : found)
      if (!matter.contains(place.inside)) place.inside = 0;
    std::erase_if(found, [](const Place& one) { return !one.required && one.inside == 0; });
  }
}

const Places& AllPlaces() {
  static const Places all = [] {
    Places places;
    Learn(capnp::Schema::from<schema::Event>(), places);
    Prune(places);
    return places;
  }();
  return all;
}

// The first empty required field in schema order, of this struct or of one below that is present.
// `path` is added to in place and is the answer when true.
bool FindMissing(const Places& places, uint64_t type, Reader value, std::string& path) {
  const auto found = places.find(type);
  if (found == places.end()) return false;
  const size_t length = path.size();
  for (const Place& place : found->second) {
    const bool below = place.inside != 0 && value.has(place.field);
    if (!below && !place.required) continue;
    const bool empty = place.required && IsEmpty(place.field, place.type, value);
    if (!empty && !below) continue;
    if (length > 0) path += '.';
    path += place.field.getProto().getName().cStr();
    if (empty) return true;
    if (place.type == Which::STRUCT) {
      const auto inner = value.get(place.field).as<capnp::DynamicStruct>();
      if (FindMissing(places, place.inside, inner, path)) return true;
    } else {
      for (const auto element : value.get(place.field).as<capnp::DynamicList>())
        if (FindMissing(places, place.inside, element.as<capnp::DynamicStruct>(), path))
          return true;
    }
    path.resize(length);
  }
  return false;
}

std::string FirstMissing(Reader value, std::string path) {
  return FindMissing(AllPlaces(), value.getSchema().getProto().getId(), value, path) ? path : "";
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
