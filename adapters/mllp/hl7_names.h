// Names that HL7 v2 itself gives (versions 2.1 to 2.8): message types, segments, and the letter
// that the events of a type begin with. For hints only: what is not here is taken all the same,
// since systems invent their own. Any thread, pure.
#pragma once

#include <string>
#include <string_view>

namespace sam::mllp {

// What is odd about "SUI^S26" or a place in "PDI", with the nearest name; empty: nothing. Names
// that begin with Z are local by the standard's own rule.
std::string OddTrigger(std::string_view trigger);
std::string OddSegment(std::string_view segment);

// Segments whose first field only counts them.
bool BeginsWithSetId(std::string_view segment);
// Fields that are read when a message is decoded and mean nothing to a rule: who sent what to whom,
// when, in which form.
bool IsDecodersOwn(std::string_view segment, unsigned field);

}  // namespace sam::mllp
