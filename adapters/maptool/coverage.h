// `map coverage`: over many samples, what the source says that no rule ever read, and what each
// rule could have said and never did. Values are neither kept nor shown. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::maptool {

// A target field of a rule's event type.
struct FieldUse {
  std::string path;  // "subject.birthDate" of the header begins with "header."
  std::string at;    // where the mapping sets it; empty: it does not
  uint64_t set = 0;  // in how many events
};

struct RuleUse {
  std::string name;
  std::string type;
  std::string at;
  uint64_t tried = 0;  // messages and units that its trigger named
  uint64_t told = 0;
  std::map<std::string, uint64_t>
      stopped_by;                // condition as text -> times it was the first to fail
  std::vector<FieldUse> fields;  // in the schema's order; only of rules that told
};

struct CoverageReport {
  uint64_t messages = 0;
  uint64_t bad = 0;                            // put aside or refused: their places do not count
  std::map<std::string, uint64_t> not_wanted;  // trigger that no rule names -> messages
  bool places_listed = false;                  // the format can say which places a message has
  std::map<std::string, uint64_t> unread;      // place that no rule ever read -> messages with it
  std::vector<RuleUse> rules;                  // in the mapping's order
};

// Errors: the mapping or a file cannot be read.
Result<CoverageReport> Cover(const kit::AdapterConfig& config,
                             const std::vector<std::string>& files, const kit::SourceKinds& kinds,
                             const Clock& clock);

std::string TextOf(const CoverageReport& report);
std::string JsonOf(const CoverageReport& report);

}  // namespace sam::maptool
