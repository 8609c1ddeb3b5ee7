// Times as a REST source writes them (ISO 8601, often local and without an offset), in and out.
// Any thread, pure. Error texts never repeat the value: it may be a birth date.
#pragma once

#include <string>
#include <string_view>

#include "adapters/hl7/timestamp.h"
#include "adapters/hl7/zone.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::rest {

// "2026-03-02", "2026-03-02T08:15", "2026-03-02 08:15:00.123", with Z or +01:00 or nothing: then it
// is the zone's wall clock.
Result<hl7::Timestamp> ReadIsoTime(std::string_view text, const hl7::Zone& zone);

enum class TimeStyle {
  kLocal,   // 2026-03-02T08:15:00, the zone's wall clock
  kOffset,  // 2026-03-02T08:15:00+01:00
  kUtc,     // 2026-03-02T07:15:00Z
};

// `time` for a "changed since" question. A wall clock shows one hour twice in October; a reader
// that takes it for the second pass would leave an hour out, so the hour before is named instead.
std::string WriteSince(Millis time, TimeStyle style, const hl7::Zone& zone);

}  // namespace sam::rest
