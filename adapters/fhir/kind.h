// FHIR R4, as the program knows it: the format "fhir" and the connector [fhir].
// Any thread; plain values made once at start, owned by whoever asks adapters/program/sources.h.
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::fhir {

kit::FormatKind FhirFormatKind();
kit::ConnectorKind FhirConnectorKind();

}  // namespace sam::fhir
