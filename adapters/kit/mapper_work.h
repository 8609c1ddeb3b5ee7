// What one event gathers while it is made. Shared by mapper.cc and mapper_values.cc only.
#pragma once

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

  Work(const EventRule& r, const SourceRecord& rec, const MapContext& c, Scope s)
      : rule(r), record(rec), context(c), scope(std::move(s)) {}

  void Doubt(const std::string& code, const std::string& field, const std::string& what) {
    doubts.insert(code);
    notes.push_back({rule.name, field, what});
  }
};

// An Error whose message is "code: detail", taken apart again in Map().
inline Error Trouble(const std::string& code, const std::string& detail) {
  return Invalid(code + ": " + detail);
}

}  // namespace sam::kit
