#include "adapters/sftp/troubles.h"

#include <gmock/gmock.h>

namespace sam::sftp {
namespace {

using testing::HasSubstr;

Listing Of(const std::vector<std::string>& names, bool complete = true) {
  Listing out;
  out.complete = complete;
  for (const std::string& name : names) out.files.push_back({name, 1, 1});
  return out;
}

TEST(Troubles, AFileIsToldOnceUntilItIsOver) {
  Troubles troubles;
  EXPECT_TRUE(troubles.Add("a.csv"));
  EXPECT_FALSE(troubles.Add("a.csv"));
  EXPECT_EQ(troubles.status(), "sftp: trouble with a.csv\n");
  troubles.Over("a.csv");
  EXPECT_EQ(troubles.status(), "");
  EXPECT_TRUE(troubles.Add("a.csv"));
}

TEST(Troubles, OnlyAListThatIsCompleteTellsThatAFileIsGone) {
  Troubles troubles;
  troubles.Add("a.csv");
  troubles.Listed(Of({"b.csv"}, false));
  EXPECT_FALSE(troubles.Add("a.csv"));
  troubles.Listed(Of({"b.csv"}));
  EXPECT_EQ(troubles.status(), "");
}

TEST(Troubles, NamesHaveALimitAndTheRestIsCounted) {
  Troubles troubles;
  std::vector<std::string> names;
  for (size_t n = 0; n < Troubles::kMaxNamed + 7; ++n) names.push_back(std::to_string(n) + ".csv");
  for (int round = 0; round < 3; ++round) {
    troubles.Listed(Of(names));
    size_t told = 0;
    for (const std::string& name : names) told += troubles.Add(name) ? 1 : 0;
    EXPECT_EQ(told, round == 0 ? Troubles::kMaxNamed : 0U) << round;
    EXPECT_THAT(troubles.status(), HasSubstr("trouble with 7 more files\n")) << round;
  }
  names.resize(Troubles::kMaxNamed);
  troubles.Listed(Of(names));
  troubles.Listed(Of(names));
  EXPECT_THAT(troubles.status(), testing::Not(HasSubstr("more files")));
}

TEST(Troubles, AFileIsUnsteadyTheThirdTimeInARow) {
  Troubles troubles;
  EXPECT_FALSE(troubles.Unsteady("a.csv"));
  troubles.Listed(Of({"a.csv"}));
  EXPECT_FALSE(troubles.Unsteady("a.csv"));
  troubles.Listed(Of({"a.csv"}));
  EXPECT_TRUE(troubles.Unsteady("a.csv"));
  EXPECT_TRUE(troubles.Unsteady("a.csv"));
  troubles.Over("a.csv");
  EXPECT_FALSE(troubles.Unsteady("a.csv"));
  EXPECT_FALSE(troubles.Unsteady("a.csv"));
  troubles.Listed(Of({}));  // not in a row
  EXPECT_FALSE(troubles.Unsteady("a.csv"));
}

}  // namespace
}  // namespace sam::sftp
