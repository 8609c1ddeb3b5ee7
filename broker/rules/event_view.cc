#include "broker/rules/event_view.h"

#include "broker/contract/codes.h"

namespace sam::rules {
namespace {
EventId IdOf(capnp::Data::Reader data) {
  return EventId::From({reinterpret_cast<const char*>(data.begin()), data.size()})
      .value_or(EventId{});
}
}  // namespace

EventView ViewOf(schema::Event::Reader event, Offset offset) {
  const schema::Header::Reader header = event.getHeader();
  EventView view;
  view.id = IdOf(header.getEventId());
  view.offset = offset;
  view.type = header.getType().cStr();
  view.at = Millis(header.getOccurredAt());
  view.status = header.getStatus();
  view.replaces = IdOf(header.getReplaces());
  view.baseline = header.getBaseline();
  view.test = header.getTest();
  view.episode_key = header.getEpisodeKey().cStr();
  view.unit = header.getSource().getUnitHsaId().cStr();
  const auto ids = header.getSubject().getIds();
  view.unverified = ids.size() > 0;
  for (const auto id : ids) view.unverified = view.unverified && contract::NamesNobody(id);
  view.event = event;
  return view;
}

const char* HomeVisitKindName(schema::HomeVisitKind kind) {
  switch (kind) {
    case schema::HomeVisitKind::NEWBORN: return "newborn";
    case schema::HomeVisitKind::M8: return "m8";
    case schema::HomeVisitKind::EXTRA: return "extra";
    case schema::HomeVisitKind::JOINT: return "joint";
    case schema::HomeVisitKind::UNKNOWN: break;
  }
  return "unknown";  // also kinds newer than this hub
}

}  // namespace sam::rules
