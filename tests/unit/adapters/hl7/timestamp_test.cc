#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "adapters/hl7/timestamp.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

Zone Stockholm() { return Zone::Find("Europe/Stockholm").value(); }

ZonePolicy Policy() { return ZonePolicy{Stockholm(), std::nullopt, false}; }

Timestamp Parse(std::string_view text, const ZonePolicy& policy = Policy()) {
  auto t = ParseTimestamp(text, policy);
  EXPECT_TRUE(t.ok()) << text << ": " << (t.ok() ? "" : t.error().message);
  return t.ok() ? *t : Timestamp();
}

std::string Utc(const Timestamp& t) { return t.instant ? ToIso(*t.instant) : "none"; }

TEST(Timestamp, PrecisionIsTheLengthAndNothingIsFilledIn) {
  EXPECT_EQ(Parse("2026").precision, Precision::kYear);
  EXPECT_EQ(Parse("2026").IsoDate(), "2026");
  EXPECT_EQ(Parse("202603").IsoDate(), "2026-03");
  EXPECT_EQ(Parse("20260302").IsoDate(), "2026-03-02");
  EXPECT_EQ(Parse("2026030209").precision, Precision::kHour);
  EXPECT_EQ(Parse("202603020931").precision, Precision::kMinute);
  EXPECT_EQ(Parse("20260302093000").precision, Precision::kSecond);
  EXPECT_EQ(Parse("20260302093000.1").precision, Precision::kFraction);
  EXPECT_FALSE(Parse("20260302").instant.has_value());
  EXPECT_FALSE(Parse("20260302").zone_assumed);
}

TEST(Timestamp, ShapesOfRealMsh7AreRead) {
  EXPECT_EQ(Utc(Parse("20140630120030.1234-0500")), "2014-06-30T17:00:30.123Z");
  EXPECT_EQ(Utc(Parse("20260302101500+0100")), "2026-03-02T09:15:00.000Z");
  EXPECT_EQ(Utc(Parse("202603021015+0100")), "2026-03-02T09:15:00.000Z");
  EXPECT_EQ(Utc(Parse("20260302101500.5+0100")), "2026-03-02T09:15:00.500Z");
  EXPECT_EQ(Utc(Parse("20260302101500.123")), "2026-03-02T09:15:00.123Z");
  EXPECT_EQ(Utc(Parse(" 20260302101500 ")), "2026-03-02T09:15:00.000Z");
  const Timestamp odd = Parse("20260302101500123");
  EXPECT_EQ(Utc(odd), "2026-03-02T09:15:00.123Z");
  EXPECT_TRUE(odd.irregular);
  EXPECT_EQ(Parse("20260131+0100").offset_minutes, 60);
}

TEST(Timestamp, PlusAndMinusZeroAreBothUtc) {
  EXPECT_EQ(Utc(Parse("20260302101500+0000")), "2026-03-02T10:15:00.000Z");
  EXPECT_EQ(Utc(Parse("20260302101500-0000")), "2026-03-02T10:15:00.000Z");
}

TEST(Timestamp, WithoutAZoneTheSourcesZoneCountsSummerAndWinter) {
  const Timestamp winter = Parse("20260302101500");
  EXPECT_TRUE(winter.zone_assumed);
  EXPECT_FALSE(winter.zone_from_msh7);
  EXPECT_EQ(winter.offset_minutes, 60);
  const Timestamp summer = Parse("20260702101500");
  EXPECT_EQ(summer.offset_minutes, 120);
  EXPECT_EQ(Utc(summer), "2026-07-02T08:15:00.000Z");
}

TEST(Timestamp, TheDoubledHourOfOctoberIsMarked) {
  const Timestamp t = Parse("20261025023000");
  EXPECT_TRUE(t.ambiguous);
  EXPECT_FALSE(t.nonexistent);
  EXPECT_EQ(Utc(t), "2026-10-25T00:30:00.000Z");  // the earlier of the two
  EXPECT_FALSE(Parse("20261025015959").ambiguous);
  EXPECT_FALSE(Parse("20261025030000").ambiguous);
  EXPECT_FALSE(Parse("20261025023000+0100").ambiguous);
  EXPECT_EQ(Utc(Parse("20261025023000+0100")), "2026-10-25T01:30:00.000Z");
}

TEST(Timestamp, TheMissingHourOfMarchIsMarked) {
  const Timestamp t = Parse("20260329023000");
  EXPECT_TRUE(t.nonexistent);
  EXPECT_FALSE(t.ambiguous);
  EXPECT_EQ(Utc(t), "2026-03-29T01:30:00.000Z");
  EXPECT_FALSE(Parse("20260329015959").nonexistent);
  EXPECT_FALSE(Parse("20260329030000").nonexistent);
}

