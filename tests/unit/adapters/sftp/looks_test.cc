#include "adapters/sftp/looks.h"

#include <gtest/gtest.h>

namespace sam::sftp {
namespace {

constexpr int64_t kSecond = 1'000'000;

Listing With(std::vector<RemoteFile> files) {
  Listing out;
  out.files = std::move(files);
  return out;
}

TEST(Looks, AFileIsWholeAfterTwoLooksThatAreFarEnoughApart) {
  files::FilesConfig config;
  config.stable_s = 10;
  Looks looks(config);
  const Listing listing = With({{"a.csv", 5, 100}});
  EXPECT_TRUE(looks.Whole(listing, kSecond).empty());
  EXPECT_EQ(looks.next_us(), 11 * kSecond);
  EXPECT_TRUE(looks.Whole(listing, 11 * kSecond - 1).empty());
  EXPECT_EQ(looks.Whole(listing, 11 * kSecond).size(), 1U);
}

TEST(Looks, OneLookIsNeverEnough) {
  files::FilesConfig config;
  config.stable_s = 0;
  Looks looks(config);
  const Listing listing = With({{"a.csv", 5, 100}});
  EXPECT_TRUE(looks.Whole(listing, kSecond).empty());
  EXPECT_EQ(looks.Whole(listing, 2 * kSecond).size(), 1U);
}

TEST(Looks, AChangeOfSizeOrTimeBeginsAnew) {
  files::FilesConfig config;
  config.stable_s = 10;
  Looks looks(config);
  (void)looks.Whole(With({{"a.csv", 5, 100}}), 0);
  EXPECT_TRUE(looks.Whole(With({{"a.csv", 6, 100}}), 10 * kSecond).empty());
  EXPECT_TRUE(looks.Whole(With({{"a.csv", 6, 101}}), 19 * kSecond).empty());
  EXPECT_TRUE(looks.Whole(With({{"a.csv", 6, 101}}), 28 * kSecond).empty());
  EXPECT_EQ(looks.Whole(With({{"a.csv", 6, 101}}), 29 * kSecond).size(), 1U);
  looks.Forget("a.csv");
  EXPECT_TRUE(looks.Whole(With({{"a.csv", 6, 101}}), 60 * kSecond).empty());
}

TEST(Looks, ACompanionMakesAFileWholeAtOnceAndMayBeTheOnlyThingThatDoes) {
  files::FilesConfig config;
  config.companion_only = true;
  Looks looks(config);
  Listing listing = With({{"a.csv", 5, 100}});
  EXPECT_TRUE(looks.Whole(listing, 0).empty());
  EXPECT_TRUE(looks.Whole(listing, 9'999 * kSecond).empty());
  EXPECT_EQ(looks.next_us(), 0);
  listing.companions.insert("a.done");
  EXPECT_EQ(looks.Whole(listing, 10'000 * kSecond).size(), 1U);
}

TEST(Looks, ANameThatTheServerSaysTwiceIsOneFile) {
  files::FilesConfig config;
  Looks looks(config);
  Listing listing = With({{"a.csv", 5, 100}, {"a.csv", 6, 100}});
  listing.companions = {"a.sem"};
  ASSERT_EQ(looks.Whole(listing, 0).size(), 1U);
  EXPECT_EQ(looks.Whole(listing, 0)[0].size, 5U);
}

TEST(Looks, TheOldestComesFirst) {
  files::FilesConfig config;
  Looks looks(config);
  Listing listing = With({{"a.csv", 5, 300}, {"c.csv", 5, 100}, {"b.csv", 5, 100}});
  listing.companions = {"a.csv.sem", "b.csv.sem", "c.csv.sem"};
  const std::vector<RemoteFile> whole = looks.Whole(listing, 0);
  ASSERT_EQ(whole.size(), 3U);
  EXPECT_EQ(whole[0].name + whole[1].name + whole[2].name, "b.csvc.csva.csv");
}

}  // namespace
}  // namespace sam::sftp
