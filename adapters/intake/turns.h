// Turns: which entry has the next request. Acute ones go first, then the first to come. Each kind of
// request waits out its own outage, and an entry that was not let in steps back behind the others: one
// child that the system refuses, or one door that is shut, holds up nobody else's report.
// Owned by Requests; its thread only. Lost with the process: after a start everybody is due.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "adapters/intake/book.h"
#include "adapters/rest/back_off.h"
#include "broker/base/clock.h"
#include "broker/base/random.h"

namespace sam::intake {

enum class Doing { kNothing, kPosting, kLookingUp, kAttaching, kFiling, kListing };
// As it stands in logs: "posting".
const char* DoingName(Doing doing);

// What is asked next for an entry; empty: nothing more.
using NextDoing = std::optional<Doing> (*)(const Entry& entry);

struct TurnLimits {
  int64_t backoff_min_ms = 0;
  int64_t backoff_max_ms = 0;
  unsigned attempts = 0;
};

class Turns {
 public:
  Turns(const TurnLimits& limits, const Clock& clock, Random random)
      : limits_(limits), clock_(clock), random_(random) {}

  // Of those that wait, the one whose request may leave now.
  std::optional<Entry> Next(const std::map<uint64_t, Entry>& pending, NextDoing next_doing);
  void Begin(uint64_t number) { turns_[number].due = 0; }
  void Forget(uint64_t number) { turns_.erase(number); }
  void ForgetAll() { turns_.clear(); }

  void Later(uint64_t number, int64_t wait_ms) { turns_[number].due = NowMs() + wait_ms; }
  // Later, and each time longer; how often it was, with this one.
  unsigned LaterAndLater(uint64_t number, int64_t least_ms);
  // It goes behind the others. True: so often, while others were let in, that it is this one.
  bool Denied(uint64_t number, Doing doing);

  // Requests of this kind wait. True: somebody should be told, which is said once an outage.
  bool Pause(Doing doing, bool passing, int64_t asked_ms);
  // One was carried out. True: it had been told that they are not.
  bool Done(Doing doing);

 private:
  struct Way {  // one kind of request
    rest::BackOff outage;
    int64_t pause_until = 0;  // steady time
    uint64_t done = 0;
  };
  struct Turn {             // one entry
    int64_t due = 0;        // steady time
    rest::BackOff wait;
    bool behind = false;
    unsigned denials = 0;   // as many as others were let in between
    uint64_t others = 0;    // Way::done at the last of them
  };

  int64_t NowMs() const { return clock_.SteadyMicros() / 1000; }
  Way& way(Doing doing) { return ways_[static_cast<size_t>(doing)]; }

  const TurnLimits limits_;
  const Clock& clock_;
  Random random_;
  std::map<uint64_t, Turn> turns_;  // by entry; absent: due
  std::array<Way, 6> ways_;         // by Doing
};

}  // namespace sam::intake
