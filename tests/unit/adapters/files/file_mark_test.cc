#include "adapters/files/file_mark.h"

#include <gtest/gtest.h>

#include "adapters/files/receipt.h"
#include "tests/support/temp_dir.h"

#include <filesystem>
#include <fstream>

namespace sam::files {
namespace {

FileMark Sample() {
  FileMark mark;
  mark.number = 12;
  mark.name = "ftv 1\n.csv";
  mark.digest = Sha256({"x"});
  mark.offset = 4711;
  mark.place = 99;
  mark.complete = true;
  mark.counts.rows = 7;
  mark.counts.events = 5;
  mark.counts.bad = 2;
  mark.counts.bad_rows = {{17, "unknown-code", 3}, {18, "row-columns", 4}};
  return mark;
}

TEST(FileMark, ComesBackAsItWas) {
  const Result<FileMark> read = DecodeMark(EncodeMark(Sample()));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->number, 12U);
  EXPECT_EQ(read->name, "ftv 1\n.csv");
  EXPECT_EQ(read->digest, Sha256({"x"}));
  EXPECT_EQ(read->offset, 4711U);
  EXPECT_EQ(read->place, 99U);
  EXPECT_TRUE(read->complete);
  EXPECT_EQ(read->counts.rows, 7U);
  EXPECT_EQ(read->counts.events, 5U);
  ASSERT_EQ(read->counts.bad_rows.size(), 2U);
  EXPECT_EQ(read->counts.bad_rows[1].reason, "row-columns");
  EXPECT_EQ(read->counts.bad_rows[1].quarantine, 4U);
}

TEST(FileMark, CutAnywhereItIsRefusedOrHasFewerBadRows) {
  const std::string bytes = EncodeMark(Sample());
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const Result<FileMark> read = DecodeMark(bytes.substr(0, cut));
    if (!read.ok()) {
      EXPECT_EQ(read.error().code, Code::kCorrupt);
    } else {
      EXPECT_EQ(read->offset, 4711U);
    }
  }
}

TEST(FileMark, BadRowsAreCountedBeyondThoseListed) {
  Counts counts;
  kit::Verdict verdict;
  verdict.kind = kit::Verdict::Kind::kQuarantined;
  verdict.reason = "unknown-code";
  for (uint64_t n = 0; n < Counts::kMaxBadRows + 10; ++n) counts.Add(n, verdict);
  EXPECT_EQ(counts.bad, Counts::kMaxBadRows + 10);
  EXPECT_EQ(counts.bad_rows.size(), Counts::kMaxBadRows);
}

TEST(KnownFiles, TheOldestIsForgottenFirst) {
  KnownFiles known;
  const auto digest = [](size_t n) { return Sha256({std::to_string(n)}); };
  for (size_t n = 0; n <= KnownFiles::kMax; ++n) known.Add(digest(n));
  EXPECT_FALSE(known.Has(digest(0)));
  EXPECT_TRUE(known.Has(digest(1)));
  known.next_number = 77;
  const Result<KnownFiles> read = KnownFiles::Decode(known.Encode());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->next_number, 77U);
  EXPECT_TRUE(read->Has(digest(KnownFiles::kMax)));
  EXPECT_FALSE(KnownFiles::Decode(known.Encode().substr(0, 39)).ok());
}

TEST(Receipt, IsJsonWithCountsAndPlaces) {
  Receipt receipt;
  receipt.number = 3;
  receipt.outcome = "header";
  receipt.detail = "the column 'a\"b' is missing";
  receipt.counts = Sample().counts;
  const std::string text = ReceiptText(receipt);
  EXPECT_NE(text.find("\"outcome\": \"header\""), std::string::npos);
  EXPECT_NE(text.find("'a\\\"b'"), std::string::npos);
  EXPECT_NE(text.find("{\"at\": 17, \"reason\": \"unknown-code\"}"), std::string::npos);
  EXPECT_NE(text.find("\"put_aside\": 2"), std::string::npos);
}

TEST(Receipt, ASecondFileOfTheSameNameGetsItsNumber) {
  sam::test::TempDir folder;
  Receipt receipt;
  receipt.number = 8;
  receipt.outcome = "done";
  for (const char* expected : {"a.csv", "a.csv.8"}) {
    std::ofstream(folder / "a.csv") << "x";
    const Result<InputFile> file = InputFile::Open(folder / "a.csv");
    ASSERT_TRUE(file.ok());
    const Result<Moved> moved =
        MoveWithReceipt(folder / "a.csv", folder / "done", "a.csv", receipt, file->stamp());
    ASSERT_TRUE(moved.ok()) << moved.error().message;
    EXPECT_EQ(moved->name, expected);
    EXPECT_TRUE(std::filesystem::exists(folder / "done/" + moved->name + ".ok"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.csv"));
}

TEST(Receipt, NothingIsMovedWithoutAReceipt) {
  sam::test::TempDir folder;
  std::ofstream(folder / "a.csv") << "x";
  std::ofstream(folder / "done") << "a file where the folder should be";
  Receipt receipt;
  receipt.outcome = "done";
  EXPECT_FALSE(MoveWithReceipt(folder / "a.csv", folder / "done", "a.csv", receipt, Stamp()).ok());
  EXPECT_TRUE(std::filesystem::exists(folder / "a.csv"));
}

}  // namespace
}  // namespace sam::files
