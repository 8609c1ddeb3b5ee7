// The rows of one thread and no disk: decoding, mapping, and the way to sealed rows.
// One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "tests/bench/source_row.h"

namespace sam::bench {

struct WorkPlan {
  const char* name;     // "HL7 v2 SIU"
  const char* config;   // of deploy/config/demo
  std::vector<std::string> samples;
  enum class Limit { kMemchr, kJson } limit;
  char end;             // kMemchr: what ends a segment, a row, a tag
  bool to_rows;         // a row "... to sealed rows" as well
};
const std::vector<WorkPlan>& WorkPlans();

// "NAME decode", "NAME decode+map", and "NAME to sealed rows" when the plan says so: those wanted.
using Wanted = std::function<bool(const std::string& name)>;
Result<std::vector<SourceRow>> WorkRows(const WorkPlan& plan, const std::string& source,
                                        const kit::SourceKinds& kinds, const Clock& clock,
                                        double seconds, const Wanted& wanted);

}  // namespace sam::bench
