// What the log tells of a person that the gate looks at: protection, age and consents, as it stood at an offset. For
// gate explain. In words that name nobody: a consent's id is its source's own, perhaps a number, and is not kept to be
// shown. Main thread of a tool; one person's events at a time.
// Limit: what is disposed of is not known any more, and what was told of an identity that is linked is left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/record.h"
#include "schemas/common.capnp.h"
#include "schemas/shared_events.capnp.h"

namespace sam::admin {

struct KnownConsent {
  EventId event;  // the telling
  schema::ConsentChanged::State state = schema::ConsentChanged::State::UNKNOWN;
  std::vector<std::string> scope;
  std::string expires;  // YYYY-MM-DD; empty: no end
  bool all_guardians = false;
  bool one_is_enough = false;  // and the telling says why
};

struct Known {
  schema::Protection protection = schema::Protection::UNKNOWN;
  std::string birth_date;  // empty: nobody has told
  // By the source's id, in the memory of the tool alone; the newest telling last.
  std::map<std::string, std::vector<KnownConsent>> consents;
  std::vector<KnownConsent> For(const std::string& code) const;
};

class KnownOverTime {
 public:
  // An EVENT record of the person; in order of offsets.
  Status Take(const journal::Record& record);
  // Of what was told at or before it.
  Known At(uint64_t offset) const;

 private:
  std::map<uint64_t, Known> all_;  // after each event that tells something
};

}  // namespace sam::admin
