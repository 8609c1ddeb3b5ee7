#include "adapters/hl7/batch_answer.h"

#include <gtest/gtest.h>

#include "adapters/hl7/batch.h"

namespace sam::hl7 {
namespace {

const std::string kAck = "MSH|^~\\&|S|H|A|B|20260302101500+0100||ACK^S26^ACK|S1|T|2.5\rMSA|AA|77\r";
const std::string kOpening = "FHS|^~\\&|BVC|Bollnas|HUB|SAM|2026||NATT||F1\rBHS|^~\\&|BVC|Bollnas|HUB|SAM|2026||B||B1\r";

TEST(BatchAnswer, OnlyWhatBeginsAsABatchIsAnsweredAsOne) {
  EXPECT_EQ(BatchOpening("MSH|^~\\&|A\rMSH|^~\\&|B\r"), "");
  EXPECT_EQ(BatchOpening(""), "");
  EXPECT_EQ(BatchOpening("BHSX|1\rMSH|^~\\&|A\r"), "");
  EXPECT_EQ(BatchOpening("BHS"), "");
  EXPECT_EQ(BatchOpening("\xef\xbb\xbf\r\n" + kOpening + "MSH|^~\\&|A\rBTS|1\rFTS|1\r"), kOpening);
  EXPECT_EQ(BatchOpening("BHS|^~\\&|A\n\nMSH|^~\\&|A\n"), "BHS|^~\\&|A\r");
  EXPECT_EQ(BatchOpening("BHS|^~\\&|A\rBHS|^~\\&|B\rMSH|^~\\&|A\r"), "BHS|^~\\&|A\r");
}

TEST(BatchAnswer, SwapsTheNamesRefersToTheBatchAndCounts) {
  const std::string answer = BatchAnswer(kOpening, {kAck, kAck}, "S9");
  EXPECT_EQ(answer,
            "FHS|^~\\&|HUB|SAM|BVC|Bollnas|20260302101500+0100||NATT||S9|F1\r"
            "BHS|^~\\&|HUB|SAM|BVC|Bollnas|20260302101500+0100||B||S9|B1\r" +
                kAck + kAck + "BTS|2\rFTS|1\r");
  const auto read = SplitBatch(answer);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->messages.size(), 2u);
  EXPECT_TRUE(read->problems.empty());
}

TEST(BatchAnswer, AFileWithoutABatchHeaderIsAnsweredWithoutOne) {
  EXPECT_EQ(BatchAnswer("FHS#^~\\&#A\r", {kAck}, "S9"),
            "FHS#^~\\&###A##20260302101500+0100####S9#\r" + kAck + "FTS#1\r");
  EXPECT_EQ(BatchAnswer(kOpening, {}, "S9"), "") << "nothing in it may be answered";
}

TEST(BatchAnswer, NothingThatIsCopiedEndsTheFrame) {
  const std::string answer = BatchAnswer("BHS|^~\\&|A\x1c|B\x0b\r", {kAck}, "S9");
  EXPECT_EQ(answer.find_first_of("\x0b\x1c"), std::string::npos);
}

}  // namespace
}  // namespace sam::hl7
