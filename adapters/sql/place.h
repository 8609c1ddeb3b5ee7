// Place: how far a table was read, as it lies in the adapter's store. Any thread, pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/sql/page.h"
#include "broker/base/ids.h"

namespace sam::sql {

struct Place {
  enum class State : char { kNew = 'n', kFirstLoad = 'f', kRead = 'r' };
  State state = State::kNew;
  int64_t read_again = 0;
  Key key;               // snapshot: what is before it was read
  Millis cursor, swept;  // overlap: what was written before, and the last sweep
};
bool operator==(const Place& a, const Place& b);

std::string WritePlace(const Place& place);
std::optional<Place> ReadPlace(std::string_view bytes);  // empty optional: none of ours

}  // namespace sam::sql
