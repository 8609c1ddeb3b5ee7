#include "broker/contract/printer.h"

#include <cctype>

#include "broker/base/text.h"
#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/values.h"

namespace sam::contract {
namespace {

constexpr size_t kHexMax = 256;

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  void Struct(capnp::DynamicStruct::Reader value, int indent) {
    for (const auto field : value.getSchema().getFields()) {
      if (!internal::IsActive(field, value)) continue;
      if (field.getType().isStruct()) {
        Nested(field, value, indent);
      } else if (internal::IsHidden(field, options_.reveal)) {
        ++hidden_;
      } else if (options_.empty || !internal::IsNothing(field, value)) {
        Leaf(field, value, indent);
      }
    }
  }

  std::string Finish() {
    if (hidden_ > 0) {
      Line(options_.indent, Text("print.hidden", options_.language,
                                 {{"count", std::to_string(hidden_)}}), "");
    }
    return std::move(out_);
  }

 private:
  void Line(int indent, const std::string& label, const std::string& value) {
    out_.append(static_cast<size_t>(indent), ' ');
    out_ += label + (value.empty() ? "" : ": " + value) + '\n';
  }

  void Nested(capnp::StructSchema::Field field, capnp::DynamicStruct::Reader value, int indent) {
    if (field.getProto().isGroup()) {
      return Struct(value.get(field).as<capnp::DynamicStruct>(), indent);
    }
    if (!value.has(field)) return;
    Line(indent, Label(field, options_.language), "");
    Struct(value.get(field).as<capnp::DynamicStruct>(), indent + 2);
  }

  void Leaf(capnp::StructSchema::Field field, capnp::DynamicStruct::Reader value, int indent) {
    const std::string label = Label(field, options_.language);
    const capnp::Type type = field.getType();
    if (!type.isList()) return Line(indent, label, ValueText(value.get(field), type));
    const auto list = value.get(field).as<capnp::DynamicList>();
    const capnp::Type element = type.asList().getElementType();
    if (!element.isStruct()) {
      std::string all;
      for (const auto one : list) all += (all.empty() ? "" : ", ") + ValueText(one, element);
      return Line(indent, label, all);
    }
    size_t number = 0;
    for (const auto one : list) {
      Line(indent, label + " " + std::to_string(++number), "");
      Struct(one.as<capnp::DynamicStruct>(), indent + 2);
    }
  }

  std::string ValueText(const capnp::DynamicValue::Reader& value, capnp::Type type) const {
    using Which = capnp::schema::Type::Which;
    switch (type.which()) {
      case Which::VOID: return "";
      case Which::BOOL:
        return Text(value.as<bool>() ? "print.yes" : "print.no", options_.language);
      case Which::INT64: return SwedishTime(Millis(value.as<int64_t>()));
      case Which::TEXT: return internal::OneLine(value.as<capnp::Text>().cStr());
      case Which::DATA: {
        const auto data = value.as<capnp::Data>();
        if (data.size() <= kHexMax) return internal::HexOf(data);
        return "(" + std::to_string(data.size()) + " byte)";  // a page of a file, for no reader
      }
      case Which::ENUM: {
        const auto one = value.as<capnp::DynamicEnum>();
        return EnumText(internal::ShortName(type.asEnum()), internal::EnumName(one),
                        options_.language);
      }
      case Which::UINT8: case Which::UINT16: case Which::UINT32: case Which::UINT64:
        return std::to_string(value.as<uint64_t>());
      default: return std::to_string(value.as<int64_t>());
    }
  }

  const PrintOptions& options_;
  std::string out_;
  int hidden_ = 0;
};

}  // namespace

std::string Label(capnp::StructSchema::Field field, Language language) {
  const FieldInfo info = InfoOf(field);
  if (language == Language::kSwedish && !info.sv.empty()) return info.sv;
  std::string words;
  for (const char c : info.name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0) words += ' ';
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

std::string PrintStruct(capnp::DynamicStruct::Reader value, const PrintOptions& options) {
  Printer printer(options);
  printer.Struct(value, options.indent);
  return printer.Finish();
}

std::string PrintEvent(schema::Event::Reader event, const PrintOptions& options) {
  return PrintStruct(capnp::DynamicStruct::Reader(event), options);
}

std::string PrintSignal(schema::Signal::Reader signal, const PrintOptions& options) {
  return PrintStruct(capnp::DynamicStruct::Reader(signal), options);
}

}  // namespace sam::contract
