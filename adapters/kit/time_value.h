// A time stamp, in whatever notation it was read, as a mapping takes it. Any thread, pure.
#pragma once

#include "adapters/hl7/timestamp.h"
#include "adapters/kit/source_record.h"
#include "broker/base/result.h"

namespace sam::kit {

// `day_only`: the source said a day, and the stamp is its beginning in the source's zone; a day has no
// instant of its own, so the precision says so. kInvalid: nothing that can be placed in time.
inline Result<TimeValue> ToTimeValue(const hl7::Timestamp& stamp, bool day_only) {
  if (!stamp.instant) return Invalid("expected a time, found none that can be placed");
  TimeValue out;
  out.instant = *stamp.instant;
  out.precision = day_only ? TimePrecision::kDay
                  : stamp.precision >= hl7::Precision::kSecond ? TimePrecision::kMs
                                                               : TimePrecision::kMinute;
  if (stamp.nonexistent)
    out.note = TimeNote::kNonexistent;
  else if (stamp.ambiguous)
    out.note = TimeNote::kAmbiguous;
  else if (stamp.zone_assumed)
    out.note = TimeNote::kAssumed;
  return out;
}

}  // namespace sam::kit
