#include "broker/routing/level.h"

#include <algorithm>

#include <capnp/schema.h>

namespace sam::routing {

std::vector<std::string> LevelNames() {
  std::vector<std::string> names;
  for (const auto one : capnp::Schema::from<Level>().getEnumerants())
    if (one.getOrdinal() != 0) names.emplace_back(one.getProto().getName().cStr());
  return names;
}

std::optional<Level> LevelFromName(std::string_view name) {
  const std::vector<std::string> names = LevelNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Level>(found - names.begin() + 1);
}

Level LevelOf(schema::Event::Reader event) {
  const auto body = event.getBody();
  Level level = Level::UNKNOWN;
  if (body.isCoordSipChanged()) level = body.getCoordSipChanged().getLevel();
  if (body.isCoordTsiChanged()) level = body.getCoordTsiChanged().getLevel();
  if (body.isBvcVisitBooked()) level = body.getBvcVisitBooked().getLevel();
  if (body.isBvcBarnsakertOutcome()) level = body.getBvcBarnsakertOutcome().getLevel();
  if (body.isBvcGuardianDentalOffered()) level = body.getBvcGuardianDentalOffered().getLevel();
  return level > Level::INDICATED ? Level::UNKNOWN : level;
}

bool TakesLevel(const std::vector<Level>& list, Level level) {
  return list.empty() || level == Level::UNKNOWN ||
         std::find(list.begin(), list.end(), level) != list.end();
}

}  // namespace sam::routing
