#include "adapters/files/folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::files {
namespace {

struct Watched {
  sam::test::TempDir folder;
  FilesConfig config;
  ManualClock clock{Millis(0)};
  std::unique_ptr<Folder> watch;

  Watched() {
    config.folder = folder.path();
    config.patterns = {"ftv_*.csv"};
    config.stable_s = 10;
    watch = std::make_unique<Folder>(config, clock);
  }
  void Write(const std::string& name, const std::string& bytes = "x") const {
    std::ofstream(folder / name) << bytes;
  }
  std::vector<std::string> Ready() {
    const Result<std::vector<std::string>> ready = watch->Ready();
    EXPECT_TRUE(ready.ok());
    return ready.ok() ? *ready : std::vector<std::string>();
  }
};
using Names = std::vector<std::string>;

TEST(Folder, AFileIsWholeWhenItHasNotChangedForAWhile) {
  Watched t;
  t.Write("ftv_1.csv");
  EXPECT_EQ(t.Ready(), Names{});
  t.clock.Advance(9'000);
  EXPECT_EQ(t.Ready(), Names{});
  t.Write("ftv_1.csv", "xy");  // still being written
  t.clock.Advance(2'000);
  EXPECT_EQ(t.Ready(), Names{});
  t.clock.Advance(10'000);
  EXPECT_EQ(t.Ready(), Names{"ftv_1.csv"});
}

TEST(Folder, GrowthIsSeenAtTheMomentItWouldBeTaken) {
  Watched t;
  t.Write("ftv_1.csv");
  t.Ready();
  // The kernel's word of this is not needed: the look when it is due finds it.
  t.Write("ftv_1.csv", "xyz");
  t.clock.Advance(10'000);
  EXPECT_EQ(t.Ready(), Names{});
}

TEST(Folder, ACompanionSaysThatAFileIsWhole) {
  Watched t;
  t.Write("ftv_1.csv");
  t.Write("ftv_2.csv");
  t.Write("ftv_1.csv.done");
  t.Write("ftv_2.sem");
  EXPECT_EQ(t.Ready().size(), 2U);
  EXPECT_EQ(t.watch->ignored(), 0U);
}

TEST(Folder, WithCompanionOnlyNothingElseCounts) {
  Watched t;
  t.config.companion_only = true;
  t.Write("ftv_1.csv");
  t.Ready();
  t.clock.Advance(3'600'000);
  EXPECT_EQ(t.Ready(), Names{});
  t.Write("ftv_1.done");
  t.clock.Advance(60'000);
  EXPECT_EQ(t.Ready(), Names{"ftv_1.csv"});
}

TEST(Folder, NamesInTheMakingFoldersLinksAndOtherNamesAreLeftAlone) {
  Watched t;
  for (const char* name : {".ftv_1.csv", "ftv_1.csv.tmp", "ftv_1.csv.part", "ftv_1.csv.filepart"})
    t.Write(name);
  t.Write("other.csv");
  std::filesystem::create_directory(t.folder / "ftv_folder.csv");
  std::filesystem::create_symlink("/etc/passwd", t.folder / "ftv_link.csv");
  ASSERT_EQ(::mkfifo((t.folder / "ftv_pipe.csv").c_str(), 0600), 0);
  t.Ready();
  t.clock.Advance(20'000);
  EXPECT_EQ(t.Ready(), Names{});
  EXPECT_EQ(t.watch->waiting(), 0U);
  EXPECT_EQ(t.watch->ignored(), 3U) << "other name, link, pipe";
}

TEST(Folder, ARenameToTheRealNameIsNoticedWithoutARescan) {
  Watched t;
  t.config.stable_s = 0;
  EXPECT_EQ(t.Ready(), Names{});
  t.Write("ftv_1.csv.tmp");
  std::filesystem::rename(t.folder / "ftv_1.csv.tmp", t.folder / "ftv_1.csv");
  EXPECT_EQ(t.Ready(), Names{"ftv_1.csv"});
}

TEST(Folder, TheOldestComesFirst) {
  Watched t;
  t.config.stable_s = 0;
  t.Write("ftv_a.csv");
  t.Write("ftv_b.csv");
  const auto now = std::filesystem::last_write_time(t.folder / "ftv_a.csv");
  std::filesystem::last_write_time(t.folder / "ftv_b.csv", now - std::chrono::hours(1));
  EXPECT_EQ(t.Ready(), (Names{"ftv_b.csv", "ftv_a.csv"}));
}

TEST(Folder, AFolderThatGoesAndComesBackIsWatchedAgain) {
  Watched t;
  t.config.stable_s = 0;
  EXPECT_EQ(t.Ready(), Names{});
  const std::string away = t.folder.path() + ".away";
  std::filesystem::rename(t.folder.path(), away);
  t.clock.Advance(60'000);
  EXPECT_FALSE(t.watch->Ready().ok());
  std::filesystem::rename(away, t.folder.path());
  t.Write("ftv_1.csv");
  t.clock.Advance(60'000);
  EXPECT_EQ(t.Ready(), Names{"ftv_1.csv"});
}

TEST(Folder, APostponedFileWaitsUnlessItChanges) {
  Watched t;
  t.config.stable_s = 0;
  t.Write("ftv_1.csv");
  EXPECT_EQ(t.Ready().size(), 1U);
  t.watch->Postpone("ftv_1.csv");
  EXPECT_EQ(t.Ready(), Names{});
  t.Write("ftv_1.csv", "longer");
  EXPECT_EQ(t.Ready().size(), 1U);
  t.watch->Postpone("ftv_1.csv");
  t.clock.Advance(60'000);
  EXPECT_EQ(t.Ready().size(), 1U);
}

}  // namespace
}  // namespace sam::files
