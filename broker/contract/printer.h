// Events and signals for people (labels in Swedish or English) and as JSON. Values marked S1 or
// above are hidden unless `reveal` is set, and whoever sets it writes the audit row first.
// Pure, any thread. Throws kj::Exception only on a message that is not well-formed, so call it on
// bytes that a codec has walked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <capnp/dynamic.h>

#include "broker/base/ids.h"
#include "broker/contract/texts.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::contract {

struct PrintOptions {
  Language language = Language::kSwedish;
  bool reveal = false;
  int indent = 0;      // spaces in front of each line
  bool empty = false;  // also print fields without a value
  bool breaks = false;  // texts keep their line breaks: for a page, never for a terminal
};

// One field as it is printed: without a value it is the heading of what is indented deeper below it.
struct PrintedLine {
  int indent = 0;
  std::string label;
  std::string value;
  std::string member;  // the outermost struct's own field, by its name in the schema: "subject"
};

// One line per field, "label: value", nested structs indented by two. Times in Swedish local time.
std::string PrintEvent(schema::Event::Reader event, const PrintOptions& options);
std::string PrintSignal(schema::Signal::Reader signal, const PrintOptions& options);
// The same, line by line, for whoever lays it out.
std::vector<PrintedLine> SignalLines(schema::Signal::Reader signal, const PrintOptions& options);
std::string PrintStruct(capnp::DynamicStruct::Reader value, const PrintOptions& options);

// One JSON object: field names of the schema, data as hex, times as ISO UTC with the field name
// unchanged, enums by name; hidden values are null and their paths are listed in "_hidden".
std::string EventJson(schema::Event::Reader event, bool reveal);
std::string SignalJson(schema::Signal::Reader signal, bool reveal);
std::string StructJson(capnp::DynamicStruct::Reader value, bool reveal);

// Label of a field: the Swedish term, or the English words of its name ("visit code").
std::string Label(capnp::StructSchema::Field field, Language language);
// "2026-03-02 10:15" in Swedish time (EU summer time rule).
std::string SwedishTime(Millis time);
// The same read, also with T between date and time. Of a doubled hour in October the earlier one; none
// for the hour that is left out in March, and for what is no time.
std::optional<Millis> FromSwedishTime(std::string_view text);

}  // namespace sam::contract
