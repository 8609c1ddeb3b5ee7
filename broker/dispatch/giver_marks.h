// Which givers a telling of a consent names, without naming them: state rows hold no identity. A mark is
// 16 bits of a digest under the consent's id: enough to tell the two or three givers of one consent apart,
// and shared by some hundred of all living adults, so that it points out nobody. Two givers whose marks
// meet count as one: the consent waits, and a consent under another id does not. Pure; any thread.
#pragma once

#include <vector>

#include "broker/rules/event_view.h"

namespace sam::dispatch {

// Once each, in the order of the event; empty: nobody is named.
std::vector<rules::GiverMark> GiverMarks(schema::Subject::Reader subject,
                                         schema::ConsentChanged::Reader body);

}  // namespace sam::dispatch
