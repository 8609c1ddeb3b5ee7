#include "adapters/rest/rest_decoder.h"

#include <gtest/gtest.h>

#include "tests/unit/adapters/rest/poll_rig.h"

namespace sam::rest::test {
namespace {

TEST(RestDecoder, ASavedAnswerIsReadUnderItsEndpointsName) {
  PollRig rig;
  rig.Open();
  for (const char* name : {"/tmp/x/Always.json", "Always-2.json", "Always.2026-03-02.json"}) {
    const auto messages = rig.decoder->Sample(name, R"([{"Id":1},{"Id":2}])");
    ASSERT_TRUE(messages.ok()) << name;
    ASSERT_EQ(messages->size(), 2U);
    EXPECT_EQ(messages->front(), R"({"endpoint":"Always","row":{"Id":1}})");
  }
}

TEST(RestDecoder, MessagesAsTheyLieInQuarantineAreReadLineByLine) {
  PollRig rig;
  rig.Open();
  const std::string line = R"({"endpoint":"Always","row":{"Id":1}})";
  const auto messages = rig.decoder->Sample("quarantine.txt", line + "\n\n" + line + "\n");
  ASSERT_TRUE(messages.ok());
  EXPECT_EQ(*messages, (std::vector<std::string>{line, line}));
  EXPECT_FALSE(rig.decoder->Sample("empty.json", "[]").ok());
  EXPECT_FALSE(rig.decoder->Sample("empty.json", "\n").ok());
}

TEST(RestDecoder, WhatCannotBeReadIsSaidAndNotThrown) {
  PollRig rig;
  rig.Open();
  const auto decoded = rig.decoder->Decode("{\"endpoint\":\"Always\",\"row\":3}", "poll");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->what, kit::Decoded::What::kUnreadable);
  EXPECT_EQ(decoded->reason, "unreadable");
  const auto good = rig.decoder->Decode(R"({"endpoint":"Always","row":{"Id":1}})", "poll");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->what, kit::Decoded::What::kMessage);
  EXPECT_EQ(good->identity.system_id, "lifecare.test");
  EXPECT_EQ(good->trigger, "Always");
}

}  // namespace
}  // namespace sam::rest::test
