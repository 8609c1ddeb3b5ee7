#include "adapters/kit/target.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "schemas/common.capnp.h"

namespace sam::kit {
namespace {

using capnp::schema::Type;

capnp::Text::Reader AsText(std::string_view text, std::string& keeper) {
  keeper.assign(text);
  return {keeper.c_str(), keeper.size()};
}

std::vector<std::string> NamesOf(capnp::StructSchema schema) {
  std::vector<std::string> out;
  for (const auto field : schema.getFields()) out.emplace_back(field.getProto().getName().cStr());
  return out;
}

std::vector<std::string> EnumerantsOf(capnp::EnumSchema schema) {
  std::vector<std::string> out;
  for (const auto one : schema.getEnumerants()) out.emplace_back(one.getProto().getName().cStr());
  return out;
}

void IntRange(Target& target, capnp::Type type) {
  const auto range = [&](auto zero) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): the least value of eight bits is what is meant.
    target.int_min = static_cast<int64_t>(std::numeric_limits<decltype(zero)>::min());
    target.int_max = static_cast<int64_t>(std::numeric_limits<decltype(zero)>::max());
  };
  switch (type.which()) {
    case Type::INT8: range(int8_t{}); break;
    case Type::INT16: range(int16_t{}); break;
    case Type::INT32: range(int32_t{}); break;
    case Type::UINT8: range(uint8_t{}); break;
    case Type::UINT16: range(uint16_t{}); break;
    case Type::UINT32: range(uint32_t{}); break;
    default: range(int64_t{}); break;
  }
}

Status SetListKind(Target& target, capnp::Type element) {
  switch (element.which()) {
    case Type::TEXT: target.kind = TargetKind::kTextList; return Ok();
    case Type::ENUM:
      target.kind = TargetKind::kEnumList;
      target.enumerants = EnumerantsOf(element.asEnum());
      return Ok();
    case Type::STRUCT:
      target.item = element.asStruct();
      target.kind = element.asStruct() == capnp::Schema::from<schema::Identifier>()
                        ? TargetKind::kIdentifiers
                        : TargetKind::kStructList;
      return Ok();
    default: return Invalid("'" + target.path + "': a mapping cannot set this kind of list");
  }
}

Status SetKind(Target& target, capnp::Type type) {
  switch (type.which()) {
    case Type::TEXT: target.kind = TargetKind::kText; return Ok();
    case Type::BOOL: target.kind = TargetKind::kBool; return Ok();
    case Type::ENUM:
      target.kind = TargetKind::kEnum;
      target.enumerants = EnumerantsOf(type.asEnum());
      return Ok();
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::UINT8:
    case Type::UINT16:
    case Type::UINT32:
    case Type::UINT64:
      target.kind = TargetKind::kInt;
      IntRange(target, type);
      return Ok();
    case Type::DATA:
      // Receipts and decisions are people's and their inboxes': there the id is required.
      if (target.required || target.fields.back().getProto().getName() != "signalId") break;
      target.kind = TargetKind::kSignal;
      return Ok();
    case Type::LIST: return SetListKind(target, type.asList().getElementType());
    case Type::STRUCT:
      return Invalid("'" + target.path + "': name a field inside it, such as " + target.path + "." +
                     NamesOf(type.asStruct()).front());
    default: break;
  }
  return Invalid("'" + target.path + "': a mapping cannot set this field");
}

}  // namespace

bool Target::HasName(const std::string& name) const {
  return std::find(enumerants.begin(), enumerants.end(), name) != enumerants.end();
}

Result<Target> FindTarget(capnp::StructSchema schema, const std::string& path) {
  Target target;
  target.path = path;
  const std::vector<std::string_view> parts = Split(path, '.');
  capnp::StructSchema at = schema;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string name(parts[i]);
    KJ_IF_MAYBE (field, at.findFieldByName(name.c_str())) {
      target.fields.push_back(*field);
      if (i + 1 == parts.size()) break;
      if (!field->getType().isStruct()) return Invalid("'" + name + "' has no fields inside it");
      at = field->getType().asStruct();
    } else {
      std::string nearest = NearestName(name, NamesOf(at));
      if (!nearest.empty() && i > 0)
        nearest = path.substr(0, static_cast<size_t>(parts[i].data() - path.data())) + nearest;
      return Invalid("unknown field '" + path + "'" +
                     (nearest.empty() ? "" : ", did you mean '" + nearest + "'?"));
    }
  }
  target.required = contract::InfoOf(target.fields.back()).required;
  if (at == capnp::Schema::from<schema::Attachment>() && path == "digest") {
    target.kind = TargetKind::kAttachment;
    return target;
  }
  SAM_TRY(SetKind(target, target.fields.back().getType()));
  return target;
}

std::vector<std::string> RequiredOf(capnp::StructSchema schema) {
  std::vector<std::string> out;
  for (const auto field : schema.getFields())
    if (contract::InfoOf(field).required) out.emplace_back(field.getProto().getName().cStr());
  return out;
}

capnp::DynamicStruct::Builder ParentOf(capnp::DynamicStruct::Builder root, const Target& target) {
  capnp::DynamicStruct::Builder at = root;
  for (size_t i = 0; i + 1 < target.fields.size(); ++i)
    at = at.get(target.fields[i]).as<capnp::DynamicStruct>();
  return at;
}

void SetText(capnp::DynamicStruct::Builder root, const Target& target, std::string_view text) {
  std::string keeper;
  ParentOf(root, target).set(target.fields.back(), AsText(text, keeper));
}

void SetAttachment(capnp::DynamicStruct::Builder root, const Target& target,
                   std::string_view digest, uint64_t size) {
  auto out = ParentOf(root, target).as<schema::Attachment>();
  out.setDigest({reinterpret_cast<const capnp::byte*>(digest.data()), digest.size()});
  out.setSize(size);
}

void SetBytes(capnp::DynamicStruct::Builder root, const Target& target, std::string_view bytes) {
  ParentOf(root, target).set(target.fields.back(),
                             capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()));
}

void SetInt(capnp::DynamicStruct::Builder root, const Target& target, int64_t value) {
  ParentOf(root, target).set(target.fields.back(), value);
}

void SetBool(capnp::DynamicStruct::Builder root, const Target& target, bool value) {
  ParentOf(root, target).set(target.fields.back(), value);
}

void SetEnum(capnp::DynamicStruct::Builder root, const Target& target, const std::string& name) {
  ParentOf(root, target).set(target.fields.back(), capnp::Text::Reader(name.c_str(), name.size()));
}

void SetTexts(capnp::DynamicStruct::Builder root, const Target& target,
              const std::vector<std::string>& values) {
  auto list = InitList(root, target, static_cast<unsigned>(values.size()));
  for (unsigned i = 0; i < values.size(); ++i)
    list.set(i, capnp::Text::Reader(values[i].c_str(), values[i].size()));
}

capnp::DynamicList::Builder InitList(capnp::DynamicStruct::Builder root, const Target& target,
                                     unsigned size) {
  return ParentOf(root, target).init(target.fields.back(), size).as<capnp::DynamicList>();
}

}  // namespace sam::kit
