#include "adapters/kit/code_table.h"

#include <gtest/gtest.h>

namespace sam::kit {
namespace {

TEST(CodeTable, FindsCodesWithoutRegardToCaseAndSpaces) {
  const Result<CodeTable> table =
      CodeTable::Parse("# version: 1\ncode;value\nM8 ;bhv.m8\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->Find(" m8 ", 1), "bhv.m8");
  EXPECT_EQ(table->Find("M9", 1), std::nullopt);
  EXPECT_EQ(table->version(), "1");
}

TEST(CodeTable, KeepsLeadingZeros) {
  const Result<CodeTable> table =
      CodeTable::Parse("# version: 1\ncode;value\n0980;Gotland\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_FALSE(table->Find("980", 1).has_value());
}

TEST(CodeTable, AnEmptyCellMeansTheSameAsADash) {
  const Result<CodeTable> table = CodeTable::Parse("# version: 1\ncode;a;b\nX;;-\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->Find("X", 1), "-");
  EXPECT_EQ(table->Find("X", 2), "-");
}

TEST(CodeTable, ReadsWhatASpreadsheetSaves) {
  const Result<CodeTable> table =
      CodeTable::Parse("\xEF\xBB\xBF# version: 7\r\ncode;value\r\nÅ1;å\r\n", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->Find("Å1", 1), "å");
}

struct Refusal {
  const char* text;
  const char* expected;
};

TEST(CodeTable, RefusesWithFileAndLine) {
  const Refusal cases[] = {
      {"# version: 1\ncode;value\nA;1;2\n", "t.csv:3:1: expected 2 cells, found 3"},
      {"# version: 1\ncode;value\nA;1\na;2\n", "t.csv:4:1: the code stands on line 3 already"},
      {"# version: 1\ncode;value\n;1\n", "t.csv:3:1: the code is empty"},
      {"code;value\nA;1\n", "t.csv:1:1: expected a line '# version:"},
      {"# version: 1\n", "expected a header"},
      {"# version: 1\ncode\n", "t.csv:2:1: expected a header"},
      {"# version: 1\ncode;value\n\xE5;1\n", "t.csv:3:1: not UTF-8"},
  };
  for (const Refusal& one : cases) {
    const Result<CodeTable> table = CodeTable::Parse(one.text, "t.csv");
    ASSERT_FALSE(table.ok()) << one.text;
    EXPECT_NE(table.error().message.find(one.expected), std::string::npos) << table.error().message;
  }
}

}  // namespace
}  // namespace sam::kit
