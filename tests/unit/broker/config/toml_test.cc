#include "broker/config/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Document Parsed(const std::string& text) {
  auto document = Document::Parse(text, "a.toml");
  EXPECT_TRUE(document.ok()) << (document.ok() ? "" : document.error().message);
  return std::move(document).value();
}

// All findings of a document read by `read`.
template <typename Read>
std::string Findings(const std::string& text, Read read) {
  Document document = Parsed(text);
  Table root = document.Root();
  read(root);
  const Status done = document.Done();
  if (done.ok()) return "";
  EXPECT_EQ(done.error().code, Code::kInvalid);
  return done.error().message;
}

TEST(Toml, ReadsEveryTypeThatIsThere) {
  Document document = Parsed(
      "name = 'x'\ncount = 7\non = true\nlist = ['a', 'b']\nday = 2026-03-01\nday2 = '2026-03-02'\n"
      "kind = 'two'\n[sub]\nkey = 'inner'\n[[row]]\nn = 1\n[[row]]\nn = 2\n");
  Table root = document.Root();
  EXPECT_EQ(root.Text("name"), "x");
  EXPECT_EQ(root.Int("count", 1, 10), 7);
  EXPECT_TRUE(root.Bool("on"));
  EXPECT_THAT(root.TextList("list"), ElementsAre("a", "b"));
  EXPECT_EQ(root.Date("day"), "2026-03-01");
  EXPECT_EQ(root.Date("day2"), "2026-03-02");
  EXPECT_EQ(root.OneOf("kind", {"one", "two"}), 1);
  EXPECT_EQ(root.Sub("sub")->Text("key"), "inner");
  std::vector<Table> rows = root.List("row");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].Int("n", 0, 9), 1);
  EXPECT_EQ(rows[1].Int("n", 0, 9), 2);
  const Status done = document.Done();
  EXPECT_TRUE(done.ok()) << done.error().message;
}

TEST(Toml, AbsentOptionalKeysTakeTheirFallback) {
  Document document = Parsed("");
  Table root = document.Root();
  EXPECT_EQ(root.TextOr("a", "fall"), "fall");
  EXPECT_EQ(root.IntOr("b", 3, 0, 9), 3);
  EXPECT_TRUE(root.BoolOr("c", true));
  EXPECT_TRUE(root.TextList("d").empty());
  EXPECT_FALSE(root.Date("e").has_value());
  EXPECT_EQ(root.OneOf("f", {"x", "y"}, 1), 1);
  EXPECT_FALSE(root.Sub("g").has_value());
  EXPECT_TRUE(root.List("h").empty());
  EXPECT_TRUE(document.Done().ok());
}

TEST(Toml, AnUnknownKeyIsNamedWithPlaceAndNearestName) {
  const std::string found = Findings("# c\ndata_dri = 'x'\n", [](Table& root) {
    (void)root.TextOr("data_dir", "");
  });
  EXPECT_EQ(found, "a.toml:2:1: unknown key 'data_dri'; did you mean 'data_dir'?");
}

TEST(Toml, AnUnknownKeyInATableBelowIsFoundToo) {
  const std::string found = Findings("[sub]\na = 1\nb = 2\n", [](Table& root) {
    (void)root.Sub("sub")->Int("a", 0, 9);
  });
  EXPECT_THAT(found, HasSubstr("a.toml:3:1: unknown key 'sub.b'"));
}

TEST(Toml, AWrongTypeSaysWhatWasExpectedAndFound) {
  EXPECT_EQ(Findings("a = 1\n", [](Table& root) { (void)root.Text("a"); }),
            "a.toml:1:5: 'a': expected text, found a whole number");
  EXPECT_THAT(Findings("a = '1'\n", [](Table& root) { (void)root.Int("a", 1, 2); }),
              HasSubstr("expected a whole number from 1 to 2, found text"));
  EXPECT_THAT(Findings("a = 1\n", [](Table& root) { (void)root.Bool("a"); }),
              HasSubstr("expected true or false, found a whole number"));
  EXPECT_THAT(Findings("a = ['x', 2]\n", [](Table& root) { (void)root.TextList("a"); }),
              HasSubstr("a.toml:1:11: 'a': expected text"));
  EXPECT_THAT(Findings("a = 1\n", [](Table& root) { (void)root.Sub("a"); }),
              HasSubstr("expected a table [a]"));
  EXPECT_THAT(Findings("a = 1\n", [](Table& root) { (void)root.List("a"); }),
              HasSubstr("expected a list of tables [[a]]"));
  EXPECT_THAT(Findings("a = [1]\n", [](Table& root) { (void)root.List("a"); }),
              HasSubstr("expected a table in the list"));
}

TEST(Toml, NumbersOutsideTheirRangeAreRefusedAtBothEnds) {
  const auto read = [](Table& root) { (void)root.Int("a", 1, 3); };
  EXPECT_THAT(Findings("a = 0\n", read), HasSubstr("from 1 to 3, found 0"));
  EXPECT_THAT(Findings("a = 4\n", read), HasSubstr("from 1 to 3, found 4"));
  EXPECT_EQ(Findings("a = 1\n", read), "");
  EXPECT_EQ(Findings("a = 3\n", read), "");
}

