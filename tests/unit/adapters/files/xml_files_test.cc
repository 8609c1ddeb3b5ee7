// XML through the watched folder, with the shipped schema and mapping.
#include <gmock/gmock.h>

#include "adapters/xml/kind.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Source(const std::string& file) { return std::string(SAM_SOURCE) + "/" + file; }

std::string Record(int n, const std::string& number = "20210325K069", int id = -1) {
  const std::string day = std::to_string(n % 28 + 1);
  std::string out = "<handelse id=\"H-";
  out.append(std::to_string(id < 0 ? n : id)).append("\" typ=\"UB\">\n  <patient><personnummer>");
  out.append(number).append("</personnummer></patient>\n  <datum>2026-02-");
  out.append(day.size() == 1 ? "0" : "").append(day).append("</datum>\n  <besok nrirad=\"");
  return out.append(std::to_string(n)).append("\"/>\n</handelse>\n");
}

std::string File(const std::string& records) {
  return "<?xml version=\"1.0\"?>\n<leverans xmlns=\"urn:samsignal:dental-journal:1\"\n"
         "  skapad=\"2026-03-03T02:00:00+01:00\" klinik=\"SE2321000198-FTVTEST\">\n" +
         records + "</leverans>\n";
}

std::string Records(int from, int until) {
  std::string out;
  for (int n = from; n < until; ++n) out += Record(n);
  return out;
}

struct XmlRig : FilesRig {
  XmlRig() {
    mapping_file = Source("adapters/dental/mappings/dental-xml.toml");
    files->patterns = {"*.xml"};
    files->xml.record = {"leverans", "handelse"};
    files->xml.ns = "urn:samsignal:dental-journal:1";
    files->xml.trigger = {xml::ParsePath("@typ").value()};
    files->xml.id = {xml::ParsePath("@id").value()};
    files->xml.person = {xml::ParsePath("patient/personnummer").value()};
    files->xml.schema =
        xml::Schema::Load(Source("adapters/dental/schemas/dental-journal.xsd")).value();
  }
};

TEST(XmlFiles, AFileIsTakenRecordByRecordAndReceipted) {
  XmlRig rig;
  rig.Start();
  rig.Drop("a.xml", File(Records(0, 20)));
  EXPECT_EQ(rig.Run(), 20);
  EXPECT_EQ(rig.Events(), 20U);
  EXPECT_TRUE(rig.Has("done/a.xml.sealed"));
  const std::string receipt = rig.Receipt("done/a.xml.ok");
  for (const char* part :
       {"\"outcome\": \"done\"", "\"rows\": 20,", "\"events\": 20,", "\"put_aside\": 0,"})
    EXPECT_THAT(receipt, HasSubstr(part));
  EXPECT_THAT(receipt, Not(HasSubstr("20210325")));
}

TEST(XmlFiles, ABadRecordIsPutAsideWithLinePathAndRuleAndWithoutItsValue) {
  XmlRig rig;
  rig.Start();
  std::string bad = Record(3, "Test Testsson");
  std::string worse = Record(4);
  worse.replace(worse.find("2026-02-05"), 10, "Testsson");
  rig.Drop("a.xml", File(Records(0, 3) + bad + worse + Records(5, 8)));
  rig.Run();
  EXPECT_EQ(rig.Events(), 6U);
  const std::string receipt = rig.Receipt("done/a.xml.ok");
  EXPECT_THAT(receipt, HasSubstr("{\"at\": 4, \"reason\": \"no-person\"}"));
  EXPECT_THAT(receipt, HasSubstr("{\"at\": 5, \"reason\": \"schema\"}"));
  EXPECT_THAT(receipt, Not(HasSubstr("estsson")));
  const std::vector<kit::Quarantined> aside = rig.Quarantine();
  ASSERT_EQ(aside.size(), 2U);
  EXPECT_EQ(aside[0].peer, "file 1 record 4");
  // The schema takes any number, since a report may have one that is none: the decoder judges it.
  EXPECT_EQ(aside[0].detail, "no number of a known form stands at patient/personnummer");
  // Records have five lines and the first begins on line 4.
  EXPECT_EQ(aside[1].detail,
            "line 26: leverans/handelse/datum: no value of its type (xsd rule 1824)");
  EXPECT_THAT(aside[1].raw, HasSubstr("Testsson")) << "kept whole, to be fixed";
  // Fixed by a person it is told; fixed badly it is not.
  std::string fixed = aside[1].raw;
  fixed.replace(fixed.find("Testsson"), 8, "2026-02-30");
  EXPECT_EQ(rig.pipeline->Resend(2, fixed, "anna")->kind, kit::Verdict::Kind::kQuarantined);
  fixed.replace(fixed.find("2026-02-30"), 10, "2026-02-05");
  const Result<kit::Verdict> verdict = rig.pipeline->Resend(2, fixed, "anna");
  EXPECT_EQ(verdict->kind, kit::Verdict::Kind::kTaken) << verdict->reason << verdict->detail;
}

