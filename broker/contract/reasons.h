// Reasons that the hub gives and that code tells from others: what nothing waits for, and what ends the
// waiting of a signal that is held. Their texts are in texts_table.cc. Pure.
#pragma once

#include <string_view>

namespace sam::contract {

inline constexpr char kNotThisLevel[] = "gate.level.filtered";  // a subscription is for other levels
inline constexpr char kSentOn[] = "gate.receiver.sent-on";       // the register names a board that sent it on
inline constexpr char kNotThisAge[] = "gate.age.filtered";       // for other ages
inline constexpr char kNotThisSignal[] = "gate.signal.filtered";  // for other kinds of signals
// What a receiver has chosen not to take: another one may.
inline bool IsFiltered(std::string_view reason) {
  return reason == kNotThisLevel || reason == kNotThisAge || reason == kNotThisSignal;
}
// Beside the gate's own reasons, when a board may not send a report on: it stays where it is.
inline constexpr char kForwardingRefused[] = "gate.forwarding.refused";

// Beside the gate's own reasons, where it has said no for good: nothing waits, and nobody gets it.
inline constexpr char kDenied[] = "gate.denied";
// Nor does it wait when its receiver's system has not taken it, however often it was offered.
inline constexpr char kUndelivered[] = "gate.undelivered";
// Two identities were told to be one child's, and exactly one is protected: they stay apart.
inline constexpr char kIdentityUnsure[] = "gate.identity.unsure";

// What ends the waiting of a signal that is held for one reason.
enum class Remedy {
  kName,      // its sender's own function names the receiver
  kNotHeld,   // it does not wait: the reason only tells how something stands
  kConsent,   // a valid consent
  kOrder,     // the order that it answers
  kPerson,    // facts about the child: where it is registered
  kOperator,  // somebody at the hub: directory, agreements, kinds
};
// `code`: the kind of the signal that is held; where naming a receiver helps depends on it. A reason that
// this build does not know is the operator's.
Remedy RemedyOf(std::string_view reason, std::string_view code);
// Of all reasons of one notice, that which has to come first. Naming helps only when all of them say so.
Remedy StrongerOf(Remedy one, Remedy other);
// "name", "notHeld", "consent", "order", "person", "operator"; its text: "hold.ends." and this.
const char* RemedyName(Remedy remedy);

}  // namespace sam::contract
