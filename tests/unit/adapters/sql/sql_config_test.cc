#include "adapters/sql/sql_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace sam::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<std::unique_ptr<SqlConfig>> Read(const std::string& text) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, "adapter.toml"));
  std::optional<config::Table> sql = document.Root().Sub("sql");
  EXPECT_TRUE(sql);
  std::unique_ptr<SqlConfig> out = ReadSqlConfig(*sql, "/etc/samsignal/");
  SAM_TRY(document.Done());
  return out;
}

const std::string kGood = R"([sql]
connection_file = "keys/ifo.connection"
first_load = "baseline"
[[sql.table]]
name = "Reports"
table = "samsignal.reports"
id = "Id"
type = "Typ"
cursor = "snapshot"
cursor_column = "changed"
columns = ["PersonId", "Årende"]
[[sql.table]]
name = "Inquiries"
table = "samsignal.inquiries"
id = "Id"
cursor = "overlap"
cursor_column = "changed"
overlap_s = 600
every_s = 300
columns = ["Id", "PersonId"]
)";

std::string With(const std::string& from, const std::string& to) {
  std::string out = kGood;
  const size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

std::string WhyNot(const std::string& from, const std::string& to) {
  const auto read = Read(With(from, to));
  EXPECT_FALSE(read.ok()) << to;
  return read.ok() ? "" : read.error().message;
}

TEST(SqlConfig, FilesOfReportsLieInAFolderOrNowhere) {
  EXPECT_EQ((*Read(kGood))->attachments, "");
  const auto read = Read(With("[sql]\n", "[sql]\nattachments = \"files/\"\n"));
  EXPECT_EQ((*read)->attachments, "/etc/samsignal/files");
  EXPECT_EQ((*read)->done, "/etc/samsignal/files/done");
  EXPECT_NE(WhyNot("[sql]\n", "[sql]\nattachments_done = \"x\"\n").find("attachments_done"),
            std::string::npos);
  const std::string same = "attachments = \"f\"\nattachments_done = \"/etc/samsignal/f/\"\n";
  EXPECT_NE(WhyNot("[sql]\n", "[sql]\n" + same).find("another folder"), std::string::npos);
}

TEST(SqlConfig, ReadsTablesAndDefaults) {
  const auto read = Read(kGood);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const SqlConfig& sql = **read;
  EXPECT_EQ(sql.connection_file, "/etc/samsignal/keys/ifo.connection");
  EXPECT_EQ(sql.first_load, FirstLoad::kBaseline);
  ASSERT_EQ(sql.tables.size(), 2U);
  EXPECT_EQ(sql.tables[0].table.quoted(), "\"samsignal\".\"reports\"");
  EXPECT_EQ(sql.tables[0].cursor, CursorKind::kSnapshot);
  EXPECT_THAT(sql.tables[0].columns, ElementsAre("PersonId", "Årende", "Id", "Typ"));
  EXPECT_EQ(sql.tables[1].cursor, CursorKind::kOverlap);
  EXPECT_EQ(sql.tables[1].overlap_ms, 600'000);
  EXPECT_EQ(sql.tables[1].every_ms, 300'000);
  EXPECT_EQ(sql.fields().at("Reports").type, "Typ");
}

TEST(SqlConfig, ACursorIsNamedAndIsOneOfTheSafeOnes) {
  EXPECT_THAT(WhyNot("cursor = \"snapshot\"\n", ""), HasSubstr("cursor"));
  EXPECT_THAT(WhyNot("\"snapshot\"", "\"highest\""), HasSubstr("overlap"));
  EXPECT_THAT(WhyNot("cursor_column = \"changed\"\n", ""), HasSubstr("cursor_column"));
}

TEST(SqlConfig, AnOverlapIsNeverShorterThanAMinuteAndBelongsToItsCursor) {
  EXPECT_THAT(WhyNot("overlap_s = 600", "overlap_s = 0"), HasSubstr("overlap_s"));
  EXPECT_THAT(WhyNot("overlap_s = 600", "overlap_s = 59"), HasSubstr("overlap_s"));
  EXPECT_THAT(WhyNot("cursor = \"snapshot\"", "cursor = \"snapshot\"\noverlap_s = 60"),
              HasSubstr("is exact"));
}

std::string Odbc(const std::string& more, const std::string& cursor) {
  std::string out = With("[sql]\n", "[sql]\nbackend = \"odbc\"\n" + more);
  const size_t at = out.find("\"snapshot\"");
  return out.replace(at, 10, "\"" + cursor + "\"");
}

TEST(SqlConfig, OverOdbcThereIsTheOverlapAndForSqlServerItsRowVersion) {
  const auto generic = Read(Odbc("times = \"utc\"\n", "overlap"));
  ASSERT_TRUE(generic.ok()) << generic.error().message;
  EXPECT_EQ((*generic)->backend, Backend::kOdbc);
  EXPECT_EQ((*generic)->transport, Transport::kChecked);
  EXPECT_TRUE((*generic)->times_utc);
  const auto server = Read(Odbc("dialect = \"sqlserver\"\ntransport = \"outside\"\n", "rowversion"));
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_EQ((*server)->tables[0].cursor, CursorKind::kRowVersion);
  EXPECT_EQ((*server)->transport, Transport::kOutside);
  const auto why = [](const Result<std::unique_ptr<SqlConfig>>& read) {
    return read.ok() ? "" : read.error().message;
  };
  EXPECT_THAT(why(Read(Odbc("", "snapshot"))), HasSubstr("no server's snapshot is known"));
  EXPECT_THAT(why(Read(Odbc("", "rowversion"))), HasSubstr("dialect"));
  EXPECT_THAT(why(Read(Odbc("dialect = \"oracle\"\n", "overlap"))), HasSubstr("sqlserver"));
  EXPECT_THAT(WhyNot("\"snapshot\"", "\"rowversion\""), HasSubstr("dialect"));
  EXPECT_THAT(WhyNot("[sql]\n", "[sql]\ntimes = \"utc\"\n"), HasSubstr("backend"));
}

TEST(SqlConfig, NoSqlComesInByAName) {
  for (const char* bad : {"samsignal.reports; DROP TABLE x", "reports", "a.b.c", "sam\\\"s.x",
                          "(SELECT 1).x", "1a.b", "a.", ".b", "a.b c"})
    EXPECT_THAT(WhyNot("samsignal.reports", bad), HasSubstr("schema.table")) << bad;
  for (const char* bad : {"Id\\\"", "a:b", "a b", "", "1a", "lower(x)", "é",
                          "a234567890123456789012345678901234567890123456789012345678901234"})
    EXPECT_THAT(WhyNot("PersonId", bad), HasSubstr("no SQL")) << bad;
  EXPECT_THAT(WhyNot("id = \"Id\"", "id = \"a;b\""), HasSubstr("no SQL"));
  EXPECT_THAT(WhyNot("\"Typ\"", "\"a'b\""), HasSubstr("no SQL"));
  EXPECT_THAT(WhyNot("\"changed\"", "\"now()\""), HasSubstr("no SQL"));
}

TEST(SqlConfig, RefusesWhatCannotWorkAndSaysWhy) {
  EXPECT_THAT(WhyNot("\"Inquiries\"", "\"Reports\""), HasSubstr("no other table"));
  EXPECT_THAT(WhyNot("[\"Id\", \"PersonId\"]", "[]"), HasSubstr("columns"));
  EXPECT_THAT(WhyNot("[\"Id\", \"PersonId\"]", "[\"Id\", \"Id\"]"), HasSubstr("each column once"));
  EXPECT_THAT(WhyNot("[sql]\n", "[sql]\nquery = \"SELECT 1\"\n"), HasSubstr("query"));
  EXPECT_THAT(WhyNot("[sql]\n", "[sql]\npage = 9\n"), HasSubstr("page"));
  const auto none = Read("[sql]\nconnection_file = \"x\"\n");
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("at least one"));
}

}  // namespace
}  // namespace sam::sql
