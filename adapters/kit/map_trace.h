// MapTrace: what a Mapper did with one message, step by step, for people who write a mapping: which
// rule told an event or which condition stopped it, and for each field the place, table row and
// doubt behind its value. Off (a null pointer) in a running adapter, where it costs a comparison.
// One thread; owned by a tool. Texts hold values: what is shown of them is the tool's decision.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "adapters/kit/mapping.h"

namespace sam::kit {

struct RowTrace {  // of a code table
  std::string table;
  std::string file;
  std::string column;
  std::string key;  // the code as the source sent it
  int line = 0;     // 0: there is no such row
};

struct FieldTrace {
  enum class End {
    kEmpty,  // nothing stands at its places
    kSet,
    kNull,         // the source says: delete this value
    kSaysNothing,  // the table's cell is "-"
    kSkipped,      // unknown code, and the mapping says skip
    kBadValue,     // left out: not of the form that the field needs
    kNotHere,      // left out: a condition of its `where` is not met
    kStopped,      // the whole message went aside because of it
  };
  std::string path;
  const Assignment* by = nullptr;  // of the mapping
  Scope scope;
  End end = End::kEmpty;
  bool fallback = false;            // the value is the mapping's default
  std::vector<std::string> places;  // that gave the value; empty: a constant or default
  std::string value;                // as the event has it; times as ISO UTC
  std::vector<RowTrace> rows;
  std::vector<std::string> doubts;  // codes
  std::string why;                  // kBadValue, kStopped
};

struct RuleTrace {
  enum class End { kTold, kCondition, kNoEarlier, kOlder, kStopped };
  const EventRule* rule = nullptr;
  Scope scope;
  End end = End::kTold;
  const Condition* failed = nullptr;  // kCondition: the first that is not met
  std::string why;                    // kStopped
  std::vector<std::string> doubts;    // codes that no field stands for
  std::vector<FieldTrace> fields;
};

struct MapTrace {
  bool with_places = false;         // also gather places and touched
  std::deque<RuleTrace> rules;      // those that the trigger names, in order
  std::vector<std::string> places;  // SourceRecord::Places
  std::set<std::string> touched;    // places that some rule looked at
};

}  // namespace sam::kit
