#include "adapters/csv/row_reader.h"

#include <gtest/gtest.h>

namespace sam::csv {
namespace {

std::vector<Row> ReadAll(std::string_view bytes, size_t step, const RowOptions& options = {},
                         size_t columns = 0) {
  RowReader reader(options);
  reader.ExpectColumns(columns);
  std::vector<Row> out;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reader.Feed(bytes.substr(at, step));
    while (std::optional<Row> row = reader.Next()) out.push_back(*row);
  }
  reader.Finish();
  while (std::optional<Row> row = reader.Next()) out.push_back(*row);
  return out;
}

std::string Text(const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) {
    out += std::to_string(row.line) + "@" + std::to_string(row.end) + (row.complete ? "" : "!");
    if (row.kind == Row::Kind::kBroken) out += " broken " + row.reason + " {" + row.raw + "}";
    if (row.kind == Row::Kind::kTrailer) out += " trailer";
    for (const std::string& field : row.fields) out += " [" + field + "]";
    out += "\n";
  }
  return out;
}

const char kSmall[] =
    "personnr;datum;orsak\r\n"
    "20210325K069;2026-03-02;\"sjuk; igen\"\r\n"
    "\r\n"
    "98240301AA06 ; 2026-03-03;\"sa \"\"nej\"\"\"\n"
    "20210325K069;2026-03-04;\"rad ett\r\nrad tv\xc3\xa5\"\n"
    "98240301AA06;;\n";

TEST(RowReader, ReadsQuotesLineEndsAndBlanks) {
  EXPECT_EQ(Text(ReadAll(kSmall, 1000)),
            "1@22 [personnr] [datum] [orsak]\n"
            "2@60 [20210325K069] [2026-03-02] [sjuk; igen]\n"
            "4@101 [98240301AA06] [2026-03-03] [sa \"nej\"]\n"
            "5@145 [20210325K069] [2026-03-04] [rad ett\nrad tv\xc3\xa5]\n"
            "7@160 [98240301AA06] [] []\n");
}

// A header of a lone CR was a row as it came and a blank line as it was kept, so that the row after it
// was taken for the header.
TEST(RowReader, ALineOfNothingButCarriageReturnsIsBlankHoweverItsEndIsWritten) {
  for (const std::string ends : {"\r", "\r\r", "\r\r\r"}) {
    const std::vector<Row> rows = ReadAll(ends + "\na;b\n" + ends + "\n1;2\n", 1000);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].raw, "a;b");
    EXPECT_EQ(rows[0].line, 2U);
    EXPECT_EQ(rows[1].raw, "1;2");
  }
  const std::vector<Row> quoted = ReadAll("\"a\n\r\r\nb\"\n", 1000);
  ASSERT_EQ(quoted.size(), 1U);
  EXPECT_EQ(quoted[0].raw, "\"a\n\r\r\nb\"") << "what stands in quotes is kept";
}

// A header of a blank and two CR was a row as it came, and a blank line once its end was written with one.
TEST(RowReader, EveryCarriageReturnBeforeALineEndBelongsToIt) {
  for (const std::string ends : {"\n", "\r\n", "\r\r\n", "\r\r\r\n"}) {
    const std::vector<Row> rows = ReadAll(" " + ends + "a;b" + ends + "1;\"2" + ends + "3\"" + ends, 1000);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].raw, "a;b");
    EXPECT_EQ(rows[0].line, 2U);
    EXPECT_EQ(rows[1].fields[1], "2\n3");
    const std::vector<Row> again = ReadAll(rows[1].raw + "\n", 1000);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].raw, rows[1].raw);
  }
}

TEST(RowReader, WhereThePiecesAreCutChangesNothing) {
  const std::string bytes(kSmall);
  const std::string whole = Text(ReadAll(bytes, 1000));
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    RowReader reader((RowOptions()));
    std::vector<Row> rows;
    reader.Feed(std::string_view(bytes).substr(0, cut));
    while (std::optional<Row> row = reader.Next()) rows.push_back(*row);
    reader.Feed(std::string_view(bytes).substr(cut));
    reader.Finish();
    while (std::optional<Row> row = reader.Next()) rows.push_back(*row);
    EXPECT_EQ(Text(rows), whole) << "cut at " << cut;
  }
  for (size_t step = 1; step < 9; ++step) EXPECT_EQ(Text(ReadAll(bytes, step)), whole) << step;
}

TEST(RowReader, AFileCutAnywhereEndsInAnIncompleteRowOrBetweenRows) {
  const std::string bytes(kSmall);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::vector<Row> rows = ReadAll(bytes.substr(0, cut), 7);
    if (rows.empty()) continue;
    // Half of a blank line's end leaves nothing out.
    const bool at_line_end =
        bytes[cut - 1] == '\n' || (cut > 1 && bytes.substr(cut - 2, 2) == "\n\r");
    EXPECT_EQ(rows.back().complete, at_line_end) << "cut at " << cut;
    for (size_t i = 0; i + 1 < rows.size(); ++i) EXPECT_TRUE(rows[i].complete) << cut;
  }
}

