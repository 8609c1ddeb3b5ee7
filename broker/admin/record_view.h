// A journal record for people and for --json. Payload values are hidden unless revealed; headers
// hold no personal data by construction. What tells where somebody stays is never shown, revealed or
// not: it is sealed apart, and taken out here of records from before that. Pure, any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "broker/contract/texts.h"
#include "broker/journal/record.h"

namespace sam::admin {

nlohmann::json HeaderJson(const journal::Header& header);
// The payload as JSON text by its kind's schema; "null" when it is disposed of.
std::string PayloadJson(const journal::Record& record, bool reveal);
std::string PayloadText(const journal::Record& record, bool reveal, contract::Language language);

// Takes the places out of a record that still holds them, and notes in `apart` whether it has any. A
// payload that cannot be read is left out whole.
journal::Record WithoutPlaces(journal::Record record);

// The event type or the decision in one word, as far as it may be shown unrevealed.
std::string Summary(const journal::Record& record);

}  // namespace sam::admin
