// The dry run as JSON: one object a line for each message and one for the sum, with the facts of the
// text. Field names of events are the schema's. Any thread, pure; nothing is kept.
#pragma once

#include <string>
#include <vector>

#include "adapters/kit/dry_run.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/result.h"

namespace sam::kit {

// `gates`: what a hub said of each event, as JSON, in the events' order; empty: no hub was asked.
// An error is an event that cannot be read back.
Result<std::string> DryRunJson(const std::string& file, const Verdict& verdict,
                               const std::vector<std::string>& gates, bool bad, bool reveal);
std::string DryRunJson(const std::string& file, const Irregularity& one);
std::string DryRunJson(const DryRunReport& report);
// The answer to a sample as a whole, where its messages have none of their own.
std::string DryRunAnswerJson(const std::string& file, const std::string& answer);

}  // namespace sam::kit
