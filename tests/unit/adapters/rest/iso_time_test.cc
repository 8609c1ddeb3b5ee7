#include "adapters/rest/iso_time.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::rest {
namespace {

hl7::Zone Stockholm() {
  const Result<hl7::Zone> zone = hl7::Zone::Find("Europe/Stockholm");
  EXPECT_TRUE(zone.ok());
  return *zone;
}

Millis At(const char* iso) { return FromIso(iso).value(); }

TEST(IsoTime, ReadsWhatSourcesWrite) {
  const hl7::Zone zone = Stockholm();
  struct Case {
    const char* text;
    const char* utc;
  };
  for (const Case& one : {Case{"2026-03-02T08:15:00", "2026-03-02T07:15:00Z"},
                          Case{"2026-03-02 08:15", "2026-03-02T07:15:00Z"},
                          Case{"2026-03-02T08:15:00.1234567", "2026-03-02T07:15:00.123Z"},
                          Case{"2026-07-02T08:15:00", "2026-07-02T06:15:00Z"},
                          Case{"2026-03-02T08:15:00Z", "2026-03-02T08:15:00Z"},
                          Case{"2026-03-02T08:15:00+02:00", "2026-03-02T06:15:00Z"},
                          Case{"2026-03-02T08:15:00-0130", "2026-03-02T09:45:00Z"}}) {
    const Result<hl7::Timestamp> stamp = ReadIsoTime(one.text, zone);
    ASSERT_TRUE(stamp.ok()) << one.text;
    ASSERT_TRUE(stamp->instant) << one.text;
    EXPECT_EQ(ToIso(*stamp->instant), ToIso(At(one.utc))) << one.text;
  }
}

TEST(IsoTime, ADayStaysADay) {
  const Result<hl7::Timestamp> day = ReadIsoTime("2026-03-02", Stockholm());
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->precision, hl7::Precision::kDay);
  EXPECT_FALSE(day->instant);
  EXPECT_EQ(day->IsoDate(), "2026-03-02");
}

TEST(IsoTime, RefusesEverythingElseWithoutRepeatingIt) {
  const hl7::Zone zone = Stockholm();
  for (const char* text :
       {"", "2026", "2026-3-2", "20260302", "2026-03-02T", "2026-03-02T8:15", "2026-03-02T08:15:0",
        "2026-13-02", "2026-02-30", "2026-03-02T25:00", "2026-03-02T08:15:00+1", "02/03/2026",
        "2026-03-02T08:15:00.", "2026-03-02X08:15", "idag", "2026-03-02T08:15:00+01:00Z"}) {
    const Result<hl7::Timestamp> stamp = ReadIsoTime(text, zone);
    EXPECT_FALSE(stamp.ok()) << text;
    if (!stamp.ok() && *text != '\0') {
      EXPECT_EQ(stamp.error().message.find(text), std::string::npos) << text;
    }
  }
}

TEST(IsoTime, MarksTheHoursOfTheClockChange) {
  const hl7::Zone zone = Stockholm();
  EXPECT_TRUE(ReadIsoTime("2026-10-25T02:30:00", zone)->ambiguous);
  EXPECT_TRUE(ReadIsoTime("2026-03-29T02:30:00", zone)->nonexistent);
  EXPECT_FALSE(ReadIsoTime("2026-10-25T02:30:00+01:00", zone)->ambiguous);
}

TEST(IsoTime, WritesSinceInTheStyleOfTheSource) {
  const hl7::Zone zone = Stockholm();
  const Millis at = At("2026-03-02T07:15:30.900Z");
  EXPECT_EQ(WriteSince(at, TimeStyle::kLocal, zone), "2026-03-02T08:15:30");
  EXPECT_EQ(WriteSince(at, TimeStyle::kOffset, zone), "2026-03-02T08:15:30+01:00");
  EXPECT_EQ(WriteSince(at, TimeStyle::kUtc, zone), "2026-03-02T07:15:30Z");
}

// In the doubled hour a wall clock names two instants; the question must not skip the earlier one.
TEST(IsoTime, ALocalSinceIsNeverReadAsALaterInstantThanMeant) {
  const hl7::Zone zone = Stockholm();
  for (int minute = -90; minute <= 150; minute += 10) {
    const Millis meant(At("2026-10-25T00:00:00Z").value + minute * kMinuteMs);
    const std::string text = WriteSince(meant, TimeStyle::kLocal, zone);
    const Result<hl7::Timestamp> first = ReadIsoTime(text, zone);
    ASSERT_TRUE(first.ok()) << text;
    EXPECT_FALSE(first->ambiguous) << text;
    EXPECT_LE(first->instant->value, meant.value) << text;
    EXPECT_GE(first->instant->value, meant.value - 2 * kHourMs) << text;
  }
}

}  // namespace
}  // namespace sam::rest
