// FHIR R4, as the program knows it: the format "fhir" and the connector [fhir].
#pragma once

#include "adapters/kit/source_kind.h"

namespace sam::fhir {

kit::FormatKind FhirFormatKind();
kit::ConnectorKind FhirConnectorKind();

}  // namespace sam::fhir
