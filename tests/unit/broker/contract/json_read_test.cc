#include "broker/contract/json_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/contract/printer.h"
#include "broker/wire/codec.h"

namespace sam::contract {
namespace {

using ::testing::HasSubstr;

constexpr const char* kReport = R"({
  "header": {"occurredAt": "2026-03-02T09:15:00Z", "test": true, "precision": "minute",
             "controller": {"orgNr": "232100-0198"},
             "subject": {"ids": [{"system": "urn:sim", "value": "SIM-1"}]}},
  "body": {"reportSigned": {"signerFunction": "bvc.bollnas", "acute": true, "concern": "x",
                            "attachments": [{"size": 7}]}}})";

std::string JsonOf(const std::string& bytes) {
  std::string out;
  const auto read = wire::ReadOwn<schema::Event>(bytes, [&](schema::Event::Reader event) {
    out = EventJson(event, true);
    return Ok();
  });
  EXPECT_TRUE(read.ok());
  return out;
}

std::string ErrorOf(const std::string& text) {
  const auto events = EventsFromJson(text);
  EXPECT_FALSE(events.ok()) << text;
  return events.ok() ? "" : events.error().message;
}

TEST(JsonRead, WhatIsPrintedIsReadBackTheSame) {
  const auto events = EventsFromJson(kReport);
  ASSERT_TRUE(events.ok()) << events.error().message;
  ASSERT_EQ(events->size(), 1u);
  const std::string printed = JsonOf(events->front());
  EXPECT_THAT(printed, HasSubstr("\"type\":\"report.signed\""));
  EXPECT_THAT(printed, HasSubstr("2026-03-02T09:15:00"));
  const auto again = EventsFromJson(printed);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(JsonOf(again->front()), printed);
}

TEST(JsonRead, OneAListOrOneALine) {
  const std::string one = R"({"body":{"personDeceased":{"date":"2026-03-02"}}})";
  EXPECT_EQ(EventsFromJson(one)->size(), 1u);
  EXPECT_EQ(EventsFromJson("[" + one + "," + one + "]")->size(), 2u);
  const auto lines = EventsFromJson(one + "\n\n" + one + "\n");
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_NE(lines->at(0), lines->at(1)) << "each has ids of its own";
}

TEST(JsonRead, EveryMistakeIsNamedByItsPlaceAndNeverByItsValue) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("no event"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("no event"));
  EXPECT_THAT(ErrorOf("{\"body\":"), HasSubstr("line 1"));
  EXPECT_THAT(ErrorOf("7"), HasSubstr("object"));
  EXPECT_THAT(ErrorOf(R"({"head":{}})"), HasSubstr("head"));
  EXPECT_THAT(ErrorOf(R"({"header":{"occurredAt":"soon-canary"}})"), HasSubstr("header.occurredAt"));
  EXPECT_THAT(ErrorOf(R"({"header":{"occurredAt":"canary"}})"), testing::Not(HasSubstr("canary")));
  EXPECT_THAT(ErrorOf(R"({"header":{"eventId":"xyz"}})"), HasSubstr("header.eventId"));
  EXPECT_THAT(ErrorOf(R"({"header":{"schemaVersion":65536}})"), HasSubstr("schemaVersion"));
  EXPECT_THAT(ErrorOf(R"({"header":{"schemaVersion":-1}})"), HasSubstr("schemaVersion"));
  EXPECT_THAT(ErrorOf(R"({"header":{"status":"perhaps"}})"), HasSubstr("header.status"));
  EXPECT_THAT(ErrorOf(R"({"header":{"test":1}})"), HasSubstr("header.test"));
  EXPECT_THAT(ErrorOf(R"({"header":{"type":1}})"), HasSubstr("header.type"));
  EXPECT_THAT(ErrorOf(R"({"header":{"subject":{"ids":{}}}})"), HasSubstr("header.subject.ids"));
  EXPECT_THAT(ErrorOf(R"({"header":{"subject":{"ids":[1]}}})"), HasSubstr("ids[0]"));
  EXPECT_THAT(ErrorOf(R"({"body":{"reportSigned":true}})"), HasSubstr("body.reportSigned"));
  EXPECT_THAT(ErrorOf(std::string((1 << 20) + 1, ' ')), HasSubstr("1 MiB"));
}

TEST(JsonRead, AnyCutOfTheTextIsAnErrorOrAnEventAndNeverACrash) {
  const std::string text = kReport;
  for (size_t end = 0; end < text.size(); ++end)
    EXPECT_FALSE(EventsFromJson(text.substr(0, end)).ok()) << end;
}

}  // namespace
}  // namespace sam::contract
