#include "adapters/kit/written.h"

#include <gtest/gtest.h>

namespace sam::kit::test {
namespace {

hl7::ZonePolicy Zones() {
  return {hl7::Zone::Find("Europe/Stockholm").value(), std::nullopt, false};
}

TEST(Written, TimesAreReadAsPeopleWriteThem) {
  for (const char* text :
       {"2026-03-02 09:30", "2026-03-02T09.30", "20260302 0930", "20260302T0930",
        "2026-03-02T09:30:00+01:00", "2026-03-02 08:30:00.5Z", "2026-03-02 9:30"})
    EXPECT_EQ(WrittenTime(text, Zones())->instant.value, 1'772'440'200'000) << text;
}

TEST(Written, ADayIsADayWithAndWithoutAnOffset) {
  for (const char* text : {"2026-03-02", "20260302", " 2026-03-02 ", "2026-03-02Z",
                           "2026-03-02+01:00", "2026-03-02-05:00"}) {
    EXPECT_EQ(WrittenDate(text, Zones()).value(), "2026-03-02") << text;
    EXPECT_EQ(WrittenTime(text, Zones())->precision, TimePrecision::kDay) << text;
  }
}

TEST(Written, WhatIsNoTimeIsRefusedWithoutItsText) {
  for (const char* text : {"", "i morgon", "2026-13-02", "2026-03-02 25:00", "2026-03",
                           "02/03/2026", "2026-03-02 9", "2026-03-02T09:30:00+01:00:00"}) {
    const Result<TimeValue> time = WrittenTime(text, Zones());
    EXPECT_FALSE(time.ok()) << text;
    if (!time.ok() && text[0] != '\0') {
      EXPECT_EQ(time.error().message.find(std::string(text) + " "), std::string::npos);
    }
  }
}

TEST(Written, NumbersAndCases) {
  EXPECT_EQ(WholeNumber("2,0"), "2");
  EXPECT_EQ(WholeNumber("12.00"), "12");
  for (const char* kept : {"2,5", "2", "", ",0", "2,", "x,0"}) EXPECT_EQ(WholeNumber(kept), kept);
  EXPECT_EQ(WithCase("dft"), "dft/small");
  EXPECT_EQ(WithCase("DFT"), "DFT/capital");
  EXPECT_EQ(WithCase(""), "");
}

}  // namespace
}  // namespace sam::kit::test
