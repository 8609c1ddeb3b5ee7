// What the hub may tell about signals without opening their content: the ladder, the gate's decision,
// what was masked. For trace, signals and the demo's summary. Main thread of a tool.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/admin/log_view.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::admin {

struct DecisionSummary {
  uint64_t offset = 0;
  uint64_t cause = 0;
  Millis time;
  std::string outcome, ground, rule, config_version, withheld;
  std::vector<std::string> reasons, masked;
  int lane = 0;
  uint64_t sequence = 0;
  std::string code, legal_class, sender, receiver;
  uint32_t consent_version = 0, protection_version = 0;
  std::vector<uint64_t> evidence;  // offsets
  SignalId signal;
  bool replayed = false, late = false;
};

struct LadderEntry {
  std::string state, answer;
  Millis at;
};

struct SignalSummary {
  SignalId id;
  std::string code, legal_class, outcome, sender, receiver, rule;
  std::vector<std::string> reasons;
  std::vector<std::pair<uint64_t, EventId>> evidence;
  std::vector<DecisionSummary> decisions;
  std::vector<LadderEntry> ladder;
  bool withdrawn = false;
  std::string about;  // of receipts and holds: the signal they are about
  SubjectId subject;   // random: the log's own name for a person
  std::string controller_org, controller_board;
  bool acute = false;
  std::string released_as;  // what was held goes on under this id
  // First evidence journaled -> delivered, milliseconds; -1 while it is not delivered.
  int64_t latency_ms = -1;
  std::string LastState() const;
};

// Of a DECISION record.
Result<DecisionSummary> SummaryOf(const journal::Record& record);
// kNotFound: no such signal.
Result<SignalSummary> ReadSignal(const LogView& view, const SignalId& id);
// In the order of their ids; `visit` returns false to stop.
Status ScanSignals(const LogView& view, const std::function<bool(SignalSummary&&)>& visit);

}  // namespace sam::admin
