// What becomes of a file when it has been worked through.
#include "adapters/files/file_keep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "adapters/files/kept_names.h"
#include "broker/base/log.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string Nightly(int count) {
  std::string out = Header();
  for (int i = 0; i < count; ++i) out += MissedRow(i);
  return out;
}

std::vector<std::string> InTheClear(const FilesRig& rig) {
  std::vector<std::string> out;
  for (const auto& one : fs::recursive_directory_iterator(rig.folder.path()))
    if (one.is_regular_file() && ReadFile(one.path()).find("K069") != std::string::npos)
      out.push_back(fs::relative(one.path(), rig.folder.path()));
  return out;
}

void Age(const std::string& path, int days) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24 * days));
}

size_t Drafts(const FilesRig& rig) {
  size_t out = 0;
  for (const KeptName& kept : KeptNames(*rig.files)) out += kept.what == KeptName::What::kDraft;
  return out;
}

TEST(FileKeep, AFileThatIsOverIsSealedWhetherItWasTakenOrRefused) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Nightly(3));
  rig.Drop("b.csv", "x;y\r\n" + MissedRow(1));
  rig.Run();
  EXPECT_TRUE(InTheClear(rig).empty()) << InTheClear(rig).front();
  EXPECT_EQ(rig.Opened("done/a.csv.sealed"), Nightly(3));
  EXPECT_EQ(rig.Opened("failed/b.csv.sealed"), "x;y\r\n" + MissedRow(1));
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"rows\": 3,"));
  struct stat is {};
  ASSERT_EQ(::stat((rig.folder / "done/a.csv.sealed").c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777, 0600U);
}

TEST(FileKeep, ALargeFileIsSealedInTurnsWhileTheNextOneIsTaken) {
  FilesRig rig;
  rig.Start();
  rig.files->max_file_bytes = size_t{4} << 20;
  rig.Drop("a.csv", std::string(40 * kSealedChunk, 'x'));  // too large: refused, and kept all the same
  rig.clock.Advance(11'000);
  rig.Run(11);
  ASSERT_TRUE(rig.Has("failed/a.csv"));
  struct stat is {};
  ASSERT_EQ(::stat((rig.folder / "failed/a.csv").c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777, 0600U) << "until it is sealed";
  rig.Drop("b.csv", Nightly(3));
  int turns = 0;
  while (!rig.Has("failed/a.csv.sealed") && turns < 100) {
    rig.Run(1);
    ++turns;
  }
  EXPECT_GE(turns, 7) << "a turn is bounded";
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
  EXPECT_FALSE(rig.Has("failed/a.csv"));
  EXPECT_EQ(rig.Opened("failed/a.csv.sealed").size(), 40 * kSealedChunk);
}

TEST(FileKeep, ACrashWhileSealingLeavesOneFileAndTheNextStartSealsIt) {
  for (const int turns : {1, 4, 8}) {
    FilesRig rig;
    rig.Start();
    rig.files->max_file_bytes = size_t{4} << 20;
    rig.Drop("a.csv", std::string(40 * kSealedChunk, 'x'));
    while (!rig.Has("failed/a.csv")) rig.Run(1);
    rig.Run(turns);
    // SIGKILL leaves the half copy: a copy of it is put back after the writer took it away.
    rig.connector.reset();
    rig.Drop("failed/.sealing-0123456789abcdef", "half");
    EXPECT_TRUE(rig.Has("failed/a.csv"));
    rig.Crash();
    EXPECT_EQ(Drafts(rig), 0U);
    rig.Run();
    EXPECT_FALSE(rig.Has("failed/a.csv"));
    EXPECT_EQ(rig.Opened("failed/a.csv.sealed").size(), 40 * kSealedChunk);
  }
}

// Between the copy's new name and the end of the plain file: both lie there, and are one file.
TEST(FileKeep, BothAfterACrashAreOneFile) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Nightly(3));
  fs::create_hard_link(rig.folder / "a.csv", rig.folder / "the-same");
  rig.Run();
  const std::string sealed = ReadFile(rig.folder / "done/a.csv.sealed");
  rig.connector.reset();
  fs::rename(rig.folder / "the-same", rig.folder / "done/a.csv");
  rig.Start();
  rig.Run();
  EXPECT_FALSE(rig.Has("done/a.csv"));
  EXPECT_EQ(ReadFile(rig.folder / "done/a.csv.sealed"), sealed) << "sealed once is enough";
}