TEST(Toml, RequiredKeysThatAreMissingAreNamed) {
  const std::string found = Findings("[t]\n", [](Table& root) {
    Table table = *root.Sub("t");
    (void)table.Text("text");
    (void)table.Int("number", 0, 1);
    (void)table.Bool("flag");
    (void)table.OneOf("kind", {"a", "b"});
  });
  EXPECT_THAT(found, HasSubstr("'t.text' is missing"));
  EXPECT_THAT(found, HasSubstr("'t.number' is missing"));
  EXPECT_THAT(found, HasSubstr("'t.flag' is missing"));
  EXPECT_THAT(found, HasSubstr("'t.kind' is missing: expected one of \"a\", \"b\""));
}

TEST(Toml, RequiredTextMayNotBeEmptyAndNoTextHoldsNul) {
  EXPECT_THAT(Findings("a = ''\n", [](Table& root) { (void)root.Text("a"); }),
              HasSubstr("may not be empty"));
  EXPECT_THAT(Findings("a = \"x\\u0000y\"\n", [](Table& root) { (void)root.TextOr("a", ""); }),
              HasSubstr("NUL"));
}

TEST(Toml, AChoiceOutsideTheListNamesTheNearest) {
  EXPECT_EQ(Findings("kind = 'regoin'\n",
                     [](Table& root) { (void)root.OneOf("kind", {"region", "private"}); }),
            "a.toml:1:8: 'kind': expected one of \"region\", \"private\", found \"regoin\"; "
            "did you mean \"region\"?");
}

TEST(Toml, DatesThatAreNoDatesAreRefused) {
  const auto read = [](Table& root) { (void)root.Date("d"); };
  EXPECT_THAT(Findings("d = '2026-02-30'\n", read), HasSubstr("expected a date"));
  EXPECT_THAT(Findings("d = 'tomorrow'\n", read), HasSubstr("expected a date"));
  EXPECT_THAT(Findings("d = 5\n", read), HasSubstr("expected a date"));
}

TEST(Toml, BrokenSyntaxIsRefusedWithItsLine) {
  const auto document = Document::Parse("a = 1\nb = \n", "x.toml");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().code, Code::kInvalid);
  EXPECT_THAT(document.error().message, HasSubstr("x.toml:2:"));
}

TEST(Toml, TheSameKeyTwiceIsRefused) {
  EXPECT_FALSE(Document::Parse("a = 1\na = 2\n", "x.toml").ok());
}

TEST(Toml, AFileLargerThanTheLimitIsRefusedBeforeParsing) {
  const auto document = Document::Parse(std::string((4 << 20) + 1, '#'), "x.toml");
  ASSERT_FALSE(document.ok());
  EXPECT_THAT(document.error().message, HasSubstr("4 MiB"));
}

TEST(Toml, FindingsComeInTheOrderOfTheFile) {
  const std::string found = Findings("a = 1\nb = 1\nc = 1\n", [](Table& root) {
    (void)root.Text("c");
    (void)root.Text("a");
  });
  EXPECT_LT(found.find("'a'"), found.find("'b'"));
  EXPECT_LT(found.find("'b'"), found.find("'c'"));
}

TEST(Toml, AnOwnFindingStandsAtItsKey) {
  EXPECT_EQ(Findings("a = 'x'\n",
                     [](Table& root) {
                       (void)root.Text("a");
                       root.Fail("a", "something better");
                     }),
            "a.toml:1:5: 'a': expected something better");
}

TEST(Toml, KeysComeInTheOrderOfTheFile) {
  Document document = Parsed("z = 1\na = 1\nm = 1\n");
  EXPECT_THAT(document.Root().Keys(), ElementsAre("z", "a", "m"));
  EXPECT_TRUE(document.Root().Has("m"));
  EXPECT_FALSE(document.Root().Has("q"));
  EXPECT_EQ(document.Root().Where("m"), "a.toml:3:1");
}

TEST(Toml, AnElementOfAListHasAPlaceOfItsOwn) {
  Document document = Parsed("a = [\"x\",\n  \"y\"]\nb = 1\n");
  EXPECT_EQ(document.Root().WhereItem("a", 0), "a.toml:1:6");
  EXPECT_EQ(document.Root().WhereItem("a", 1), "a.toml:2:3");
  EXPECT_EQ(document.Root().WhereItem("a", 2), "a.toml:1:1");
  EXPECT_EQ(document.Root().WhereItem("b", 0), "a.toml:3:1");
}

TEST(Toml, AMissingFileIsNotFoundAndNamed) {
  const auto document = Document::Load("/nonexistent/hub.toml");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().code, Code::kNotFound);
  EXPECT_THAT(document.error().message, HasSubstr("/nonexistent/hub.toml"));
}

TEST(Toml, TheTextIsKeptAsItWasRead) {
  EXPECT_EQ(Parsed("a = 1 # note\n").text(), "a = 1 # note\n");
}

}  // namespace
}  // namespace sam::config
