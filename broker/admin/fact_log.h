// The log as statistics read it: its events one after the other, and of a person no more than two coarse
// words. Main thread of a tool; reads a snapshot or a stopped hub's store.
#pragma once

#include <functional>
#include <unordered_map>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/reader.h"
#include "broker/statistics/fact.h"
#include "broker/store/store.h"
#include "broker/store/vault.h"
#include "schemas/event.capnp.h"

namespace sam::admin {

// What is read of a log: a LogView's, or a test's own.
struct FactLog {
  const Store& store;
  const Vault& vault;
  const journal::Reader& reader;
};

// Every event that came to the hub from `since` on, in the order of the log, that can still be read.
Status EachEvent(const FactLog& log, Millis since,
                 const std::function<Status(const journal::Header&, schema::Event::Reader)>& visit);

// Nothing of a person gets past this but an age band, a municipality and a number of this run. Memory:
// fifty bytes for each person asked about.
class People {
 public:
  explicit People(const FactLog& log) : log_(log) {}
  // `child`, `age` (at that time) and `municipality` of `fact`.
  Status Tell(const SubjectId& subject, Millis at, statistics::Fact& fact);

 private:
  const FactLog& log_;
  std::unordered_map<SubjectId, uint32_t> numbers_;
};

}  // namespace sam::admin