TEST(Timestamp, ForeignMsh7OffsetIsTheDefaultOfTheMessage) {
  const ZonePolicy policy = ZonesFor("20260302101500-0500", Stockholm());
  EXPECT_EQ(policy.msh7_offset_minutes, -300);
  EXPECT_FALSE(policy.msh7_is_zone_time);
  const Timestamp t = Parse("20260702101500", policy);
  EXPECT_EQ(Utc(t), "2026-07-02T15:15:00.000Z");
  EXPECT_TRUE(t.zone_from_msh7);
  EXPECT_TRUE(t.zone_assumed);
}

// A booking for July, sent in March with +0100, is summer time: the sender lives in Stockholm.
TEST(Timestamp, Msh7OffsetOfTheOwnZoneFollowsSummerTime) {
  const ZonePolicy policy = ZonesFor("20260302101500+0100", Stockholm());
  EXPECT_TRUE(policy.msh7_is_zone_time);
  const Timestamp t = Parse("20260702101500", policy);
  EXPECT_EQ(t.offset_minutes, 120);
  EXPECT_TRUE(t.zone_from_msh7);
  EXPECT_TRUE(Parse("20261025023000", policy).ambiguous);
}

TEST(Timestamp, Msh7WithoutZoneOrUnreadableGivesNone) {
  EXPECT_FALSE(ZonesFor("20260302101500", Stockholm()).msh7_offset_minutes.has_value());
  EXPECT_FALSE(ZonesFor("", Stockholm()).msh7_offset_minutes.has_value());
  EXPECT_FALSE(ZonesFor("abc", Stockholm()).msh7_offset_minutes.has_value());
}

TEST(Timestamp, ImpossibleOnesAreDataError102AndNeverRepeatTheValue) {
  for (const char* text : {"",
                           "202",
                           "20261",
                           "2026131",
                           "202613",
                           "202600",
                           "20260230",
                           "20260431",
                           "20250229",
                           "2026030224",
                           "202603022400",
                           "202603020960",
                           "20260302093060",
                           "20261231235960+0000",
                           "20260302093000.",
                           "202603020931.5",
                           "20260302093000.1234567890",
                           "20260302093000+01",
                           "20260302093000+01:00",
                           "20260302093000+1500",
                           "20260302093000+0160",
                           "2026-03-02",
                           "2026030209300",
                           "abcd",
                           "0000",
                           "20260302093000.x",
                           "2026030209300012345",
                           "+0100"}) {
    auto t = ParseTimestamp(text, Policy());
    ASSERT_FALSE(t.ok()) << text;
    EXPECT_EQ(t.error().code, Code::kInvalid);
    EXPECT_NE(t.error().message.find("102"), std::string::npos);
    if (std::string(text).size() > 4) {
      EXPECT_EQ(t.error().message.find(text), std::string::npos);
    }
  }
}

TEST(Timestamp, LeapDaysExistOnlyInLeapYears) {
  EXPECT_EQ(Parse("20240229").day, 29);
  EXPECT_EQ(Parse("20000229").day, 29);
  EXPECT_FALSE(ParseTimestamp("19000229", Policy()).ok());
}

TEST(Timestamp, OldDegreeOfPrecisionLowersIt) {
  auto day = ParseTimestamp("20260302093000", Policy(), "D");
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->precision, Precision::kDay);
  EXPECT_FALSE(day->instant.has_value());
  EXPECT_EQ(ParseTimestamp("20260302", Policy(), "L")->IsoDate(), "2026-03");
  EXPECT_EQ(ParseTimestamp("2026", Policy(), "S")->precision, Precision::kYear);
  EXPECT_FALSE(ParseTimestamp("2026", Policy(), "Q").ok());
}

TEST(Timestamp, OwnTimeIsWrittenWithItsZone) {
  const Millis winter = *FromIso("2026-03-02T09:15:00.500Z");
  EXPECT_EQ(FormatTimestamp(winter, Stockholm()), "20260302101500+0100");
  EXPECT_EQ(FormatTimestamp(*FromIso("2026-07-02T09:15:00Z"), Stockholm()), "20260702111500+0200");
  EXPECT_EQ(FormatTimestamp(winter, Zone::Find("America/New_York").value()), "20260302041500-0500");
}

TEST(Zone, UnknownZoneIsAnErrorNotAnException) {
  auto zone = Zone::Find("Europe/Atlantis");
  ASSERT_FALSE(zone.ok());
  EXPECT_NE(zone.error().message.find("Europe/Atlantis"), std::string::npos);
}

TEST(Timestamp, ExtremeYearsDoNotThrow) {
  EXPECT_TRUE(ParseTimestamp("99991231235959", Policy()).ok());
  EXPECT_TRUE(ParseTimestamp("00010101000000", Policy()).ok());
}

RC_GTEST_PROP(TimestampProperty, WhatWeWriteWeRead, ()) {
  const int64_t seconds = *rc::gen::inRange<int64_t>(0, 2'100'000'000);
  const Millis time(seconds * 1000);
  const auto back = ParseTimestamp(FormatTimestamp(time, Stockholm()), Policy());
  RC_ASSERT(back.ok());
  RC_ASSERT(back->instant == time);
}

}  // namespace
}  // namespace sam::hl7
