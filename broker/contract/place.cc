#include "broker/contract/place.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/contract/catalogue.h"

namespace sam::contract {
namespace {

using Builder = capnp::DynamicStruct::Builder;
using Reader = capnp::DynamicStruct::Reader;

// What of a struct must be looked at. Learnt from the schema once: most types hold no place at all,
// and of those nothing but the union's member is read.
struct Step {
  capnp::StructSchema::Field field;
  bool apart = false;
  bool list = false;
  bool group = false;
  bool member = false;  // of a union
  uint64_t inside = 0;  // type id of the struct, or of the list's elements, to look into
};
using Steps = std::vector<Step>;
using Plan = std::unordered_map<uint64_t, Steps>;  // by type id

// kPut: a place that stays with the rest today stood apart in records of older builds.
enum class For { kSplit, kPut };

void Learn(capnp::StructSchema schema, For use, Plan& plan) {
  const uint64_t id = schema.getProto().getId();
  if (!plan.try_emplace(id).second) return;
  Steps steps;
  for (const auto field : schema.getFields()) {
    const capnp::Type type = field.getType();
    Step step;
    step.field = field;
    step.apart = use == For::kSplit ? InfoOf(field).apart() : InfoOf(field).place;
    step.group = field.getProto().isGroup();
    step.list = type.isList() && type.asList().getElementType().isStruct();
    step.member =
        field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
    if (type.isStruct() || step.list) {
      const auto below = step.list ? type.asList().getStructElementType() : type.asStruct();
      Learn(below, use, plan);
      step.inside = below.getProto().getId();
    }
    if (step.apart || step.inside != 0) steps.push_back(step);
  }
  plan[id] = std::move(steps);
}

// Leaves nothing but the ways to a place.
void Prune(Plan& plan) {
  std::unordered_set<uint64_t> matter;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [id, steps] : plan)
      for (const Step& step : steps)
        if (step.apart || matter.count(step.inside) != 0) grown |= matter.insert(id).second;
  }
  for (auto& entry : plan)
    std::erase_if(entry.second, [&](const Step& step) {
      return !step.apart && matter.count(step.inside) == 0;
    });
}

Plan MakePlan(For use) {
  Plan out;
  Learn(capnp::Schema::from<schema::Event>(), use, out);
  Learn(capnp::Schema::from<schema::Signal>(), use, out);
  Prune(out);
  return out;
}

const Plan& ThePlan() {
  static const Plan plan = MakePlan(For::kSplit);
  return plan;
}
const Plan& PutPlan() {
  static const Plan plan = MakePlan(For::kPut);
  return plan;
}

const Steps& StepsOf(const Plan& plan, capnp::StructSchema schema) {
  static const Steps none;
  const auto found = plan.find(schema.getProto().getId());
  return found == plan.end() ? none : found->second;
}
const Steps& StepsIn(const Step& step) { return ThePlan().at(step.inside); }

template <typename Struct>
bool IsAwake(const Step& step, Struct value) {
  if (!step.member) return true;
  KJ_IF_MAYBE(active, value.which()) { return *active == step.field; }
  return false;
}

bool Holds(const Steps& steps, Reader value);

bool AnyHolds(const Steps& steps, capnp::DynamicList::Reader all) {
  for (const auto one : all)
    if (Holds(steps, one.as<capnp::DynamicStruct>())) return true;
  return false;
}

bool Holds(const Steps& steps, Reader value) {
  return std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    if (!IsAwake(step, value) || (!step.group && !value.has(step.field))) return false;
    if (step.apart) return true;
    const auto below = value.get(step.field);
    return step.list ? AnyHolds(StepsIn(step), below.as<capnp::DynamicList>())
                     : Holds(StepsIn(step), below.as<capnp::DynamicStruct>());
  });
}

void Move(const Steps& steps, Reader value, Builder rest, Builder place);

