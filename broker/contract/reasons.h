// Reasons that the hub gives and that an inbox tells from others, because nothing waits for its reader. Their
// texts are in texts_table.cc. Pure.
#pragma once

namespace sam::contract {

inline constexpr char kNotThisLevel[] = "gate.level.filtered";  // a subscription is for other levels
// Beside the gate's own reasons, when a board may not send a report on: it stays where it is.
inline constexpr char kForwardingRefused[] = "gate.forwarding.refused";

}  // namespace sam::contract
