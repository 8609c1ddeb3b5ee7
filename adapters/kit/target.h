// Target: a field of the contract that a mapping sets, found in the schema when the mapping is
// loaded, so that a wrong name or type is told with the mapping's line and not with the first
// message. Any thread; plain value. Uses Cap'n Proto's dynamic API (see dynamic.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include "broker/base/result.h"

namespace sam::kit {

enum class TargetKind {
  kText,
  kInt,
  kTime,  // Int64: milliseconds UTC
  kBool,
  kEnum,
  kTextList,
  kEnumList,
  kIdentifiers,  // List(Identifier)
  kStructList,   // List of any other struct: set item by item
  kSignal,       // Data that is a signal's id and not required: what the event answers, if it is known
  kAttachment,   // Attachment.digest: set with the size, from the file's own bytes
};

struct Target {
  std::string path;  // "subject.birthDate"
  std::vector<capnp::StructSchema::Field> fields;
  TargetKind kind = TargetKind::kText;
  std::vector<std::string> enumerants;      // kEnum, kEnumList
  std::optional<capnp::StructSchema> item;  // kStructList
  int64_t int_min = 0, int_max = 0;         // kInt, kTime
  bool required = false;                    // marked so in the schema

  bool HasName(const std::string& name) const;  // among the enumerants
};

// kInvalid: no such field (with the nearest name), or one that a mapping cannot set.
Result<Target> FindTarget(capnp::StructSchema schema, const std::string& path);

// Paths of the fields marked required, one level of structs below included.
std::vector<std::string> RequiredOf(capnp::StructSchema schema);

// Setting. They may throw inside: call under Guarded().
capnp::DynamicStruct::Builder ParentOf(capnp::DynamicStruct::Builder root, const Target& target);
void SetText(capnp::DynamicStruct::Builder root, const Target& target, std::string_view text);
void SetAttachment(capnp::DynamicStruct::Builder root, const Target& target,
                   std::string_view digest, uint64_t size);
void SetBytes(capnp::DynamicStruct::Builder root, const Target& target, std::string_view bytes);
void SetInt(capnp::DynamicStruct::Builder root, const Target& target, int64_t value);
void SetBool(capnp::DynamicStruct::Builder root, const Target& target, bool value);
void SetEnum(capnp::DynamicStruct::Builder root, const Target& target, const std::string& name);
void SetTexts(capnp::DynamicStruct::Builder root, const Target& target,
              const std::vector<std::string>& values);  // also enumerants by name
capnp::DynamicList::Builder InitList(capnp::DynamicStruct::Builder root, const Target& target,
                                     unsigned size);

}  // namespace sam::kit
