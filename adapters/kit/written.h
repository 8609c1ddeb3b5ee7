// Values as people write them in files: times with and without a clock, numbers with a decimal
// comma, codes whose case says something, numbers of persons. For formats that leave the writing to the source.
// Any thread, pure. Error texts never repeat the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/hl7/personnummer.h"
#include "adapters/hl7/timestamp.h"
#include "adapters/kit/source_record.h"
#include "broker/base/result.h"

namespace sam::kit {

// "2026-03-02 09:30", "20260302", "2026-03-02T09.30", "2026-03-02T09:30:00+01:00"; a day alone is
// its beginning in the source's zone.
Result<TimeValue> WrittenTime(std::string_view text, const hl7::ZonePolicy& zones);
Result<std::string> WrittenDate(std::string_view text, const hl7::ZonePolicy& zones);  // YYYY-MM-DD

// "2,0" and "2.00" are 2; "2,5" stays, and is no whole number to whoever asks for one.
std::string WholeNumber(const std::string& text);
// With "/small" or "/capital" after it, by its first letter: code tables do not tell small from
// capital letters. Empty stays empty.
std::string WithCase(std::string text);

// The flag of an IdentifierValue; empty: nothing to doubt.
std::string DoubtOf(const hl7::PersonNumber& number);
// Empty optional: no number of the known forms, so it names nobody.
std::optional<IdentifierValue> WrittenPerson(std::string_view text,
                                             const hl7::PersonNumberOptions& options);
// An identifier of the source's own. Its system comes from the configuration; empty: not known.
IdentifierValue WrittenLocal(const std::string& system, std::string_view text);

}  // namespace sam::kit
