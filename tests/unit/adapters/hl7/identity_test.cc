#include <gtest/gtest.h>

#include "adapters/hl7/identity.h"

namespace sam::hl7 {
namespace {

Message Parse(const std::string& raw) {
  auto message = Message::Parse(raw, CharsetPolicy());
  EXPECT_TRUE(message.ok());
  return std::move(message).value();
}

std::string Head(const std::string& app, const std::string& fac, const std::string& time,
                 const std::string& id, const std::string& processing = "P",
                 const std::string& version = "2.5", const std::string& type = "ADT^A04") {
  return "MSH|^~\\&|" + app + "|" + fac + "|||" + time + "||" + type + "|" + id + "|" + processing +
         "|" + version + "\r";
}

TEST(Identity, KeyIsSenderFacilityControlIdAndTime) {
  auto key = SourceMessageId(Parse(Head("APP^1.2^ISO", "FAC", "20260302", "MSG1")));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, "APP^1.2^ISO|FAC|MSG1|20260302");
}

TEST(Identity, ControlIdsThatWrapAreToldApartByTheirTime) {
  EXPECT_NE(*SourceMessageId(Parse(Head("A", "B", "2025", "1"))),
            *SourceMessageId(Parse(Head("A", "B", "2026", "1"))));
}

TEST(Identity, SeparatorsInsideAPartCannotForgeAnotherKey) {
  const auto a = SourceMessageId(Parse("MSH#^~\\&#A|B#C###T##ADT#1#P#2.5\r"));
  const auto b = SourceMessageId(Parse("MSH#^~\\&#A#B|C###T##ADT#1#P#2.5\r"));
  EXPECT_NE(*a, *b);
  EXPECT_EQ(*a, "A\\|B|C|1|T");
}

TEST(Identity, EmptyPartsKeepTheirPlace) {
  EXPECT_EQ(*SourceMessageId(Parse(Head("", "", "", "1"))), "||1|");
}

TEST(Identity, KeyIsUtf8) {
  EXPECT_EQ(*SourceMessageId(Parse(Head("G\xe4vle", "", "", "1"))), "G\u00e4vle||1|");
}

TEST(Identity, NoControlIdNoKey) {
  for (const char* id : {"", " "}) {
    auto key = SourceMessageId(Parse(Head("A", "B", "2026", id)));
    ASSERT_FALSE(key.ok());
    EXPECT_NE(key.error().message.find("101"), std::string::npos);
  }
}

TEST(CheckHeader, EachSystemRefusesTheOthersMessages) {
  HeaderRules production;
  HeaderRules test;
  test.environment = HeaderRules::Environment::kTest;
  const auto codes = [](const char* processing, const HeaderRules& rules) {
    const auto errors = CheckHeader(Parse(Head("A", "B", "2026", "1", processing)), rules);
    return errors.empty() ? 0 : static_cast<int>(errors[0].code);
  };
  EXPECT_EQ(codes("P", production), 0);
  EXPECT_EQ(codes("P^T", production), 0);
  EXPECT_EQ(codes("T", production), 202);
  EXPECT_EQ(codes("D", production), 202);
  EXPECT_EQ(codes("P", test), 202);
  EXPECT_EQ(codes("T", test), 0);
  EXPECT_EQ(codes("D", test), 0);
  EXPECT_EQ(codes("X", test), 202);
  EXPECT_EQ(codes("", production), 0);
  production.check_processing_id = false;
  EXPECT_EQ(codes("T", production), 0);
}

TEST(CheckHeader, MissingTypeAndIdAreRejected) {
  const auto errors = CheckHeader(Parse(Head("A", "B", "2026", "", "P", "2.5", "")), HeaderRules());
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].code, ErrorCode::kRequiredField);
  EXPECT_EQ(errors[1].code, ErrorCode::kMessageType);
  EXPECT_EQ(AckCodeFor(errors), AckCode::kAR);
}

TEST(CheckHeader, AnyVersionIsTaken) {
  for (const char* version : {"1.0", "3.0", "", "2.10", "abc", "2.1", "2.9", "2.5.1^FRA", " 2.3.z"}) {
    const Message m = Parse(Head("A", "B", "2026", "1", "P", version));
    EXPECT_TRUE(CheckHeader(m, HeaderRules()).empty()) << version;
  }
}

}  // namespace
}  // namespace sam::hl7