TEST(FileKeep, WhatAnOlderBuildLeftInTheClearIsSealedAtTheFirstStart) {
  FilesRig rig;
  fs::create_directories(rig.folder / "done");
  rig.Drop("done/old.csv", Nightly(2));
  rig.Drop("done/old.csv.ok", "{\n  \"v\": 1,\n  \"file\": 12,\n");
  rig.Drop("done/notes", "the site's own, without a receipt");
  rig.Drop("done/theirs.csv", "somebody else's");
  rig.Drop("done/theirs.csv.ok", "taken");
  // Older than raw_days: it was deleted at the first start, and not sealed.
  for (const char* name : {"done/old.csv", "done/old.csv.ok", "done/theirs.csv", "done/theirs.csv.ok"})
    Age(rig.folder / name, 400);
  rig.Start();
  rig.Run();
  EXPECT_EQ(rig.Opened("done/old.csv.sealed"), Nightly(2));
  const SecretKey key = rig.store->rows().FileKey();
  EXPECT_EQ(SealedFile::Open(rig.folder / "done/old.csv.sealed", key)->head().number, 12U);
  EXPECT_FALSE(rig.Has("done/old.csv"));
  EXPECT_TRUE(rig.Has("done/notes"));
  EXPECT_EQ(ReadFile(rig.folder / "done/theirs.csv"), "somebody else's");
  EXPECT_TRUE(rig.Has("done/theirs.csv.ok"));
}

TEST(FileKeep, WhatCannotBeSealedGoesAllTheSameWhenItsTimeIsOver) {
  FilesRig rig;
  rig.config.keep.raw = 30;
  fs::create_directories(rig.folder / "done/old.csv.sealed/in-the-way");
  rig.Drop("done/old.csv", Nightly(2));
  rig.Drop("done/old.csv.ok", "{\n  \"v\": 1,\n  \"file\": 12,\n");
  rig.Drop("done/gone.csv.ok", "a receipt of somebody else's");
  for (const char* name : {"done/old.csv", "done/old.csv.ok", "done/gone.csv.ok"})
    Age(rig.folder / name, 400);
  rig.Start();
  rig.Run(5);
  rig.clock.Advance(29 * kDayMs);
  rig.Crash();  // when it was seen first is remembered
  rig.Run(5);
  EXPECT_TRUE(rig.Has("done/old.csv"));
  rig.clock.Advance(2 * kDayMs);
  rig.Run(5);
  EXPECT_FALSE(rig.Has("done/old.csv"));
  EXPECT_FALSE(rig.Has("done/old.csv.ok"));
  EXPECT_TRUE(rig.Has("done/gone.csv.ok"));
  rig.Run(70);
  EXPECT_EQ(rig.connector->status().find("not sealed"), std::string::npos);
}

