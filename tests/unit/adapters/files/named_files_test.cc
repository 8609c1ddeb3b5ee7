// The files that rows name: sealed with their row, kept while one waits for them, gone with the person.
#include "adapters/files/named_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/adapters/files/kept_rig.h"

namespace sam::files::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOther = "20210326K067";

// Of two reports, one names two files; the other one's is missing, so that it is put aside.
struct NamedRig : KeptRig {
  std::string source = std::string(SAM_SOURCE) + "/tests/fixtures/dental_reports/";
  std::string rows = ReadFile(source + "ftv_anm_bilagor_20260304.csv");

  void BeginWithBoth() {
    Begin();
    for (const char* name : {"an3_utdrag.txt", "an3_bild.png"}) Send(name);
    Drop("a.csv", Of("AN-3"));
  }
  void Send(const std::string& name) const { Drop(name, ReadFile(source + name)); }
  std::string Of(const std::string& report) const {
    const size_t at = rows.find(report);
    const size_t begin = rows.rfind('\n', at) + 1;
    return Head() + rows.substr(begin, rows.find('\n', at) + 1 - begin);
  }
  std::string Head() const { return rows.substr(0, rows.find('\n') + 1); }
  // A report on a child with these files, such as "a.txt" and "b.txt".
  std::string Report(const std::string& id, const std::string& child,
                     const std::vector<std::string>& names) const {
    std::string row = Of("AN-4").substr(Head().size());
    row.replace(row.find("AN-4"), 4, id);
    row.replace(row.find(kChild), std::string(kChild).size(), child);
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name + "/T/PDF";
    const std::string was = "an4_saknas.pdf/Skannat/PDF";
    return row.replace(row.find(was), was.size(), list);
  }
  bool Told(const std::string& content) const {
    for (const std::string& event : Outbox())
      if (event.find(content) != std::string::npos) return true;
    return false;
  }
  void Days(int days) {
    clock.Advance(int64_t{days} * 24 * 3600 * 1000);
    Run(5);
  }
};

TEST(NamedFiles, AreSealedOnceTheirRowIsTaken) {
  NamedRig rig;
  rig.BeginWithBoth();
  rig.Drop("not_named.txt", "x");
  rig.Run();
  const uint64_t events = rig.Events();
  ASSERT_GT(events, 2U);
  for (const std::string name : {"an3_utdrag.txt", "an3_bild.png"}) {
    EXPECT_FALSE(rig.Has(name)) << name;
    EXPECT_EQ(rig.Opened("done/" + name + ".sealed"), ReadFile(rig.source + name)) << name;
  }
  EXPECT_TRUE(rig.Has("not_named.txt"));
  EXPECT_THAT(rig.Say({"file", "list"}), HasSubstr("named-by-row"));
  // A later row may name them again: the sealed copy stands in for the file.
  std::string corrected = rig.Of("AN-3");
  corrected.replace(corrected.find("Canaryord"), 9, "Canaryyyy");
  rig.Drop("b.csv", corrected);
  rig.Run();
  EXPECT_THAT(rig.Receipt("done/b.csv.ok"), HasSubstr("\"put_aside\": 0,"));
  EXPECT_GT(rig.Events(), events);
}

TEST(NamedFiles, OfARowThatIsPutAsideWaitForItAndGoWhenItIsSentAgain) {
  NamedRig rig;
  rig.Begin();
  rig.Send("an3_utdrag.txt");  // its picture is not there yet
  rig.Drop("a.csv", rig.Of("AN-3"));
  rig.Run();
  EXPECT_EQ(rig.Events(), 0U);
  EXPECT_TRUE(rig.Has("an3_utdrag.txt"));
  EXPECT_THAT(rig.Say({"quarantine", "resend", "1", "prov"}), HasSubstr("attachment-missing"));
  rig.Run(3);
  EXPECT_TRUE(rig.Has("an3_utdrag.txt")) << "it was asked for in vain";
  rig.Send("an3_bild.png");
  rig.Say({"quarantine", "resend", "1", "prov"});
  ASSERT_GT(rig.Events(), 0U);
  rig.Run(3);
  EXPECT_FALSE(rig.Has("an3_utdrag.txt"));
  EXPECT_FALSE(rig.Has("an3_bild.png"));
  EXPECT_TRUE(rig.Has("done/an3_utdrag.txt.sealed"));
}

