// HL7 v2 over MLLP, as the program knows it: the format "hl7v2" and the connector [listen].
// Any thread; plain values made once at start, owned by whoever asks adapters/program/sources.h.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::mllp {

kit::FormatKind Hl7Kind();
kit::ConnectorKind ListenKind();

}  // namespace sam::mllp
