#include "adapters/sftp/remote_name.h"

#include <gtest/gtest.h>

namespace sam::sftp {
namespace {

const std::vector<std::string> kAll = {"*"};
const std::vector<std::string> kNightly = {"ftv_*.csv"};

TEST(RemoteName, WhatAPatternFitsIsWanted) {
  EXPECT_EQ(KindOf("ftv_dygn.csv", kNightly), NameKind::kWanted);
  EXPECT_EQ(KindOf("ftv_g\xc3\xa4vle.csv", kNightly), NameKind::kWanted);
  EXPECT_EQ(KindOf("annat.csv", kNightly), NameKind::kOther);
}

TEST(RemoteName, NothingThatLeavesTheFolderIsEverWanted) {
  for (const char* name : {"../x.csv", "a/b.csv", "/etc/passwd", "..\\x.csv", "ftv_/../../x.csv"})
    EXPECT_EQ(KindOf(name, kAll), NameKind::kOdd) << name;
  EXPECT_EQ(KindOf(".", kAll), NameKind::kOther);
  EXPECT_EQ(KindOf("..", kAll), NameKind::kOther);
  EXPECT_EQ(KindOf("", kAll), NameKind::kOdd);
}

TEST(RemoteName, ControlSignsAndBrokenTextAreOdd) {
  for (const std::string& name :
       {std::string("a\nb.csv"), std::string("a\x1b[2J.csv"), std::string("a\x7f.csv"),
        std::string("a\0b.csv", 7), std::string("a\xff.csv"), std::string("a\xc2\x9b.csv")})
    EXPECT_EQ(KindOf(name, kAll), NameKind::kOdd) << name.size();
  EXPECT_EQ(KindOf("a\xc2\xa0.csv", kAll), NameKind::kWanted);
}

TEST(RemoteName, ANameLeavesRoomForAReceiptBesideIt) {
  EXPECT_EQ(KindOf(std::string(kMaxName, 'a'), kAll), NameKind::kWanted);
  EXPECT_EQ(KindOf(std::string(kMaxName + 1, 'a'), kAll), NameKind::kOdd);
}

TEST(RemoteName, FilesInTheMakingAndOurOwnMarksAreLeftAloneWhateverThePattern) {
  for (const char* name : {".hidden", "a.tmp", "a.csv.part", "a.filepart", "a.csv.taken",
                           "a.csv.refused", "a.csv.ok", "a.csv.err"})
    EXPECT_EQ(KindOf(name, kAll), NameKind::kOther) << name;
  EXPECT_EQ(KindOf("a.csv.done", kAll), NameKind::kCompanion);
  EXPECT_EQ(KindOf("a.sem", kNightly), NameKind::kCompanion);
}

}  // namespace
}  // namespace sam::sftp
