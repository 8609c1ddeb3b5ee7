#include "adapters/maptool/json.h"

namespace sam::maptool {

std::string Line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sam::maptool
