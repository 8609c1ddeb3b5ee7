// Identifier: one repetition of a CX field (PID-3, MRG-1), chosen by type or assigner and never by
// its place in the list. Any thread, plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/message.h"
#include "broker/base/person_id.h"

namespace sam::hl7 {

inline constexpr std::string_view kOidHsaId = "1.2.752.129.2.1.4.1";
inline constexpr std::string_view kOidHsaIdOther = "1.2.752.29.4.19";  // HL7 Sweden's profiles

struct Identifier {
  PersonId id;  // system: the assigner's OID, or its namespace without one; value: CX-1
  Presence presence = Presence::kAbsent;  // of CX-1; kNull: the identifier is withdrawn
  std::string assigner_namespace;         // CX-4.1 (HD-1)
  std::string assigner_oid;  // CX-4.2 (HD-2) of type ISO, URI or none, as CanonicalSystem has it
  std::string type;                       // CX-5: NNSWE, NI, MR, PI ...
};

// All repetitions of a CX field, in order: selector "PID-3" or "MRG-1". Repetitions without an
// id, only separators, are left out.
std::vector<Identifier> ReadIdentifiers(const Message& message, const Selector& field,
                                        SegmentRange range = SegmentRange());

// The first with this OID; else the first with this CX-5 type. Empty arguments match nothing.
std::optional<Identifier> PickIdentifier(const std::vector<Identifier>& identifiers,
                                         std::string_view oid, std::string_view type);

// SE2321000198-BVCTEST in any case -> upper case, since HSA-ids compare without case.
// kInvalid: not SE, 10 digits, hyphen, 1 to 18 letters or digits.
Result<std::string> NormaliseHsaId(std::string_view text);

// One name for each identifier system, whichever way a source writes it: "urn:oid:1.2.3" and the
// URIs of HL7 Sweden's base profiles become the OID, the other HSA OID becomes Inera's. What is not
// known stays as it is.
std::string CanonicalSystem(std::string_view system);

// "232100-0198", "162321000198" and "2321000198" -> "2321000198". kInvalid: not ten digits (or
// twelve that begin with 16), third digit below 2 (a person's number), or a wrong check digit.
Result<std::string> NormaliseOrgNr(std::string_view text);

}  // namespace sam::hl7
