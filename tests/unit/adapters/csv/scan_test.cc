#include "adapters/csv/scan.h"

#include <gtest/gtest.h>

namespace sam::csv {
namespace {

CsvOptions Agreed() {
  CsvOptions options;
  options.columns = {"personnr", "datum", "orsak"};
  return options;
}

Scanned Look(std::string_view bytes, const CsvOptions& options = Agreed(), size_t step = 1000) {
  Scan scan(options);
  for (size_t at = 0; at < bytes.size(); at += step) scan.Feed(bytes.substr(at, step));
  return scan.Finish();
}

const std::string kGood = "personnr;datum;orsak\r\n20210325K069;2026-03-02;\r\n";

TEST(Scan, TellsRowsHeaderAndWhereTheRowsBegin) {
  const Scanned scanned = Look(kGood);
  EXPECT_EQ(scanned.refusal, "") << scanned.detail;
  EXPECT_EQ(scanned.rows, 1U);
  EXPECT_EQ(scanned.header, "personnr;datum;orsak");
  EXPECT_EQ(scanned.data_at, 22U);
  EXPECT_EQ(scanned.data_line, 2U);
  EXPECT_EQ(scanned.columns, 3U);
}

TEST(Scan, HeaderAloneIsAFileWithoutRows) {
  EXPECT_EQ(Look("personnr;datum;orsak\n").refusal, "");
  EXPECT_EQ(Look("personnr;datum;orsak").refusal, "");
  EXPECT_EQ(Look("personnr;datum;orsak\n").rows, 0U);
}

TEST(Scan, TheByteOrderMarkIsNoPartOfTheFirstColumn) {
  for (size_t step : {1U, 2U, 3U, 4U, 100U}) {
    const Scanned scanned = Look("\xef\xbb\xbf" + kGood, Agreed(), step);
    EXPECT_EQ(scanned.refusal, "") << step << scanned.detail;
    EXPECT_EQ(scanned.header, "personnr;datum;orsak");
    EXPECT_EQ(scanned.data_at, 25U);
  }
}

TEST(Scan, Utf8IsSeenWhereverThePiecesAreCut) {
  const std::string bytes = kGood +
                            "98240301AA06;2026-03-03;r\xc3\xa4"
                            "dd\xe2\x82\xac\n";
  for (size_t step = 1; step < 20; ++step) {
    const Scanned scanned = Look(bytes, Agreed(), step);
    EXPECT_EQ(scanned.charset, hl7::Charset::kUtf8) << step;
    EXPECT_FALSE(scanned.charset_guessed);
  }
}

TEST(Scan, WhatIsNotUtf8IsReadByTheFallbackAndSaysSo) {
  for (size_t step : {1U, 7U, 1000U}) {
    const Scanned scanned = Look(kGood +
                                     "98240301AA06;2026-03-03;r\xe4"
                                     "dd\n",
                                 Agreed(), step);
    EXPECT_EQ(scanned.charset, hl7::Charset::kWindows1252);
    EXPECT_TRUE(scanned.charset_guessed);
  }
  // A character that the end of the file cuts is no UTF-8 either.
  EXPECT_TRUE(Look(kGood + "98240301AA06;2026-03-03;r\xc3").charset_guessed);
}

TEST(Scan, AForcedCharsetIsNoGuess) {
  CsvOptions options = Agreed();
  options.charset.force = hl7::Charset::kWindows1252;
  const Scanned scanned = Look(kGood +
                                   "98240301AA06;2026-03-03;r\xe4"
                                   "dd\n",
                               options);
  EXPECT_EQ(scanned.charset, hl7::Charset::kWindows1252);
  EXPECT_FALSE(scanned.charset_guessed);
}

TEST(Scan, AHeaderInWindows1252IsComparedAsText) {
  CsvOptions options;
  options.columns = {"personnr", "\xc3\xa5tg\xc3\xa4rd"};
  const Scanned scanned = Look("personnr;\xe5tg\xe4rd\n", options);
  EXPECT_EQ(scanned.refusal, "") << scanned.detail;
  EXPECT_EQ(scanned.header, "personnr;\xc3\xa5tg\xc3\xa4rd");
}

TEST(Scan, AnotherHeaderRefusesTheFileAndNamesTheColumn) {
  for (const char* header : {"personnr;orsak;datum\n", "personnr;datum\n", "datum;orsak\n",
                             "personnr;datum;orsak;extra\n", "personnr,datum,orsak\n"}) {
    EXPECT_EQ(Look(header).refusal, "header") << header;
  }
  EXPECT_NE(Look("personnr;orsak;datum\n").detail.find("'datum'"), std::string::npos);
  EXPECT_EQ(Look("PersonNr; Datum ;ORSAK\n").refusal, "") << "case and blanks do not count";
}

TEST(Scan, RequiredColumnsMayStandAnywhereAmongOthers) {
  CsvOptions options;
  options.required = {"datum", "personnr"};
  EXPECT_EQ(Look("x;personnr;y;datum\n", options).refusal, "");
  EXPECT_EQ(Look("x;personnr\n", options).refusal, "header");
  EXPECT_EQ(Look("personnr;datum;datum\n", options).refusal, "header") << "one name twice";
}

TEST(Scan, AFileCutAtAnyByteOfItsLastRowIsRefused) {
  const std::string bytes = kGood + "98240301AA06;2026-03-03;\"sjuk\r\nigen\"\r\n";
  for (size_t cut = kGood.size() + 1; cut < bytes.size(); ++cut)
    EXPECT_EQ(Look(bytes.substr(0, cut)).refusal, "truncated") << cut;
  EXPECT_EQ(Look(bytes).refusal, "");
}

TEST(Scan, AStrayQuoteBeforeSoundRowsIsNoCut) {
  const Scanned scanned =
      Look(kGood + "98240301AA06;2026-03-03;\"sjuk\n20210325K069;2026-03-04;\n");
  EXPECT_EQ(scanned.refusal, "") << scanned.detail;
  EXPECT_EQ(scanned.rows, 3U);
}

TEST(Scan, TheTrailerMustBeThereLastAndAgree) {
  CsvOptions options = Agreed();
  options.rows.trailer = "SLUT";
  EXPECT_EQ(Look(kGood + "SLUT;1\r\n", options).refusal, "");
  EXPECT_EQ(Look(kGood + "SLUT;1\r\n", options).rows, 1U);
  EXPECT_EQ(Look(kGood + "SLUT;2\r\n", options).refusal, "trailer-count");
  EXPECT_EQ(Look(kGood + "SLUT\r\n", options).refusal, "trailer-count");
  EXPECT_EQ(Look(kGood, options).refusal, "trailer-missing");
  EXPECT_EQ(Look(kGood + "SLUT;1\r\n20210325K069;2026-03-02;\r\n", options).refusal,
            "after-trailer");
}

TEST(Scan, EmptyAndWideFilesAreRefused) {
  EXPECT_EQ(Look("").refusal, "empty");
  EXPECT_EQ(Look("\r\n\n").refusal, "empty");
  EXPECT_EQ(Look("\xef\xbb\xbf").refusal, "empty");
  EXPECT_EQ(Look(std::string("\xff\xfep\0e\0r\0", 8)).refusal, "wide-unicode");
  EXPECT_EQ(Look(std::string("p\0e\0r\0;\0", 8)).refusal, "header");
}

TEST(Scan, TooManyRowsAreRefused) {
  CsvOptions options = Agreed();
  options.max_rows = 1;
  EXPECT_EQ(Look(kGood, options).refusal, "");
  EXPECT_EQ(Look(kGood + "98240301AA06;2026-03-03;\n", options).refusal, "too-many-rows");
}

TEST(Scan, ABrokenRowIsNoReasonToRefuseTheFile) {
  const Scanned scanned = Look(kGood + "98240301AA06;x\"y;\n20210325K069;;\n");
  EXPECT_EQ(scanned.refusal, "");
  EXPECT_EQ(scanned.rows, 3U);
}

}  // namespace
}  // namespace sam::csv
