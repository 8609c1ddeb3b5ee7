// expectation.overdue (row 42): what the hub itself tells when a programme step was not seen in time.
// It stands in the log before the decision on the prompt that came of it, and is no input: whoever
// reads the log is told, the rules know already. It names nobody but by the record's subject, under
// whose key it is sealed. Pure; the same tick gives the same event for ever. Any thread.
#pragma once

#include "broker/base/ids.h"
#include "broker/journal/inbox.h"
#include "broker/rules/effects.h"
#include "broker/rules/subject_state.h"

namespace sam::dispatch {

// `hit` has overdue facts; `cause`: the input being folded.
journal::Draft OverdueEvent(const SubjectId& subject, const rules::SubjectState& state,
                            const rules::Hit& hit, Offset cause, Millis now, bool test);

// An event of the hub's own, made of another record. A part of an attachment has a cause too, and is
// its source's: it says what it is about.
inline bool IsOwnEvent(const journal::Header& header) {
  return header.kind == journal::Kind::EVENT && header.cause != journal::kNoCause &&
         header.about.empty();
}

}  // namespace sam::dispatch
