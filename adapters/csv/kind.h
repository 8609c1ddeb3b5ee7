// What the CSV folder brings to the program: the format. Connectors that carry it are elsewhere.
// Any thread.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::csv {

kit::FormatKind CsvKind();  // "csv"

}  // namespace sam::csv
