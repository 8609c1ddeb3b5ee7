// What the hub may tell the person concerned, and whoever answers for a child: when, which unit told what
// (the kind, never the content), what was sent to whom on which ground, what became of it, and who has
// looked. It is found by one number of one authority and by nothing else: there is no list, no search and
// no wildcard, and one who is unknown looks as one of whom nothing is held.
// Main thread of a tool; reads a snapshot or a stopped hub's store. Limit: kSubjectRowsMax of each kind.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/admin/log_view.h"
#include "broker/admin/signal_view.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"
#include "broker/contract/texts.h"
#include "broker/dispatch/ladder.h"
#include "broker/dispatch/settings.h"

namespace sam::admin {

inline constexpr size_t kSubjectRowsMax = 10'000;

struct SubjectEvent {
  uint64_t offset = 0;
  Millis received, occurred{-1};  // -1: disposed of
  std::string type;               // "bvc.visit.missed"; empty: disposed of
  std::string unit;               // name, or the text id of a kind of unit
  bool harm = false;              // to be weighed by a person before it is handed out
};

struct SubjectSignal {
  SignalSummary signal;
  std::string from, to;  // names, or text ids of roles
  std::string why;       // text id
  bool harm = false;
};

struct SubjectLook {
  Millis at;
  std::string action, role;
};

struct SubjectReport {
  std::string authority;  // name
  bool guarded = false;   // the person's data are protected: nothing that tells a place
  bool cut = false;       // more than kSubjectRowsMax
  std::vector<SubjectEvent> events;    // in the order of the log
  std::vector<SubjectSignal> signals;  // in the order of their first decision
  std::vector<SubjectLook> looks;
};

class SubjectFinder {
 public:
  SubjectFinder(const LogView& view, const dispatch::Settings& settings,
                const routing::Authority& authority)
      : view_(view), settings_(settings), authority_(authority) {}

  // Whom any of these names means for the authority, however sources write the authority's name: one
  // number in the spellings that its system has. Zero: nobody.
  Result<SubjectId> Find(const std::vector<PersonId>& names);
  // All that were found: one for each spelling of the authority that sources use.
  const std::vector<SubjectId>& roots() const { return roots_; }
  // Of whom was found; empty when that is nobody.
  Result<SubjectReport> Report();

 private:
  // Every header of the log, without its payload.
  Status EachHeader(const std::function<Status(const journal::Header&)>& visit) const;
  Result<bool> IsTheirs(const SubjectId& subject);
  Status Take(const journal::Header& header, SubjectReport& report);
  Status AddEvent(const journal::Header& header, SubjectReport& report) const;
  Status AddLook(const journal::Header& header, SubjectReport& report) const;
  Status AddSignals(SubjectReport& report);
  Status AddSignal(const SignalId& id, const dispatch::SignalRow& row, SubjectReport& report) const;
  Result<bool> MayHarm(const dispatch::SignalRow& row) const;
  std::string UnitWords(const std::string& hsa_id, bool guarded) const;
  std::string FunctionWords(const std::string& id, bool guarded) const;

  const LogView& view_;
  const dispatch::Settings& settings_;
  const routing::Authority& authority_;
  std::vector<SubjectId> roots_;
  std::unordered_map<SubjectId, bool> asked_;  // at most kAskedMax, then it starts anew
  std::vector<uint64_t> offsets_;              // of their records, rising
};

nlohmann::json SubjectJson(const SubjectReport& report, contract::Language language);
std::vector<std::string> SubjectLines(const SubjectReport& report, contract::Language language);

}  // namespace sam::admin
