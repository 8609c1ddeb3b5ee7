// Zone: the clock of one place (Europe/Stockholm), for times that came without an offset.
// Any thread after Find(); a plain value, its data lives as long as the process.
// Limit: the time zone data of the machine ends in 2037; later times are taken as winter time.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::hl7 {

class Zone {
 public:
  struct Local {
    enum class Kind { kUnique, kAmbiguous, kNonexistent };
    Kind kind = Kind::kUnique;
    int first_offset_minutes = 0;   // east of UTC; in a doubled hour the earlier instant's
    int second_offset_minutes = 0;  // in a doubled or missing hour: after the change
  };

  // name: "Europe/Stockholm". kInvalid: the machine knows no such zone, or has no zone data.
  static Result<Zone> Find(const std::string& name);

  // A wall-clock time as seconds since 1970-01-01T00:00:00 local.
  Local At(int64_t local_seconds) const;
  int OffsetMinutes(Millis time) const;

 private:
  explicit Zone(const void* zone) : zone_(zone) {}
  const void* zone_;  // date::time_zone; kept out of this header with its library
};

}  // namespace sam::hl7
