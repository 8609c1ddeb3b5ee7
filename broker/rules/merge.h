// Two identities of one person become one state (person.id.linked). Pure, any thread.
#pragma once

#include "broker/rules/subject_state.h"

namespace sam::rules {

// Everything known of `from` goes into `into`; what was told under both counts once, so that nothing
// prompts twice and no open prompt is lost. Timers of `from` are cancelled by the caller (they are
// filed under `from`) and armed anew by OnMerged.
// False, and nothing done, when one of the two is protected and the other is not, not so, or not known to be
// (before fold edition 7: is known not to be): then the link would tell where a protected person is, and a person
// must decide.
bool Merge(SubjectState& into, SubjectState& from, bool since_fold_7 = true,
           bool since_fold_8 = true);

}  // namespace sam::rules