TEST(RowReader, GoesOnInTheMiddleOfAFile) {
  const std::string bytes(kSmall);
  const std::vector<Row> rows = ReadAll(bytes, 1000);
  for (size_t done = 0; done + 1 < rows.size(); ++done) {
    RowReader reader((RowOptions()));
    reader.StartAt(rows[done].end, rows[done].next_line);
    reader.Feed(std::string_view(bytes).substr(rows[done].end));
    reader.Finish();
    for (size_t i = done + 1; i < rows.size(); ++i) {
      const std::optional<Row> row = reader.Next();
      ASSERT_TRUE(row.has_value());
      EXPECT_EQ(Text({*row}), Text({rows[i]}));
    }
    EXPECT_FALSE(reader.Next().has_value());
  }
}

TEST(RowReader, AnOpenQuoteGivesUpItsOwnLineOnly) {
  EXPECT_EQ(Text(ReadAll("a;\"open\nb;2\nc;3\n", 100)),
            "1@8 broken quotes {a;\"open}\n2@12 [b] [2]\n3@16 [c] [3]\n");
  // Closed by a quote of a later row: the number of fields tells.
  EXPECT_EQ(Text(ReadAll("a;\"open\nb;\"2\"\nc;3\n", 100, {}, 2)),
            "1@8 broken quotes {a;\"open}\n2@14 [b] [2]\n3@18 [c] [3]\n");
}

TEST(RowReader, AQuoteInsideAPlainFieldBreaksItsRowOnly) {
  EXPECT_EQ(Text(ReadAll("a;b\nc\"d\";e\nf;g\n", 3)),
            "1@4 [a] [b]\n2@11 broken quotes {c\"d\";e}\n3@15 [f] [g]\n");
}

TEST(RowReader, AnotherNumberOfFieldsBreaksTheRow) {
  EXPECT_EQ(Text(ReadAll("a;b\nc\nd;e;f\ng;h\n", 3, {}, 2)),
            "1@4 [a] [b]\n2@6 broken columns {c}\n3@12 broken columns {d;e;f}\n4@16 [g] [h]\n");
}

TEST(RowReader, AZeroByteBreaksItsRowOnly) {
  const std::string bytes("a;b\nc;\0d\ne;f\n", 13);
  EXPECT_EQ(ReadAll(bytes, 100)[1].reason, "zero-byte");
  EXPECT_EQ(ReadAll(bytes, 100).size(), 3U);
}

TEST(RowReader, EachLimitHolds) {
  RowOptions options;
  options.max_row_bytes = 10;
  options.max_columns = 3;
  options.max_row_lines = 2;
  const std::string lines =
      "a;b\n"
      "0123456789abcdef;x\n"  // a long line
      "c;d\n"
      "1;2;3;4\n"      // many columns
      "\"1\n2\n3\"\n"  // many lines
      "e;f\n";
  const std::string expected =
      "1@4 [a] [b]\n"
      "2@23 broken too-long {0123456789}\n"
      "3@27 [c] [d]\n"
      "4@35 broken columns {1;2;3;4}\n"
      "5@38 broken too-long {\"1}\n"
      "6@40 [2]\n"
      "7@43 broken quotes {3\"}\n"
      "8@47 [e] [f]\n";
  for (size_t step : {1U, 2U, 3U, 5U, 11U, 100U})
    EXPECT_EQ(Text(ReadAll(lines, step, options)), expected) << step;
}

TEST(RowReader, ALineWithoutEndTakesNoMoreRoomThanARow) {
  RowOptions options;
  options.max_row_bytes = 100;
  const std::vector<Row> rows = ReadAll(std::string(100'000, 'x') + "\na;b\n", 64, options);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].raw.size(), 100U);
  EXPECT_EQ(rows[1].end, 100'005U);
  EXPECT_EQ(rows[1].line, 2U);
}

TEST(RowReader, TheTrailerIsToldApartAndNeedsNoColumns) {
  RowOptions options;
  options.trailer = "SLUT";
  EXPECT_EQ(Text(ReadAll("a;b;c\nSLUT;1\n", 100, options, 3)),
            "1@6 [a] [b] [c]\n2@13 trailer [SLUT] [1]\n");
}

TEST(RowReader, OtherSeparators) {
  RowOptions options;
  options.separator = '\t';
  EXPECT_EQ(Text(ReadAll("a\tb;c\t\n", 100, options)), "1@7 [a] [b;c] []\n");
  options.separator = ',';
  EXPECT_EQ(Text(ReadAll("\"1,5\",b\n", 100, options)), "1@8 [1,5] [b]\n");
}

}  // namespace
}  // namespace sam::csv
