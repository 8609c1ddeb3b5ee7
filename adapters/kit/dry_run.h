// Dry run: what would become of these files, through the very pipeline of the live feed, over a
// store in memory. One thread.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/contract/texts.h"

namespace sam::kit {

// What a hub says of one event: in lines for people, and as one JSON object.
struct GateWord {
  std::string text;
  std::string json;
  bool refused = false;  // the hub would not take the event at all
};

struct DryRunOptions {
  contract::Language language = contract::Language::kEnglish;
  bool json = false;   // one object a line for each message, and one for the sum
  bool reveal = true;  // the files lie before whoever tests; nothing is disclosed by showing them
  // Asked about each event that would be shipped; empty: no hub is asked. An error ends the run.
  std::function<Result<GateWord>(const std::string& event)> gate;
};

struct DryRunReport {
  size_t messages = 0;
  size_t events = 0;
  size_t bad = 0;  // would be quarantined or refused, here or by the hub
};

// Prints for each message: what becomes of it, its events, the acknowledgement, each field left out
// or doubted; last the sum. Errors: the mapping or a file cannot be read.
Result<DryRunReport> DryRun(const AdapterConfig& config, const std::vector<std::string>& files,
                            const SourceKinds& kinds, const Clock& clock,
                            const DryRunOptions& options, std::ostream& out);

}  // namespace sam::kit
