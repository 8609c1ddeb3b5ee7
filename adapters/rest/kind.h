// Sources that are asked over HTTP, as the program knows them: the format "rest-json" and the
// connector [poll].
// Any thread; plain values made once at start, owned by whoever asks adapters/program/sources.h.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::rest {

kit::FormatKind RestKind();
kit::ConnectorKind PollKind();

}  // namespace sam::rest
