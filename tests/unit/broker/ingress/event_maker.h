// Events for the tests of ingress: a good one, and a hand on its builder to spoil it.
#pragma once

#include <functional>
#include <string>

#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::ingress {

inline constexpr int64_t kNow = 1'770'000'000'000;

inline std::string EventIdOf(int n) {
  std::string id = "event-id-0000000";
  for (size_t i = 15; n > 0; --i, n /= 10) id[i] = static_cast<char>('0' + n % 10);
  return id;
}

using Spoil = std::function<void(schema::Event::Builder)>;

inline std::string MakeEvent(int event_id, const std::string& message_id, const Spoil& spoil = {}) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(wire::AsData(EventIdOf(event_id)));
  header.setType("bvc.visit.missed");
  header.setSchemaVersion(1);
  header.setOccurredAt(kNow - 1000);
  header.initSource().setSystemId("bvc-1");
  header.initController().setOrgNr("232100-0214");
  header.getController().setBoard("halso");
  header.setSourceMessageId(message_id);
  auto ids = header.initSubject().initIds(1);
  ids[0].setSystem("1.2.752.129.2.1.3.3");
  ids[0].setValue("20210325K069");
  auto body = event.initBody().initBvcVisitMissed();
  body.setAppointmentId("A1");
  body.setVisitCode("m8");
  body.setStart(kNow - 2000);
  if (spoil) spoil(event);
  return wire::Flatten(message);
}

inline PeerRules BvcRules() {
  return {"bvc", PeerRules::Role::kSource, {"bvc-1"}, {}, {"bollnas.bvc"}, {"2321000214"}};
}

}  // namespace sam::ingress
