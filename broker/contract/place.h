// Fields that tell where somebody stays ($place without $routes) are taken out of an event or a
// signal and kept as a second message of the same type, which holds nothing else; and put back. Which
// fields those are is read from the schema's marks alone. Pure, any thread.
//
// Fields and union members newer than this build have no mark here and stay with the rest.
// Throws only what Cap'n Proto throws on damaged messages: call it on what broker/wire/codec.h has
// checked or reads guarded.
#pragma once

#include <string>

#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"

namespace sam::contract {

struct PlaceSplit {
  // Flat messages in canonical form, so that no cleared value lies in a hole. Both empty when the
  // message holds no such field: then it is its own rest.
  std::string rest;
  std::string place;
  bool apart() const { return !place.empty(); }
};

PlaceSplit SplitPlaces(schema::Event::Reader event);
PlaceSplit SplitPlaces(schema::Signal::Reader signal);

// The whole again, flat and canonical: of one message, Split and Join give its canonical form. Of a
// `place` that belongs to another message only what fits is put in.
std::string JoinPlaces(schema::Event::Reader rest, schema::Event::Reader place);
std::string JoinPlaces(schema::Signal::Reader rest, schema::Signal::Reader place);

// One segment, no holes: the same message gives the same bytes every time.
std::string CanonicalBytes(schema::Event::Reader event);
std::string CanonicalBytes(schema::Signal::Reader signal);

}  // namespace sam::contract
