// Simulation: what would come of a few events told one after the other to a hub that knew nothing but
// its configuration. The very Dispatcher of the live hub over one memory, which the events share; time
// goes on with them, so that what falls due between two of them does. Nothing leaves it, nothing of a
// live hub is read. One thread. Beside rehearsal.h, where each event stands alone.
// Limit: kEventsMax events.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/person_id.h"
#include "broker/base/result.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/journal/inbox.h"
#include "broker/store/memory_store.h"

namespace sam::dispatch {

class Simulation {
 public:
  static constexpr size_t kEventsMax = 10'000;
  // Between two events; what is left of them comes with one tick. A report that is held calls some hundred times a year.
  static constexpr size_t kTicksMax = 100'000;

  Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // A ConfigLoaded message, as it is journaled. Once, first.
  Status Load(const std::string& config);
  // What is decided on the event, in order. `draft`: what admission made of it.
  Result<std::vector<DecisionFacts>> Tell(const journal::Draft& draft, Millis now);
  // Lets time go on until then; one that lies behind changes nothing.
  Result<std::vector<DecisionFacts>> Until(Millis time);
  const Settings& settings() const { return dispatcher_.settings(); }

 private:
  Result<std::vector<DecisionFacts>> TickAt(Millis time);
  Result<std::vector<DecisionFacts>> Step(journal::Header header, const std::string& payload);
  SubjectId SubjectOf(const journal::Draft& draft, journal::Header& header);

  MemoryStore memory_;
  std::map<Offset, std::pair<std::string, std::string>> told_;  // payload and places
  std::map<PersonId, SubjectId> subjects_;
  std::map<EventId, SubjectId> of_event_;
  uint64_t next_ = 0;
  Millis time_{-1};
  Dispatcher dispatcher_;
};

}  // namespace sam::dispatch
