#include "adapters/kit/office_hours.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::kit::test {
namespace {

Millis At(const char* time) { return *FromIso(time); }
constexpr int64_t kHour = 3'600'000;

OfficeHours Hours(const std::vector<std::string>& hours,
                  OfficeHours::Holidays holidays = OfficeHours::Holidays::kClosed,
                  const std::vector<std::string>& closed = {}) {
  Result<OfficeHours> made = OfficeHours::Make(hours, holidays, closed);
  EXPECT_TRUE(made.ok()) << made.error().message;
  return std::move(made).value();
}

TEST(OfficeHours, NightsAndWeekendsAreNoSilence) {
  const OfficeHours hours = Hours({"mon-fri 08:00-17:00"});
  // From Friday 16:30 to Monday 08:20 in November (UTC+1): thirty minutes and twenty.
  EXPECT_EQ(hours.OpenMs(At("2026-11-20T15:30:00Z"), At("2026-11-23T07:20:00Z")), 50 * 60'000);
  EXPECT_TRUE(hours.IsOpen(At("2026-11-20T15:59:59Z")));
  EXPECT_FALSE(hours.IsOpen(At("2026-11-20T16:00:00Z")));
  EXPECT_FALSE(hours.IsOpen(At("2026-11-21T10:00:00Z")));
}

TEST(OfficeHours, SummerTimeMovesTheHoursWithTheClockOnTheWall) {
  const OfficeHours hours = Hours({"mon-fri 08:00-17:00"});
  EXPECT_TRUE(hours.IsOpen(At("2026-07-01T06:00:00Z")));
  EXPECT_FALSE(hours.IsOpen(At("2026-07-01T15:00:00Z")));
  EXPECT_FALSE(hours.IsOpen(At("2026-12-01T06:59:59Z")));
}

TEST(OfficeHours, ADayOfTheChangeHasTwentyThreeOrTwentyFiveHours) {
  const OfficeHours whole = Hours({"sun 00:00-24:00"});
  EXPECT_EQ(whole.OpenMs(At("2026-03-28T00:00:00Z"), At("2026-03-30T12:00:00Z")), 23 * kHour);
  EXPECT_EQ(whole.OpenMs(At("2026-10-24T00:00:00Z"), At("2026-10-26T12:00:00Z")), 25 * kHour);
  const OfficeHours night = Hours({"sun 02:00-03:00"});
  EXPECT_EQ(night.OpenMs(At("2026-03-28T00:00:00Z"), At("2026-03-30T12:00:00Z")), 0);
  EXPECT_EQ(night.OpenMs(At("2026-10-24T00:00:00Z"), At("2026-10-26T12:00:00Z")), 2 * kHour);
}

TEST(OfficeHours, AHolidayIsClosedOrASundayOrAnyDayAsTheConfigurationSays) {
  const Millis from = At("2026-06-18T22:00:00Z"), to = At("2026-06-19T22:00:00Z");  // Midsummer Eve
  const std::vector<std::string> texts = {"mon-fri 08:00-17:00", "sun 10:00-12:00"};
  EXPECT_EQ(Hours(texts).OpenMs(from, to), 0);
  EXPECT_EQ(Hours(texts, OfficeHours::Holidays::kAsSunday).OpenMs(from, to), 2 * kHour);
  EXPECT_EQ(Hours(texts, OfficeHours::Holidays::kOpen).OpenMs(from, to), 9 * kHour);
}

TEST(OfficeHours, ABridgeDayNamedInTheConfigurationIsClosed) {
  const OfficeHours hours =
      Hours({"mon-fri 08:00-17:00"}, OfficeHours::Holidays::kClosed, {"2026-05-15"});
  EXPECT_EQ(hours.OpenMs(At("2026-05-13T22:00:00Z"), At("2026-05-17T22:00:00Z")), 0);
}

TEST(OfficeHours, AroundTheClockEveryMinuteCounts) {
  const Result<OfficeHours> always = OfficeHours::Always();
  ASSERT_TRUE(always.ok());
  EXPECT_EQ(always->OpenMs(At("2026-12-24T00:00:00Z"), At("2026-12-26T00:00:00Z")), 48 * kHour);
  EXPECT_EQ(always->OpenMs(At("2026-12-24T00:00:00Z"), At("2026-12-24T00:00:00Z")), 0);
}

TEST(OfficeHours, CountingStopsWhereItIsEnoughAndLooksBackABoundedWay) {
  const OfficeHours hours = Hours({"mon-fri 08:00-17:00"});
  EXPECT_LT(hours.OpenMs(At("2020-01-01T00:00:00Z"), At("2026-01-01T00:00:00Z"), kHour),
            10 * kHour);
  EXPECT_LT(hours.OpenMs(At("1990-01-01T00:00:00Z"), At("2026-01-01T00:00:00Z")),
            OfficeHours::kMaxDays * 9 * kHour);
}

TEST(OfficeHours, TextsThatAreNoHoursAreRefusedByName) {
  for (const char* text :
       {"", "mon-fri", "mon 08:00", "mon 8:00-17:00", "mon 17:00-08:00", "fri-mon 08:00-17:00",
        "man-fre 08:00-17:00", "mon 08:60-17:00", "mon 08:00-24:01", "mon,xyz 08:00-17:00"}) {
    const Result<OfficeHours> made = OfficeHours::Make({text}, OfficeHours::Holidays::kClosed, {});
    ASSERT_FALSE(made.ok()) << text;
    EXPECT_NE(made.error().message.find("mon-fri 07:30-17:00"), std::string::npos);
  }
  EXPECT_FALSE(
      OfficeHours::Make({"mon 08:00-12:00", "mon 11:00-17:00"}, OfficeHours::Holidays::kClosed, {})
          .ok());
  EXPECT_FALSE(OfficeHours::Make({}, OfficeHours::Holidays::kClosed, {"15 maj"}).ok());
}

TEST(Duration, HasAUnitAndIsAboveZero) {
  EXPECT_EQ(ParseDuration("90s"), 90'000);
  EXPECT_EQ(ParseDuration("15m"), 900'000);
  EXPECT_EQ(ParseDuration("2h"), 2 * kHour);
  EXPECT_EQ(ParseDuration("30d"), int64_t{30} * 24 * kHour);
  for (const char* text : {"", "s", "0s", "5", "-5s", "5w", "1.5h", "123456789s"})
    EXPECT_FALSE(ParseDuration(text)) << text;
}

}  // namespace
}  // namespace sam::kit::test
