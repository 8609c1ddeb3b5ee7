#include <gtest/gtest.h>

#include "adapters/hl7/batch.h"

namespace sam::hl7 {
namespace {

const std::string kOne = "MSH|^~\\&|A\rPID|1\r";
const std::string kTwo = "MSH|^~\\&|B\r";

Batch Split(const std::string& text) {
  auto batch = SplitBatch(text);
  EXPECT_TRUE(batch.ok()) << (batch.ok() ? "" : batch.error().message);
  return batch.ok() ? *batch : Batch();
}

TEST(Batch, FullEnvelopeGivesMessagesWithTheirBatchAndIndex) {
  const std::string text = "FHS|^~\\&|BVC||||2026||NATT1\rBHS|^~\\&|BVC||||2026||B1\r" + kOne +
                           kTwo + "BTS|2\rBHS|^~\\&|BVC||||2026||name||B2\r" + kTwo +
                           "BTS|1\rFTS|2\r";
  const Batch batch = Split(text);
  ASSERT_EQ(batch.messages.size(), 3u);
  EXPECT_EQ(batch.batches, 2u);
  EXPECT_EQ(batch.messages[0].bytes, kOne);
  EXPECT_EQ(batch.messages[1].bytes, kTwo);
  EXPECT_EQ(batch.messages[2].index, 2u);
  EXPECT_EQ(batch.messages[2].batch, 1u);
  EXPECT_TRUE(batch.problems.empty());
}

TEST(Batch, SeveralMessagesWithoutHeaders) {
  const Batch batch = Split("\xef\xbb\xbf" + kOne + "\r\n" + kTwo + kOne);
  EXPECT_EQ(batch.messages.size(), 3u);
  EXPECT_EQ(batch.batches, 1u);
  EXPECT_TRUE(batch.problems.empty());
  EXPECT_TRUE(LooksLikeBatch(kOne + kTwo));
  EXPECT_FALSE(LooksLikeBatch(kOne));
  EXPECT_TRUE(LooksLikeBatch("BHS|^~\\&\r" + kOne));
}

TEST(Batch, FileHeaderWithoutBatchHeader) {
  const Batch batch = Split("FHS|^~\\&|A\n" + kOne + "FTS|1\n");
  EXPECT_EQ(batch.messages.size(), 1u);
  EXPECT_TRUE(batch.problems.empty());
}

TEST(Batch, WrongCountsAreReportedAndNothingIsDropped) {
  const Batch batch = Split("FHS|^~\\&|A\rBHS|^~\\&|A\r" + kOne + kTwo + "BTS|3\rFTS|7\r");
  EXPECT_EQ(batch.messages.size(), 2u);
  ASSERT_EQ(batch.problems.size(), 2u);
  EXPECT_EQ(batch.problems[0], "batch 1: BTS-1 says 3 messages, 2 found");
  EXPECT_EQ(batch.problems[1], "file: FTS-1 says 7 batches, 1 found");
  EXPECT_EQ(batch.cut, "") << "the trailers are here: nothing of it is missing";
}

TEST(Batch, MissingTrailersAndStrayLinesAreReported) {
  EXPECT_EQ(Split("FHS|^~\\&|A\rBHS|^~\\&|A\r" + kOne).problems.size(), 2u);
  EXPECT_EQ(Split("PID|1\r" + kOne).problems.size(), 1u);
  EXPECT_EQ(Split(kOne + "FTS|1\r").problems.size(), 1u);
  EXPECT_EQ(Split("BTS|0\r" + kOne).problems.size(), 1u);
  EXPECT_TRUE(Split("BHS|^~\\&|A\r" + kOne + "BTS\r").problems.empty());  // no count, no claim
  EXPECT_TRUE(Split("BHS|^~\\&|A\r" + kOne + "BTS|x\r").problems.empty());
}

TEST(Batch, WhatMayBeCutOffIsTold) {
  const auto why = [](const std::string& text) { return WhyCut(text, Split(text)); };
  EXPECT_EQ(why(kOne), "");
  EXPECT_EQ(why("FHS|^~\\&|A\rBHS|^~\\&|A\r" + kOne + "BTS|7\rFTS|1\r"), "");
  EXPECT_NE(why("BHS|^~\\&|A\r" + kOne), "");
  EXPECT_NE(why("FHS|^~\\&|A\r" + kOne), "");
  EXPECT_NE(why("PID|1\r" + kOne), "");
  EXPECT_NE(why(kOne + "MSH|^~\\&|B"), "");
  EXPECT_EQ(why("MSH|^~\\&|B"), "") << "one segment alone may go without";
}

TEST(Batch, AnEmptyEnvelopeIsABatchOfNothing) {
  const Batch batch = Split("FHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\rFTS|1\r");
  EXPECT_TRUE(batch.messages.empty());
  EXPECT_TRUE(batch.problems.empty());
}

TEST(Batch, InputWithoutMessagesSaysWhatItIs) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "white space"},     {"\r\n ", "white space"},      {"<a/>", "XML"},
      {"[{\"a\":1}]", "JSON"}, {"PID|1\r", "no line begins"}, {"M\0S\0H\0|\0"s, "UTF-16"}};
  for (const auto& one : cases) {
    auto batch = SplitBatch(one.first);
    ASSERT_FALSE(batch.ok());
    EXPECT_NE(batch.error().message.find(one.second), std::string::npos) << batch.error().message;
  }
}

TEST(Batch, LinesThatOnlyLookAlikeStayInTheirMessage) {
  const std::string text = "MSH|^~\\&|A\rMSHX|1\rBTSfoo\rZZZ|MSH|\r";
  const Batch batch = Split(text);
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(batch.messages[0].bytes, text);
}

}  // namespace
}  // namespace sam::hl7
