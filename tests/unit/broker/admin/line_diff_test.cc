#include "broker/admin/line_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::admin {
namespace {

using testing::ElementsAre;

TEST(LineDiff, EqualTextsHaveNone) {
  EXPECT_TRUE(LineDiff("", "").empty());
  EXPECT_TRUE(LineDiff("a\nb\n", "a\nb\n").empty());
}

TEST(LineDiff, AChangedLineStandsBetweenItsNeighbours) {
  EXPECT_THAT(LineDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
              ElementsAre("@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"));
}

TEST(LineDiff, ChangesFarApartArePlacesOfTheirOwn) {
  std::string before, after = "new\n";
  for (int i = 0; i < 20; ++i) before += std::to_string(i) + "\n";
  after += before.substr(0, before.size() - 3);  // without the last line
  EXPECT_THAT(LineDiff(before, after),
              ElementsAre("@@ -1,3 +1,4 @@", "+new", " 0", " 1", " 2", "@@ -17,4 +18,3 @@", " 16", " 17", " 18", "-19"));
}

TEST(LineDiff, AllOfOneSide) {
  EXPECT_THAT(LineDiff("", "a\nb"), ElementsAre("@@ -1,0 +1,2 @@", "+a", "+b"));
  EXPECT_THAT(LineDiff("a\n", ""), ElementsAre("@@ -1,1 +1,0 @@", "-a"));
}

}  // namespace
}  // namespace sam::admin
