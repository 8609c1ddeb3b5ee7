// Every kind of source that samsignal-adapter knows. A new kind: its folder, its line in sources.cc.
// Any thread; the caller owns what it gets, and it must outlive what is opened from it.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::program {

kit::SourceKinds Sources();

}  // namespace sam::program
