// What the pipeline's verdict means for the one who sent it. Pure; any thread.
#pragma once

#include "adapters/fhir/exchange.h"
#include "adapters/kit/pipeline.h"

namespace sam::fhir {

Fate FateOf(const kit::Verdict& verdict, const Entry& entry);

}  // namespace sam::fhir
