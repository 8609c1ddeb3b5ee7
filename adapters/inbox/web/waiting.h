// Waiting: which signals still want something of a person, so that a list shows them first without
// reading years of rows. Filled from the rows as they come; a signal that is done never waits again.
// Owned by the site; the inbox's thread. The inbox outlives it.
// Limits: one number for each signal that waits, one entry for each signal of ours that is held.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "adapters/inbox/held.h"
#include "adapters/inbox/inbox.h"
#include "adapters/inbox/words.h"

namespace sam::inbox::web {

// A report, and cooperation that awaits an answer, until it is answered, a prompt until it is decided, anything else
// until it is registered.
// What was taken back, and what only tells about another signal, does not wait; a hold that somebody here ends
// by naming the receiver does (Waiting knows which).
bool Waits(const Row& row, const Summary& summary);

class Waiting {
 public:
  explicit Waiting(const Inbox& inbox) : inbox_(inbox) {}

  // Reads what came, and what waited, once more.
  Status Refresh();
  size_t count() const { return waiting_.size(); }
  bool Has(uint64_t number) const { return numbers_.count(number) != 0; }
  // What is held of ours, as it was at Refresh; oldest first.
  const std::vector<HeldSignal>& held() const { return held_; }
  // Arrival numbers: first those that wait, acute ones on top and holds before others, then the rest; newest
  // first in each.
  // `skip` of them left out, at most `limit`.
  std::vector<uint64_t> Page(uint64_t skip, size_t limit) const;
  uint64_t total() const { return inbox_.next_number() - 1; }

 private:
  Status Read();
  Status Look(const Row& row);

  const Inbox& inbox_;
  uint64_t seen_ = 0;
  HoldBook holds_;
  std::vector<HeldSignal> held_;
  std::set<std::pair<int, uint64_t>, std::greater<>> waiting_;  // (rank, number)
  std::set<uint64_t> numbers_;
};

}  // namespace sam::inbox::web
