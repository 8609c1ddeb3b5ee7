// Parts of a mapping in words, as close to what its author wrote as the loaded form allows. Pure.
#pragma once

#include <string>

#include "adapters/kit/mapping.h"

namespace sam::maptool {

// "SCH-25.1 not_gives [noshow, complete] in table filler_status, column status"
std::string TextOf(const kit::Condition& condition);
// "SCH-8.1 or SCH-7.1"; "const" when a field comes from no place.
std::string PlacesOf(const kit::Assignment& assignment);

}  // namespace sam::maptool
