#include "adapters/sql/odbc_statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::sql {
namespace {

using testing::HasSubstr;

const OdbcColumn kStampColumn{OdbcType::kStamp, 93, 26, 6};
const OdbcColumn kVersionColumn{OdbcType::kBinary, -2, 8, 0};
const OdbcColumn kNumberColumn{OdbcType::kInt, -5, 19, 0};
const OdbcColumn kTextColumn{OdbcType::kText, -9, 40, 0};

TableConfig OdbcTable(CursorKind cursor) {
  TableConfig out;
  out.name = "Reports";
  out.table = {"dbo", "reports"};
  out.id = "Id";
  out.cursor = cursor;
  out.cursor_column = "changed";
  out.columns = {"PersonId", "Typ"};
  return out;
}

std::vector<OdbcColumn> Described(const OdbcColumn& at, const OdbcColumn& id = kNumberColumn) {
  return {at, id, kTextColumn, kTextColumn};
}

std::string WhyNot(CursorKind cursor, const std::vector<OdbcColumn>& columns) {
  const auto checked = CheckOdbcTypes(OdbcTable(cursor), SqlConfig(), columns);
  EXPECT_FALSE(checked.ok());
  return checked.ok() ? "" : checked.error().message;
}

Result<OdbcQuery> OdbcPage(CursorKind cursor, const OdbcColumn& at, const Question& question,
                           bool utc = false) {
  SqlConfig sql;
  sql.times_utc = utc;
  sql.page = 500;
  const TableConfig table = OdbcTable(cursor);
  const auto types = CheckOdbcTypes(table, sql, Described(at));
  EXPECT_TRUE(types.ok());
  Page page;
  page.oldest = 2'000;
  page.next = 2'005;
  return OdbcPageQuery(table, sql, *types, question, page);
}

TEST(OdbcStatements, OnlyColumnsThatTheCursorIsSafeWithAreTaken) {
  EXPECT_TRUE(
      CheckOdbcTypes(OdbcTable(CursorKind::kOverlap), SqlConfig(), Described(kStampColumn)).ok());
  EXPECT_TRUE(
      CheckOdbcTypes(OdbcTable(CursorKind::kRowVersion), SqlConfig(), Described(kVersionColumn))
          .ok());
  for (const OdbcColumn& bad :
       {kNumberColumn, kTextColumn, kVersionColumn, OdbcColumn{OdbcType::kDate, 91, 10, 0},
        OdbcColumn{OdbcType::kStampOffset, -155, 34, 7}})
    EXPECT_THAT(WhyNot(CursorKind::kOverlap, Described(bad)), HasSubstr("sequence"));
  for (const OdbcColumn& bad :
       {kNumberColumn, kStampColumn, OdbcColumn{OdbcType::kBinary, -2, 16, 0}})
    EXPECT_THAT(WhyNot(CursorKind::kRowVersion, Described(bad)), HasSubstr("no rowversion"));
}

TEST(OdbcStatements, AnIdCanBeComparedAndAColumnIsTextForAMessage) {
  for (const OdbcColumn& bad :
       {OdbcColumn{OdbcType::kLongText, -1, 8190, 0}, OdbcColumn{OdbcType::kFloat, 8, 15, 0},
        OdbcColumn{OdbcType::kDecimal, 3, 18, 2}})
    EXPECT_THAT(WhyNot(CursorKind::kOverlap, Described(kStampColumn, bad)), HasSubstr("id Id"));
  auto columns = Described(kStampColumn);
  columns[2] = OdbcColumn{OdbcType::kBinary, -3, 16, 0};
  EXPECT_THAT(WhyNot(CursorKind::kOverlap, columns), HasSubstr("column PersonId is binary"));
  columns[2] = OdbcColumn{OdbcType::kOther, -152, 0, 0};
  EXPECT_THAT(WhyNot(CursorKind::kOverlap, columns), HasSubstr("ODBC number -152"));
  columns.pop_back();
  EXPECT_THAT(WhyNot(CursorKind::kOverlap, columns), HasSubstr("another number of columns"));
}

TEST(OdbcStatements, APageIsAskedWithBoundValuesInTheSqlThatServersShare) {
  Question question;
  question.from = Key{"2026-03-02T08:15:00.25", "17"};
  const auto query = OdbcPage(CursorKind::kOverlap, kStampColumn, question);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->text,
            "SELECT \"changed\", \"Id\", \"PersonId\", \"Typ\" FROM \"dbo\".\"reports\" WHERE 1 = 1"
            " AND \"changed\" >= ? AND (\"changed\" > ? OR \"Id\" >= ?)"
            " ORDER BY \"changed\", \"Id\" OFFSET 0 ROWS FETCH NEXT 500 ROWS ONLY");
  ASSERT_EQ(query->values.size(), 3U);
  EXPECT_EQ(query->values[0].text, "2026-03-02T08:15:00.25");
  EXPECT_EQ(query->values[1].column.code, 93);
  EXPECT_EQ(query->values[2].text, "17");
  EXPECT_EQ(query->values[2].column.code, -5);
  EXPECT_EQ(
      OdbcDescribeQuery(OdbcTable(CursorKind::kOverlap)),
      "SELECT \"changed\", \"Id\", \"PersonId\", \"Typ\" FROM \"dbo\".\"reports\" WHERE 1 = 0");
  EXPECT_EQ(OdbcKeylessQuery(OdbcTable(CursorKind::kOverlap)),
            "SELECT 1 FROM \"dbo\".\"reports\" WHERE \"changed\" IS NULL OR \"Id\" IS NULL");
}

