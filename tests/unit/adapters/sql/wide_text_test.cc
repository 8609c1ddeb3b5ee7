#include "adapters/sql/wide_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sam::sql {
namespace {

TEST(WideText, GoesThereAndBackWhateverTheCharacterNeeds) {
  for (const char* text : {"", "a", "åäöÅÄÖ", "€", "𝄞x𝄞", "hemligt'ord\\7f3a&91"}) {
    const auto wide = ToWide(text);
    ASSERT_TRUE(wide) << text;
    bool whole = false;
    EXPECT_EQ(FromWide(*wide, whole), text);
    EXPECT_TRUE(whole);
  }
  EXPECT_EQ(*ToWide("ö𝄞"), (WideText{0xF6, 0xD834, 0xDD1E}));
}

TEST(WideText, WhatIsNoUtf8IsNone) {
  EXPECT_FALSE(ToWide("\xC3"));
  EXPECT_FALSE(ToWide("\xFF"));
}

TEST(WideText, HalfAPairIsReplacedAndTold) {
  const std::vector<std::pair<WideText, std::string>> halves = {
      {{0xD834}, "\uFFFD"},
      {{0xD834, 'x'}, "\uFFFDx"},
      {{'x', 0xDD1E, 'y'}, "x\uFFFDy"},
      {{0xD834, 0xD834, 0xDD1E}, "\uFFFD𝄞"},
  };
  for (const auto& [wide, text] : halves) {
    bool whole = true;
    EXPECT_EQ(FromWide(wide, whole), text);
    EXPECT_FALSE(whole);
  }
}

TEST(WideText, APieceHoldsWhatTheDriverFilledAndNothingOfTheOneBefore) {
  const WideText full = {'a', 'b', 'c', 'd'}, part = {'a', 'b', 0, 0};
  const auto filled = [](bool partly, int64_t bytes, const WideText& piece) {
    const Filled out = FilledOf(partly, bytes, piece.data(), piece.size());
    return std::pair<size_t, bool>(out.chars, out.more);
  };
  using Pair = std::pair<size_t, bool>;
  EXPECT_EQ(filled(true, 100, full), Pair(4, true));
  EXPECT_EQ(filled(true, kNoTotal, full), Pair(4, true));
  EXPECT_EQ(filled(false, 4, part), Pair(2, false));
  EXPECT_EQ(filled(false, kNoTotal, part), Pair(2, false)) << "the last piece of one who cannot count";
  EXPECT_EQ(filled(true, 4, part), Pair(2, false)) << "a warning of another kind";
  EXPECT_EQ(filled(false, 0, {0, 0}), Pair(0, false));
}

}  // namespace
}  // namespace sam::sql
