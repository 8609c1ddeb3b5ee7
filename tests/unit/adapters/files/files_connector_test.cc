#include <gmock/gmock.h>

#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Rows(int from, int until) {
  std::string out = Header();
  for (int n = from; n < until; ++n) out += MissedRow(n);
  return out;
}

TEST(FilesConnector, AFileIsTakenRowByRowAndReceipted) {
  FilesRig rig;
  rig.Start();
  rig.Drop("ftv_1.csv", Rows(0, 20));
  EXPECT_EQ(rig.Run(), 20);
  EXPECT_EQ(rig.Events(), 20U);
  EXPECT_FALSE(rig.Has("ftv_1.csv"));
  EXPECT_TRUE(rig.Has("done/ftv_1.csv.sealed"));
  const std::string receipt = rig.Receipt("done/ftv_1.csv.ok");
  for (const char* part : {"\"outcome\": \"done\"", "\"rows\": 20,", "\"taken\": 20,",
                           "\"events\": 20,", "\"put_aside\": 0,"})
    EXPECT_THAT(receipt, HasSubstr(part));
  EXPECT_THAT(receipt, Not(HasSubstr("20210325")));
}

TEST(FilesConnector, TheSameContentAgainIsADuplicateUnderAnyName) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Rows(0, 5));
  rig.Run();
  rig.Drop("b.csv", Rows(0, 5));
  rig.Run();
  EXPECT_EQ(rig.Events(), 5U);
  EXPECT_THAT(rig.Receipt("done/b.csv.ok"), HasSubstr("\"outcome\": \"duplicate\""));
  rig.Start();  // known after a restart too
  rig.Drop("a.csv", Rows(0, 5));
  rig.Run();
  EXPECT_EQ(rig.Events(), 5U);
  EXPECT_TRUE(rig.Has("done/a.csv.3.ok"));
}

TEST(FilesConnector, TheSameNameWithOtherContentTellsOnlyWhatIsNew) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Rows(0, 5));
  rig.Run();
  rig.Drop("a.csv", Rows(0, 8));
  rig.Run();
  EXPECT_EQ(rig.Events(), 8U);
  EXPECT_THAT(rig.Receipt("done/a.csv.2.ok"), HasSubstr("\"duplicates\": 5,"));
}

TEST(FilesConnector, WithIdColumnsARowIsToldOnceWhateverFileBringsIt) {
  FilesRig rig;
  rig.files->csv.id_columns = {"klinik_hsaid", "datum", "handelse"};
  rig.Start();
  rig.Drop("a.csv", Rows(0, 5));
  rig.Run();
  rig.Drop("b.csv", Rows(2, 9));
  rig.Run();
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_THAT(rig.Receipt("done/b.csv.ok"), HasSubstr("\"duplicates\": 3,"));
  // Another content under the same id is shown to a person.
  std::string row = MissedRow(1);
  row.replace(row.find("2121"), 4, "2183");
  rig.Drop("c.csv", Header() + row);
  rig.Run();
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_THAT(rig.Receipt("done/c.csv.ok"), HasSubstr("\"reason\": \"conflict\""));
}

TEST(FilesConnector, BadRowsArePutAsideAndTheRestGoesOn) {
  FilesRig rig;
  rig.Start();
  std::string bytes = Rows(0, 3);
  bytes +=
      "20210325K069;2021-03-25;SE2321000198-FTVTEST;UB;i morgon;09:30;US;1;;2121\r\n";  // line 5
  bytes += "inte alls\r\n";                                                             // line 6
  bytes +=
      "20210325K069;2021-03-25;SE2321000198-FTVTEST;;2026-03-02;09:30;US;1;;2121\r\n";  // line 7
  bytes += "20210325K069;2021-03-25;SE2321000198-FTVTEST;XX;2026-03-02;;;;;\r\n";  // not wanted
  bytes += MissedRow(9);
  rig.Drop("a.csv", bytes);
  rig.Run();
  EXPECT_EQ(rig.Events(), 4U);
  const std::string receipt = rig.Receipt("done/a.csv.ok");
  EXPECT_THAT(receipt, HasSubstr("\"put_aside\": 3,"));
  EXPECT_THAT(receipt, HasSubstr("\"not_wanted\": 1,"));
  EXPECT_THAT(receipt, HasSubstr("{\"at\": 5, \"reason\": \"bad-value\"}"));
  EXPECT_THAT(receipt, HasSubstr("{\"at\": 6, \"reason\": \"row-columns\"}"));
  EXPECT_THAT(receipt, HasSubstr("{\"at\": 7, \"reason\": \"no-trigger\"}"));
  const std::vector<kit::Quarantined> aside = rig.Quarantine();
  ASSERT_EQ(aside.size(), 3U);
  EXPECT_EQ(aside[0].peer, "file 1 line 5");
  EXPECT_THAT(aside[1].raw, HasSubstr("inte alls")) << "kept whole, with its header, to be fixed";
  EXPECT_THAT(aside[1].raw, HasSubstr("personnr;fodelsedatum"));
}

