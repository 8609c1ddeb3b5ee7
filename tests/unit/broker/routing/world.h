// The demonstration directory and agreements, and candidates for every signal code.
#pragma once

#include <functional>
#include <string>

#include "broker/routing/compose.h"
#include "schemas/event.capnp.h"

namespace sam::routing {

struct World {
  Directory directory;
  Agreements agreements;
};
// deploy/config/demo; a file that does not parse fails the test.
// `connected`: the dental clinic too, which the file lists without a channel.
World DemoWorld(bool connected = true);
std::string ReadFile(const std::string& path);

inline constexpr Millis kNow{1'780'000'000'000};  // 2026-05-28

EventId TestId(uint8_t number);
// An Event about the reserve number 20210325K069, flat; `fill` sets the body.
std::string MakeEvent(const std::function<void(schema::Event::Builder)>& fill);
// A report whose texts are "canary-*" each.
std::string ReportEvent(bool acute = false);
std::string OutcomeEvent();  // talk with social services; areas economy and ipv

// A candidate that the gate delivers when protection is none (and consent given, where needed).
Candidate MakeCandidate(const std::string& code);
// Decides and composes; the gate's answer is checked to be a delivery.
Composed MustCompose(const Candidate& candidate, const World& world);

}  // namespace sam::routing
