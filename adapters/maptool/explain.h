// `map explain`: for each message of a sample which rule told what and why, or why not, and behind
// each field its value, place, table row and doubt. Values are shown, since the file lies before
// whoever asks; `mask` hides them, for a report that leaves the room. One thread.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::maptool {

struct ExplainOptions {
  bool mask = false;
  bool json = false;  // one object for each message, a line each
};

struct ExplainReport {
  size_t messages = 0;
  size_t bad = 0;  // would be put aside or refused
};

// Errors: the mapping or a file cannot be read.
Result<ExplainReport> Explain(const kit::AdapterConfig& config,
                              const std::vector<std::string>& files, const kit::SourceKinds& kinds,
                              const Clock& clock, const ExplainOptions& options, std::ostream& out);

}  // namespace sam::maptool
