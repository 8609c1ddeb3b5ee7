// The second door: places are put back into the evidence of a report that the gate let through.
#include "broker/contract/place.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

Result<const routing::Candidate*> Dispatcher::Opened(const Input& in, const routing::Candidate& candidate,
                                                     const routing::GateDecision& gate,
                                                     routing::Candidate& room) {
  // The gate let it through, so it has a ceiling.
  const bool linked = !candidate.subject.links.empty() && !routing::IsNotice(*routing::CeilingOf(candidate.code));
  if (!gate.places && !linked) return &candidate;
  room = candidate;
  if (linked) {
    SAM_ASSIGN(room.linked, LinkedNumbers(in, candidate.subject.links));
  }
  if (!gate.places) return &room;
  for (routing::Evidence& one : room.evidence) {
    if (one.bytes.empty()) continue;
    SAM_ASSIGN(const std::string place, place_at_(one.offset));
    if (place.empty()) continue;  // none, or a record of before places were sealed apart
    SAM_ASSIGN(const auto event, wire::Parse<schema::Event>(one.bytes));
    SAM_ASSIGN(const auto places, wire::Parse<schema::Event>(place));
    one.bytes = contract::JoinPlaces(event.get(), places.get());
  }
  return &room;
}

}  // namespace sam::dispatch
