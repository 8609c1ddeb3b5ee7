// What the commands see of the files that a feed keeps, and the files that rows name.
#include "adapters/files/kept_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/kit/commands.h"
#include "adapters/kit/erase.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kChild = "20210325K069";

struct KeptRig : FilesRig {
  std::optional<KeptFolder> kept;
  std::optional<kit::Commands> commands;

  void Begin() {
    Start();
    kept.emplace(*files, config.keep.raw, *store);
    commands.emplace(*store, *pipeline);
    commands->SetKept(&*kept);
  }
  std::string Say(const kit::Words& words) {
    const Result<std::string> text = commands->Run(words, "anna");
    return text.ok() ? *text : "refused: " + text.error().message;
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> out;
    for (const KeptName& one : KeptNames(*files))
      out.push_back(fs::relative(one.path(), folder.path()));
    return out;
  }
};

std::string RowOf(const std::string& child, int n) {
  std::string row = MissedRow(n);
  return row.replace(row.find(kChild), std::string(kChild).size(), child);
}

TEST(KeptFolder, ListsByNumberAndShowsANameOnlyWithAReason) {
  KeptRig rig;
  rig.Begin();
  rig.Drop("ftv_20210325K069.csv", Header() + MissedRow(1));
  rig.Run();
  const std::string listed = rig.Say({"file", "list"});
  EXPECT_THAT(listed, testing::MatchesRegex("(.|\n)*1  [0-9a-f]+  done  rows  (.|\n)*"));
  EXPECT_THAT(listed, Not(HasSubstr("K069")));
  EXPECT_THAT(rig.Say({"file", "list", "json"}), Not(HasSubstr("K069")));
  EXPECT_THAT(rig.Say({"file", "list", "reveal", " "}), HasSubstr("refused: "));
  EXPECT_THAT(rig.Say({"file", "list", "json", "reveal", "prov"}),
              HasSubstr("\"name\":\"ftv_20210325K069.csv\""));
  EXPECT_THAT(rig.Say({"audit"}), HasSubstr("anna  reveal  names of files  prov"));
  EXPECT_THAT(rig.Say({"audit"}), Not(HasSubstr("K069")));
}

TEST(KeptFolder, OpensOneForAReasonThatIsWrittenDownFirst) {
  KeptRig rig;
  rig.Begin();
  rig.Drop("a.csv", Header() + MissedRow(1));
  rig.Run();
  for (const char* file : {"1", "a.csv", "a.csv.sealed"}) {
    const Result<kit::FilePart> part =
        kit::FilePart::Parse(rig.Say({"file", "show", file, "felsökning"}));
    ASSERT_TRUE(part.ok()) << file;
    EXPECT_EQ(part->bytes, Header() + MissedRow(1)) << file;
    EXPECT_EQ(part->next, 0U);
  }
  EXPECT_THAT(rig.Say({"audit"}), HasSubstr("anna  reveal  file 1  felsökning"));
  EXPECT_THAT(rig.Say({"file", "show", "a.csv", " "}), HasSubstr("refused: "));
  fs::create_directories(rig.folder / "failed");
  fs::copy(rig.folder / "done/a.csv.sealed", rig.folder / "failed/b.csv.sealed");
  EXPECT_EQ(rig.commands->Run({"file", "show", "1", "x"}, "anna").error().code, Code::kConflict);
  fs::remove(rig.folder / "failed/b.csv.sealed");
  EXPECT_EQ(rig.commands->Run({"file", "show", "9", "x"}, "anna").error().code, Code::kNotFound);
  EXPECT_EQ(rig.commands->Run({"file", "show", "../a.csv", "x"}, "anna").error().code,
            Code::kNotFound);
  rig.faults.SetFull(true);
  EXPECT_THAT(rig.Say({"file", "show", "1", "felsökning"}), HasSubstr("refused: "));
}

