// The facts that rules and programmes may name: "dental.visit.missed", or with a detail
// "bvc.care.declined:vaccination". The detail is the member of the event's own enum. Immutable
// tables; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/state.capnp.h"

namespace sam::rules {

// Those that the state keeps in lists of their own have numbers that are never stored.
namespace fact {
inline constexpr uint16_t kVisitCompleted = 1001;
inline constexpr uint16_t kHomeVisitCompleted = 1002;
inline constexpr uint16_t kVisitMissed = 1003;
constexpr uint16_t Of(schema::FactKind kind) { return static_cast<uint16_t>(kind); }
inline constexpr char kOrderEnds = '\x1f';  // in the key of a booking: what stands before it is a board's order
}  // namespace fact

inline constexpr int kAnyDetail = -1;

struct FactMatch {
  uint16_t kind = 0;
  int detail = kAnyDetail;
  bool Fits(uint16_t k, uint16_t d) const {
    return kind == k && (detail == kAnyDetail || detail == d);
  }
  bool operator==(const FactMatch&) const = default;
};
using FactList = std::vector<FactMatch>;

std::optional<FactMatch> FactNamed(std::string_view text);  // empty: no such fact

const char* TypeOf(uint16_t kind);  // the event type; "" for what is none

// Whose fact it is: "bvc", "dental", "social", or "" where no one side owns it (moves, the child's
// own signals). Facts of two sides in one rule are a correlation that needs a ground of its own.
std::string_view DomainOf(uint16_t kind);

}  // namespace sam::rules