TEST(XmlFiles, DuplicatesAreKnownByFileAndByRecord) {
  XmlRig rig;
  rig.Start();
  rig.Drop("a.xml", File(Records(0, 5)));
  rig.Run();
  rig.Drop("b.xml", File(Records(0, 5)));
  rig.Run();
  EXPECT_THAT(rig.Receipt("done/b.xml.ok"), HasSubstr("\"outcome\": \"duplicate\""));
  rig.Drop("c.xml", File(Records(2, 9)));
  rig.Run();
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_THAT(rig.Receipt("done/c.xml.ok"), HasSubstr("\"duplicates\": 3,"));
  rig.Drop("d.xml", File(Record(20, "20210325K069", 1)));
  rig.Run();
  EXPECT_EQ(rig.Events(), 9U);
  EXPECT_THAT(rig.Receipt("done/d.xml.ok"), HasSubstr("\"reason\": \"conflict\""));
}

TEST(XmlFiles, AFileThatIsNotWholeOrNotTheOneAgreedOnTellsNothing) {
  const std::string whole = File(Records(0, 5));
  const std::vector<std::pair<std::string, std::string>> files = {
      {"truncated", whole.substr(0, whole.size() - 20)},
      {"not-well-formed", File(Records(0, 5) + "<handelse></handlese>")},
      {"doctype", "<!DOCTYPE leverans>" + File(Records(0, 5)).substr(22)},
      {"namespace", "<leverans/>"},
      {"no-records", File("")},
      {"header-schema", File("<annat/>" + Records(0, 5))},
      {"encoding", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>" + File("").substr(22)},
      {"empty", ""}};
  for (const auto& [reason, bytes] : files) {
    XmlRig rig;
    rig.Start();
    rig.Drop("a.xml", bytes);
    rig.Run();
    EXPECT_EQ(rig.Events(), 0U) << reason;
    EXPECT_THAT(rig.Receipt("failed/a.xml.err"), HasSubstr("\"outcome\": \"" + reason + "\""));
    rig.Drop("a.xml", whole);
    rig.Run();
    EXPECT_EQ(rig.Events(), 5U) << reason;
  }
}

TEST(XmlFiles, ACrashGoesOnAtTheRightRecord) {
  XmlRig rig;
  rig.files->group_rows = 7;
  rig.Start();
  rig.Drop("a.xml", File(Records(0, 100)));
  for (int crash = 0; crash < 12 && !rig.Has("done/a.xml.ok"); ++crash) {
    rig.Run(16);
    rig.Crash();
  }
  rig.Run();
  EXPECT_EQ(rig.Events(), 100U);
  const std::string receipt = rig.Receipt("done/a.xml.ok");
  EXPECT_THAT(receipt, HasSubstr("\"rows\": 100,"));
  EXPECT_THAT(receipt, HasSubstr("\"duplicates\": 0,")) << "no record that was done is read again";
}

TEST(XmlFiles, AFirstLoadRaisesNoPrompts) {
  XmlRig rig;
  rig.files->baseline = {"bas_*"};
  rig.Start();
  rig.Drop("bas_1.xml", File(Records(0, 2)));
  rig.Run();
  EXPECT_EQ(rig.Events(), 2U);
}

TEST(XmlFiles, ManyBadRecordsStopTheFile) {
  XmlRig rig;
  rig.Start();
  std::string records;
  for (int n = 0; n < 40; ++n) records += Record(n, n % 2 == 0 ? "fel" : "20210325K069");
  rig.Drop("a.xml", File(records));
  rig.Run();
  EXPECT_THAT(rig.Receipt("failed/a.xml.err"), HasSubstr("too-many-bad"));
}

}  // namespace
}  // namespace sam::files::test
