#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "adapters/hl7/message.h"

namespace sam::hl7 {
namespace {

const std::string kSiu =
    "MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|SAMSIGNAL|HUB|20260302101500+0100||SIU^S26^SIU_S12|"
    "MSG0001|T|2.5.1|||AL|NE||8859/1\r"
    "SCH|A-77^COSMIC|A-77^COSMIC||||UB^Uteblivet^LOCAL|M8^8-m\xe5nadersbes\xf6k^LOCAL||45|min|"
    "^^^20260302093000+0100||||||||||||||Noshow\r"
    "PID|1||20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR~X1^^^RG^PI||Test^Barn||20210325|U\r"
    "RGS|1\rAIL|1||SE2321000198-BVCTEST\rRGS|2\rAIL|2||OTHER\r";

Message Parse(std::string raw, CharsetPolicy policy = CharsetPolicy()) {
  auto message = Message::Parse(std::move(raw), policy);
  EXPECT_TRUE(message.ok()) << (message.ok() ? "" : message.error().message);
  if (!message.ok()) message = Message::Parse("MSH|^~\\&|FAILED", CharsetPolicy());
  return std::move(message).value();
}

std::string Text(const Message& m, const char* path) {
  auto value = m.Get(path);
  EXPECT_TRUE(value.ok()) << path;
  return value.ok() ? value->text : "";
}

TEST(Message, SelectsFieldsComponentsRepetitionsAndSubcomponents) {
  const Message m = Parse(kSiu);
  EXPECT_EQ(Text(m, "MSH-1"), "|");
  EXPECT_EQ(Text(m, "MSH-2"), "^~\\&");
  EXPECT_EQ(Text(m, "MSH-3"), "COSMIC");
  EXPECT_EQ(Text(m, "MSH-9.2"), "S26");
  EXPECT_EQ(Text(m, "MSH-18"), "8859/1");
  EXPECT_EQ(Text(m, "SCH-11.4"), "20260302093000+0100");
  EXPECT_EQ(Text(m, "SCH-25"), "Noshow");
  EXPECT_EQ(Text(m, "SCH-7.2"), "8-m\u00e5nadersbes\u00f6k");
  EXPECT_EQ(Text(m, "PID-3"), "20210325K069");
  EXPECT_EQ(Text(m, "PID-3.4.2"), "1.2.752.113.11.0.2.1.1.1");
  EXPECT_EQ(Text(m, "PID-3[2].5"), "PI");
  EXPECT_EQ(Text(m, "AIL[2]-3"), "OTHER");
  EXPECT_FALSE(m.Get("PID").ok());
}

TEST(Message, StarGivesEachRepetitionAndOccurrenceInPlace) {
  const Message m = Parse("MSH|^~\\&|A\rPID|1||A^^^^T1~^^^^T2~C\rOBX|1\rOBX|2\r");
  const auto ids = m.GetAll(*Selector::Parse("PID-3[*].1"));
  const auto types = m.GetAll(*Selector::Parse("PID-3[*].5"));
  ASSERT_EQ(ids.size(), 3u);
  ASSERT_EQ(types.size(), 3u);
  EXPECT_EQ(ids[1].presence, Presence::kAbsent);
  EXPECT_EQ(types[1].text, "T2");
  EXPECT_EQ(types[2].presence, Presence::kAbsent);
  const auto numbers = m.GetAll(*Selector::Parse("OBX[*]-1"));
  ASSERT_EQ(numbers.size(), 2u);
  EXPECT_EQ(numbers[1].text, "2");
  EXPECT_TRUE(m.GetAll(*Selector::Parse("PID-5[*]")).empty());
  EXPECT_TRUE(m.GetAll(*Selector::Parse("ZZZ[*]-5[*]")).empty());
  EXPECT_EQ(m.GetAll(*Selector::Parse("MSH-2[*]")).at(0).text, "^~\\&");
}

TEST(Message, RawKeepsTheBytesOfTheLevelNamed) {
  const Message m = Parse(kSiu);
  EXPECT_EQ(m.Raw(*Selector::Parse("PID-3[2]")), "X1^^^RG^PI");
  EXPECT_EQ(m.Raw(*Selector::Parse("PID-3.4")), "&1.2.752.113.11.0.2.1.1.1&ISO");
  EXPECT_EQ(m.Raw(*Selector::Parse("PID-3.4.3")), "ISO");
  EXPECT_EQ(m.Raw(*Selector::Parse("MSH-2")), "^~\\&");
  EXPECT_EQ(m.Raw(*Selector::Parse("ZZZ-1")), "");
}

TEST(Message, EmptyIsAbsentAndTwoQuotesAreNullAtEveryLevel) {
  const Message m = Parse("MSH|^~\\&|A\rPID|1||\"\"||A^\"\"^^\"\"&x|\"\"|a&\"\"\r");
  const auto presence = [&m](const char* path) { return m.Get(path)->presence; };
  EXPECT_EQ(presence("PID-2"), Presence::kAbsent);
  EXPECT_EQ(presence("PID-3"), Presence::kNull);
  EXPECT_EQ(presence("PID-3.4"), Presence::kNull);  // the whole field is deleted
  EXPECT_EQ(presence("PID-5.1"), Presence::kValue);
  EXPECT_EQ(presence("PID-5.2"), Presence::kNull);
  EXPECT_EQ(presence("PID-5.2.2"), Presence::kNull);
  EXPECT_EQ(presence("PID-5.3"), Presence::kAbsent);
  EXPECT_EQ(presence("PID-5.4.2"), Presence::kValue);
  EXPECT_EQ(presence("PID-7.1.2"), Presence::kNull);
  EXPECT_EQ(presence("PID-30"), Presence::kAbsent);  // cut off
  EXPECT_EQ(m.Get("PID-3")->text, "");
}

TEST(Message, EverySegmentEndIsTolerated) {
  for (const char* end : {"\r", "\n", "\r\n", "\r\r\n", "\r\n\r\n"}) {
    const std::string e = end;
    const Message m = Parse("MSH|^~\\&|A" + e + "PID|1||X" + e + "OBX|1" + e);
    EXPECT_EQ(m.segment_count(), 3u);
    EXPECT_EQ(Text(m, "PID-3"), "X");
    EXPECT_TRUE(m.warnings().empty());
  }
  EXPECT_EQ(Parse("MSH|^~\\&|A\rPID|1||X").segment_count(), 2u);
  EXPECT_EQ(Parse("\xef\xbb\xbf\r\nMSH|^~\\&|A\r  \rPID|1||X").segment_count(), 2u);
}

TEST(Message, LineFeedInsideATextOfACrMessageLosesNothing) {
  const Message m = Parse("MSH|^~\\&|A\rOBX|1|TX|||first\nsecond|F\rOBX|2\nOBX|3\n");
  EXPECT_EQ(Text(m, "OBX-5"), "first\nsecond");
  EXPECT_EQ(Text(m, "OBX-6"), "F");
  EXPECT_EQ(m.Count("OBX"), 3u);
}

TEST(Message, AResultAloneIsAllOfItAndItsFirstPartWhereThatIsNamed) {
  const Message m = Parse("MSH|^~\\&|A\rOBX|1|TX|X^Y||Mor & far^39~mer \\T\\ mer|a^b\r");
  EXPECT_EQ(Text(m, "OBX-5"), "Mor & far^39");
  EXPECT_EQ(Text(m, "OBX-5[2]"), "mer & mer");
  EXPECT_EQ(Text(m, "OBX-5.1"), "Mor ");
  EXPECT_EQ(Text(m, "OBX-3"), "X");
  EXPECT_EQ(Text(m, "OBX-6"), "a");
}

TEST(Message, LinesWithoutASegmentNameAreKeptWithAWarning) {
  const Message m = Parse("MSH|^~\\&|A\rPIDX|1||X\rPV|1\rPID|1||Y\rZZ1|keep\r");
  ASSERT_EQ(m.segment_count(), 5u);
  EXPECT_EQ(m.warnings().size(), 2u);
  EXPECT_EQ(m.segment(1).raw(), "PIDX|1||X");
  EXPECT_EQ(m.segment(1).id(), "");
  EXPECT_EQ(Text(m, "PID-3"), "Y");
  EXPECT_EQ(Text(m, "ZZ1-1"), "keep");
}

TEST(Message, WarningsAreBounded) {
  std::string raw = "MSH|^~\\&|A\r";
  for (int i = 0; i < 1000; ++i) raw += "??\r";
  EXPECT_EQ(Parse(raw).warnings().size(), Message::kMaxWarnings);
}

TEST(Message, OwnSeparatorsAreUsedEverywhere) {
  const Message m = Parse("MSH^~|\\&^APP^FAC\rPID^1^^A~B|C~D&E\\F\\\r");
  EXPECT_EQ(Text(m, "MSH-1"), "^");
  EXPECT_EQ(Text(m, "MSH-3"), "APP");
  EXPECT_EQ(Text(m, "PID-3.2"), "B");
  EXPECT_EQ(Text(m, "PID-3[2].2.2"), "E^");
}

TEST(Message, OddEscapesAreMarkedAndLeft) {
  const Message m = Parse("MSH|^~\\&|A\rOBX|1|ST|X||C:\\temp\\|a\\F\\b\r");
  EXPECT_EQ(Text(m, "OBX-5"), "C:\\temp\\");
  EXPECT_TRUE(m.Get("OBX-5")->odd_escape);
  EXPECT_EQ(Text(m, "OBX-6"), "a|b");
  EXPECT_FALSE(m.Get("OBX-6")->odd_escape);
}

TEST(Message, APlaceIsLookedForInARangeOfSegments) {
  const Message m = Parse(kSiu);
  const std::vector<uint32_t>& starts = m.Places("RGS");
  ASSERT_EQ(starts.size(), 2u);
  const std::vector<SegmentRange> groups = {{starts[0], starts[1]}, {starts[1], m.segment_count()}};
  const Selector unit = *Selector::Parse("AIL-3");
  EXPECT_EQ(m.Get(unit, groups[0]).text, "SE2321000198-BVCTEST");
  EXPECT_EQ(m.Get(unit, groups[1]).text, "OTHER");
  EXPECT_EQ(m.Count("AIL", groups[1]), 1u);
  EXPECT_EQ(m.GetAll(*Selector::Parse("AIL[*]-1"), groups[1]).size(), 1u);
  EXPECT_TRUE(m.Places("OBR").empty());
  EXPECT_FALSE(m.Find("AIL", 2, groups[1]));
  EXPECT_FALSE(m.Find("AIL", 0));
  EXPECT_EQ(m.Count("AIL", {groups[1].first, groups[0].first}), 0u);
}

TEST(Message, FieldCountFollowsHl7Numbers) {
  const Message m = Parse("MSH|^~\\&|A|B\rPID|1|2\rEVN\r");
  EXPECT_EQ(m.segment(0).field_count(), 4u);
  EXPECT_EQ(m.segment(1).field_count(), 2u);
  EXPECT_EQ(m.segment(2).field_count(), 0u);
}

TEST(Message, CopiesAndMovesKeepTheirPlaces) {
  Message a = Parse("MSH|^~\\&|A\r");
  const Message b = a;
  const Message c = std::move(a);
  EXPECT_EQ(Text(b, "MSH-3"), "A");
  EXPECT_EQ(Text(c, "MSH-3"), "A");
}

TEST(Message, UnreadableInputSaysWhyAndGivesTheCode) {
  struct Case {
    std::string raw;
    ErrorCode code;
    const char* word;
  };
  using namespace std::string_literals;
  const std::vector<Case> cases = {
      {"", ErrorCode::kSegmentSequence, "empty"},
      {" \r\n", ErrorCode::kSegmentSequence, "empty"},
      {"hello", ErrorCode::kSegmentSequence, "MSH"},
      {"MSH", ErrorCode::kSegmentSequence, "separators"},
      {"MSHX|", ErrorCode::kSegmentSequence, ""},
      {"MSH|", ErrorCode::kSegmentSequence, "MSH-2"},
      {"MSH||A", ErrorCode::kSegmentSequence, "MSH-2"},
      {"MSH|&&&&|A", ErrorCode::kSegmentSequence, "same character"},
      {"<?xml version=\"1.0\"?><ADT_A01/>", ErrorCode::kMessageType, "XML"},
      {"{\"resourceType\":\"Bundle\"}", ErrorCode::kMessageType, "JSON"},
      {"FHS|^~\\&|A\rMSH|^~\\&|A\r", ErrorCode::kSegmentSequence, "batch"},
      {"MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\r", ErrorCode::kSegmentSequence, "several"},
      {"MSH|^~\\&|A\rPID|1\rMSH^~|\\&^B\r", ErrorCode::kSegmentSequence, "several"},
      {"PID|1\rMSH|^~\\&|A\r", ErrorCode::kSegmentSequence, "begin"},
      {"M\0S\0H\0|\0"s, ErrorCode::kDataType, "UTF-16"},
      {"MSH|^~\\&||||||||||||||||UNICODE UTF-16\r", ErrorCode::kDataType, "UTF-16"}};
  for (const Case& one : cases) {
    ErrorCode code = ErrorCode::kAccepted;
    auto message = Message::Parse(one.raw, CharsetPolicy(), &code);
    ASSERT_FALSE(message.ok()) << one.raw;
    EXPECT_EQ(message.error().code, Code::kInvalid);
    EXPECT_EQ(code, one.code) << one.raw;
    EXPECT_NE(message.error().message.find(one.word), std::string::npos) << message.error().message;
  }
}

TEST(Message, SegmentLimitIsARefusalNotACrash) {
  std::string raw = "MSH|^~\\&|A\r";
  for (size_t i = 0; i < Message::kMaxSegments - 1; ++i) raw += "Z\r";
  EXPECT_TRUE(Message::Parse(raw, CharsetPolicy()).ok());
  ErrorCode code = ErrorCode::kAccepted;
  EXPECT_FALSE(Message::Parse(raw + "Z\r", CharsetPolicy(), &code).ok());
  EXPECT_EQ(code, ErrorCode::kTooLong);
  EXPECT_FALSE(Message::Parse("MSH|^~\\&|A\rZZZ" + std::string(Message::kMaxFields + 1, '|'),
                              CharsetPolicy())
                   .ok());
}

TEST(Message, HeaderIsWhatReadHeaderFindsInTheSameBytes) {
  for (const std::string& raw :
       {std::string("MSH|^~\\&|A|B\rPID|1\r"), std::string("\xef\xbb\xbf \r\nMSH|^~\\&|A|B||\nPID|1"),
        std::string("MSH|^~\\&"), "MSH#*~\\&#A#B" + std::string(40, '#') + "end\r\nZZ1#x"}) {
    const Result<Message> message = Message::Parse(raw, CharsetPolicy());
    ASSERT_TRUE(message.ok()) << raw;
    const Header wanted = ReadHeader(message->raw());
    const Header found = message->header();
    EXPECT_TRUE(found.found && found.delimiters_readable);
    EXPECT_EQ(found.segment, wanted.segment);
    EXPECT_EQ(found.fields, wanted.fields) << raw;
    EXPECT_EQ(found.delimiters.field, wanted.delimiters.field);
    EXPECT_EQ(found.delimiters.component, wanted.delimiters.component);
  }
}

TEST(Header, VersionIsReadTolerantly) {
  const auto version = [](const std::string& text) {
    const std::string raw = "MSH|^~\\&|||||||||" + text + "|\r";
    return ReadHeader(raw).version();
  };
  EXPECT_EQ(version("|2.5").minor, 5);
  EXPECT_EQ(version("| 2.5").minor, 5);
  EXPECT_EQ(version("|2.3.z").minor, 3);
  EXPECT_EQ(version("|2.5.1^FRA^2.11").minor, 5);
  EXPECT_EQ(version("|").major, 0);
  EXPECT_EQ(version("|x.y").major, 0);
  EXPECT_TRUE(version("|").AtLeast(2, 5));
  EXPECT_FALSE(version("|2.3").AtLeast(2, 4));
}

RC_GTEST_PROP(MessageProperty, AnyBytesParseOrGiveAReasonAndEveryPlaceCanBeRead,
              (const std::string& tail)) {
  for (const std::string& head : {std::string(), std::string("MSH|^~\\&|"), std::string("MSH")}) {
    ErrorCode code = ErrorCode::kAccepted;
    auto message = Message::Parse(head + tail, CharsetPolicy(), &code);
    RC_ASSERT(message.ok() == (code == ErrorCode::kAccepted));
    if (!message.ok()) continue;
    for (size_t i = 0; i < message->segment_count(); ++i) {
      const Segment segment = message->segment(i);
      for (size_t n = 0; n <= segment.field_count() + 1; ++n) message->Decode(segment.Field(n));
    }
  }
}

}  // namespace
}  // namespace sam::hl7