void MoveBelow(const Step& step, Reader value, Builder rest, Builder place) {
  const auto below = value.get(step.field);
  if (!step.list) {
    const auto inner = below.as<capnp::DynamicStruct>();
    if (!Holds(StepsIn(step), inner)) return;
    // Naming a union's member wakes it.
    if (!step.group) place.init(step.field);
    return Move(StepsIn(step), inner, rest.get(step.field).as<capnp::DynamicStruct>(),
                place.get(step.field).as<capnp::DynamicStruct>());
  }
  const auto all = below.as<capnp::DynamicList>();
  if (!AnyHolds(StepsIn(step), all)) return;
  auto places = place.init(step.field, all.size()).as<capnp::DynamicList>();
  auto rests = rest.get(step.field).as<capnp::DynamicList>();
  for (capnp::uint i = 0; i < all.size(); ++i)
    Move(StepsIn(step), all[i].as<capnp::DynamicStruct>(), rests[i].as<capnp::DynamicStruct>(),
         places[i].as<capnp::DynamicStruct>());
}

// `rest` is a copy of `value`: what is a place is cleared there and set in `place`.
void Move(const Steps& steps, Reader value, Builder rest, Builder place) {
  for (const Step& step : steps) {
    if (!IsAwake(step, value) || (!step.group && !value.has(step.field))) continue;
    if (!step.apart) {
      MoveBelow(step, value, rest, place);
      continue;
    }
    place.set(step.field, value.get(step.field));
    rest.clear(step.field);
  }
}

void Put(const Steps& steps, Reader place, Builder whole) {
  for (const Step& step : steps) {
    if (!IsAwake(step, place) || !IsAwake(step, whole.asReader())) continue;
    if (!step.group && !place.has(step.field)) continue;
    const auto below = place.get(step.field);
    if (step.apart) {
      whole.set(step.field, below);
    } else if (step.list) {
      const auto places = below.as<capnp::DynamicList>();
      auto all = whole.get(step.field).as<capnp::DynamicList>();
      for (capnp::uint i = 0; i < std::min(places.size(), all.size()); ++i)
        Put(PutPlan().at(step.inside), places[i].as<capnp::DynamicStruct>(),
            all[i].as<capnp::DynamicStruct>());
    } else {
      Put(PutPlan().at(step.inside), below.as<capnp::DynamicStruct>(),
          whole.get(step.field).as<capnp::DynamicStruct>());
    }
  }
}

template <typename Typed>
std::string Canonical(Typed reader) {
  const kj::Array<capnp::word> words = capnp::canonicalize(reader);
  const auto count = static_cast<uint32_t>(words.size());
  std::string out(8 + words.size() * sizeof(capnp::word), '\0');
  for (size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<char>(count >> (8 * i) & 255);
  std::memcpy(out.data() + 8, words.begin(), words.size() * sizeof(capnp::word));
  return out;
}

template <typename T>
PlaceSplit Split(typename T::Reader value) {
  const Steps& steps = StepsOf(ThePlan(), capnp::Schema::from<T>());
  PlaceSplit out;
  if (!Holds(steps, value)) return out;
  capnp::MallocMessageBuilder rest;
  capnp::MallocMessageBuilder place;
  rest.setRoot(value);  // whole structs, so fields of newer schemas are kept
  Move(steps, value, rest.getRoot<T>(), place.initRoot<T>());
  out.rest = Canonical(rest.getRoot<T>().asReader());
  out.place = Canonical(place.getRoot<T>().asReader());
  return out;
}

template <typename T>
std::string Join(typename T::Reader rest, typename T::Reader place) {
  capnp::MallocMessageBuilder whole;
  whole.setRoot(rest);
  Put(StepsOf(PutPlan(), capnp::Schema::from<T>()), place, whole.getRoot<T>());
  return Canonical(whole.getRoot<T>().asReader());
}

}  // namespace

PlaceSplit SplitPlaces(schema::Event::Reader event) { return Split<schema::Event>(event); }
PlaceSplit SplitPlaces(schema::Signal::Reader signal) { return Split<schema::Signal>(signal); }

std::string JoinPlaces(schema::Event::Reader rest, schema::Event::Reader place) {
  return Join<schema::Event>(rest, place);
}
std::string JoinPlaces(schema::Signal::Reader rest, schema::Signal::Reader place) {
  return Join<schema::Signal>(rest, place);
}

std::string CanonicalBytes(schema::Event::Reader event) { return Canonical(event); }
std::string CanonicalBytes(schema::Signal::Reader signal) { return Canonical(signal); }

}  // namespace sam::contract