TEST(NamedFiles, AreSealedAfterACrashRightBehindTheirRow) {
  NamedRig rig;
  rig.BeginWithBoth();
  rig.connector->SetRefusing(true);
  rig.Run(12);
  rig.connector->SetRefusing(false);
  while (rig.Events() == 0) {
    rig.clock.Advance(1000);
    // The turn ends in a crash once the rows are durable: the note of the file is lost.
    rig.faults.FailNextApply(Unavailable("power"), 2);
    if (!rig.connector->Step(0).ok()) break;
  }
  rig.Crash();
  rig.Run();
  EXPECT_FALSE(rig.Has("an3_utdrag.txt"));
  EXPECT_FALSE(rig.Has("an3_bild.png"));
  EXPECT_TRUE(rig.Has("done/an3_bild.png.sealed"));
}

TEST(NamedFiles, ARowGetsNoFileOfRowsAsItsAttachment) {
  NamedRig rig;
  rig.Begin();
  rig.Drop("a.csv", Header() + MissedRow(1));
  rig.Run();
  std::string row = rig.Of("AN-4");
  row.replace(row.find("an4_saknas.pdf"), 14, "a.csv");
  rig.Drop("b.csv", row);
  rig.Run();
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine().front().reason, "attachment-missing");
}

// A picture mentions nobody: the row that named it does.
TEST(NamedFiles, GoWithThePersonWhoseRowNamedThem) {
  NamedRig rig;
  rig.BeginWithBoth();
  rig.Run();
  EXPECT_THAT(rig.Say({"erase", "20210326K067", "beslut 7"}), HasSubstr(", 0 files"));
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 3 files"));
  EXPECT_THAT(rig.Names(), testing::ElementsAre("done/a.csv.ok"));
}

