#include "adapters/sql/wide_text.h"

#include <gtest/gtest.h>

namespace sam::sql {
namespace {

TEST(WideText, GoesThereAndBackWhateverTheCharacterNeeds) {
  for (const char* text : {"", "a", "åäöÅÄÖ", "€", "𝄞x𝄞", "hemligt'ord\\7f3a&91"}) {
    const auto wide = ToWide(text);
    ASSERT_TRUE(wide) << text;
    EXPECT_EQ(FromWide(*wide), text);
  }
  EXPECT_EQ(*ToWide("ö𝄞"), (WideText{0xF6, 0xD834, 0xDD1E}));
}

TEST(WideText, WhatIsNoTextIsNoneAndNothingIsReplaced) {
  EXPECT_FALSE(ToWide("\xC3"));
  EXPECT_FALSE(ToWide("\xFF"));
  EXPECT_FALSE(FromWide({0xD834}));
  EXPECT_FALSE(FromWide({0xD834, 'x'}));
  EXPECT_FALSE(FromWide({0xDD1E}));
}

}  // namespace
}  // namespace sam::sql
