// Tables of a database, as the program knows them: the connector [sql]. Its rows are messages of the
// format "rest-json" (../rest): a mapping does not see whether a row came over HTTP or from a view.
// Any thread; plain values made once at start, owned by whoever asks adapters/program/sources.h.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::sql {

kit::ConnectorKind SqlKind();

}  // namespace sam::sql
