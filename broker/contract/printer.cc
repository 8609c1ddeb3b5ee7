#include "broker/contract/printer.h"

#include <cctype>

#include "broker/base/text.h"
#include "broker/contract/annotations.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/texts.h"
#include "broker/contract/values.h"

namespace sam::contract {
namespace {

constexpr size_t kHexMax = 256;

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  void Whole(capnp::DynamicStruct::Reader value) {
    for (const auto field : value.getSchema().getFields()) {
      member_ = field.getProto().getName().cStr();
      Field(field, value, options_.indent);
    }
    member_.clear();
    if (hidden_ > 0) {
      Line(options_.indent, Text("print.hidden", options_.language,
                                 {{"count", std::to_string(hidden_)}}), "");
    }
  }

  std::vector<PrintedLine> Lines() { return std::move(out_); }

 private:
  void Struct(capnp::DynamicStruct::Reader value, int indent) {
    for (const auto field : value.getSchema().getFields()) Field(field, value, indent);
  }

  void Field(capnp::StructSchema::Field field, capnp::DynamicStruct::Reader value, int indent) {
    if (!internal::IsActive(field, value)) return;
    if (field.getType().isStruct()) {
      Nested(field, value, indent);
    } else if (internal::IsHidden(field, options_.reveal)) {
      ++hidden_;
    } else if (options_.empty || !internal::IsNothing(field, value)) {
      Leaf(field, value, indent);
    }
  }

  void Line(int indent, const std::string& label, const std::string& value) {
    out_.push_back({indent, label, value, member_});
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
      // Reasons are sentences of the catalogue; what it does not know stands as it is.
      const bool sentences = element.isText() && InfoOf(field).sv.ends_with("text-id");
      std::string all;
      for (const auto one : list) {
        if (!all.empty()) all.append(sentences ? " " : ", ");
        const std::string value_text = ValueText(one, element);
        all.append(sentences && HasText(value_text) ? Text(value_text, options_.language)
                                                    : value_text);
      }
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
      case Which::TEXT: {
        const char* text = value.as<capnp::Text>().cStr();
        return options_.breaks ? std::string(text) : internal::OneLine(text);
      }
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
  std::vector<PrintedLine> out_;
  std::string member_;
  int hidden_ = 0;
};

std::vector<PrintedLine> LinesOf(capnp::DynamicStruct::Reader value, const PrintOptions& options) {
  Printer printer(options);
  printer.Whole(value);
  return printer.Lines();
}

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
  std::string out;
  for (const PrintedLine& line : LinesOf(value, options)) {
    out.append(static_cast<size_t>(line.indent), ' ').append(line.label);
    if (!line.value.empty()) out.append(": ").append(line.value);
    out += '\n';
  }
  return out;
}

std::vector<PrintedLine> SignalLines(schema::Signal::Reader signal, const PrintOptions& options) {
  return LinesOf(capnp::DynamicStruct::Reader(signal), options);
}

std::string PrintEvent(schema::Event::Reader event, const PrintOptions& options) {
  return PrintStruct(capnp::DynamicStruct::Reader(event), options);
}

std::string PrintSignal(schema::Signal::Reader signal, const PrintOptions& options) {
  return PrintStruct(capnp::DynamicStruct::Reader(signal), options);
}

}  // namespace sam::contract
