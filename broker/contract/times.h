// Are all times in an event times that can be? Pure, any thread.
#pragma once

#include <string>

#include "broker/base/ids.h"
#include "schemas/event.capnp.h"

namespace sam::contract {

// The path of the first time of the event (header and body) that is stated and lies outside
// [from, until): "body.bvcVisitBooked.start". Every Int64 of an event is a time in milliseconds
// since 1970 UTC; 0 and -1 say "not stated". "" when all are fine; a body newer than this schema is
// not looked into.
std::string TimeOutside(schema::Event::Reader event, Millis from, Millis until);

}  // namespace sam::contract
