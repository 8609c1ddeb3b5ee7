// FHIR's date, dateTime and instant: value with its precision and what is doubtful about its zone.
// Any thread, pure. Errors never repeat the value.
#pragma once

#include <string>
#include <string_view>

#include "adapters/hl7/zone.h"
#include "adapters/kit/source_record.h"
#include "broker/base/result.h"

namespace sam::fhir {

// At least a day. A time without an offset is wrong in FHIR and taken as the source's zone, noted.
Result<kit::TimeValue> ReadMoment(std::string_view text, const hl7::Zone& zone);

// YYYY-MM-DD. Of a time with an offset: the day it was in `zone`, since servers that write UTC
// would otherwise move every late evening to the day before.
Result<std::string> ReadDate(std::string_view text, const hl7::Zone& zone);

}  // namespace sam::fhir
