// What the puller does with files of this machine.
#include "adapters/sftp/local_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::sftp::local {
namespace {

namespace fs = std::filesystem;

void Put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(SftpLocalFile, OnlyAReceiptThatIsNotThereIsGone) {
  const sam::test::TempDir folder;
  Put(folder / "a.ok", "{}");
  const Result<std::string> whole = ReadReceipt(folder / "a.ok");
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(*whole, "{}");
  EXPECT_EQ(ReadReceipt(folder / "b.ok").error().code, Code::kNotFound);
  fs::create_directory(folder / "c.ok");
  fs::create_symlink(folder / "a.ok", folder / "d.ok");
  Put(folder / "e.ok", std::string(kMaxReceipt + 1, 'x'));
  for (const char* name : {"c.ok", "d.ok", "e.ok"}) {
    const Result<std::string> read = ReadReceipt(folder / name);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().code, Code::kUnavailable) << name;
    EXPECT_EQ(read.error().message.find(name), std::string::npos) << "no name in a log";
  }
  Put(folder / "f.ok", std::string(kMaxReceipt, 'x'));
  EXPECT_TRUE(ReadReceipt(folder / "f.ok").ok());
}

TEST(SftpLocalFile, WhatWaitsToBeTakenIsClosedToOthers) {
  const sam::test::TempDir folder;
  Put(folder / "draft", "x");
  fs::permissions(folder / "draft", fs::perms(0644));
  ASSERT_TRUE(PutInPlace(folder / "draft", folder.path(), "a.csv").ok());
  for (const char* name : {"a.csv", "a.csv.sem"})
    EXPECT_EQ(fs::status(folder / name).permissions(), fs::perms(0600)) << name;
}

TEST(SftpLocalFile, AFileGetsItsNameWithACompanionAndNeverOverAnother) {
  const sam::test::TempDir folder;
  Put(folder / "draft", "new");
  ASSERT_TRUE(PutInPlace(folder / "draft", folder.path(), "a.csv").ok());
  EXPECT_TRUE(fs::exists(folder / "a.csv.sem"));
  EXPECT_FALSE(fs::exists(folder / "draft"));
  Put(folder / "draft", "newer");
  EXPECT_EQ(PutInPlace(folder / "draft", folder.path(), "a.csv").error().code, Code::kUnavailable);
  std::string bytes;
  std::ifstream(folder / "a.csv") >> bytes;
  EXPECT_EQ(bytes, "new");
}

}  // namespace
}  // namespace sam::sftp::local
