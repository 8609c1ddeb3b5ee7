// What one event gathers while it is made. Shared by mapper.cc and mapper_values.cc only.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include "adapters/kit/mapper.h"
#include "schemas/event.capnp.h"

namespace sam::kit {

struct Mapper::Work {
  const EventRule& rule;
  const SourceRecord& record;
  const MapContext& context;
  Scope scope;
  capnp::MallocMessageBuilder message;
  schema::Event::Builder event{nullptr};
  MappedEvent out;
  std::set<std::string> doubts;
  std::set<std::string> nulls;
  std::vector<FieldNote> notes;
  std::optional<EventId> replaced;
  uint16_t item = 0;  // of the list at hand, from 0
  RuleTrace* trace = nullptr;   // null: nobody looks
  FieldTrace* field = nullptr;  // the field at hand, when there is a trace

  Work(const EventRule& r, const SourceRecord& rec, const MapContext& c, Scope s)
      : rule(r), record(rec), context(c), scope(std::move(s)) {}

  void Doubt(const std::string& code, const std::string& path, const std::string& what) {
    doubts.insert(code);
    notes.push_back({rule.name, path, what});
    if (field != nullptr)
      field->doubts.push_back(code);
    else if (trace != nullptr)
      trace->doubts.push_back(code);
  }

  // For the trace; each does nothing without one.
  void From(const Selector& place) {
    if (field != nullptr) field->places.push_back(place.text);
  }
  void Ends(FieldTrace::End end, const std::string& why = std::string()) {
    if (field == nullptr) return;
    field->end = end;
    field->why = why;
  }
  void Value(const std::string& text) {
    if (field == nullptr) return;
    field->end = FieldTrace::End::kSet;
    field->value.append(field->value.empty() ? "" : ", ").append(text);
  }
  void Row(const Lookup& lookup, const std::string& key, int line) {
    if (field == nullptr) return;
    field->rows.push_back({lookup.name, lookup.table->file(),
                           lookup.table->columns()[lookup.column], key, line});
  }
  void Stopped(const std::string& why) {
    if (trace == nullptr) return;
    trace->end = RuleTrace::End::kStopped;
    trace->why = why;
  }
};

constexpr int64_t kHourMs = 3'600'000;

// From the time at the first of `since` with a value to the one that `until` says. Empty: one of them
// is not there, cannot be read, or is a day without a time.
std::optional<int64_t> MsBetween(const SourceRecord& record, const std::vector<Selector>& since,
                                 const std::string& until, const Scope& scope);

// An Error whose message is "code: detail", taken apart again in Map().
inline Error Trouble(const std::string& code, const std::string& detail) {
  return Invalid(code + ": " + detail);
}

}  // namespace sam::kit
