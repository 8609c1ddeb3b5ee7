// The one file of this folder with a catch: date's tz library throws when zone data is missing.
#include "adapters/hl7/zone.h"

#include <date/tz.h>

#include <chrono>
#include <exception>

namespace sam::hl7 {
namespace {

int Minutes(std::chrono::seconds offset) { return static_cast<int>(offset.count() / 60); }

const date::time_zone& Data(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

}  // namespace

Result<Zone> Zone::Find(const std::string& name) {
  try {
    const date::time_zone* zone = date::locate_zone(name);
    zone->get_info(date::sys_seconds{std::chrono::seconds(0)});  // loads the data now, not later
    return Zone(zone);
  } catch (const std::exception&) {
    return Invalid("time zone '" + name +
                   "' is not known to this machine; check the name and the package tzdata");
  }
}

Zone::Local Zone::At(int64_t local_seconds) const {
  Local out;
  try {
    const auto info =
        Data(zone_).get_info(date::local_seconds{std::chrono::seconds(local_seconds)});
    out.first_offset_minutes = Minutes(info.first.offset);
    out.second_offset_minutes = out.first_offset_minutes;
    if (info.result == date::local_info::ambiguous) out.kind = Local::Kind::kAmbiguous;
    if (info.result == date::local_info::nonexistent) out.kind = Local::Kind::kNonexistent;
    if (out.kind != Local::Kind::kUnique) out.second_offset_minutes = Minutes(info.second.offset);
  } catch (const std::exception&) {
    out = Local();  // a year outside the library's range: UTC
  }
  return out;
}

int Zone::OffsetMinutes(Millis time) const {
  try {
    const std::chrono::milliseconds since(time.value);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    return Minutes(Data(zone_).get_info(date::sys_seconds{seconds}).offset);
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace sam::hl7
