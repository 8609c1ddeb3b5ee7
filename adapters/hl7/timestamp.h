// HL7 times (TS, DTM): value with its precision, zone and doubts. Any thread, plain values.
// Nothing is filled in: "2026" stays a year. Nothing here throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/hl7/zone.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::hl7 {

enum class Precision { kYear, kMonth, kDay, kHour, kMinute, kSecond, kFraction };

struct Timestamp {
  Precision precision = Precision::kYear;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;  // 0 beyond the precision
  int millisecond = 0;                                                 // further digits are cut
  std::optional<int> offset_minutes;  // east of UTC, once known; dates without offset have none
  std::optional<Millis> instant;      // from precision hour on

  bool zone_assumed = false;    // the time had no offset of its own
  bool zone_from_msh7 = false;  // it was taken from MSH-7
  bool ambiguous = false;       // in the doubled hour of October, and nothing told which
  bool nonexistent = false;     // in the missing hour of March; read with the offset before it
  bool irregular = false;       // 17 digits without a point, met in practice

  std::string IsoDate() const;  // "2026", "2026-03" or "2026-03-02", never more than was said
};

struct ZonePolicy {
  Zone zone;  // the source's own
  // MSH-7's offset, the standard's default for all other times of the message.
  std::optional<int> msh7_offset_minutes;
  // True if MSH-7's offset is the one `zone` had at that moment: the sender then lives in this
  // zone, and its summer bookings written in winter are summer time, not MSH-7's winter offset.
  bool msh7_is_zone_time = false;
};

// YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ]. kInvalid is table 0357 code 102: the field is wrong,
// the message is still kept. The message text never repeats the value: it may be a birth date.
// degree: the second component of old TS (Y L D H M S), empty if none; it lowers the precision.
Result<Timestamp> ParseTimestamp(std::string_view text, const ZonePolicy& zones,
                                 std::string_view degree = std::string_view());

// The policy for one message: its MSH-7 (raw text, first component) against the source's zone.
ZonePolicy ZonesFor(std::string_view msh7, const Zone& zone);

// "20260302101500+0100", for MSH-7 of what we send.
std::string FormatTimestamp(Millis time, const Zone& zone);

}  // namespace sam::hl7
