// What an erasure would touch, counted before it is done: shown to the officer, and nobody's content with it.
// Main thread of a tool.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/admin/log_view.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::admin {

// A statutory report that is not finished: while there is one, an erasure needs the officer's own word.
struct OpenReport {
  SignalId signal;
  std::string sender, receiver;
  std::string where;  // "held", "not delivered", "not answered"
};

struct ErasePlan {
  std::vector<SubjectId> subjects;  // all random numbers that are linked as this person's
  uint64_t records = 0;             // of the log, whose content ends with the key
  uint64_t receipts = 0;            // records that name nobody and told of the person's signals
  uint64_t signals = 0;
  std::map<std::string, uint64_t> waiting;    // numbers that will be filled, by receiver
  std::map<std::string, uint64_t> delivered;  // numbers that receivers have and keep
  std::vector<OpenReport> reports;
  bool erased = false;  // the keys are gone already
};

// `roots`: the person, links followed. kNotFound: no such subject.
Result<ErasePlan> PlanErase(const LogView& view, const std::vector<SubjectId>& roots);

}  // namespace sam::admin