TEST(KeptFolder, ALargeFileComesInPartsUnderOneNoteAndNoPartWithoutOne) {
  KeptRig rig;
  rig.Begin();
  rig.files->max_file_bytes = size_t{1} << 20;
  const std::string bytes = std::string(5 * kSealedChunk + 3, 'x');
  rig.Drop("a.csv", bytes);
  rig.Run(60);
  std::string got;
  std::string file = "a.csv";
  uint64_t from = 0;
  do {
    const Result<kit::FilePart> part = kit::FilePart::Parse(
        rig.Say({"file", "show", file, "prov", "from=" + std::to_string(from)}));
    ASSERT_TRUE(part.ok());
    got += part->bytes;
    file = part->id;
    from = part->next;
  } while (from != 0);
  EXPECT_TRUE(got == bytes);
  const auto notes = [&] {
    const std::string audit = rig.Say({"audit"});
    size_t count = 0;
    for (size_t at = audit.find("reveal"); at != std::string::npos; at = audit.find("reveal", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(notes(), 1U);
  ASSERT_TRUE(rig.commands->Run({"file", "show", file, "prov", "from=2"}, "olle").ok());
  EXPECT_EQ(notes(), 2U) << "another person begins in the middle";
}

TEST(KeptFolder, AnErasureRemovesEachFileThatMentionsThePerson) {
  KeptRig rig;
  rig.Begin();
  const std::string other = "20210326K067";
  rig.Drop("a.csv", Header() + MissedRow(1) + RowOf(other, 2));
  rig.Drop("b.csv", Header() + RowOf(other, 3));
  rig.Drop("c.csv", "x;y\r\n" + MissedRow(4));               // refused
  rig.Drop("ftv_20210325K069.csv", Header() + RowOf(other, 5));  // by its name alone
  rig.Run();
  ASSERT_EQ(rig.Names().size(), 8U);
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7", "dry-run"}), HasSubstr(", 3 files"));
  EXPECT_EQ(rig.Names().size(), 8U);
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 3 files"));
  EXPECT_THAT(rig.Names(), testing::UnorderedElementsAre("done/a.csv.ok", "done/b.csv.ok",
                                                         "done/b.csv.sealed", "failed/c.csv.err"));
  EXPECT_THAT(rig.Say({"audit"}), HasSubstr(", 3 files  beslut 7"));
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 0 files"));
}

// The feed has the file open and half sealed: the copy must not come back after the erasure.
TEST(KeptFolder, AnErasureInTheMiddleOfSealingLeavesNoCopy) {
  KeptRig rig;
  rig.Begin();
  rig.files->max_file_bytes = size_t{1} << 20;
  rig.Drop("a.csv", std::string(30 * kSealedChunk, 'x') + ";20210325-K069;");
  while (!rig.Has("failed/a.csv")) rig.Run(1);
  rig.Run(2);
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 1 files"));
  rig.Run(60);
  EXPECT_THAT(rig.Names(), testing::ElementsAre("failed/a.csv.err"));
}

TEST(MentionSearch, FindsANumberAcrossTheEdgeOfTwoPartsAndNoOther) {
  const std::vector<std::string> forms = *kit::WrittenForms(kChild);
  const auto found = [&](const std::string& text, size_t cut) {
    MentionSearch search(forms);
    return search.Add(text.substr(0, cut), false) || search.Add(text.substr(cut), true);
  };
  for (const std::string& number : {std::string(kChild), std::string("210325-K069")}) {
    for (const std::string& text :
         {number, ";" + number + ";", std::string(2000, 'y') + ";" + number,
          number + ";" + std::string(2000, 'y')}) {
      for (size_t cut = 0; cut <= text.size(); cut += text.size() > 100 ? 7 : 1)
        EXPECT_TRUE(found(text, cut)) << text.size() << " " << cut;
    }
    const std::string longer = std::string(2000, ';') + "7" + number + "1" + std::string(2000, ';');
    for (size_t cut = 1980; cut <= 2030; ++cut) EXPECT_FALSE(found(longer, cut)) << cut;
  }
}

// Of two reports, one names two files; the other one's is missing, so that it is put aside.
struct NamedRig : KeptRig {
  std::string source = std::string(SAM_SOURCE) + "/tests/fixtures/dental_reports/";
  std::string rows = ReadFile(source + "ftv_anm_bilagor_20260304.csv");

  void Send(const std::string& name) const { Drop(name, ReadFile(source + name)); }
  std::string Of(const std::string& report) const {
    const size_t at = rows.find(report);
    const size_t begin = rows.rfind('\n', at) + 1;
    return rows.substr(0, rows.find('\n') + 1) + rows.substr(begin, rows.find('\n', at) + 1 - begin);
  }
};

TEST(NamedFiles, AreSealedOnceTheirRowIsTaken) {
  NamedRig rig;
  rig.Begin();
  for (const char* name : {"an3_utdrag.txt", "an3_bild.png"}) rig.Send(name);
  rig.Drop("not_named.txt", "x");
  rig.Drop("a.csv", rig.Of("AN-3"));
  rig.Run();
  const uint64_t events = rig.Events();
  ASSERT_GT(events, 2U);
  for (const std::string name : {"an3_utdrag.txt", "an3_bild.png"}) {
    EXPECT_FALSE(rig.Has(name)) << name;
    EXPECT_EQ(rig.Opened("done/" + name + ".sealed"), ReadFile(rig.source + name)) << name;
  }
  EXPECT_TRUE(rig.Has("not_named.txt"));
  EXPECT_THAT(rig.Say({"file", "list"}), HasSubstr("named-by-row"));
  EXPECT_FALSE(*rig.store->Mark("files/named"));

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
  rig.Begin();
  for (const char* name : {"an3_utdrag.txt", "an3_bild.png"}) rig.Send(name);
  rig.Drop("a.csv", rig.Of("AN-3"));
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
  rig.Begin();
  for (const char* name : {"an3_utdrag.txt", "an3_bild.png"}) rig.Send(name);
  rig.Drop("a.csv", rig.Of("AN-3"));
  rig.Run();
  EXPECT_THAT(rig.Say({"erase", "20210326K067", "beslut 7"}), HasSubstr(", 0 files"));
  EXPECT_THAT(rig.Say({"erase", kChild, "beslut 7"}), HasSubstr(", 3 files"));
  EXPECT_THAT(rig.Names(), testing::ElementsAre("done/a.csv.ok"));
}

}  // namespace
}  // namespace sam::files::test
