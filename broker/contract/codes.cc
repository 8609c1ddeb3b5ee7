#include "broker/contract/codes.h"

#include <capnp/dynamic.h>

#include "broker/contract/annotations.h"

namespace sam::contract {
namespace {

class CodeWalk {
 public:
  explicit CodeWalk(const CodeLimits& limits) : limits_(limits) {}

  std::string Find(capnp::DynamicStruct::Reader value, const std::string& path) const {
    for (const auto field : value.getSchema().getFields()) {
      const auto proto = field.getProto();
      if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) continue;
      if (internal::HasMark(proto.getAnnotations(), internal::kFreeText)) continue;
      if (proto.isGroup() || !value.has(field)) continue;
      std::string found = Look(value.get(field), field.getType(),
                               internal::Below(path, proto.getName().cStr()));
      if (!found.empty()) return found;
    }
    return "";
  }

 private:
  std::string Look(const capnp::DynamicValue::Reader& value, capnp::Type type,
                   const std::string& here) const {
    if (type.isText()) return value.as<capnp::Text>().size() > limits_.bytes ? here : "";
    if (type.isStruct()) return Find(value.as<capnp::DynamicStruct>(), here);
    if (!type.isList()) return "";
    const auto list = value.as<capnp::DynamicList>();
    if (list.size() > limits_.entries) return here;
    for (const auto each : list) {
      std::string found = Look(each, type.asList().getElementType(), here);
      if (!found.empty()) return found;
    }
    return "";
  }

  CodeLimits limits_;
};

}  // namespace

bool NamesNobody(schema::Identifier::Reader id) { return id.getFlag() == kNumberForm; }

std::string OwnSystem(std::string_view source_system_id) {
  return "urn:samsignal:source:" + std::string(source_system_id);
}

std::string CodeTooLong(schema::Event::Reader event, const CodeLimits& limits) {
  if (event.getBody().isReportSigned() || event.getBody().isReportAttachment()) return "";
  const auto header = event.getHeader();
  if (header.getEpisodeKey().size() > limits.bytes) return "header.episodeKey";
  if (header.getSource().getUnitHsaId().size() > limits.bytes) return "header.source.unitHsaId";
  if (header.getController().getOrgNr().size() > limits.bytes) return "header.controller.orgNr";
  if (header.getController().getBoard().size() > limits.bytes) return "header.controller.board";
  const auto subject = header.getSubject();
  if (subject.getBirthDate().size() > limits.bytes) return "header.subject.birthDate";
  if (subject.getHomeMunicipality().size() > limits.bytes)
    return "header.subject.homeMunicipality";
  if (subject.getDistrict().size() > limits.bytes) return "header.subject.district";
  const auto body =
      capnp::DynamicStruct::Reader(event).get("body").as<capnp::DynamicStruct>();
  KJ_IF_MAYBE(active, body.which()) {
    if (!active->getType().isStruct()) return "";
    return CodeWalk(limits).Find(body.get(*active).as<capnp::DynamicStruct>(),
                                 std::string("body.") + active->getProto().getName().cStr());
  }
  return "";
}

}  // namespace sam::contract
