// What the XML folder brings to the program: the format. Connectors that carry it are elsewhere.
// Any thread.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::xml {

kit::FormatKind XmlKind();  // "xml"

}  // namespace sam::xml
