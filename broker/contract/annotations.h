// Inside broker/contract only: how marks on schema nodes are found. Any thread, pure.
#pragma once

#include <optional>
#include <string>

#include <capnp/schema.h>

namespace sam::contract::internal {

// Ids of the annotations in schemas/annotations.capnp (a test compares them with the schema file's
// meaning: a wrong id would leave every field without a mark).
inline constexpr uint64_t kSens = 0xa39d1f2d0d7688e6;
inline constexpr uint64_t kSv = 0xf665d5c435a238b0;
inline constexpr uint64_t kKeep = 0x9e1f2904100a45ff;
inline constexpr uint64_t kRequired = 0xb65d8aa09bf452c2;
inline constexpr uint64_t kEventType = 0xfdf0e2649f7fd4bd;
inline constexpr uint64_t kRow = 0x945488c9d464e8ef;
inline constexpr uint64_t kLegalClass = 0xbb5ed0bac6756f14;
inline constexpr uint64_t kSignalCode = 0xe3ad08223f6a8d4c;
inline constexpr uint64_t kPlace = 0xd29bd3f935ba33f1;
inline constexpr uint64_t kRoutes = 0xd7c1a2f05b9e3a61;
inline constexpr uint64_t kFreeText = 0x88701503075438bc;

using Marks = capnp::List<capnp::schema::Annotation>::Reader;

inline std::optional<capnp::schema::Value::Reader> MarkOf(Marks marks, uint64_t id) {
  for (const auto mark : marks) {
    if (mark.getId() == id) return mark.getValue();
  }
  return std::nullopt;
}
inline bool HasMark(Marks marks, uint64_t id) { return MarkOf(marks, id).has_value(); }
inline std::string TextMark(Marks marks, uint64_t id) {
  const auto value = MarkOf(marks, id);
  return value && value->isText() ? std::string(value->getText().cStr()) : std::string();
}
inline std::optional<uint16_t> EnumMark(Marks marks, uint64_t id) {
  const auto value = MarkOf(marks, id);
  if (!value || !value->isEnum()) return std::nullopt;
  return value->getEnum();
}

// "schemas/bvc.capnp:HomeVisitDeclined.Reason" -> "HomeVisitDeclined.Reason".
inline std::string ShortName(capnp::Schema schema) {
  const std::string full = schema.getProto().getDisplayName().cStr();
  const size_t colon = full.rfind(':');
  return colon == std::string::npos ? full : full.substr(colon + 1);
}

inline std::string Below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

}  // namespace sam::contract::internal
