// BatchAnswer: the acknowledgements of a batch's messages as one batch, for a source that wants one
// answer for each of its transmissions. Any thread, pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sam::hl7 {

// The FHS and BHS with which a transmission begins, one a line; empty: it begins with neither, and its
// messages are answered each by itself. Of several batches the first is the one that is answered.
std::string BatchOpening(std::string_view transmission);

// [FHS] [BHS] acks [BTS] [FTS] for what BatchOpening gave: in its separators, sender and receiver
// swapped, its control id (field 11) as the one referred to (field 12), `control_id` as our own, the
// counts of what is in it. The time is that of the first acknowledgement. Empty: there are no acks.
std::string BatchAnswer(std::string_view opening, const std::vector<std::string>& acks,
                        const std::string& control_id);

}  // namespace sam::hl7
