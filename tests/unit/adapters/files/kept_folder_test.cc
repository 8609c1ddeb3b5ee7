// What the commands see of the files that a feed keeps, and the files that rows name.
#include "adapters/files/kept_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "adapters/kit/erase.h"
#include "tests/unit/adapters/files/kept_rig.h"

namespace sam::files::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

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
  std::string file = "1";
  for (int i = 0; i < 2; ++i) {
    const Result<kit::FilePart> part =
        kit::FilePart::Parse(rig.Say({"file", "show", file, "felsökning"}));
    ASSERT_TRUE(part.ok()) << file;
    EXPECT_EQ(part->bytes, Header() + MissedRow(1)) << file;
    EXPECT_EQ(part->next, 0U);
    file = part->id.substr(0, 8);
  }
  EXPECT_THAT(rig.Say({"audit"}), HasSubstr("anna  reveal  file 1  felsökning"));
  EXPECT_THAT(rig.Say({"file", "show", "1", " "}), HasSubstr("refused: "));
  fs::create_directories(rig.folder / "failed");
  fs::copy(rig.folder / "done/a.csv.sealed", rig.folder / "failed/b.csv.sealed");
  EXPECT_EQ(rig.commands->Run({"file", "show", "1", "x"}, "anna").error().code, Code::kConflict);
  fs::remove(rig.folder / "failed/b.csv.sealed");
  EXPECT_EQ(rig.commands->Run({"file", "show", "9", "x"}, "anna").error().code, Code::kNotFound);
  // A name may be a person's, and would stand on a command line.
  EXPECT_EQ(rig.commands->Run({"file", "show", "a.csv", "x"}, "anna").error().code,
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
  std::string file = "1";
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
  const auto look = [&](const std::string& who, const std::string& why, int part) {
    ASSERT_TRUE(
        rig.commands->Run({"file", "show", file, why, "from=" + std::to_string(part)}, who).ok());
  };
  look("olle", "prov", 2);
  EXPECT_EQ(notes(), 2U) << "another person begins in the middle";
  look("anna", "prov", 2);
  EXPECT_EQ(notes(), 3U) << "the look is over: this is another one, days later";
  look("anna", "annat", 4);
  EXPECT_EQ(notes(), 4U) << "for another reason";
  look("anna", "annat", 4);
  EXPECT_EQ(notes(), 5U) << "once more what was shown";
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

}  // namespace
}  // namespace sam::files::test
