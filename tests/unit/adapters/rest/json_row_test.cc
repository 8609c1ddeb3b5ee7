#include "adapters/rest/json_row.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sam::rest {
namespace {

TEST(JsonRow, TheSameRowIsTheSameBytesHoweverItIsOrdered) {
  const auto one =
      ReadPage(R"([{"Id":1,"A":{"y":null,"x":[1,2.5,"å\n"]},"B":true}])", "", "Id", "");
  const auto two = ReadPage(
      "[ {\"B\" : true, \"A\":{\"x\":[1, 2.5,\"\\u00e5\\n\"],\"y\":null},\n"
      "\"Id\":1} ]",
      "", "Id", "");
  ASSERT_TRUE(one.ok());
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(one->front().json, two->front().json);
  EXPECT_EQ(one->front().json,
            "{\"A\":{\"x\":[1,2.5,\"å\\u000a\"],\"y\":null},\"B\":true,\"Id\":1}");
  EXPECT_EQ(one->front().id, "1");
}

TEST(JsonRow, TheListMayStandInAnObject) {
  const char* body = R"({"Items":[{"Id":"a-1","Modified":"2026-03-02"}],"Total":1})";
  const auto page = ReadPage(body, "Items", "Id", "Modified");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 1U);
  EXPECT_EQ(page->front().id, "a-1");
  EXPECT_EQ(page->front().modified, "2026-03-02");
  EXPECT_FALSE(ReadPage(body, "", "Id", "").ok());
  EXPECT_FALSE(ReadPage(body, "Rows", "Id", "").ok());
}

TEST(JsonRow, WhatIsNoAnswerIsRefusedWithoutItsContent) {
  for (const char* body : {"", "<html>hemlig</html>", "\"hemlig\"", "{\"hemlig\":1}",
                           "[{\"hemlig\":", "null", "[1,]", "\xff\xfe", "[\"\xe5\":1]"}) {
    const auto page = ReadPage(body, "", "Id", "");
    ASSERT_FALSE(page.ok()) << body;
    EXPECT_EQ(page.error().code, Code::kInvalid);
    EXPECT_EQ(page.error().message.find("hemlig"), std::string::npos);
  }
  EXPECT_FALSE(ReadPage(std::string(100'000, '['), "", "Id", "").ok());
}

TEST(JsonRow, AnOddValueIsMendedAndItsRowMarkedAndTheOthersAreAsTheyAre) {
  const std::vector<std::pair<std::string, std::string>> odd = {
      {"\"a\xe5z\"", "\"a\uFFFDz\""},
      {"\"a\tz\"", "\"a\\u0009z\""},
      {"\"a\\ud83d\"", "\"a\uFFFD\""},
      {"\"\\ude00\\ud83d\\ude00\"", "\"\uFFFD😀\""},
      {"\"\\x\"", "\"\uFFFDx\""},
      {"123456789012345678901", "\"123456789012345678901\""},
      {"-1e999", "\"-1e999\""},
      {"{\"n\":[\"\xc3\"]}", "{\"n\":[\"\uFFFD\"]}"},
  };
  for (const auto& [sent, kept] : odd) {
    const auto page =
        ReadPage("[{\"Id\":1,\"A\":\"å\"},{\"Id\":2,\"A\":" + sent + "},{\"Id\":3,\"A\":1.5}]", "", "Id", "");
    ASSERT_TRUE(page.ok()) << sent;
    ASSERT_EQ(page->size(), 3U);
    EXPECT_FALSE((*page)[0].mended);
    EXPECT_TRUE((*page)[1].mended) << sent;
    EXPECT_FALSE((*page)[2].mended);
    EXPECT_EQ((*page)[0].json, "{\"A\":\"å\",\"Id\":1}");
    EXPECT_EQ((*page)[1].json, "{\"A\":" + kept + ",\"Id\":2}");
    EXPECT_EQ((*page)[1].id, "2");
  }
}

TEST(JsonRow, TheMarkOfMendingIsNoneThatTheAnswerUsesItself) {
  const auto page = ReadPage(
      "[{\"Id\":1,\"A\":\"\uFDD0\"},{\"Id\":2,\"A\":\"\\ufdd1\"},{\"Id\":3,\"A\":\"\xe5\"}]", "", "Id", "");
  ASSERT_TRUE(page.ok());
  EXPECT_FALSE((*page)[0].mended);
  EXPECT_FALSE((*page)[1].mended);
  EXPECT_TRUE((*page)[2].mended);
}

TEST(JsonRow, AnAnswerInAnotherCharacterSetIsRefusedInsteadOfPutAsideRowByRow) {
  const auto page = [](size_t odd, size_t rows) {
    std::string body = "[";
    for (size_t i = 0; i < rows; ++i)
      body.append(i > 0 ? "," : "").append("{\"A\":\"").append(i < odd ? "\xe5" : "a").append("\"}");
    return ReadPage(body + "]", "", "Id", "").ok();
  };
  EXPECT_TRUE(page(3, 4));
  EXPECT_FALSE(page(4, 4));
  EXPECT_TRUE(page(20, 200));
  EXPECT_FALSE(page(21, 200));
}

TEST(JsonRow, EveryCutOfAnAnswerIsRefused) {
  const std::string body = R"([{"Id":1,"Text":"å\u00e5","List":[1,2,{"x":null}]},{"Id":2}])";
  ASSERT_TRUE(ReadPage(body, "", "Id", "").ok());
  for (size_t cut = 0; cut < body.size(); ++cut)
    EXPECT_FALSE(ReadPage(body.substr(0, cut), "", "Id", "").ok()) << cut;
}

TEST(JsonRow, ARowWithoutCanonicalFormIsHandedOnAsItIs) {
  const auto twice = ReadPage(R"([{"Id":1,"Id":2},{"Id":3}])", "", "Id", "");
  ASSERT_TRUE(twice.ok());
  ASSERT_EQ(twice->size(), 2U);
  EXPECT_FALSE(CanonicalJson(twice->front().json).ok());
  EXPECT_TRUE(CanonicalJson((*twice)[1].json).ok());
  std::string deep = "{\"Id\":1,\"x\":";
  deep += std::string(kMaxDepth + 5, '[') + std::string(kMaxDepth + 5, ']') + "}";
  EXPECT_FALSE(CanonicalJson(deep).ok());
  EXPECT_TRUE(ReadPage("[" + deep + "]", "", "Id", "").ok());
}

TEST(JsonRow, RowsThatAreNoObjectsHaveNoId) {
  const auto page = ReadPage(R"([1,"x",null,{"Id":null},{"Id":{}}])", "", "Id", "Id");
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->size(), 5U);
  for (const PageRow& row : *page) EXPECT_EQ(row.id, "");
}

TEST(JsonRow, AnEnvelopeIsOneMessage) {
  EXPECT_EQ(Envelope("A\"b", "{\"Id\":1}"), R"({"endpoint":"A\"b","row":{"Id":1}})");
  EXPECT_EQ(Envelope("A", "{\"Id\":1}", "7\""), R"({"endpoint":"A","at":"7\"","row":{"Id":1}})");
}

}  // namespace
}  // namespace sam::rest