TEST(FilesConnector, ARowFixedByAPersonIsTold) {
  FilesRig rig;
  rig.Start();
  rig.Drop(
      "a.csv",
      Header() + "20210325K069;2021-03-25;SE2321000198-FTVTEST;UB;i morgon;09:30;US;1;;2121\r\n");
  rig.Run();
  std::string fixed = rig.Quarantine().at(0).raw;
  fixed.replace(fixed.find("i morgon"), 8, "2026-03-03");
  const Result<kit::Verdict> verdict = rig.pipeline->Resend(1, fixed, "anna");
  ASSERT_TRUE(verdict.ok()) << verdict.error().message;
  EXPECT_EQ(verdict->kind, kit::Verdict::Kind::kTaken) << verdict->reason << verdict->detail;
  EXPECT_EQ(rig.Events(), 1U);
}

TEST(FilesConnector, AFileThatIsNotWholeOrNotTheOneAgreedOnTellsNothing) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"truncated", Rows(0, 5).substr(0, Rows(0, 5).size() - 2)},
      {"header", "personnr;datum\r\n20210325K069;2026-03-02\r\n"},
      {"empty", ""},
      {"wide-unicode", std::string("\xff\xfep\0", 4)}};
  for (const auto& [reason, bytes] : files) {
    FilesRig rig;
    rig.Start();
    rig.Drop("a.csv", bytes);
    rig.Run();
    EXPECT_EQ(rig.Events(), 0U) << reason;
    EXPECT_TRUE(rig.Has("failed/a.csv.sealed")) << reason;
    EXPECT_THAT(rig.Receipt("failed/a.csv.err"), HasSubstr("\"outcome\": \"" + reason + "\""));
    // Sent again as it should be, it is taken.
    rig.Drop("a.csv", Rows(0, 2));
    rig.Run();
    EXPECT_EQ(rig.Events(), 2U) << reason;
  }
}

TEST(FilesConnector, AFileOverTheLimitIsNotEvenRead) {
  FilesRig rig;
  rig.files->max_file_bytes = 1000;
  rig.Start();
  rig.Drop("a.csv", Rows(0, 50));
  rig.Run();
  EXPECT_THAT(rig.Receipt("failed/a.csv.err"), HasSubstr("too-large"));
  EXPECT_EQ(rig.Events(), 0U);
}

TEST(FilesConnector, TooLargeAShareOfBadRowsStopsTheFile) {
  FilesRig rig;
  rig.files->group_rows = 50;
  rig.Start();
  std::string bytes = Header();
  for (int n = 0; n < 400; ++n) bytes += n % 4 == 0 ? "fel\r\n" : MissedRow(n);
  rig.Drop("a.csv", bytes);
  rig.Run();
  const std::string receipt = rig.Receipt("failed/a.csv.err");
  EXPECT_THAT(receipt, HasSubstr("too-many-bad"));
  EXPECT_THAT(receipt, HasSubstr("\"rows\": 100,")) << "stopped once a share could be told";
  EXPECT_EQ(rig.Events(), 75U) << "what was told stays told";
  // The mended file tells the rest, and nothing twice.
  bytes = Header();
  for (int n = 0; n < 400; ++n) bytes += n % 4 == 0 ? MissedRow(n + 1000) : MissedRow(n);
  rig.Drop("a.csv", bytes);
  rig.Run();
  EXPECT_EQ(rig.Events(), 400U);
}

TEST(FilesConnector, AFewBadRowsOfASmallFileDoNotStopIt) {
  FilesRig rig;
  rig.Start();
  rig.Drop("a.csv", Header() + "fel\r\nfel igen\r\n" + MissedRow(1));
  rig.Run();
  EXPECT_THAT(rig.Receipt("done/a.csv.ok"), HasSubstr("\"put_aside\": 2,"));
}

TEST(FilesConnector, ABaselineFileRaisesNoPrompts) {
  FilesRig rig;
  rig.files->baseline = {"bas_*.csv"};
  rig.Start();
  rig.Drop("bas_1.csv", Rows(0, 1));
  rig.Drop("ftv_1.csv", Rows(1, 2));
  rig.Run();
  std::vector<bool> baseline;
  ASSERT_TRUE(rig.store
                  ->ReadOutbox(1, SIZE_MAX,
                               [&](uint64_t, std::string_view event) {
                                 const auto parsed = wire::Parse<schema::Event>(event);
                                 baseline.push_back(parsed.ok() &&
                                                    parsed->get().getHeader().getBaseline());
                                 return true;
                               })
                  .ok());
  ASSERT_EQ(baseline.size(), 2U);
  EXPECT_NE(baseline[0], baseline[1]);
}

TEST(FilesConnector, CompanionsGoWithTheirFile) {
  FilesRig rig;
  rig.files->companion_only = true;
  rig.Start();
  rig.Drop("a.csv", Rows(0, 1));
  rig.Drop("a.csv.done", "");
  rig.Run(5);
  EXPECT_TRUE(rig.Has("done/a.csv.sealed"));
  EXPECT_FALSE(rig.Has("a.csv.done"));
}

