#include "broker/wire/walk.h"

#include <capnp/dynamic.h>

#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/wire/limits.h"

namespace sam::wire {
namespace {

struct Plan;

// A field that is a pointer, or a group, whose fields lie in the same struct.
struct Step {
  enum class Kind { kText, kData, kStruct, kGroup, kTexts, kDatas, kStructs, kNumbers };
  Kind kind;
  unsigned pointer = 0;        // place in the struct's pointers
  const Plan* plan = nullptr;  // of the struct, of the group or of a list's elements
  capnp::ListSchema list;      // of numbers: their size is part of the type
  std::string name;
};

struct Plan {
  std::vector<Step> steps;                       // outside the union
  std::unordered_map<uint16_t, Step> members;    // of the union, by discriminant
  size_t discriminant_at = 0;                    // bytes into the data
  bool has_union = false;
};

// Compiled-in schemas only, so the number of plans is that of our struct types.
class Plans {
 public:
  const Plan* Of(capnp::StructSchema schema) {
    auto& slot = plans_[schema.getProto().getId()];
    if (slot) return slot.get();  // perhaps still being made: a type may hold itself
    slot = std::make_unique<Plan>();
    Plan* const plan = slot.get();
    const auto proto = schema.getProto().getStruct();
    plan->has_union = proto.getDiscriminantCount() != 0;
    plan->discriminant_at = size_t{proto.getDiscriminantOffset()} * 2;
    for (const capnp::StructSchema::Field field : schema.getFields()) {
      Step step;
      if (!Fill(field, step)) continue;
      if (field.getProto().getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT)
        plan->steps.push_back(std::move(step));
      else
        plan->members.emplace(field.getProto().getDiscriminantValue(), std::move(step));
    }
    return plan;
  }

 private:
  // False: a number, or what has nothing to look at.
  bool Fill(capnp::StructSchema::Field field, Step& step) {
    step.name = field.getProto().getName().cStr();
    const capnp::Type type = field.getType();
    if (field.getProto().isGroup()) {
      step.kind = Step::Kind::kGroup;
      step.plan = Of(type.asStruct());
      return true;
    }
    step.pointer = field.getProto().getSlot().getOffset();
    switch (type.which()) {
      case capnp::schema::Type::TEXT: step.kind = Step::Kind::kText; return true;
      case capnp::schema::Type::DATA: step.kind = Step::Kind::kData; return true;
      case capnp::schema::Type::STRUCT:
        step.kind = Step::Kind::kStruct;
        step.plan = Of(type.asStruct());
        return true;
      case capnp::schema::Type::LIST: FillList(type.asList(), step); return true;
      default: return false;
    }
  }

  void FillList(capnp::ListSchema list, Step& step) {
    step.list = list;
    const capnp::Type element = list.getElementType();
    SAM_CHECK(!element.isList());  // our schemas have no list of lists
    step.kind = element.isText()     ? Step::Kind::kTexts
                : element.isData()   ? Step::Kind::kDatas
                : element.isStruct() ? Step::Kind::kStructs
                                     : Step::Kind::kNumbers;
    if (element.isStruct()) step.plan = Of(element.asStruct());
  }

  std::unordered_map<uint64_t, std::unique_ptr<Plan>> plans_;
};

class Walker {
 public:
  Walker(size_t max_text_bytes, WalkRefusal& refusal) : max_text_(max_text_bytes), refusal_(refusal) {}

  bool Struct(capnp::AnyStruct::Reader reader, const Plan& plan, int depth) {
    if (depth > kNestingLimit) return Fail("is nested too deep");
    return Fields(reader, reader.getPointerSection(), plan, depth);
  }

 private:
  using Pointers = capnp::List<capnp::AnyPointer>::Reader;

  bool Fields(capnp::AnyStruct::Reader reader, Pointers pointers, const Plan& plan, int depth) {
    for (const Step& step : plan.steps)
      if (!Take(reader, pointers, step, depth)) return false;
    if (!plan.has_union) return true;
    const auto member = plan.members.find(Discriminant(reader, plan));
    return member == plan.members.end() || Take(reader, pointers, member->second, depth);
  }

  static uint16_t Discriminant(capnp::AnyStruct::Reader reader, const Plan& plan) {
    const capnp::Data::Reader data = reader.getDataSection();
    if (data.size() < plan.discriminant_at + 2) return 0;  // an older schema's: the default
    return static_cast<uint16_t>(data[plan.discriminant_at] | data[plan.discriminant_at + 1] << 8);
  }

  bool Take(capnp::AnyStruct::Reader reader, Pointers pointers, const Step& step, int depth) {
    if (Looks(reader, pointers, step, depth)) return true;
    // On the way out each level puts its name in front.
    refusal_.path = step.name + (refusal_.path.empty() ? "" : "." + refusal_.path);
    return false;
  }

  bool Looks(capnp::AnyStruct::Reader reader, Pointers pointers, const Step& step, int depth) {
    if (step.kind == Step::Kind::kGroup) {
      if (depth >= kNestingLimit) return Fail("is nested too deep");
      return Fields(reader, pointers, *step.plan, depth + 1);
    }
    if (step.pointer >= pointers.size()) return true;  // an older schema's
    const capnp::AnyPointer::Reader pointer = pointers[step.pointer];
    if (pointer.isNull()) return true;
    switch (step.kind) {
      case Step::Kind::kText: return Text(pointer.getAs<capnp::Text>());
      case Step::Kind::kData: (void)pointer.getAs<capnp::Data>(); return true;
      case Step::Kind::kStruct: return Struct(pointer.getAs<capnp::AnyStruct>(), *step.plan, depth + 1);
      case Step::Kind::kTexts:
        for (const capnp::Text::Reader text : pointer.getAs<capnp::List<capnp::Text>>())
          if (!Text(text)) return false;
        return true;
      case Step::Kind::kDatas:
        for (const capnp::Data::Reader data : pointer.getAs<capnp::List<capnp::Data>>()) (void)data;
        return true;
      case Step::Kind::kStructs:
        return Structs(pointer.getAs<capnp::AnyList>(), *step.plan, depth);
      default: (void)pointer.getAs<capnp::DynamicList>(step.list); return true;
    }
  }

  bool Structs(capnp::AnyList::Reader list, const Plan& plan, int depth) {
    // A list of numbers may have become one of structs in a later schema; bits never may.
    if (list.getElementSize() == capnp::ElementSize::BIT) return Fail("is of another type");
    for (const capnp::AnyStruct::Reader element : list.as<capnp::List<capnp::AnyStruct>>())
      if (!Struct(element, plan, depth + 2)) return false;
    return true;
  }

  bool Text(capnp::Text::Reader text) {
    if (text.size() > max_text_) return Fail("is too long");
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const bool control = byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
      if (control || byte == 0x7f) return Fail("holds a control character");
    }
    if (!IsValidUtf8({text.begin(), text.size()})) return Fail("is not UTF-8");
    return true;
  }

  bool Fail(const char* what) {
    refusal_.what = what;
    return false;
  }

  size_t max_text_;
  WalkRefusal& refusal_;
};

}  // namespace

bool Walk(capnp::AnyStruct::Reader root, capnp::StructSchema schema, size_t max_text_bytes, WalkRefusal& refusal) {
  thread_local Plans plans;
  return Walker(max_text_bytes, refusal).Struct(root, *plans.Of(schema), 0);
}

}  // namespace sam::wire
