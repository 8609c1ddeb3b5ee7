// Power cuts, full disks and files that change: nothing lost, nothing told twice.
#include <gmock/gmock.h>

#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

using testing::HasSubstr;

std::string Rows(int count) {
  std::string out = Header();
  for (int n = 0; n < count; ++n) out += MissedRow(n);
  return out;
}

TEST(FilesFaults, APowerCutAtAnyWriteResumesAtTheRightRow) {
  constexpr int kRows = 40;
  // Six groups, and the note that the file is over.
  for (size_t cut = 1; cut <= 7; ++cut) {
    FilesRig rig;
    rig.files->group_rows = 7;
    rig.Start();
    rig.Drop("a.csv", Rows(kRows));
    rig.faults.FailNextApply(Unavailable("power"), cut);
    bool failed = false;
    for (int turn = 0; turn < 100 && !failed; ++turn) {
      rig.clock.Advance(1000);
      failed = !rig.connector->Step(0).ok();
    }
    EXPECT_TRUE(failed) << cut;
    rig.Crash();
    rig.Run();
    EXPECT_EQ(rig.Events(), static_cast<uint64_t>(kRows)) << "cut at write " << cut;
    EXPECT_TRUE(rig.Has("done/a.csv.sealed")) << cut;
    const std::string receipt = rig.Receipt("done/a.csv.ok");
    EXPECT_THAT(receipt, HasSubstr("\"rows\": 40,")) << cut;
    EXPECT_THAT(receipt, HasSubstr("\"duplicates\": 0,"))
        << cut << ": rows that were done are not read again";
    // Known afterwards, whatever was cut.
    rig.Drop("b.csv", Rows(kRows));
    rig.Run();
    EXPECT_THAT(rig.Receipt("done/b.csv.ok"), HasSubstr("duplicate")) << cut;
  }
}

TEST(FilesFaults, APowerCutLeavesNoCompanionThatWouldVouchForTheNextFileOfThatName) {
  FilesRig rig;
  rig.files->companion_only = true;
  rig.Start();
  rig.Drop("a.csv", Rows(3));
  rig.Drop("a.sem", "");
  rig.faults.FailNextApply(Unavailable("power"), 2);  // the note that the file is over
  bool failed = false;
  for (int turn = 0; turn < 100 && !failed; ++turn) {
    rig.clock.Advance(1000);
    failed = !rig.connector->Step(0).ok();
  }
  ASSERT_TRUE(failed);
  ASSERT_TRUE(rig.Has("done/a.csv"));
  rig.Drop("a.sem", "");  // it was cut a moment before
  rig.Crash();
  EXPECT_FALSE(rig.Has("a.sem"));
  rig.Run();
  EXPECT_TRUE(rig.Has("done/a.csv.sealed"));
  EXPECT_FALSE(rig.Has("done/a.csv"));
}

TEST(FilesFaults, WhatIsLeftOfAFileWhoseNameHasOtherContentNowIsForgotten) {
  FilesRig rig;
  rig.files->group_rows = 7;
  rig.Start();
  rig.Drop("a.csv", Rows(20));
  while (rig.Events() < 14) rig.Run(1);
  rig.Drop("a.csv", Rows(22));
  rig.Crash();
  rig.Run();
  EXPECT_EQ(rig.Events(), 22U);
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"duplicates\": 14,"));
}

TEST(FilesFaults, AFullDiskStopsAtTheGroupAndGoesOnWhenThereIsRoom) {
  FilesRig rig;
  rig.files->group_rows = 7;
  rig.Start();
  rig.Drop("a.csv", Rows(30));
  while (rig.Events() < 7) rig.Run(1);
  rig.faults.SetFull(true);
  rig.Run(50);
  EXPECT_TRUE(rig.Has("a.csv"));
  rig.faults.SetFull(false);
  rig.Run();
  EXPECT_EQ(rig.Events(), 30U);
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"duplicates\": 0,"));
}

TEST(FilesFaults, ABrokenStoreIsFinal) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Rows(3));
  rig.faults.FailNextApply(Corrupt("flipped"), 1);
  bool failed = false;
  for (int turn = 0; turn < 50 && !failed; ++turn) {
    rig.clock.Advance(1000);
    failed = !rig.connector->Step(0).ok();
  }
  EXPECT_TRUE(failed);
  EXPECT_TRUE(rig.Has("a.csv"));
}

TEST(FilesFaults, AFileRenamedOverTheOneAtWorkIsTakenNext) {
  FilesRig rig;
  rig.files->group_rows = 7;
  rig.Start();
  rig.Drop("a.csv", Rows(20));
  while (rig.Events() < 14) rig.Run(1);
  rig.Drop("a.tmp", Rows(25));
  std::filesystem::rename(rig.folder / "a.tmp", rig.folder / "a.csv");
  rig.Run();
  EXPECT_EQ(rig.Events(), 25U);
  // The file that was read is gone, and its receipt stands alone.
  EXPECT_THAT(rig.Receipt("done/a.csv.1.ok"), HasSubstr("\"rows\": 20,"));
  EXPECT_FALSE(rig.Has("done/a.csv.1.sealed"));
  EXPECT_EQ(rig.Opened("done/a.csv.sealed"), Rows(25));
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"rows\": 25,"));
}

