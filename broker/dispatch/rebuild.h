// Rebuild: proves that derived state is a function of the log. Runs the same Dispatcher over all
// inputs from offset 0 into a fresh store, with the recorded offsets in the slots, and compares each
// decision with the recorded one. Offline, one thread; minutes for millions of records.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/place_door.h"
#include "broker/journal/reader.h"
#include "broker/store/store.h"

namespace sam::dispatch {

struct RebuildReport {
  uint64_t records = 0;
  uint64_t inputs = 0;
  uint64_t decisions = 0;        // recorded
  uint64_t equal = 0;            // byte for byte the same
  uint64_t taken_as_recorded = 0;  // a payload is gone: the recorded decision stands
  std::vector<Offset> different;   // recorded decisions that came out otherwise (first 100)
  uint64_t different_count = 0;
  // Decisions that came out of inputs and are not in the log: dispatch had not come so far, or
  // the log is cut. Only the newest inputs may have them.
  uint64_t not_recorded = 0;
  // Subjects with a payload that is gone, and those merged with them: their inputs are not redone,
  // their recorded decisions stand.
  std::set<SubjectId> gone;
  // False: an input about nobody (a receipt) is gone, so rows it touched cannot be redone and the
  // digest says nothing.
  bool comparable = true;
  Offset cursor;             // next input to fold
  Digest digest;             // of the fresh store, subjects in `gone` left out
  bool ok() const { return different_count == 0; }
};

// `until`: inputs at or above it are not folded (dispatch's cursor in the live store; the report's
// digest is to be compared at one and the same place). `progress` may be empty; called now and then.
// `live` (may be null) is the store under test: where a decision's payload is gone too, its number is
// taken from the mailbox row that names it.
Result<RebuildReport> Rebuild(const journal::Reader& reader, const journal::PlaceDoor& places,
                              Store& fresh, Offset until,
                              const Store* live = nullptr,
                              const std::function<void(Offset)>& progress = {});

// SHA-256 over (space, key, value), each with its length, in the order of spaces::Derived(), in
// blocks of about a megabyte that each begin with the digest of the one before. Rows
// of kState, kTimer, kSignal and kPart that belong to a subject of `without` are left out, and then kEarly.
Result<Digest> DigestOfDerived(const Store& store, const std::set<SubjectId>& without = {});

}  // namespace sam::dispatch
