#include "broker/rules/days.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::rules {
namespace {

TEST(Days, DatesAgreeWithIsoTextAndWrongOnesAreRefused) {
  for (const char* date : {"1970-01-01", "2000-02-29", "2025-06-01", "1989-12-31", "1890-02-02"})
    EXPECT_EQ(*DateToMillis(date), *FromIso(date)) << date;
  for (const char* date : {"", "2025-02-29", "1900-02-29", "2025-13-01", "2025-00-10", "2025-1-1",
                           "2025-06-31", "20250601", "2025-06-0x"})
    EXPECT_FALSE(DateToMillis(date).has_value()) << date;
}

TEST(Days, TheLastDayInTimeIsInTimeAllThroughIt) {
  const Millis born = *DateToMillis("2024-02-29");
  EXPECT_EQ(EndOfDay(born, 305), AddDays(born, 306));
  EXPECT_EQ(AgeInDays(born, Millis(EndOfDay(born, 305).value - 1)), 305);
  EXPECT_EQ(AgeInDays(born, Millis(born.value - 1)), -1);
}

}  // namespace
}  // namespace sam::rules
