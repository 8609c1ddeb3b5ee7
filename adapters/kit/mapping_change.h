// An adapter starts with another mapping, or another code table, than it ran with before: said in
// the log and written to its audit, with both versions. The store's mark "mapping" knows the last
// run. One thread, the store's writer, at start.
#pragma once

#include <string>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/mapping.h"
#include "broker/base/result.h"

namespace sam::kit {

struct MappingChange {
  std::string what;           // "mapping bvc-hl7v2", "table visit_codes"
  std::string from;           // version and the beginning of its digest; empty: new
  std::string to;             // empty: gone
  bool same_version = false;  // other bytes under the version text of before
};

// Writes the mark, an audit row for each change (by "adapter") and commits. The first run of a
// store is no change. Errors are the store's.
Result<std::vector<MappingChange>> NoteMappingChange(AdapterStore& store, const Mapping& mapping);

}  // namespace sam::kit
