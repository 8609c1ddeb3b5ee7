// Groups of a message: an OBR with its ORC before it and what follows up to the next one. What an
// OBX says belongs to the order, day and place of its own group and to no other's. Any thread.
#pragma once

#include <string_view>
#include <vector>

#include "adapters/hl7/message.h"

namespace sam::hl7 {

// Whether a segment of this name belongs to the group it stands in: ORC, OBR, OBX, NTE, SPM, TQ1.
bool BelongsToGroup(std::string_view segment);

// In order, without gaps after the first. OBX that stand before the first order are a group of
// their own, and so is what follows the TXA of a document that names several orders: it belongs to
// none of them. Empty: the message has no groups, or is one.
std::vector<SegmentRange> OrderGroups(const Message& message);

}  // namespace sam::hl7
