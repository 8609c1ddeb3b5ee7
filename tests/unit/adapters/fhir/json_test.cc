// JSON from outside: whole or refused with a place, and never with a value.
#include "adapters/fhir/json.h"

#include <gmock/gmock.h>

#include "tests/unit/adapters/fhir/samples.h"

namespace sam::fhir::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Why(const std::string& bytes) {
  const Result<Json> json = ParseJson(bytes);
  EXPECT_FALSE(json.ok());
  if (json.ok()) return "";
  EXPECT_EQ(json.error().code, Code::kInvalid);
  return json.error().message;
}

std::string Back(const std::string& bytes) {
  const Result<Json> json = ParseJson(bytes);
  EXPECT_TRUE(json.ok()) << json.error().message;
  std::string out;
  if (json.ok()) AppendJson(*json, out);
  return out;
}

TEST(Json, KeepsEveryValueAndTheDigitsOfNumbers) {
  const std::string text =
      R"({"a":0.10,"b":[1,-2.5e3,true,false,null],"c":{"d":"å\"\\\n"},"e":"","f":[],"g":{}})";
  EXPECT_EQ(Back(text), text);
  EXPECT_EQ(Back("\xef\xbb\xbf {\"a\" : 1.50 }"), R"({"a":1.50})");
}

TEST(Json, RefusesDeepNestingWithoutFollowingIt) {
  for (const size_t depth : {65U, 1'000U, 100'000U}) {
    EXPECT_THAT(Why(std::string(depth, '[') + std::string(depth, ']')), HasSubstr("deep"));
    std::string objects;
    for (size_t i = 0; i < depth; ++i) objects += "{\"a\":";
    EXPECT_THAT(Why(objects + "1" + std::string(depth, '}')), HasSubstr("deep"));
  }
  EXPECT_TRUE(ParseJson(std::string(60, '[') + std::string(60, ']')).ok());
}

TEST(Json, RefusesTheSameNameTwiceAndSaysWhere) {
  EXPECT_THAT(Why(R"({"entry":[{"status":"a","status":"b"}]})"),
              HasSubstr("entry[0].status: the same name twice"));
  EXPECT_THAT(Why(R"({"st\u0061tus":1,"status":2})"), HasSubstr("twice"));
}

TEST(Json, RefusesNumbersThatNothingHolds) {
  for (const char* number : {"1e999", "-1e999", "123456789012345678901234567890", "1.", ".5", "01",
                             "+1", "NaN", "Infinity", "0x10", "1e", "--1"})
    EXPECT_FALSE(ParseJson("{\"a\":" + std::string(number) + "}").ok()) << number;
}

TEST(Json, RefusesBytesThatAreNotUtf8) {
  for (const char* bytes : {"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}",
                            "{\"\xe5\":1}", "{\"a\":\"\xf4\x90\x80\x80\"}"})
    EXPECT_THAT(Why(bytes), HasSubstr("UTF-8"));
  EXPECT_FALSE(ParseJson(R"({"a":"\ud800"})").ok());
}

TEST(Json, RefusesWhatIsNotOneDocument) {
  for (const char* bytes : {"", " ", "{", "}", "{}{}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "nul",
                            "{'a':1}", "{a:1}", "[1 2]", "\"a", "{\"a\":\"\n\"}", "<xml/>",
                            "/* c */ {}", "{} x"})
    EXPECT_FALSE(ParseJson(bytes).ok()) << bytes;
}

TEST(Json, RefusesMorePartsThanItsLimit) {
  JsonLimits limits;
  limits.parts = 10;
  EXPECT_TRUE(ParseJson("[1,2,3,4,5,6,7,8,9]", limits).ok());
  const Result<Json> more = ParseJson("[1,2,3,4,5,6,7,8,9,10]", limits);
  ASSERT_FALSE(more.ok());
  EXPECT_THAT(more.error().message, HasSubstr("too many parts"));
}

TEST(Json, NeverRepeatsAValueOrAnOddName) {
  const std::string why = Why(R"({"20210325K069 Canaryord":{"x":"Canaryord","x":1}})");
  EXPECT_THAT(why, Not(HasSubstr("Canaryord")));
  EXPECT_THAT(why, Not(HasSubstr("20210325K069")));
}

TEST(Json, IsWholeOrRefusedAtEveryCutOfASample) {
  std::string whole = Sample("bundle_transaction");
  while (whole.back() != '}') whole.pop_back();
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(ParseJson(whole.substr(0, cut)).ok()) << cut;
  EXPECT_TRUE(ParseJson(whole).ok());
}

}  // namespace
}  // namespace sam::fhir::test
