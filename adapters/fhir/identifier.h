// FHIR identifiers: the systems of HL7 Sweden's base profiles and their OIDs are one and the same
// here, so that a child told by HL7 v2 and by FHIR is one child. Any thread, pure.
#pragma once

#include <string>
#include <string_view>

#include "adapters/fhir/json.h"
#include "adapters/kit/source_record.h"
#include "broker/base/ids.h"

namespace sam::fhir {

// "http://electronichealth.se/identifier/personnummer" and "urn:oid:1.2.752.129.2.1.3.1" ->
// "1.2.752.129.2.1.3.1"; other URIs stay as they are.
std::string SystemName(std::string_view uri);

// One Identifier object; its id is empty when it holds no value, is an old one, or (flag
// "number-form") is no person's number under a system of such numbers. `adult`: whose
// century is guessed when a number has ten digits.
kit::IdentifierValue ReadIdentifier(const Json& identifier, Millis today, bool adult);

}  // namespace sam::fhir
