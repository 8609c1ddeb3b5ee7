// FHIR's dates: precision and zone as said, doubts where nothing was said.
#include "adapters/fhir/moment.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::fhir::test {
namespace {

using kit::TimeNote;
using kit::TimePrecision;

hl7::Zone Stockholm() {
  const Result<hl7::Zone> zone = hl7::Zone::Find("Europe/Stockholm");
  EXPECT_TRUE(zone.ok());
  return *zone;
}

struct Case {
  const char* text;
  const char* instant;
  TimePrecision precision;
  TimeNote note;
};

TEST(Moment, TimesKeepTheirPrecisionAndSayWhatWasAssumed) {
  for (const Case& one : {
           Case{"2026-03-02T09:30:00+01:00", "2026-03-02T08:30:00.000Z", TimePrecision::kMs, TimeNote::kStated},
           Case{"2026-03-02T08:30:00Z", "2026-03-02T08:30:00.000Z", TimePrecision::kMs, TimeNote::kStated},
           Case{"2026-03-02T08:30:00.1234567Z", "2026-03-02T08:30:00.123Z", TimePrecision::kMs, TimeNote::kStated},
           Case{"2026-03-02T08:30:00-00:00", "2026-03-02T08:30:00.000Z", TimePrecision::kMs, TimeNote::kStated},
           Case{"2026-03-02T09:30:00", "2026-03-02T08:30:00.000Z", TimePrecision::kMs, TimeNote::kAssumed},
           Case{"2026-03-02T09:30", "2026-03-02T08:30:00.000Z", TimePrecision::kMinute, TimeNote::kAssumed},
           Case{"2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z", TimePrecision::kMs, TimeNote::kAmbiguous},
           Case{"2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000Z", TimePrecision::kMs, TimeNote::kStated},
       }) {
    const Result<kit::TimeValue> time = ReadMoment(one.text, Stockholm());
    ASSERT_TRUE(time.ok()) << one.text << ": " << time.error().message;
    EXPECT_EQ(ToIso(time->instant), one.instant) << one.text;
    EXPECT_EQ(time->precision, one.precision) << one.text;
    EXPECT_EQ(time->note, one.note) << one.text;
  }
}

TEST(Moment, ADayIsItsBeginningInTheSourcesZone) {
  const Result<kit::TimeValue> day = ReadMoment("2026-07-02", Stockholm());
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(ToIso(day->instant), "2026-07-01T22:00:00.000Z");
  EXPECT_EQ(day->precision, TimePrecision::kDay);
}

TEST(Moment, LessThanADayAndNonsenseAreRefusedWithoutTheValue) {
  for (const char* text :
       {"", "2026", "2026-03", "2026-3-2", "20260302", "2026-02-30", "2026-13-01", "2026-03-02T",
        "2026-03-02T25:00:00Z", "2026-03-02T09:61:00Z", "2026-03-02T09:30:00+1", "2026-03-02 09:30",
        "2026-03-02T09:30:00ZZ", "2026-03-02T09:30:00.Z", "today"}) {
    const Result<kit::TimeValue> time = ReadMoment(text, Stockholm());
    ASSERT_FALSE(time.ok()) << text;
    const bool told = std::string(text).size() > 3 &&
                      time.error().message.find(text) != std::string::npos;
    EXPECT_FALSE(told) << text;
  }
}

TEST(Moment, ADateIsTheLocalDayAlsoWhenTheServerWritesUtc) {
  EXPECT_EQ(*ReadDate("2026-03-02", Stockholm()), "2026-03-02");
  EXPECT_EQ(*ReadDate("2026-03-01T23:30:00Z", Stockholm()), "2026-03-02");
  EXPECT_EQ(*ReadDate("2026-03-02T00:30:00+01:00", Stockholm()), "2026-03-02");
  EXPECT_EQ(*ReadDate("2026-03-02T09:30:00", Stockholm()), "2026-03-02");
  EXPECT_FALSE(ReadDate("2026-03", Stockholm()).ok());
}

}  // namespace
}  // namespace sam::fhir::test
