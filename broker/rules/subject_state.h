// SubjectState: what rules and gate know of one child (or adult) under one controller. Plain values;
// any thread. It holds no identity and no free text. dispatch keeps it in space kState and rebuild
// recomputes it; the codec is broker/dispatch/state_codec.h.
// Limits: every list keeps its newest entries (below), and ingress takes no code longer than 256
// bytes (wire/limits.h), so one row can never pass 320 KiB. A child of the whole programme, with
// prompts and some absences, has 1 to 3 KiB; one that is only waited for a third of a KiB.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "schemas/common.capnp.h"
#include "schemas/shared_events.capnp.h"

namespace sam::rules {

inline constexpr size_t kAttendedMax = 48;   // the whole programme is about 20 visits
inline constexpr size_t kMissedMax = 32;     // far above any threshold
inline constexpr size_t kEpisodesMax = 64;   // prompts and reports that can still be withdrawn
inline constexpr size_t kConsentsMax = 32;   // beyond: consents.h says which goes
inline constexpr size_t kGiversMax = 4;      // of one consent
inline constexpr size_t kSmallListMax = 32;  // declined, held, retracted, cancelled
inline constexpr size_t kFactsMax = 64;      // and of one kind, so that none crowds out the others:
inline constexpr size_t kFactsOfKindMax = 16;
inline constexpr size_t kTellingsMax = 4;    // of one fact
inline constexpr size_t kLinksMax = 4;

// What one giver last said about one consent. The tag tells the givers of one consent apart and names
// nobody; 0: the telling names no giver and speaks for whoever consents.
struct Giver {
  uint16_t tag = 0;
  bool own = false;  // the person that the data is about
  schema::ConsentChanged::State state = schema::ConsentChanged::State::UNKNOWN;
  std::vector<std::string> scope;
  std::string expires;
  schema::YesNo all_guardians = schema::YesNo::UNKNOWN;
  uint8_t must_give = 0;  // how many must; 0: not stated
  schema::ConsentChanged::SingleGiver single = schema::ConsentChanged::SingleGiver::UNSET;
  Millis at;
  EventId event;
  bool operator==(const Giver&) const = default;
};

struct Consent {
  std::string id;
  std::vector<std::string> scope;  // signal codes; "SIG-B1:areas" allows the areas too
  schema::ConsentChanged::State state = schema::ConsentChanged::State::UNKNOWN;
  std::string expires;  // YYYY-MM-DD, that day included; empty: no end
  schema::YesNo all_guardians = schema::YesNo::UNKNOWN;
  Millis at;  // when it was stated: an older telling never replaces a newer one
  EventId event;
  std::vector<Giver> givers = {};  // empty: told to a build that did not tell givers apart
  bool operator==(const Consent&) const = default;
};

struct Attended {
  EventId event;
  Millis at;
  bool home = false;
  std::string code;  // visit code, or the kind of home visit: newborn, m8, extra, joint, unknown
  std::string appointment;
  bool operator==(const Attended&) const = default;
};

struct Missed {
  std::vector<EventId> events;  // the tellings of this one absence (message and nightly file)
  Offset offset;                // of the first telling
  Millis at;
  std::string visit_code;
  std::string appointment;
  std::string episode;
  bool baseline = false;        // told by an initial load: counts, but never prompts by itself
  bool operator==(const Missed&) const = default;
};

// What a rule in force asks for beside visits (fact_kinds.h).
struct Fact {
  std::vector<EventId> events;  // the tellings of this one happening
  Offset offset;                // of the first telling
  Millis at;
  uint16_t kind = 0;
  uint16_t detail = 0;
  int32_t value = 0;    // step, index, or day since 1970, as the kind says
  std::string key;      // booking, order, programme or series
  std::string episode;
  bool baseline = false;
  bool operator==(const Fact&) const = default;
};

struct Declined {
  EventId event;
  std::string kind;  // a kind of home visit, or care:all, care:visits, care:vaccination; or informed:mustNot
  Millis at;
  bool operator==(const Declined&) const = default;
};

// A timer of this subject; its row in space kTimer is found from these three.
struct ArmedTimer {
  std::string rule;
  std::string step;
  Millis due;
  bool operator==(const ArmedTimer&) const = default;
};

// A telling that was taken back, and the event that did it.
struct Retracted {
  EventId event;
  EventId by;
  Offset by_offset;
  bool operator==(const Retracted&) const = default;
};

// An event that joined two identities: what is sent of the person from then on names it by both (the numbers stand
// in the event, never here).
struct LinkTold {
  EventId event;
  Offset offset;
  bool operator==(const LinkTold&) const = default;
};

struct Episode {
  std::string rule;
  std::string version;
  std::string key;
  Millis opened;
  bool closed = false;     // over: what comes later is a new episode
  bool withdrawn = false;  // did not hold after all: may be answered again
  std::vector<EventId> evidence;
  std::vector<SignalId> signals;
  bool operator==(const Episode&) const = default;
};

struct SubjectState {
  std::string birth_date;    // YYYY-MM-DD
  std::string municipality;  // four digits as text
  Millis municipality_at;
  schema::Protection protection = schema::Protection::UNKNOWN;
  Millis protection_at;
  // Of all but consents that decides who may get what: marking, municipality, owner unit, death. What
  // waits in a mailbox is asked for again when it has changed since.
  uint32_t protection_version = 0;
  uint32_t consent_version = 0;
  std::vector<Consent> consents;
  std::string owner_unit;  // HSA id of the BVC that owns the programme
  std::string controller_org;
  std::string controller_board;
  Millis registered_at{-1};  // -1: never
  EventId registered_event;
  Offset registered_offset;
  bool born_abroad = false;
  bool baseline = false;
  std::vector<Attended> attended;
  std::vector<Missed> missed;
  std::vector<Declined> declined;
  std::vector<ArmedTimer> timers;
  std::vector<Episode> episodes;
  std::vector<SignalId> held;
  std::vector<Retracted> retracted;
  std::vector<std::string> cancelled;
  std::vector<Fact> facts;
  std::vector<LinkTold> links;
  bool deceased = false;
  bool transferred = false;
  // Told of under what is no number of a person: no other event can find this child (fold edition 8).
  bool unverified = false;
  SubjectId merged_into;  // zero: this one is valid

  bool operator==(const SubjectState&) const = default;
  Millis LastSeen() const {  // of visits; -1: never
    Millis last(-1);
    for (const Attended& a : attended)
      if (a.at > last) last = a.at;
    return last;
  }
};

// Appends and drops the oldest entries above `limit`.
template <typename T>
void PushBounded(std::vector<T>& list, T item, size_t limit) {
  list.push_back(std::move(item));
  if (list.size() > limit) list.erase(list.begin(), list.end() - static_cast<ptrdiff_t>(limit));
}

template <typename T>
void AddOnce(std::vector<T>& list, const T& item, size_t limit) {
  if (std::find(list.begin(), list.end(), item) == list.end()) PushBounded(list, item, limit);
}

}  // namespace sam::rules
