#include "broker/contract/times.h"

#include <capnp/dynamic.h>

#include "broker/contract/annotations.h"

namespace sam::contract {
namespace {

using Reader = capnp::DynamicStruct::Reader;

class Walk {
 public:
  Walk(Millis from, Millis until) : from_(from.value), until_(until.value) {}

  // The first time of `value`, or of a struct below it, that cannot be.
  std::string Find(Reader value, const std::string& path) const {
    for (const auto field : value.getSchema().getFields()) {
      const auto proto = field.getProto();
      if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) continue;
      std::string found = Look(value, field, internal::Below(path, proto.getName().cStr()));
      if (!found.empty()) return found;
    }
    return "";
  }

 private:
  std::string Look(Reader value, capnp::StructSchema::Field field, const std::string& here) const {
    const capnp::Type type = field.getType();
    if (type.isInt64()) return Fine(value.get(field).as<int64_t>()) ? "" : here;
    if (type.isStruct() && (field.getProto().isGroup() || value.has(field)))
      return Find(value.get(field).as<capnp::DynamicStruct>(), here);
    if (!type.isList()) return "";
    const auto element = type.asList().getElementType();
    if (!element.isInt64() && !element.isStruct()) return "";
    for (const auto each : value.get(field).as<capnp::DynamicList>()) {
      if (element.isInt64() && !Fine(each.as<int64_t>())) return here;
      if (!element.isStruct()) continue;
      std::string found = Find(each.as<capnp::DynamicStruct>(), here);
      if (!found.empty()) return found;
    }
    return "";
  }
  bool Fine(int64_t time) const {
    return time == 0 || time == -1 || (time >= from_ && time < until_);
  }

  int64_t from_;
  int64_t until_;
};

}  // namespace

std::string TimeOutside(schema::Event::Reader event, Millis from, Millis until) {
  const Walk walk(from, until);
  std::string found = walk.Find(Reader(event.getHeader()), "header");
  if (!found.empty()) return found;
  const Reader body = Reader(event).get("body").as<capnp::DynamicStruct>();
  KJ_IF_MAYBE(active, body.which()) {
    if (!active->getType().isStruct()) return "";
    return walk.Find(body.get(*active).as<capnp::DynamicStruct>(),
                     std::string("body.") + active->getProto().getName().cStr());
  }
  return "";
}

}  // namespace sam::contract
