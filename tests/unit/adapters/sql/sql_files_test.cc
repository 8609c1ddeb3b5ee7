// Files that rows of a table name: sealed with their row, listed and erased as those of a watched folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "adapters/files/kept_names.h"
#include "adapters/kit/commands.h"
#include "tests/unit/adapters/sql/sql_rig.h"

namespace sam::sql::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct SqlFiles : SqlRig {
  std::unique_ptr<kit::KeptFiles> kept;
  std::optional<kit::Commands> commands;

  SqlFiles() : SqlRig(CursorKind::kSnapshot) {
    fs::create_directories(folder / "files");
    sql().attachments = folder / "files";
    sql().done = sql().failed = folder / "files/done";
    sql().tables[0].name = "SignedReports";
    LoadMapping(std::string(SAM_SOURCE) + "/adapters/social/mappings/social-sql.toml");
    Open();
    kept = SqlKind().kept(sql(), config, *store);
    commands.emplace(*store, *pipeline);
    commands->SetKept(kept.get());
  }
  std::string Say(const kit::Words& words) {
    const Result<std::string> text = commands->Run(words, "anna");
    return text.ok() ? *text : "refused: " + text.error().message;
  }
  void Drop(const std::string& name) {
    std::ofstream(folder / ("files/" + name)) << "bytes of " << name;
    clock.Advance(60'000);
  }
  bool Has(const std::string& name) const { return fs::exists(folder / ("files/" + name)); }
  void Report(int id, const std::string& child, const std::string& file) {
    std::string row = "{\"Id\":" + std::to_string(id) + ",\"PersonId\":\"" + child;
    row += R"(","Municipality":"2183","Protection":"N","SignedAt":"2026-03-02T11:15:00","Acute":false,)"
           R"("SignerName":"Maj Ek","SignerRole":"socionom","SignerFunction":"bollnas.forebyggande",)"
           R"("Concern":"oro","Attachments":[{"Title":"T","ContentType":"application/pdf","File":")";
    row += file + "\"}]}";
    const std::string at = std::to_string(10 + id);
    Reply(PageOf(100 + id, {SqlRow{Key{at, std::to_string(id)}, row}}));
    Run();
  }
};

TEST(SqlFiles, AreSealedWithTheirRowAndGoWithThePerson) {
  SqlFiles rig;
  rig.Drop("a.pdf");
  rig.Drop("b.pdf");
  rig.Report(1, "20210325K069", "a.pdf");
  rig.Report(2, "20210326K067", "b.pdf");
  ASSERT_GT(rig.Outbox().size(), 2U);
  EXPECT_FALSE(rig.Has("a.pdf"));
  EXPECT_TRUE(rig.Has("done/a.pdf.sealed"));
  EXPECT_THAT(rig.Say({"file", "list"}), HasSubstr("named-by-row"));
  EXPECT_THAT(rig.Say({"erase", "20210325K069", "beslut 7"}), HasSubstr(", 1 files"));
  EXPECT_FALSE(rig.Has("done/a.pdf.sealed"));
  EXPECT_TRUE(rig.Has("done/b.pdf.sealed"));
  rig.clock.Advance((rig.config.keep.raw + 1) * kDayMs);
  rig.Run();
  EXPECT_FALSE(rig.Has("done/b.pdf.sealed")) << "as raw messages";
}

TEST(SqlFiles, OfARowThatIsPutAsideWaitForIt) {
  SqlFiles rig;
  rig.Report(1, "20210325K069", "a.pdf");
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  rig.Drop("a.pdf");
  rig.Run();
  EXPECT_TRUE(rig.Has("a.pdf"));
  EXPECT_THAT(rig.Say({"quarantine", "resend", "1", "prov"}), HasSubstr("taken"));
  rig.Run();
  EXPECT_FALSE(rig.Has("a.pdf"));
  EXPECT_TRUE(rig.Has("done/a.pdf.sealed"));
}

TEST(SqlFiles, WithoutAFolderNothingIsKept) {
  SqlRig rig(CursorKind::kSnapshot);
  EXPECT_EQ(SqlKind().kept(rig.sql(), rig.config, *rig.store), nullptr);
}

}  // namespace
}  // namespace sam::sql::test