TEST(OdbcStatements, AnOverlapAsksInTheClockThatTheTimesAreSaidToBeIn) {
  Question question;
  question.since_local = "2026-03-02T08:15:00";
  question.since_utc = "2026-03-02T07:15:00Z";
  EXPECT_EQ(OdbcPage(CursorKind::kOverlap, kStampColumn, question)->values.at(0).text,
            question.since_local);
  EXPECT_EQ(OdbcPage(CursorKind::kOverlap, kStampColumn, question, true)->values.at(0).text,
            question.since_utc);
  EXPECT_TRUE(OdbcPage(CursorKind::kOverlap, kStampColumn, Question())->values.empty());
}

// Not tried against a server: what is pinned here is the text.
TEST(OdbcStatements, RowVersionsAreReadUpToTheOldestOpenOneAndNoFurther) {
  Question question;
  question.from = Key{"1500", "17"};
  const auto query = OdbcPage(CursorKind::kRowVersion, kVersionColumn, question);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->text,
            "SELECT CAST(\"changed\" AS bigint), \"Id\", \"PersonId\", \"Typ\""
            " FROM \"dbo\".\"reports\" WHERE 1 = 1"
            " AND \"changed\" >= CAST(CAST('1500' AS bigint) AS binary(8))"
            " AND (\"changed\" > CAST(CAST('1500' AS bigint) AS binary(8)) OR \"Id\" >= ?)"
            " AND \"changed\" < CAST(CAST('2000' AS bigint) AS binary(8))"
            " ORDER BY \"changed\", \"Id\" OFFSET 0 ROWS FETCH NEXT 500 ROWS ONLY");
  EXPECT_THAT(kRowVersionsQuery, HasSubstr("MIN_ACTIVE_ROWVERSION()"));
}

TEST(OdbcStatements, APlaceThatIsNoneBecomesNoQuery) {
  Question question;
  for (const char* bad : {"", "1' OR 'x", "x", "-1", "12345678901234567890123"}) {
    question.from = Key{bad, "1"};
    EXPECT_FALSE(OdbcPage(CursorKind::kRowVersion, kVersionColumn, question).ok()) << bad;
    EXPECT_FALSE(OdbcPage(CursorKind::kOverlap, kStampColumn, question).ok()) << bad;
  }
}

TEST(OdbcTimes, AreWrittenAndReadToTheNanosecond) {
  const OdbcTime time{2026, 3, 2, 8, 15, 0, 250'000'000};
  EXPECT_EQ(WriteOdbcTime(time, false), "2026-03-02T08:15:00.25");
  EXPECT_EQ(WriteOdbcTime({2026, 3, 2, 8, 15, 7, 0}, true), "2026-03-02T08:15:07Z");
  const auto read = ReadOdbcTime("2026-03-02T08:15:00.000000001Z");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->nanos, 1U);
  EXPECT_EQ(read->hour, 8);
  EXPECT_EQ(ReadOdbcTime("2026-03-02T08:15:00.25")->nanos, 250'000'000U);
  for (const char* bad : {"", "2026-03-02", "2026-03-02 08:15:00", "2026-03-02T08:15:00.",
                          "2026-03-02T08:15:00.x", "2026-03-02T08:15:00.1234567890"})
    EXPECT_FALSE(ReadOdbcTime(bad)) << bad;
}

TEST(OdbcTexts, BitsAreTruthAndOffsetsAreIso) {
  EXPECT_EQ(OdbcText(OdbcType::kBit, "1"), "true");
  EXPECT_EQ(OdbcText(OdbcType::kBit, "0"), "false");
  EXPECT_EQ(OdbcText(OdbcType::kText, "1"), "1");
  EXPECT_EQ(OdbcText(OdbcType::kStampOffset, "2026-03-02 08:15:00.0000000 +01:00"),
            "2026-03-02T08:15:00.0000000+01:00");
}

}  // namespace
}  // namespace sam::sql
