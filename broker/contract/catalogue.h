// The contract, read at run time from the schemas' own annotations: fields with their meaning,
// event types, signal codes. Nobody else keeps such a list. Any thread; results are values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include "broker/base/result.h"
#include "schemas/annotations.capnp.h"
#include "schemas/common.capnp.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::contract {

struct FieldInfo {
  std::string path;  // from the struct asked about: "body.report.guardians.name"
  std::string name;  // "name"
  std::optional<schema::Sensitivity> sensitivity;
  std::string sv;    // Swedish term
  std::optional<schema::Retention> retention;
  bool required = false;
  bool place = false;
  bool routes = false;  // a place that the hub needs to find receivers by
  bool free_text = false;
  // Kept apart from the rest of the message (place.h).
  bool apart() const { return place && !routes; }
  std::string type;  // "Text", "Int64", "List(Party)", "YesNo", "group"
};

// One field's own marks (path = name).
FieldInfo InfoOf(capnp::StructSchema::Field field);
// The struct's own fields, then those of structs and lists of structs below, depth first. A struct
// inside itself is not followed.
std::vector<FieldInfo> FieldsOf(capnp::StructSchema schema);
std::optional<FieldInfo> FindField(capnp::StructSchema schema, std::string_view path);
// Swedish term of a struct, enum or enumerant; empty: none given.
std::string SwedishOf(capnp::Schema schema);

struct EventType {
  std::string name;    // "bvc.visit.missed"
  std::string member;  // "bvcVisitMissed"
  uint16_t row = 0;    // of the event catalogue
  uint16_t discriminant = 0;  // value of Event.body.which()
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  schema::Sensitivity sensitivity = schema::Sensitivity::S0;
  std::string sv;
};
struct SignalType {
  std::string code;    // "SIG-A1"
  std::string member;  // "report"
  uint16_t discriminant = 0;
  schema::LegalClass legal_class = schema::LegalClass::UNSET;
  schema::Sensitivity sensitivity = schema::Sensitivity::S0;
  std::string sv;
};

// Computed at the first call (thread safe), in the order of the union.
const std::vector<EventType>& EventTypes();
const std::vector<SignalType>& SignalTypes();
const EventType* EventTypeByName(std::string_view name);    // null: unknown
const EventType* EventTypeByMember(std::string_view name);  // null: unknown
const EventType* EventTypeOf(schema::Event::Reader event);  // by union member; null: newer than us
const SignalType* SignalTypeByCode(std::string_view code);
const SignalType* SignalTypeOf(schema::Signal::Reader signal);

char ClassLetter(schema::LegalClass legal_class);  // 'A'..'E', '-' when unset
std::string SensitivityName(schema::Sensitivity sensitivity);  // "S0".."S4"
std::optional<schema::Sensitivity> SensitivityFromName(std::string_view name);

// Markdown table of all event types, signals and their fields, for schemas/README.md.
std::string CatalogueMarkdown();

}  // namespace sam::contract
