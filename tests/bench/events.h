// EventMill: events of 500 bytes, made fast, so that the bench measures the hub and not itself. One
// event is built by the schema; each next one is a copy with its event id, message id and child put
// in place. The event id begins with the moment of publishing (steady microseconds), so that whoever
// sees the id later knows how long it took. One thread. Children are made up: system "urn:bench".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sam::bench {

inline constexpr size_t kEventBytes = 500;

enum class Telling {
  kVisit,    // bvc.visit.booked: changes the child's state, gives no signal
  kOutcome,  // bvc.barnsakert.outcome with consent: one SIG-B1 each
};

class EventMill {
 public:
  // `run` must differ between mills that use the same hub.
  EventMill(Telling telling, const std::string& system_id, uint32_t run, uint32_t children);

  // Valid until the next call.
  std::string_view Make(uint32_t number, int64_t published_us);

 private:
  std::string bytes_;
  size_t id_at_ = 0, message_at_ = 0, child_at_ = 0, consent_at_ = 0;
  uint32_t run_, children_;
};

// From an event id or the evidence of a signal; 0: not one of ours.
int64_t PublishedMicros(std::string_view event_id);
uint32_t RunOf(std::string_view event_id);

}  // namespace sam::bench
