// A producer without a stage: which answer is its own.
#include "broker/journal/own_record.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sam::journal::test {
namespace {

Draft Of(const std::string& payload) {
  Draft draft;
  draft.kind = Kind::CONFIG;
  draft.payload = payload;
  return draft;
}

// What the journal does with the oldest submission.
void WriteOne(Port& port, uint64_t offset) {
  auto submission = port.down.TryPop();
  ASSERT_TRUE(submission);
  ASSERT_TRUE(port.up.TryPush({submission->token, {{Taken::kWritten, Offset(offset)}}}));
}

TEST(OwnRecord, TellsWhereItIsOnceItIsWritten) {
  Port port(4, nullptr, nullptr);
  OwnRecord record(port);
  EXPECT_FALSE(record.Written());
  ASSERT_TRUE(record.Begin(Of("one")).ok());
  EXPECT_FALSE(record.Written());
  WriteOne(port, 7);
  EXPECT_EQ(record.Written(), Offset(7));
  EXPECT_EQ(record.Written(), Offset(7)) << "asked again while dispatch folds it";
}

// A reload given up while the disk was full: its record is written later, when the next one waits.
TEST(OwnRecord, TheAnswerToOneGivenUpIsNotTakenForTheNextOnes) {
  Port port(4, nullptr, nullptr);
  OwnRecord record(port);
  ASSERT_TRUE(record.Begin(Of("given up")).ok());
  ASSERT_TRUE(record.Begin(Of("next")).ok());
  WriteOne(port, 7);
  EXPECT_FALSE(record.Written());
  WriteOne(port, 9);
  EXPECT_EQ(record.Written(), Offset(9));
}

TEST(OwnRecord, SaysWhenTooManyWait) {
  Port port(2, nullptr, nullptr);
  OwnRecord record(port);
  ASSERT_TRUE(record.Begin(Of("one")).ok());
  ASSERT_TRUE(record.Begin(Of("two")).ok());
  EXPECT_EQ(record.Begin(Of("three")).error().code, Code::kUnavailable);
  WriteOne(port, 7);
  WriteOne(port, 8);
  EXPECT_FALSE(record.Written()) << "the third was never handed in";
}

}  // namespace
}  // namespace sam::journal::test
