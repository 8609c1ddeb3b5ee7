// JSON from outside: whole or refused with a place, and never with a value.
#include "adapters/fhir/json.h"
#include "adapters/fhir/json_place.h"

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

// A sender with a broken export finds the place in an editor.
TEST(Json, SaysAtWhichLineAndColumnATextStopsBeingJson) {
  for (const auto& [bytes, where] : std::vector<std::pair<std::string, const char*>>{
           {"{\n  \"a\": 1,\n  \"b\" 2\n}", "line 3, column 7: "},
           {"{\"å\": \"åä\",}", "line 1, column 12: "},
           {"\xef\xbb\xbf{\n\"a\": [1, 2\n}", "line 3, column 1: "},
           {"{\"a\": \"x\ny\"}", "line 1, column 9: "},
           {"{\n\"a\": \"\\q\"}", "line 2, column 7: "},
           {"{\n\"a\": \"\xe5r\"}", "line 2, column 7: "},
           {"{\n\"a\": \"Canaryord", "line 2, column 6: "},
           {"{\"a\": \"\\ud800\"}", "line 1, column 8: "},
           {"{\"a\": 01}", "line 1, column 8: "},
           {"{\"a\": nul}", "line 1, column 7: "},
           {"{}\n{}", "line 2, column 1: "},
           {"{\"a\": {\"b\": [", "line 1, column 14: "}}) {
    const std::string why = Why(bytes);
    EXPECT_THAT(why, HasSubstr(where)) << bytes;
    EXPECT_THAT(why, Not(HasSubstr("Canaryord")));
  }
}

// What the reader refuses, the walk finds, and nothing else: at every cut, and with every byte of a sample broken.
TEST(Json, FindsAPlaceInWhateverIsNoJsonAndInNothingElse) {
  std::string whole = Sample("bundle_transaction");
  while (whole.back() != '}') whole.pop_back();
  EXPECT_EQ(WhereNotJson(whole), std::string::npos);
  for (size_t at = 0; at < whole.size(); ++at) {
    EXPECT_LE(WhereNotJson(whole.substr(0, at)), at) << at;
    for (const char odd : {'\\', '"', ',', '\x01', '\xff', '0'}) {
      std::string broken = whole;
      broken[at] = odd;
      const Result<Json> read = ParseJson(broken);
      const bool by_form = !read.ok() && read.error().message.find("twice") == std::string::npos;
      EXPECT_EQ(WhereNotJson(broken) != std::string::npos, by_form) << at << " " << static_cast<int>(odd);
    }
  }
  for (const char* fine : {"0", "-0.5E+3", "\"\\ud83d\\ude00\"", "[]", "[[],{}]", " {\"a\":[{}]} ", "true"})
    EXPECT_EQ(WhereNotJson(fine), std::string::npos) << fine;
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
