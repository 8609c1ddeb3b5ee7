// What names a message (its idempotency key) and whether its header may enter here.
// Any thread, pure.
#pragma once

#include <string>
#include <vector>

#include "adapters/hl7/error_code.h"
#include "adapters/hl7/message.h"
#include "broker/base/result.h"

namespace sam::hl7 {

// MSH-3, 4, 10 and 7 as sent, joined by '|': control ids wrap and restart, so they name a message
// only with its sender and time. '|' and '\' inside a part are written \| and \\, so two messages
// never share a key by accident. kInvalid: MSH-10 is empty (table 0357 code 101).
Result<std::string> SourceMessageId(const Message& message);

enum class ProcessingId { kProduction, kTraining, kDebugging, kEmpty, kUnknown };
ProcessingId ReadProcessingId(const Message& message);

struct HeaderRules {
  enum class Environment { kProduction, kTest };
  Environment environment = Environment::kProduction;
  bool check_processing_id = true;  // P only in production, T and D only in test
};

// What keeps this header from being taken, as the lines of an AR; empty if nothing does.
// MSH-9 missing 200, MSH-10 missing 101, MSH-11 of the other environment 202. Any MSH-12 is
// taken, and an empty MSH-11: senders that leave them so are many, and what they send can be read.
std::vector<AckError> CheckHeader(const Message& message, const HeaderRules& rules);

}  // namespace sam::hl7
