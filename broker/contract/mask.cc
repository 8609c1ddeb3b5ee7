#include "broker/contract/mask.h"

#include <algorithm>
#include <optional>
#include <set>

#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"

namespace sam::contract {
namespace {

using Builder = capnp::DynamicStruct::Builder;

bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool Removes(const MaskPolicy& policy, const FieldInfo& info, const std::string& path) {
  if (!info.sensitivity) return true;
  if (Contains(policy.hide, path)) return true;
  if (info.place && !policy.keep_place) return true;
  if (info.free_text && !policy.keep_free_text) return true;
  return *info.sensitivity > policy.ceiling && !Contains(policy.also, path);
}

class Masker {
 public:
  explicit Masker(const MaskPolicy& policy) : policy_(policy) {}

  // `value` is absent below a pointer that is not set or an empty list: then only the paths are
  // noted, so that the list of masked fields is the same whatever the message holds.
  void Struct(capnp::StructSchema schema, std::optional<Builder> value, const std::string& path) {
    for (const auto field : schema.getFields()) {
      if (IsSleeping(field, value)) continue;
      const std::string here = internal::Below(path, field.getProto().getName().cStr());
      if (field.getProto().isGroup()) {
        std::optional<Builder> group;
        if (value) group = value->get(field).as<capnp::DynamicStruct>();
        Struct(field.getType().asStruct(), group, here);
        continue;
      }
      if (Removes(policy_, InfoOf(field), here)) {
        masked_.insert(here);
        if (value) value->clear(field);
        continue;
      }
      Below(field, value, here);
    }
  }

  std::vector<std::string> masked() const { return {masked_.begin(), masked_.end()}; }

 private:
  static bool IsSleeping(capnp::StructSchema::Field field, std::optional<Builder>& value) {
    if (field.getProto().getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT) {
      return false;
    }
    if (!value) return true;
    KJ_IF_MAYBE(active, value->which()) { return !(*active == field); }
    return true;
  }

  void Below(capnp::StructSchema::Field field, std::optional<Builder>& value,
             const std::string& path) {
    const capnp::Type type = field.getType();
    if (type.isStruct()) {
      std::optional<Builder> child;
      if (value && value->has(field)) child = value->get(field).as<capnp::DynamicStruct>();
      Struct(type.asStruct(), child, path);
    } else if (type.isList() && type.asList().getElementType().isStruct()) {
      const capnp::StructSchema element = type.asList().getStructElementType();
      Struct(element, std::nullopt, path);
      if (!value || !value->has(field)) return;
      auto list = value->get(field).as<capnp::DynamicList>();
      for (capnp::uint i = 0; i < list.size(); ++i) {
        Struct(element, list[i].as<capnp::DynamicStruct>(), path);
      }
    }
  }

  const MaskPolicy& policy_;
  std::set<std::string> masked_;
};

}  // namespace

std::vector<std::string> Mask(capnp::DynamicStruct::Builder root, const MaskPolicy& policy) {
  Masker masker(policy);
  masker.Struct(root.getSchema(), root, "");
  return masker.masked();
}

}  // namespace sam::contract
