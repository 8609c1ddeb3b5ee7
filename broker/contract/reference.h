// How a signal is named in systems that are not ours: "samsignal-" and its id in hex. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/base/ids.h"

namespace sam::contract {

std::string ReferenceTo(const SignalId& signal);

// The first reference in a text that people may have added to; empty: there is none, or it was cut.
std::optional<SignalId> SignalNamedIn(std::string_view text);

}  // namespace sam::contract
