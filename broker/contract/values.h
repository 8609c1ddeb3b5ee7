// Inside broker/contract only: small questions about dynamic values that the printer and the JSON
// view share. Any thread, pure.
#pragma once

#include <string>

#include <capnp/dynamic.h>

#include "broker/base/text.h"
#include "broker/contract/catalogue.h"

namespace sam::contract::internal {

// Not in a union, or its active member.
inline bool IsActive(capnp::StructSchema::Field field, capnp::DynamicStruct::Reader value) {
  if (field.getProto().getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT) return true;
  KJ_IF_MAYBE(active, value.which()) { return *active == field; }
  return false;
}

// Fields without a mark count as the most sensitive.
inline bool IsHidden(capnp::StructSchema::Field field, bool reveal) {
  return !reveal && InfoOf(field).sensitivity.value_or(schema::Sensitivity::S4) !=
                        schema::Sensitivity::S0;
}

// Says nothing: empty text or list, enum at 0, a number of -1 ("not stated"), time 0, false.
inline bool IsNothing(capnp::StructSchema::Field field, capnp::DynamicStruct::Reader value) {
  using Which = capnp::schema::Type::Which;
  const auto one = value.get(field);
  switch (field.getType().which()) {
    case Which::VOID: return true;
    case Which::BOOL: return !one.as<bool>();
    case Which::TEXT: return one.as<capnp::Text>().size() == 0;
    case Which::DATA: return one.as<capnp::Data>().size() == 0;
    case Which::LIST: return one.as<capnp::DynamicList>().size() == 0;
    case Which::ENUM: return one.as<capnp::DynamicEnum>().getRaw() == 0;
    case Which::INT64: return one.as<int64_t>() <= 0;
    case Which::INT8: case Which::INT16: case Which::INT32: return one.as<int64_t>() < 0;
    case Which::UINT8: case Which::UINT16: case Which::UINT32: case Which::UINT64:
      return one.as<uint64_t>() == 0;
    default: return false;
  }
}

// Enumerants of a newer schema have no name here: their number.
inline std::string EnumName(const capnp::DynamicEnum& value) {
  KJ_IF_MAYBE(enumerant, value.getEnumerant()) { return enumerant->getProto().getName().cStr(); }
  return std::to_string(value.getRaw());
}

inline std::string HexOf(capnp::Data::Reader data) {
  return ToHex({reinterpret_cast<const char*>(data.begin()), data.size()});
}

// Control characters would let a text write on the reader's terminal.
inline std::string OneLine(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') out += " / ";
    else out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return out;
}

}  // namespace sam::contract::internal