TEST(FilesFaults, AFileRenamedOverARefusedOneIsNotRefusedWithIt) {
  FilesRig rig;
  rig.files->group_rows = 7;
  rig.Start();
  std::string bytes = Rows(14);
  for (int n = 0; n < 20; ++n) bytes += "fel\r\n";
  rig.Drop("a.csv", bytes);
  while (rig.Events() < 7) rig.Run(1);
  rig.Drop("a.tmp", Rows(25));
  std::filesystem::rename(rig.folder / "a.tmp", rig.folder / "a.csv");
  rig.Run();
  EXPECT_THAT(rig.Receipt("failed/a.csv.1.err"), HasSubstr("too-many-bad"));
  EXPECT_FALSE(rig.Has("failed/a.csv.sealed"));
  EXPECT_EQ(rig.Events(), 25U);
}

TEST(FilesFaults, ACompanionThatCameWithTheNewFileStaysWithIt) {
  FilesRig rig;
  rig.files->companion_only = true;
  rig.files->group_rows = 7;
  rig.Start();
  rig.Drop("a.csv", Rows(20));
  rig.Drop("a.sem", "");
  while (rig.Events() < 14) rig.Run(1);
  rig.Drop("a.tmp", Rows(25));
  std::filesystem::rename(rig.folder / "a.tmp", rig.folder / "a.csv");
  rig.Drop("a.sem", "");
  rig.Run();
  EXPECT_EQ(rig.Events(), 25U);
  EXPECT_FALSE(rig.Has("a.sem"));
}

TEST(FilesFaults, RowsAddedToAFileAfterItsLastReadAreTakenNext) {
  sam::test::TempDir folder;
  const auto write = [&](const std::string& bytes) {
    std::ofstream(folder / "a.csv", std::ios::binary) << bytes;
  };
  write("en");
  const Result<InputFile> file = InputFile::Open(folder / "a.csv");
  ASSERT_TRUE(file.ok());
  write("en och en till");
  const auto moved = MoveWithReceipt(folder / "a.csv", folder / "done", "a.csv",
                                     {4, Digest(), "done", "", {}}, file->stamp());
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  EXPECT_TRUE(moved->replaced);
  EXPECT_TRUE(Exists(folder / "a.csv"));
  EXPECT_TRUE(Exists(folder / "done/a.csv.4.ok"));
  EXPECT_FALSE(Exists(folder / "done/a.csv.ok"));
}

TEST(FilesFaults, AFileThatChangesWhileItIsWorkedOnIsNotCalledDone) {
  FilesRig rig;
  rig.files->group_rows = 1000;
  rig.Start();
  constexpr int kRows = 6000;  // more than one read
  rig.Drop("a.csv", Rows(kRows));
  while (rig.Events() < 1000) rig.Run(1);
  std::string bytes = Rows(kRows);
  bytes.replace(bytes.size() - 6, 4, "2183");
  std::ofstream(rig.folder / "a.csv", std::ios::binary | std::ios::in) << bytes;
  rig.Run();
  EXPECT_THAT(rig.Receipt("failed/a.csv.err"), HasSubstr("\"outcome\": \"changed\""));
}

TEST(FilesFaults, ARowThatStopsTheProcessAgainAndAgainIsPutAside) {
  FilesRig rig;
  rig.Start();
  const std::string bytes = Rows(5);
  const std::string row = rig.decoder->Sample("a.csv", bytes)->at(2);
  const Digest digest = rig.store->rows().ContentDigest(row);
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  for (int crash = 0; crash < 3; ++crash) {
    Result<kit::CrashGuard> guard = kit::CrashGuard::Open(rig.folder / ".at-work", 3);
    ASSERT_TRUE(guard.ok());
    guard->Enter(key);  // and the process is gone
  }
  Result<kit::CrashGuard> guard = kit::CrashGuard::Open(rig.folder / ".at-work", 3);
  ASSERT_TRUE(guard.ok());
  rig.guard.emplace(std::move(guard).value());
  rig.Start();
  rig.Drop("a.csv", bytes);
  rig.Run();
  EXPECT_EQ(rig.Events(), 4U);
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("{\"at\": 4, \"reason\": \"poison\"}"));
}

TEST(FilesFaults, AFileThatCannotBeMovedIsTriedAgain) {
  FilesRig rig;
  rig.Start();
  rig.Drop("done", "a file where the folder should be");
  rig.Drop("a.csv", Rows(4));
  rig.Run(100);
  EXPECT_TRUE(rig.Has("a.csv"));
  EXPECT_EQ(rig.Events(), 4U);
  std::filesystem::remove(rig.folder / "done");
  rig.Run(100);
  EXPECT_TRUE(rig.Has("done/a.csv.sealed"));
  EXPECT_EQ(rig.Events(), 4U);
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"rows\": 4,"));
}

}  // namespace
}  // namespace sam::files::test
