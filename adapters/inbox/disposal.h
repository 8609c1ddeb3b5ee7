// What an inbox forgets: by itself, days after the last step, when a decision on disposal is written down; or one
// person, when somebody says so. Never what nobody has answered, what is under a time limit, or what is on its way
// somewhere. An id, a number and the day stay, so that what is sent again is not shown anew. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "broker/base/ids.h"

namespace sam::inbox {

inline constexpr int64_t kDisposalDays = 90;     // as the paper's
inline constexpr int64_t kDisposalDaysMin = 7;
inline constexpr int64_t kDisposalDaysMax = 36'500;
inline constexpr size_t kDecisionMax = 500;
// Rows in one batch; the next one follows at once.
inline constexpr size_t kDisposalBatch = 200;

struct RetentionPolicy {
  int64_t days = kDisposalDays;
  std::string decision;  // empty: nothing is disposed of
  bool decided() const { return !decision.empty(); }
};

enum class Kept {
  kDue,         // to be disposed of now
  kNotYet,      // its days have not gone
  kUnanswered,  // nobody has taken the step that ends it, or it cannot be read
  kClock,       // a time limit is open
  kHold,        // we are asked for a receiver
  kOnItsWay,    // to the hub, to the social system, to the file that its parts make, to who takes the lines
  kNewest,      // the newest row stays, so that no number is given twice
};
const char* KeptName(Kept why);

struct DisposalPlan {
  std::vector<uint64_t> due;             // arrival numbers
  std::map<Kept, uint64_t> kept;
};
struct ErasePlan {
  std::vector<uint64_t> rows;  // about the same person, and notices about those
  uint64_t open = 0;           // of them: neither due nor merely waiting for their days
};

}  // namespace sam::inbox
