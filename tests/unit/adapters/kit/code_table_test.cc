#include "adapters/kit/code_table.h"

#include <gtest/gtest.h>

#include <algorithm>

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
      {"# version: 1\ncode;a;a\nX;1;2\n", "t.csv:2:8: the column 'a' stands there twice"},
      {"# version: 1\ncode;;a\nX;1;2\n", "t.csv:2:6: this column has no name"},
  };
  for (const Refusal& one : cases) {
    const Result<CodeTable> table = CodeTable::Parse(one.text, "t.csv");
    ASSERT_FALSE(table.ok()) << one.text;
    EXPECT_NE(table.error().message.find(one.expected), std::string::npos) << table.error().message;
  }
}

TEST(CodeTable, TellsAllMistakesAtOnceAndStopsInAFileOfAnotherKind) {
  const Result<CodeTable> two = CodeTable::Parse("code;value\nA;1;2\n;1\n", "t.csv");
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(two.error().message,
            "t.csv:2:1: expected 2 cells, found 3\nt.csv:3:1: the code is empty\n"
            "t.csv:1:1: expected a line '# version: ...', such as # version: 2026-03");
  std::string other = "# version: 1\ncode;value\n";
  for (int i = 0; i < 1000; ++i) other += "a line of prose\n";
  const Result<CodeTable> prose = CodeTable::Parse(other, "t.csv");
  ASSERT_FALSE(prose.ok());
  EXPECT_EQ(static_cast<size_t>(std::count(prose.error().message.begin(), prose.error().message.end(), '\n')) + 1,
            CodeTable::kMaxErrors);
}

TEST(CodeTable, ACellKnowsWhereItStands) {
  const Result<CodeTable> table = CodeTable::Parse("# version: 1\ncode;value\n  M8 ;  bhv.m8\n", "t.csv");
  ASSERT_TRUE(table.ok());
  const std::optional<CodeTable::Cell> cell = table->FindCell("m8", 1);
  ASSERT_TRUE(cell.has_value());
  EXPECT_EQ(cell->line, 3);
  EXPECT_EQ(cell->at, 9);
  EXPECT_EQ(table->file(), "t.csv");
}

TEST(CodeTable, EveryCutOfAFileIsReadOrRefused) {
  const std::string text = "\xEF\xBB\xBF# version: 7\r\ncode;value;b\r\n\xC3\x85" "1;x;-\r\nA;;y\r\n";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const Result<CodeTable> table = CodeTable::Parse(text.substr(0, cut), "t.csv");
    if (table.ok()) {
      EXPECT_FALSE(table->columns().empty()) << cut;
    }
  }
}

}  // namespace
}  // namespace sam::kit