// An older build's folder of years: each name was compared with all before it.
TEST(FileKeep, AHundredThousandOldFilesDoNotHoldUpTheStart) {
  FilesRig rig;
  rig.Start();
  FileKeep keep(*rig.files, rig.Parts());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 100'000; ++i) keep.Add(rig.files->done, std::to_string(i) + ".csv");
  for (int i = 0; i < 100'000; ++i) keep.Add(rig.files->done, std::to_string(i) + ".csv");
  EXPECT_EQ(keep.unsealed(), 100'000U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST(FileKeep, TwoSourcesNeverShareAFolder) {
  FilesRig rig;
  fs::create_directories(rig.folder / "done");
  rig.Start();
  rig.Drop("a.csv", Nightly(1));
  rig.Run();
  ASSERT_TRUE(rig.Has("done/a.csv.sealed"));
  rig.Start();  // its own folder
  FilesRig other;
  other.config.source.system_id = "b4.test";
  other.files->done = rig.folder / "done";
  other.StartPipeline();
  const auto refused = FilesConnector::Open(*other.files, other.Parts());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("\"t4.test\""));
  EXPECT_THAT(refused.error().message, HasSubstr(".samsignal-source"));
  fs::remove(rig.folder / "done/.samsignal-source");
  EXPECT_TRUE(FilesConnector::Open(*other.files, other.Parts()).ok());
}

// The folder was not there yet when both began.
TEST(FileKeep, AFolderThatBecameAnothersMeanwhileGetsNothing) {
  FilesRig rig;
  rig.Start();
  FilesRig other;
  other.config.source.system_id = "b4.test";
  other.files->done = rig.folder / "done";
  other.Start();
  rig.Drop("a.csv", Nightly(1));
  rig.Run();
  other.Drop("b.csv", Nightly(1));
  other.Run(100);
  EXPECT_TRUE(other.Has("b.csv"));
  EXPECT_FALSE(rig.Has("done/b.csv.ok"));
  EXPECT_EQ(other.Events(), 1U) << "its rows are told all the same";
}

TEST(FileKeep, WhatCannotBeSealedStaysClosedToOthersAndIsTriedAgain) {
  FilesRig rig;
  rig.Start();
  fs::create_directories(rig.folder / "done");
  fs::create_directories(rig.folder / "done/a.csv.sealed/in-the-way");  // as a full disk would
  rig.Drop("a.csv", Nightly(3));
  rig.Run(60);
  // The name is taken, so that the file has got its number.
  EXPECT_TRUE(rig.Has("done/a.csv.1.sealed"));
  fs::create_directories(rig.folder / "done/b.csv.2.sealed/in-the-way");
  fs::create_directories(rig.folder / "done/b.csv.sealed/in-the-way");
  rig.Drop("b.csv", Nightly(4));
  rig.Run(30);
  ASSERT_TRUE(rig.Has("done/b.csv.2"));
  struct stat is {};
  ASSERT_EQ(::stat((rig.folder / "done/b.csv.2").c_str(), &is), 0);
  EXPECT_EQ(is.st_mode & 0777, 0600U);
  EXPECT_THAT(rig.connector->status(), HasSubstr("not sealed yet: 1"));
  EXPECT_EQ(Drafts(rig), 0U);
  rig.Drop("c.csv", Nightly(5));
  rig.Run(30);
  EXPECT_TRUE(rig.Has("done/c.csv.sealed")) << "one that cannot be sealed holds up no other";
  fs::remove_all(rig.folder / "done/b.csv.2.sealed");
  rig.Run(100);
  EXPECT_EQ(rig.Opened("done/b.csv.2.sealed"), Nightly(4));
  EXPECT_EQ(rig.connector->status().find("not sealed"), std::string::npos);
}

TEST(FileKeep, NothingIsSealedWhileTheDiskIsLow) {
  FilesRig rig;
  rig.Start();
  rig.files->max_file_bytes = size_t{4} << 20;
  rig.Drop("a.csv", std::string(40 * kSealedChunk, 'x'));
  while (!rig.Has("failed/a.csv")) rig.Run(1);
  rig.connector->SetRefusing(true);
  rig.Run(20);
  EXPECT_TRUE(rig.Has("failed/a.csv"));
  EXPECT_EQ(Drafts(rig), 0U);
  rig.connector->SetRefusing(false);
  rig.Run(20);
  EXPECT_TRUE(rig.Has("failed/a.csv.sealed"));
}

TEST(FileKeep, ExpiresWithItsReceiptAsRawMessagesDo) {
  FilesRig rig;
  rig.config.keep.raw = 30;
  rig.Start();
  rig.Drop("a.csv", Nightly(3));
  rig.Drop("b.csv", "x;y\r\n");
  rig.Run();
  rig.Drop("done/notes.sealed", "somebody else's");
  rig.clock.Advance(int64_t{29} * 24 * 3600 * 1000);
  rig.Run(5);
  EXPECT_TRUE(rig.Has("done/a.csv.sealed"));
  rig.clock.Advance(int64_t{2} * 24 * 3600 * 1000);
  rig.Run(5);
  for (const char* gone : {"done/a.csv.sealed", "done/a.csv.ok", "failed/b.csv.sealed",
                           "failed/b.csv.err"})
    EXPECT_FALSE(rig.Has(gone)) << gone;
  EXPECT_TRUE(rig.Has("done/notes.sealed"));
}

}  // namespace
}  // namespace sam::files::test
