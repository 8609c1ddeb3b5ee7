// A message's places as `map coverage` names them, and hints on names that HL7 does not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/mllp/hl7_names.h"
#include "adapters/mllp/hl7_record.h"

namespace sam::mllp {
namespace {

using testing::ElementsAre;

struct Read {
  Hl7Format format;
  std::unique_ptr<Hl7Record> record;
  explicit Read(const std::string& text) {
    Result<hl7::Message> message = hl7::Message::Parse(text, hl7::CharsetPolicy());
    const Result<hl7::Zone> zone = hl7::Zone::Find("Europe/Stockholm");
    EXPECT_TRUE(message.ok() && zone.ok());
    if (message.ok() && zone.ok())
      record = std::make_unique<Hl7Record>(format, std::move(*message), *zone, Millis(0));
  }
  std::vector<std::string> Touched(const char* selector, const kit::Scope& scope = {}) {
    return record->Touched(*format.Compile(selector), scope);
  }
};

const char* const kMessage =
    "MSH|^~\\&|A|B|||20260302101500||ORU^R01|1|T|2.5.1\r"
    "PID|1||X1~X2||Test\rOBX|1|ST|UTF^Text||x||||||F\rOBX|2|ST|AKUT||y\rZBV|1||z\rNK1|1| \r";

TEST(Hl7Places, EachFieldThatSaysSomethingIsNamedOnce) {
  EXPECT_THAT(Read(kMessage).record->Places(),
              ElementsAre("OBX(3.1=AKUT)-5", "OBX(3.1=UTF)-5", "OBX-11", "PID-3", "PID-5", "ZBV-1", "ZBV-3"));
}

TEST(Hl7Places, ASelectorTouchesTheFieldItReads) {
  Read read(kMessage);
  EXPECT_THAT(read.Touched("PID-3[*].1"), ElementsAre("PID-3"));
  EXPECT_THAT(read.Touched("OBX(3.1=AKUT)-5.1"), ElementsAre("OBX(3.1=AKUT)-5"));
  EXPECT_THAT(read.Touched("OBX(3.1=NONE)-5.1"), ElementsAre());
  EXPECT_THAT(read.Touched("OBX-5", {"OBX", 2}), ElementsAre("OBX(3.1=AKUT)-5"));
  EXPECT_THAT(read.Touched("OBX[*]-5"), ElementsAre("OBX(3.1=UTF)-5", "OBX(3.1=AKUT)-5"));
}

TEST(Hl7Places, AMessageCutAnywhereIsListedWithoutFailing) {
  const std::string text = kMessage;
  for (size_t cut = 20; cut <= text.size(); ++cut) {
    Result<hl7::Message> message = hl7::Message::Parse(text.substr(0, cut), hl7::CharsetPolicy());
    if (!message.ok()) continue;
    const Hl7Format format;
    const Hl7Record record(format, std::move(*message), *hl7::Zone::Find("Europe/Stockholm"), Millis(0));
    EXPECT_LE(record.Places().size(), 9U);
  }
}

TEST(Hl7Record, ADayWithBlanksAroundItIsThatDay) {
  const Read read(kMessage);
  const Result<kit::TimeValue> plain = read.record->Time("20260302");
  ASSERT_TRUE(plain.ok());
  for (const char* text : {" 20260302", "20260302 ", "\t20260302"}) {
    const Result<kit::TimeValue> day = read.record->Time(text);
    ASSERT_TRUE(day.ok()) << '"' << text << '"';
    EXPECT_EQ(day->instant, plain->instant);
    EXPECT_EQ(day->precision, kit::TimePrecision::kDay);
    EXPECT_EQ(*read.record->Date(text), "2026-03-02");
  }
}

TEST(Hl7Names, WhatHl7HasIsNotOdd) {
  for (const char* one : {"SIU^S26", "ADT^A08", "ORU^R01", "MDM^T02", "VXU^V04", "REF^I12", "ACK^A01",
                          "QBP^Q21", "ZBV^A01", "ADT^Z01"})
    EXPECT_EQ(OddTrigger(one), "") << one;
  for (const char* one : {"PID", "PD1", "NK1", "SCH", "TXA", "ZBV"}) EXPECT_EQ(OddSegment(one), "");
}

TEST(Hl7Names, ASlipOfThePenIsNamedWithWhatWasMeant) {
  EXPECT_EQ(OddTrigger("SUI^S26"), "HL7 has no message type 'SUI'; the nearest is 'SIU^S26'");
  EXPECT_EQ(OddTrigger("SIU^A26"),
            "HL7 has no event 'A26' for SIU, whose events begin with S; the nearest is 'SIU^S26'");
  EXPECT_EQ(OddSegment("PDI"), "HL7 has no segment 'PDI'; the nearest is 'PID'");
  EXPECT_NE(OddSegment("QQQ"), "");
}

}  // namespace
}  // namespace sam::mllp
