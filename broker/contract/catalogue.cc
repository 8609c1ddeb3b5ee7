#include "broker/contract/catalogue.h"

#include <algorithm>

#include "broker/contract/annotations.h"

namespace sam::contract {
namespace {

using internal::Below;
using internal::ShortName;
using internal::TextMark;

std::string TypeName(capnp::Type type) {
  using Which = capnp::schema::Type::Which;
  switch (type.which()) {
    case Which::VOID: return "Void";
    case Which::BOOL: return "Bool";
    case Which::INT8: return "Int8";
    case Which::INT16: return "Int16";
    case Which::INT32: return "Int32";
    case Which::INT64: return "Int64";
    case Which::UINT8: return "UInt8";
    case Which::UINT16: return "UInt16";
    case Which::UINT32: return "UInt32";
    case Which::UINT64: return "UInt64";
    case Which::FLOAT32: return "Float32";
    case Which::FLOAT64: return "Float64";
    case Which::TEXT: return "Text";
    case Which::DATA: return "Data";
    case Which::LIST: return "List(" + TypeName(type.asList().getElementType()) + ")";
    case Which::ENUM: return ShortName(type.asEnum());
    case Which::STRUCT: return ShortName(type.asStruct());
    default: return "AnyPointer";
  }
}

// The struct that values of this type hold, directly or in a list.
std::optional<capnp::StructSchema> StructBelow(capnp::Type type) {
  if (type.isStruct()) return type.asStruct();
  if (type.isList()) return StructBelow(type.asList().getElementType());
  return std::nullopt;
}

void Collect(capnp::StructSchema schema, const std::string& path, std::vector<uint64_t>& above,
             std::vector<FieldInfo>& out) {
  above.push_back(schema.getProto().getId());
  for (const auto field : schema.getFields()) {
    FieldInfo info = InfoOf(field);
    info.path = Below(path, info.name);
    const std::string here = info.path;
    out.push_back(std::move(info));
    const auto below = StructBelow(field.getType());
    if (below && std::find(above.begin(), above.end(), below->getProto().getId()) == above.end()) {
      Collect(*below, here, above, out);
    }
  }
  above.pop_back();
}

schema::LegalClass ClassFrom(const std::string& letter) {
  if (letter.size() != 1 || letter[0] < 'A' || letter[0] > 'E') return schema::LegalClass::UNSET;
  return static_cast<schema::LegalClass>(letter[0] - 'A' + 1);
}

capnp::StructSchema BodyOf(capnp::StructSchema message) {
  return message.getFieldByName("body").getType().asStruct();
}

std::vector<EventType> ReadEventTypes() {
  std::vector<EventType> out;
  for (const auto field : BodyOf(capnp::Schema::from<schema::Event>()).getUnionFields()) {
    const auto marks = field.getProto().getAnnotations();
    EventType type;
    type.name = TextMark(marks, internal::kEventType);
    if (type.name.empty()) continue;  // "unset"
    type.member = field.getProto().getName().cStr();
    const auto row = internal::MarkOf(marks, internal::kRow);
    if (row && row->isUint16()) type.row = row->getUint16();
    type.discriminant = field.getProto().getDiscriminantValue();
    type.legal_class = ClassFrom(TextMark(marks, internal::kLegalClass));
    type.sensitivity = InfoOf(field).sensitivity.value_or(schema::Sensitivity::S4);
    type.sv = TextMark(marks, internal::kSv);
    out.push_back(std::move(type));
  }
  return out;
}

std::vector<SignalType> ReadSignalTypes() {
  std::vector<SignalType> out;
  for (const auto field : BodyOf(capnp::Schema::from<schema::Signal>()).getUnionFields()) {
    const auto marks = field.getProto().getAnnotations();
    SignalType type;
    type.code = TextMark(marks, internal::kSignalCode);
    if (type.code.empty()) continue;  // "unset"
    type.member = field.getProto().getName().cStr();
    type.discriminant = field.getProto().getDiscriminantValue();
    type.legal_class = ClassFrom(TextMark(marks, internal::kLegalClass));
    type.sensitivity = InfoOf(field).sensitivity.value_or(schema::Sensitivity::S4);
    type.sv = TextMark(marks, internal::kSv);
    out.push_back(std::move(type));
  }
  return out;
}

template <typename T, typename Match>
const T* First(const std::vector<T>& all, Match match) {
  const auto found = std::find_if(all.begin(), all.end(), match);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

FieldInfo InfoOf(capnp::StructSchema::Field field) {
  const auto proto = field.getProto();
  const auto marks = proto.getAnnotations();
  FieldInfo info;
  info.name = proto.getName().cStr();
  info.path = info.name;
  if (const auto sens = internal::EnumMark(marks, internal::kSens)) {
    info.sensitivity = static_cast<schema::Sensitivity>(*sens);
  }
  info.sv = TextMark(marks, internal::kSv);
  if (const auto keep = internal::EnumMark(marks, internal::kKeep)) {
    info.retention = static_cast<schema::Retention>(*keep);
  }
  info.required = internal::HasMark(marks, internal::kRequired);
  info.place = internal::HasMark(marks, internal::kPlace);
  info.routes = internal::HasMark(marks, internal::kRoutes);
  info.free_text = internal::HasMark(marks, internal::kFreeText);
  info.type = proto.isGroup() ? "group" : TypeName(field.getType());
  return info;
}

std::vector<FieldInfo> FieldsOf(capnp::StructSchema schema) {
  std::vector<FieldInfo> out;
  std::vector<uint64_t> above;
  Collect(schema, "", above, out);
  return out;
}

std::optional<FieldInfo> FindField(capnp::StructSchema schema, std::string_view path) {
  for (FieldInfo& info : FieldsOf(schema)) {
    if (info.path == path) return std::move(info);
  }
  return std::nullopt;
}

std::string SwedishOf(capnp::Schema schema) {
  return TextMark(schema.getProto().getAnnotations(), internal::kSv);
}

const std::vector<EventType>& EventTypes() {
  static const std::vector<EventType> all = ReadEventTypes();
  return all;
}

const std::vector<SignalType>& SignalTypes() {
  static const std::vector<SignalType> all = ReadSignalTypes();
  return all;
}

const EventType* EventTypeByName(std::string_view name) {
  return First(EventTypes(), [name](const EventType& t) { return t.name == name; });
}

const EventType* EventTypeByMember(std::string_view name) {
  return First(EventTypes(), [name](const EventType& t) { return t.member == name; });
}

const EventType* EventTypeOf(schema::Event::Reader event) {
  const auto which = static_cast<uint16_t>(event.getBody().which());
  return First(EventTypes(), [which](const EventType& t) { return t.discriminant == which; });
}

const SignalType* SignalTypeByCode(std::string_view code) {
  return First(SignalTypes(), [code](const SignalType& t) { return t.code == code; });
}

const SignalType* SignalTypeOf(schema::Signal::Reader signal) {
  const auto which = static_cast<uint16_t>(signal.getBody().which());
  return First(SignalTypes(), [which](const SignalType& t) { return t.discriminant == which; });
}

char ClassLetter(schema::LegalClass legal_class) {
  const auto value = static_cast<uint16_t>(legal_class);
  return value >= 1 && value <= 5 ? static_cast<char>('A' + value - 1) : '-';
}

std::string SensitivityName(schema::Sensitivity sensitivity) {
  return "S" + std::to_string(static_cast<uint16_t>(sensitivity));
}

std::optional<schema::Sensitivity> SensitivityFromName(std::string_view name) {
  if (name.size() != 2 || (name[0] != 'S' && name[0] != 's')) return std::nullopt;
  if (name[1] < '0' || name[1] > '4') return std::nullopt;
  return static_cast<schema::Sensitivity>(name[1] - '0');
}

}  // namespace sam::contract
