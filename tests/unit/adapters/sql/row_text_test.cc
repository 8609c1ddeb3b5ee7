#include "adapters/sql/row_text.h"

#include <gtest/gtest.h>

namespace sam::sql {
namespace {

std::string Json(const char* type, const std::optional<std::string>& text) {
  return JsonValue(KindOf(type), text);
}

TEST(RowText, NullAndEmptyAreTwoThings) {
  for (const char* type : {"text", "int4", "bool", "numeric", "timestamp"})
    EXPECT_EQ(Json(type, std::nullopt), "null") << type;
  EXPECT_EQ(Json("text", ""), "\"\"");
}

TEST(RowText, EachKindHasItsForm) {
  EXPECT_EQ(Json("int4", "-17"), "-17");
  EXPECT_EQ(Json("int8", "0"), "0");
  EXPECT_EQ(Json("numeric", "12.340"), "\"12.340\"");
  EXPECT_EQ(Json("numeric", "NaN"), "\"NaN\"");
  EXPECT_EQ(Json("float8", "1e+30"), "\"1e+30\"");
  EXPECT_EQ(Json("bool", "true"), "true");
  EXPECT_EQ(Json("date", "2026-03-02"), "\"2026-03-02\"");
  EXPECT_EQ(Json("timestamp", "2026-03-02 08:15:00.25"), "\"2026-03-02T08:15:00.25\"");
  EXPECT_EQ(Json("timestamptz", "2026-03-02 07:15:00+00"), "\"2026-03-02T07:15:00Z\"");
  EXPECT_EQ(Json("timestamptz", "infinity"), "\"infinity\"");
  EXPECT_EQ(Json("uuid", "a-b"), "\"a-b\"");
}

TEST(RowText, WhatIsNoJsonNumberIsText) {
  for (const char* odd : {"", "-", "01", "1.0", "+1", "1e3", "9223372036854775807"})
    EXPECT_EQ(Json("int8", odd), std::string("\"") + odd + "\"");
  EXPECT_EQ(Json("bool", "t"), "\"t\"");
}

// Lists of a row: half of one would be no JSON, and the row with it.
TEST(RowText, JsonIsPartOfTheRowUnlessItIsCut) {
  EXPECT_EQ(Json("json", R"([{"Name":"x"}, null])"), R"([{"Name":"x"}, null])");
  EXPECT_EQ(Json("jsonb", "{}"), "{}");
  EXPECT_EQ(Json("json", std::nullopt), "null");
  RowJson json;
  json.Add("A", ColumnKind::kJson, R"([{"Na)", kCut);
  const SqlRow row = json.Take({"10", "1"});
  EXPECT_EQ(row.json, R"({"A":"[{\"Na"})");
  EXPECT_EQ(row.damaged, "A: cut, it has more than 1048576 characters");
}

TEST(RowText, TextIsEscaped) {
  EXPECT_EQ(Json("text", "a\"b\\c\nå"), "\"a\\\"b\\\\c\\u000aå\"");
}

TEST(RowText, ALongTextIsCutBetweenCharacters) {
  std::string text = "åäö";
  EXPECT_FALSE(CutText(text, 3));
  EXPECT_EQ(text, "åäö");
  EXPECT_TRUE(CutText(text, 2));
  EXPECT_EQ(text, "åä");
}

TEST(RowText, ARowSaysWhichOfItsValuesAreNotTheSources) {
  RowJson json;
  json.Add("A", ColumnKind::kInt, "1");
  json.Add("B", ColumnKind::kText, std::nullopt, kNoValue);
  json.Add("C", ColumnKind::kText, "x", kNoText);
  const SqlRow row = json.Take({"10", "1"});
  EXPECT_EQ(row.json, R"({"A":1,"B":null,"C":"x"})");
  EXPECT_EQ(row.damaged, "B: no value of its type, C: no text in any character set");
  json.Add("A", ColumnKind::kText, std::string(kMaxRowBytes - 1000, 'x'));
  json.Add("B", ColumnKind::kText, std::string(2000, 'x'));
  json.Add("C", ColumnKind::kText, "y");
  const SqlRow large = json.Take({"10", "2"});
  EXPECT_EQ(large.damaged, "B: left out, the row is longer than 16 MiB");
  EXPECT_TRUE(large.json.ends_with(R"(","B":null,"C":"y"})"));
}

}  // namespace
}  // namespace sam::sql
