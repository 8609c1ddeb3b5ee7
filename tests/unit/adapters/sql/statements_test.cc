#include "adapters/sql/statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sam::sql {
namespace {

using testing::HasSubstr;
using testing::Not;

TableConfig Table(CursorKind cursor) {
  TableConfig out;
  out.name = "Reports";
  out.table = {"samsignal", "reports"};
  out.id = "Id";
  out.cursor = cursor;
  out.cursor_column = "changed";
  out.columns = {"Id", "PersonId"};
  return out;
}

std::map<std::string, std::string> Types(const std::string& cursor) {
  return {{"Id", "int8"}, {"PersonId", "text"}, {"changed", cursor}, {"blob", "bytea"}};
}

std::string WhyNot(const TableConfig& table, const std::map<std::string, std::string>& types) {
  const Result<TableTypes> checked = CheckTypes(table, types);
  EXPECT_FALSE(checked.ok());
  return checked.ok() ? "" : checked.error().message;
}

std::string Query(CursorKind cursor, const std::string& type, const Question& question) {
  const TableConfig table = Table(cursor);
  const Result<TableTypes> types = CheckTypes(table, Types(type));
  EXPECT_TRUE(types.ok());
  Page page;
  page.oldest = 4'294'967'300;
  page.next = 4'294'967'310;
  const Result<std::string> query = PageQuery(table, *types, question, page, 500);
  return query.ok() ? *query : query.error().message;
}

TEST(Statements, OnlyColumnsThatTheCursorIsSafeWithAreTaken) {
  for (const char* type : {"xid", "xid8"})
    EXPECT_TRUE(CheckTypes(Table(CursorKind::kSnapshot), Types(type)).ok()) << type;
  for (const char* type : {"timestamp", "timestamptz"})
    EXPECT_TRUE(CheckTypes(Table(CursorKind::kOverlap), Types(type)).ok()) << type;
  for (const char* type : {"int8", "timestamptz", "date", "text"})
    EXPECT_THAT(WhyNot(Table(CursorKind::kSnapshot), Types(type)), HasSubstr("transaction")) << type;
  for (const char* type : {"int8", "int4", "date", "text", "xid", "xid8"})
    EXPECT_THAT(WhyNot(Table(CursorKind::kOverlap), Types(type)), HasSubstr("sequence")) << type;
}

TEST(Statements, WhatIsMissingOrNoTextIsNamed) {
  TableConfig table = Table(CursorKind::kOverlap);
  EXPECT_THAT(WhyNot(table, {}), HasSubstr("there is no samsignal.reports"));
  table.columns = {"Id", "Absent"};
  EXPECT_THAT(WhyNot(table, Types("timestamp")), HasSubstr("no column Absent"));
  table.columns = {"Id", "blob"};
  EXPECT_THAT(WhyNot(table, Types("timestamp")), HasSubstr("bytea"));
  table = Table(CursorKind::kOverlap);
  table.id = "changed";
  EXPECT_THAT(WhyNot(table, Types("timestamp")), HasSubstr("id changed is of type timestamp"));
}

// The same text is tried with numbers around a new beginning in a real server: sql_poll_test.py.
TEST(Statements, TheWholeNumberOfATransactionIsTheOneThatWasTried) {
  std::ifstream in(std::string(SAM_HERE) + "/whole_number.sql");
  std::string tried;
  ASSERT_TRUE(std::getline(in, tried));
  EXPECT_EQ(WholeNumber("\"changed\"", 4'294'967'300), tried);
}

TEST(Statements, ASnapshotIsReadFromThePlaceUpToWhatTheSnapshotCanHold) {
  Question question;
  question.from = Key{"4294967290", "17"};
  const std::string query = Query(CursorKind::kSnapshot, "xid8", question);
  EXPECT_EQ(query,
            "SELECT \"0\", \"1\", left(\"2\", 1048577), left(\"3\", 1048577) FROM ("
            "SELECT CAST(\"changed\" AS text) AS \"0\", CAST(\"Id\" AS text) AS \"1\", "
            "CAST(\"Id\" AS text) AS \"2\", CAST(\"PersonId\" AS text) AS \"3\" FROM \"samsignal\".\"reports\" WHERE true"
            " AND \"changed\" >= CAST('4294967290' AS pg_catalog.xid8)"
            " AND (\"changed\" > CAST('4294967290' AS pg_catalog.xid8)"
            " OR \"Id\" >= CAST(:id AS pg_catalog.int8))"
            " AND \"changed\" < CAST('4294967310' AS pg_catalog.xid8)"
            " ORDER BY \"changed\", \"Id\" LIMIT 500) p");
  const std::string xmin = Query(CursorKind::kSnapshot, "xid", question);
  EXPECT_THAT(xmin, HasSubstr(WholeNumber("\"changed\"", 4'294'967'300) +
                              " >= CAST('4294967290' AS bigint)"));
  EXPECT_THAT(xmin, HasSubstr(" < CAST('4294967310' AS bigint)"));
}

TEST(Statements, AnOverlapAsksInTheColumnsOwnClock) {
  Question question;
  question.since_local = "2026-03-02T08:15:00";
  question.since_utc = "2026-03-02T07:15:00Z";
  EXPECT_THAT(Query(CursorKind::kOverlap, "timestamp", question),
              HasSubstr("\"changed\" >= CAST('2026-03-02T08:15:00' AS pg_catalog.timestamp)"));
  EXPECT_THAT(Query(CursorKind::kOverlap, "timestamptz", question),
              HasSubstr("\"changed\" >= CAST('2026-03-02T07:15:00Z' AS pg_catalog.timestamptz)"));
  EXPECT_THAT(Query(CursorKind::kOverlap, "timestamp", Question()), Not(HasSubstr(">=")));
}

TEST(Statements, APlaceThatIsNoneBecomesNoQuery) {
  Question question;
  for (const char* bad : {"", "1' OR 'x", "x", "1; DROP", "12345678901234567890123"}) {
    question.from = Key{bad, "1"};
    EXPECT_EQ(Query(CursorKind::kSnapshot, "xid", question), "the place is no place here") << bad;
    EXPECT_EQ(Query(CursorKind::kOverlap, "timestamp", question), "the place is no place here");
  }
}

}  // namespace
}  // namespace sam::sql
