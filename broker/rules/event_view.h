// EventView: what rules read of one event: header facts as plain values, the body as it is. Lives no
// longer than the message behind the reader. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "schemas/event.capnp.h"

namespace sam::rules {

// A giver of a consent as the fold knows them: see Giver in subject_state.h.
struct GiverMark {
  uint16_t tag = 0;
  bool own = false;
};

struct EventView {
  EventId id;
  Offset offset;
  std::string type;
  Millis at;  // occurredAt
  schema::EventStatus status = schema::EventStatus::ACTUAL;
  EventId replaces;  // zero: nothing
  bool baseline = false;
  bool test = false;
  std::string episode_key;
  std::string unit;  // source unit, HSA id
  // Told with another level it is carried anew. UNKNOWN: none is told, or the fold does not look at it.
  schema::CoordTsiChanged::Level level = schema::CoordTsiChanged::Level::UNKNOWN;
  bool unverified = false;        // its subject has numbers, and none of them names a person
  bool by_order = true;           // a booking for a board's order is known by the order as well
  bool by_giver = false;          // consents are kept giver by giver
  std::vector<GiverMark> givers;  // of a consent; in the order of the event
  schema::Event::Reader event{};
};

EventView ViewOf(schema::Event::Reader event, Offset offset);

const char* HomeVisitKindName(schema::HomeVisitKind kind);  // the word used in programmes.toml

}  // namespace sam::rules