// "The outbox grew" said nothing of the second row: its file was sealed, and expired before its row.
TEST(NamedFiles, OfTwoRowsSentAgainInOneTurnEachIsJudgedByItself) {
  NamedRig rig;
  rig.config.keep.raw = 30;
  rig.Begin();
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {"f1.pdf", "both.pdf"}) +
                        rig.Report("AN-2", kOther, {"f2.pdf", "both.pdf", "f3.pdf"}));
  rig.Run();
  ASSERT_EQ(rig.Quarantine().size(), 2U);
  for (const char* name : {"f1.pdf", "f2.pdf", "both.pdf"}) rig.Drop(name, "of " + std::string(name));
  rig.clock.Advance(60'000);
  rig.Say({"quarantine", "resend", "1", "prov"});
  EXPECT_THAT(rig.Say({"quarantine", "resend", "2", "prov"}), HasSubstr("attachment-missing"));
  rig.Run(5);
  EXPECT_FALSE(rig.Has("f1.pdf"));
  EXPECT_TRUE(rig.Has("f2.pdf")) << "its row waits for it";
  EXPECT_TRUE(rig.Has("done/both.pdf.sealed"));
  rig.Days(100);
  rig.Crash();
  rig.kept.reset();
  rig.commands.reset();
  rig.Commands();
  rig.Days(1);
  EXPECT_FALSE(rig.Has("done/f1.pdf.sealed"));
  EXPECT_TRUE(rig.Has("f2.pdf"));
  EXPECT_TRUE(rig.Has("done/both.pdf.sealed")) << "a row that is open in quarantine names it";
  rig.Drop("f3.pdf", "of f3");
  rig.clock.Advance(60'000);
  EXPECT_THAT(rig.Say({"quarantine", "resend", "2", "prov"}), HasSubstr("taken"));
  rig.Days(1);
  EXPECT_FALSE(rig.Has("done/both.pdf.sealed")) << "nobody waits for it any more";
  EXPECT_TRUE(rig.Has("done/f2.pdf.sealed"));
}

// Names were looked for inside other names, and without their letters above ASCII.
TEST(NamedFiles, GoWithTheirOwnPersonAndNoOther) {
  NamedRig rig;
  rig.Begin();
  for (const char* name : {"1.pdf", "11.pdf", "\xc3\xa5\xc3\xa4", "x.pdf"}) rig.Drop(name, "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kOther, {"1.pdf", "\xc3\xa5\xc3\xa4"}));
  rig.Drop("b.csv", rig.Head() + rig.Report("AN-2", kChild, {"11.pdf", "x.pdf"}));
  rig.Run();
  ASSERT_TRUE(rig.Quarantine().empty());
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 3 files"));
  EXPECT_FALSE(rig.Has("done/11.pdf.sealed"));
  EXPECT_FALSE(rig.Has("done/x.pdf.sealed"));
  EXPECT_TRUE(rig.Has("done/1.pdf.sealed"));
  EXPECT_TRUE(rig.Has("done/\xc3\xa5\xc3\xa4.sealed"));
  EXPECT_THAT(rig.Say({"erase", kOther, "beslut 8"}), HasSubstr(", 3 files"));
}

TEST(NamedFiles, OfOneNameAreKeptBothAndEachReportGetsItsOwn) {
  NamedRig rig;
  rig.Begin();
  const auto send = [&](const std::string& file, const std::string& id, const std::string& child) {
    rig.Drop(file, rig.Head() + rig.Report(id, child, {"bild.png"}));
    rig.Run(30);
  };
  rig.Drop("bild.png", "picture of the first");
  send("a.csv", "AN-1", kChild);
  rig.Drop("bild.png", "picture of the second");
  send("b.csv", "AN-2", kOther);
  size_t sealed = 0;
  for (const std::string& name : rig.Names()) sealed += name.starts_with("done/bild.png");
  EXPECT_EQ(sealed, 2U);
  EXPECT_EQ(rig.Opened("done/bild.png.sealed"), "picture of the first");
  EXPECT_FALSE(rig.Has("bild.png"));
  // Another child's report gets neither: the name alone says nothing.
  send("c.csv", "AN-9", "20210327K065");
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine().front().reason, "attachment-missing");
  // Told anew, a report finds its own one.
  const size_t before = rig.Outbox().size();
  std::string again = rig.Report("AN-2", kOther, {"bild.png"});
  again.replace(again.find("Canaryord"), 9, "Canaryyyy");
  rig.Drop("d.csv", rig.Head() + again);
  rig.Run(30);
  std::string told;
  const std::vector<std::string> outbox = rig.Outbox();
  for (size_t i = before; i < outbox.size(); ++i) told += outbox[i];
  EXPECT_THAT(told, HasSubstr("picture of the second"));
  EXPECT_THAT(told, Not(HasSubstr("picture of the first")));
}

TEST(NamedFiles, StillInTheClearGoWithThePersonToo) {
  NamedRig rig;
  rig.Begin();
  for (const char* name : {"waits.pdf", "theirs.pdf", "nobodys.pdf"}) rig.Drop(name, "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {"waits.pdf", "missing.pdf"}) +
                        rig.Report("AN-2", kOther, {"theirs.pdf", "missing.pdf"}));
  rig.Run();
  ASSERT_EQ(rig.Quarantine().size(), 2U);
  // The raw messages have gone: the quarantine alone has the rows.
  rig.Days(rig.config.keep.raw + 1);
  ASSERT_TRUE(rig.store->Begin().ok());
  ASSERT_TRUE(rig.store->Prune().ok());
  ASSERT_TRUE(rig.store->Commit().ok());
  ASSERT_EQ(rig.store->raw_floor() + 1, rig.store->raw_next());
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7", "dry-run"}), HasSubstr(", 1 files"));
  EXPECT_TRUE(rig.Has("waits.pdf"));
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 1 files"));
  EXPECT_FALSE(rig.Has("waits.pdf")) << "its row lies in quarantine alone";
  EXPECT_TRUE(rig.Has("theirs.pdf"));
  EXPECT_TRUE(rig.Has("nobodys.pdf"));
}

TEST(NamedFiles, OfARowThatWasTakenGoAlsoBeforeTheyAreSealed) {
  NamedRig rig;
  rig.Begin();
  rig.Drop("a.pdf", "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {"a.pdf"}));
  // Where its sealed copy would lie is a folder.
  fs::create_directories(rig.folder / "failed");
  rig.files->done = rig.folder / "nowhere/done";
  rig.Run(30);
  ASSERT_GT(rig.Events(), 0U);
  ASSERT_TRUE(rig.Has("a.pdf"));
  EXPECT_THAT(rig.connector->status(), HasSubstr("not sealed yet: 1"));
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 1 files"));
  EXPECT_FALSE(rig.Has("a.pdf"));
  rig.Run(100);
  EXPECT_THAT(rig.connector->status(), Not(HasSubstr("not sealed yet")));
}

TEST(NamedFiles, ThatCannotBeSealedAreGivenUpWhenRawMessagesGo) {
  NamedRig rig;
  rig.config.keep.raw = 30;
  rig.Begin();
  rig.Drop("a.pdf", "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {"a.pdf"}));
  rig.files->done = rig.folder / "nowhere/done";
  testing::internal::CaptureStderr();
  rig.Run(30);
  rig.Days(29);
  EXPECT_TRUE(rig.Has("a.pdf"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), Not(HasSubstr("file-given-up")));
  testing::internal::CaptureStderr();
  rig.Days(2);
  rig.Days(40);
  EXPECT_FALSE(rig.Has("a.pdf"));
  const std::string log = testing::internal::GetCapturedStderr();
  const size_t told = log.find("file-given-up");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(log.find("file-given-up", told + 1), std::string::npos);
  EXPECT_THAT(rig.connector->status(), Not(HasSubstr("not sealed yet")));
}

TEST(NamedFiles, ANameWithoutRoomForItsEndingIsRefusedInWords) {
  NamedRig rig;
  rig.Begin();
  const std::string name = std::string(236, 'n') + ".pdf";
  rig.Drop(name, "bytes");
  rig.Drop(name.substr(1), "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {name}) +
                        rig.Report("AN-2", kChild, {name.substr(1)}));
  rig.Run();
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine().front().reason, "attachment-name");
  EXPECT_THAT(rig.Quarantine().front().detail, HasSubstr("239 bytes"));
  EXPECT_TRUE(rig.Has("done/" + name.substr(1) + ".sealed"));
}

// Its note is written anew with each row: it stays small, and the sender hears why.
TEST(NamedFiles, OneFileIsNamedByFiveHundredRowsAtMost) {
  NamedRig rig;
  rig.Begin();
  rig.Drop("a.pdf", "bytes");
  rig.clock.Advance(SystemClock().Now().value - rig.clock.Now().value + 60'000);
  const SecretKey key = rig.store->rows().FileKey();
  NamedFiles named(*rig.files, rig.Parts(), key);
  ASSERT_TRUE(rig.store->Begin().ok());
  const auto row = [&](int i) {
    named.Begin(static_cast<uint64_t>(i), 0);
    const Result<std::string> read =
        named.Read("a.pdf", rig.store->rows().MessageKey("s", std::to_string(i)));
    EXPECT_TRUE(named.End({true, 0, 0}).ok());
    return read.ok() ? "" : read.error().message;
  };
  for (int i = 1; i <= 500; ++i) ASSERT_EQ(row(i), "");
  EXPECT_THAT(row(501), HasSubstr("attachment-shared: 500 rows"));
  EXPECT_EQ(row(500), "") << "told anew";
}

// The row was told in a group that the full disk lost: its file is no row's yet.
TEST(NamedFiles, OfAGroupThatIsLostStayAsTheyWere) {
  NamedRig rig;
  rig.Begin();
  rig.Drop("a.pdf", "bytes");
  rig.Drop("a.csv", rig.Head() + rig.Report("AN-1", kChild, {"a.pdf"}));
  rig.Run(9);
  rig.faults.SetFull(true);
  rig.Run(10);
  EXPECT_EQ(rig.Events(), 0U);
  EXPECT_TRUE(rig.Has("a.pdf"));
  EXPECT_FALSE(rig.Has("done/a.pdf.sealed"));
  rig.faults.SetFull(false);
  rig.Run(60);
  EXPECT_GT(rig.Events(), 0U);
  EXPECT_TRUE(rig.Has("done/a.pdf.sealed"));
}

}  // namespace
}  // namespace sam::files::test