TEST(FilesConnector, WhileRefusingNothingIsTaken) {
  FilesRig rig;
  rig.Start();
  rig.connector->SetRefusing(true);
  rig.Drop("a.csv", Rows(0, 3));
  EXPECT_EQ(rig.Run(), 0);
  EXPECT_TRUE(rig.Has("a.csv"));
  rig.connector->SetRefusing(false);
  EXPECT_EQ(rig.Run(), 3);
}

TEST(FilesConnector, OnlyOperatorsSeeTheName) {
  FilesRig rig;
  rig.files->group_rows = 2;
  rig.Start();
  rig.Drop("secret.csv", Rows(0, 5));
  while (rig.Events() < 2) rig.Run(1);
  EXPECT_THAT(rig.connector->status(), HasSubstr("file 1: secret.csv, 2 rows done"));
  EXPECT_THAT(rig.connector->where(), Not(HasSubstr("secret")));
}

TEST(FilesConnector, Hl7BatchesComeInByTheSameDoor) {
  FilesRig rig;
  rig.mapping_file = std::string(SAM_SOURCE) + "/adapters/bvc/mappings/bvc-hl7v2.toml";
  rig.Start();
  const std::string one =
      ReadFile(std::string(SAM_SOURCE) + "/tests/fixtures/bvc/siu_s26_missed.hl7");
  ASSERT_FALSE(one.empty());
  std::string two = one;
  const size_t id = two.find('|', two.find("SIU^S26")) + 1;
  two.insert(id, "X");  // another MSH-10
  rig.Drop("a.hl7", "FHS|^~\\&|COSMIC\rBHS|^~\\&|COSMIC\r" + one + two + "BTS|2\rFTS|1\r");
  rig.Drop("b.hl7", "FHS|^~\\&|COSMIC\rBHS|^~\\&|COSMIC\r" + one + "BTS|1\r");
  EXPECT_EQ(rig.Run(), 2);
  EXPECT_EQ(rig.Events(), 2U);
  EXPECT_THAT(rig.Receipt("done/a.hl7.ok"), HasSubstr("\"rows\": 2,"));
  EXPECT_THAT(rig.Receipt("failed/b.hl7.err"), HasSubstr("truncated"));
}

// One message short of what BTS-1 said, all others were refused with it.
TEST(FilesConnector, AnHl7BatchWithAWrongCountIsTakenAndTold) {
  FilesRig rig;
  rig.mapping_file = std::string(SAM_SOURCE) + "/adapters/bvc/mappings/bvc-hl7v2.toml";
  rig.Start();
  const std::string one =
      ReadFile(std::string(SAM_SOURCE) + "/tests/fixtures/bvc/siu_s26_missed.hl7");
  testing::internal::CaptureStderr();
  rig.Drop("a.hl7", "FHS|^~\\&|COSMIC\rBHS|^~\\&|COSMIC\r" + one + "BTS|2\rFTS|3\r");
  EXPECT_EQ(rig.Run(), 1);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(rig.Events(), 1U);
  EXPECT_THAT(rig.Receipt("done/a.hl7.ok"), HasSubstr("BTS-1 says 2 messages, 1 found; file: FTS-1"));
  EXPECT_THAT(log, HasSubstr("batch-irregular"));
  EXPECT_THAT(log, HasSubstr("peer=\"file 1\""));
}

TEST(FilesConfig, EachKeyIsReadAndWrongOnesAreRefused) {
  const auto read = [](const std::string& text) {
    Result<config::Document> document = config::Document::Parse(text, "adapter.toml");
    EXPECT_TRUE(document.ok());
    const auto section = document->Root().Sub("files");
    const auto settings = FilesKind().read(*section, "/etc/x/");
    return document->Done();
  };
  EXPECT_TRUE(read("[files]\nfolder = \"in\"\npatterns = [\"*.csv\"]\n[files.csv]\n"
                   "columns = [\"a\", \"h\"]\ntrigger_column = \"H\"\nid_columns = [\"a\"]\n"
                   "separator = \"tab\"\n")
                  .ok());
  for (const char* wrong : {"[files]\npatterns = [\"*\"]\n", "[files]\nfolder = \"in\"\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\nstable = 3\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\ndone = \".\"\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\nfailed = \"../in/\"\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\ntrigger_column = \"b\"\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\nid_columns = [\"b\"]\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\nperson_columns = [\"b\"]\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\nperson_columns = [\"a\"]\n"
                            "id_columns = [\"A\"]\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\nseparator = \"|\"\n",
                            "[files]\nfolder = \"in\"\npatterns = [\"*\"]\n[files.csv]\ncolumns = "
                            "[\"a\"]\nrequired_columns = [\"a\"]\n"})
    EXPECT_FALSE(read(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace sam::files::test
