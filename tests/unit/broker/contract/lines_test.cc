// A signal line by line, for whoever lays it out.
#include "broker/contract/printer.h"

#include <capnp/message.h>
#include <gtest/gtest.h>

namespace sam::contract {
namespace {

TEST(SignalLines, SayHowDeepAndOfWhichMemberEachIsAndKeepBreaksWhenAsked) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.initSubject().initIds(1)[0].setValue("20210325K069");
  signal.getBody().initReport().setConcern("one\ntwo");
  PrintOptions options;
  options.reveal = true;
  options.breaks = true;
  const PrintedLine* number = nullptr;
  const PrintedLine* concern = nullptr;
  const auto lines = SignalLines(signal.asReader(), options);
  for (const PrintedLine& line : lines) {
    if (line.value == "20210325K069") number = &line;
    if (line.value == "one\ntwo") concern = &line;
  }
  ASSERT_NE(number, nullptr);
  ASSERT_NE(concern, nullptr);
  EXPECT_EQ(number->member, "subject");
  EXPECT_EQ(number->indent, 4);
  EXPECT_EQ(concern->member, "body");
  options.breaks = false;
  for (const PrintedLine& line : SignalLines(signal.asReader(), options))
    EXPECT_EQ(line.value.find('\n'), std::string::npos) << "a terminal reads lines";
}

}  // namespace
}  // namespace sam::contract
