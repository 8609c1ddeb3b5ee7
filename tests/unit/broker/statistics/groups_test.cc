#include "broker/statistics/groups.h"

#include <gtest/gtest.h>

#include <numeric>

#include "broker/statistics/fact.h"

namespace sam::statistics {
namespace {

// `children` new ones, numbered from `first`.
Category Some(const std::string& key, const std::string& parent, uint32_t children, uint32_t first) {
  Category category{key, parent, children * 2, {}};
  category.children.resize(children);
  std::iota(category.children.begin(), category.children.end(), first);
  return category;
}

TEST(Groups, LargeCategoriesStandAlone) {
  const Grouping made = MakeGroups({Some("a", "A", 5, 0), Some("b", "B", 9, 10)});
  ASSERT_EQ(made.groups.size(), 2U);
  EXPECT_EQ(made.groups[0].key, "a");
  EXPECT_EQ(made.groups[1].parent, "B");
  EXPECT_EQ(made.groups[1].count, 18U);
}

TEST(Groups, SmallOnesOfAParentBecomeItsRemainder) {
  const Grouping made = MakeGroups(
      {Some("a", "A", 9, 0), Some("b", "B", 3, 10), Some("c", "B", 2, 20), Some("d", "B", 8, 30)});
  ASSERT_EQ(made.groups.size(), 3U);
  EXPECT_EQ(made.groups[2].key, "");
  EXPECT_EQ(made.groups[2].parent, "B");
  EXPECT_EQ(made.groups[2].children.size(), 5U);
  EXPECT_EQ(made.group_of, (std::vector<size_t>{0, 2, 2, 1}));
}

TEST(Groups, ARemainderThatIsTooSmallTakesTheSmallestLargeOneWithIt) {
  const Grouping made =
      MakeGroups({Some("a", "", 9, 0), Some("b", "", 6, 10), Some("c", "", 2, 20)});
  ASSERT_EQ(made.groups.size(), 2U);
  EXPECT_EQ(made.groups[0].key, "a");
  EXPECT_EQ(made.groups[1].children.size(), 8U);
}

TEST(Groups, AParentThatIsTooSmallJoinsAnother) {
  const Grouping made = MakeGroups({Some("a", "A", 9, 0), Some("b", "B", 2, 10)});
  ASSERT_EQ(made.groups.size(), 1U);
  EXPECT_EQ(made.groups[0].parent, "");
  EXPECT_EQ(made.groups[0].count, 22U);
}

TEST(Groups, FewerThanFiveChildrenInAllGiveNothing) {
  EXPECT_TRUE(MakeGroups({Some("a", "A", 2, 0), Some("b", "B", 2, 10)}).groups.empty());
  EXPECT_TRUE(MakeGroups({}).groups.empty());
}

TEST(Groups, TheSameChildInTwoCategoriesIsOneChild) {
  const Grouping made = MakeGroups({Some("a", "A", 4, 0), Some("b", "A", 4, 0)});
  EXPECT_TRUE(made.groups.empty()) << "eight signals about four children";
}

}  // namespace
}  // namespace sam::statistics
