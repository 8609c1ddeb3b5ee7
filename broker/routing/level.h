// The level of the support that a signal of class B is about (universal, selective, indicated), and the
// filter of a function that takes some of them only (`levels` in directory.toml). Statutory reports and all
// other classes know no level. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/event.capnp.h"

namespace sam::routing {

using Level = schema::CoordTsiChanged::Level;

// "universal", "selective", "indicated": what a list may hold.
std::vector<std::string> LevelNames();
std::optional<Level> LevelFromName(std::string_view name);
// What the event tells of it; UNKNOWN: nothing, or a word of a newer schema.
Level LevelOf(schema::Event::Reader event);
// An empty list takes all. What is unknown is never left out.
bool TakesLevel(const std::vector<Level>& list, Level level);

}  // namespace sam::routing
