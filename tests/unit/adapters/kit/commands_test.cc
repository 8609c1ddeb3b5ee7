#include "adapters/kit/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct CommandRig : Rig {
  Commands commands{*store, *pipeline};
};

TEST(Commands, ContentIsHiddenUnlessItIsAskedForWithAReason) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  const Result<std::string> masked = rig.commands.Run({"quarantine", "show", "1"}, "anna");
  ASSERT_TRUE(masked.ok());
  EXPECT_THAT(*masked, Not(HasSubstr("20210325K069")));
  const Result<std::string> refused =
      rig.commands.Run({"quarantine", "show", "1", "reveal", " "}, "anna");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kDenied);
  const Result<std::string> shown =
      rig.commands.Run({"quarantine", "show", "1", "reveal", "felsökning"}, "anna");
  ASSERT_TRUE(shown.ok());
  EXPECT_THAT(*shown, HasSubstr("20210325K069"));
  EXPECT_THAT(*rig.commands.Run({"audit"}, "x"),
              HasSubstr("anna  reveal  quarantine 1  felsökning"));
}

TEST(Commands, NothingIsRevealedWhenItCannotBeAudited) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  rig.faults.SetFull(true);
  EXPECT_FALSE(rig.commands.Run({"quarantine", "show", "1", "reveal", "felsökning"}, "anna").ok());
}

TEST(Commands, TheDoorSaysTheSameAsTheToolItself) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  const Result<std::string> direct = rig.commands.Run({"quarantine", "list"}, "anna");
  const Result<std::string> door =
      DecodeReply(rig.commands.Serve(EncodeRequest({"quarantine", "list"}), "anna"));
  ASSERT_TRUE(direct.ok() && door.ok());
  EXPECT_EQ(*direct, *door);
  const Result<std::string> missing =
      DecodeReply(rig.commands.Serve(EncodeRequest({"quarantine", "show", "9"}), "a"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

TEST(Commands, AFixTravelsThroughTheDoorByteForByte) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  std::string fixed = Fixture("oru_unknown_enum");
  fixed.replace(fixed.find("HITTEPA"), 7, "SAMT");
  const Result<std::string> reply = DecodeReply(rig.commands.Serve(
      EncodeRequest({"quarantine", "fix", "1", "fel \"kod\"", ToBase64(fixed)}), "anna"));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_EQ(rig.Quarantine().at(1).raw, fixed);
}

TEST(Commands, WhatIsTooLargeForTheDoorIsSaidAndTheDoorStaysOpen) {
  CommandRig rig;
  std::string large = Fixture("oru_unknown_enum");
  large += "NTE|1||" + std::string(5u << 20, 'x') + "\r";
  rig.Take(large);
  const Result<std::string> shown = DecodeReply(rig.commands.Serve(
      EncodeRequest({"quarantine", "show", "1", "reveal", "tillsyn"}), "anna"));
  ASSERT_FALSE(shown.ok());
  EXPECT_EQ(shown.error().code, Code::kExhausted);
  EXPECT_NE(shown.error().message.find("stop the adapter"), std::string::npos);
  EXPECT_TRUE(DecodeReply(rig.commands.Serve(EncodeRequest({"quarantine", "list"}), "anna")).ok());
}

TEST(Commands, AResendNeedsAReason) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_FALSE(rig.commands.Run({"quarantine", "resend", "1"}, "anna").ok());
}

TEST(Commands, DiscardClosesAnEntryOnce) {
  CommandRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_TRUE(rig.commands.Run({"quarantine", "discard", "1", "testdata"}, "anna").ok());
  const Result<std::string> again =
      rig.commands.Run({"quarantine", "discard", "1", "testdata"}, "anna");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kConflict);
}

TEST(Commands, NonsenseIsRefusedInWords) {
  CommandRig rig;
  EXPECT_FALSE(rig.commands.Run({}, "a").ok());
  EXPECT_FALSE(rig.commands.Run({"quarantine", "show", "x"}, "a").ok());
  EXPECT_FALSE(DecodeReply(rig.commands.Serve("not a message", "anna")).ok());
}

}  // namespace
}  // namespace sam::kit::test
