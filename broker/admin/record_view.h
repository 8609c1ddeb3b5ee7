// A journal record for people and for --json. Payload values are hidden unless revealed; headers
// hold no personal data by construction. Pure, any thread.
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

// The event type or the decision in one word, as far as it may be shown unrevealed.
std::string Summary(const journal::Record& record);

}  // namespace sam::admin
