// JSON view of events and signals; with json_read.cc the only file that knows nlohmann-json.
#include <nlohmann/json.hpp>

#include "broker/base/text.h"
#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"
#include "broker/contract/values.h"

namespace sam::contract {
namespace {

using Json = nlohmann::ordered_json;

class Writer {
 public:
  explicit Writer(bool reveal) : reveal_(reveal) {}

  Json Struct(capnp::DynamicStruct::Reader value, const std::string& path) {
    Json out = Json::object();
    for (const auto field : value.getSchema().getFields()) {
      if (!internal::IsActive(field, value)) continue;
      const std::string name = field.getProto().getName().cStr();
      const std::string here = internal::Below(path, name);
      const capnp::Type type = field.getType();
      if (type.isStruct()) {
        if (field.getProto().isGroup() || value.has(field)) {
          out[name] = Struct(value.get(field).as<capnp::DynamicStruct>(), here);
        }
      } else if (internal::IsHidden(field, reveal_)) {
        out[name] = nullptr;
        hidden_.push_back(here);
      } else if (type.isVoid()) {
        out[name] = true;
      } else if (!internal::IsNothing(field, value)) {
        out[name] = Value(value.get(field), type, here);
      }
    }
    return out;
  }

  const std::vector<std::string>& hidden() const { return hidden_; }

 private:
  Json Value(const capnp::DynamicValue::Reader& value, capnp::Type type, const std::string& path) {
    using Which = capnp::schema::Type::Which;
    switch (type.which()) {
      case Which::VOID: return nullptr;
      case Which::BOOL: return value.as<bool>();
      case Which::INT64: return ToIso(Millis(value.as<int64_t>()));
      case Which::TEXT: return std::string(value.as<capnp::Text>().cStr());
      case Which::DATA: return internal::HexOf(value.as<capnp::Data>());
      case Which::ENUM: return internal::EnumName(value.as<capnp::DynamicEnum>());
      case Which::STRUCT: return Struct(value.as<capnp::DynamicStruct>(), path);
      case Which::LIST: {
        Json list = Json::array();
        const capnp::Type element = type.asList().getElementType();
        for (const auto one : value.as<capnp::DynamicList>()) {
          list.push_back(Value(one, element, path));
        }
        return list;
      }
      case Which::UINT8: case Which::UINT16: case Which::UINT32: case Which::UINT64:
        return value.as<uint64_t>();
      default: return value.as<int64_t>();
    }
  }

  bool reveal_;
  std::vector<std::string> hidden_;
};

}  // namespace

std::string StructJson(capnp::DynamicStruct::Reader value, bool reveal) {
  Writer writer(reveal);
  Json out = writer.Struct(value, "");
  if (!reveal) out["_hidden"] = writer.hidden();
  // Text was checked on the way in; should a stray byte remain, it is shown as a replacement mark.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string EventJson(schema::Event::Reader event, bool reveal) {
  return StructJson(capnp::DynamicStruct::Reader(event), reveal);
}

std::string SignalJson(schema::Signal::Reader signal, bool reveal) {
  return StructJson(capnp::DynamicStruct::Reader(signal), reveal);
}

}  // namespace sam::contract
