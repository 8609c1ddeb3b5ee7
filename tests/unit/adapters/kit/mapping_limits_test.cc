// What one message may cost: reading grows with the message and not with its square, and a message
// of too many events is put aside. Costs are counted, not timed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "adapters/mllp/hl7_record.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A report of results with `count` lines of one code, and what qualifies them at its end.
std::string Results(size_t count, const std::string& code, const std::string& flag) {
  std::string out =
      "MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|S|H|20260302101500+0100||ORU^R01^ORU_R01|L1|T|2.5.1\r"
      "PID|1||20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR||Testsson^Barn||20210325\r"
      "OBR|1|||FORM^Formulär^LOCAL|||20260302094500+0100\r";
  for (size_t n = 1; n <= count; ++n)
    out.append("OBX|").append(std::to_string(n)).append("|CE|").append(code).append("||x|||").append(
        flag + "|||F\r");
  return out + "OBX|0|CE|REMISS||J||||||F\r";
}

struct LimitsRig : sam::test::DecoderRig {
  std::unique_ptr<Decoder> decoder;
  uint64_t reads = 0;  // fields of the last message
  std::string conditions;

  explicit LimitsRig(const std::string& more = "") {
    kinds = TestKinds();
    config = TestConfig();
    ParseMapping(
        "[mapping]\nid = \"t\"\nversion = \"1\"\nformat = \"hl7v2\"\n[header]\n"
        "\"occurredAt\" = { from = \"MSH-7.1\", as = \"time\" }\n"
        "[[event]]\nname = \"screening\"\ntype = \"bvc.screening.deviation\"\nwhen = [\"ORU^R01\"]\n"
        "each = \"OBX\"\n[[event.if]]\nat = \"OBX-8.1\"\nequals = \"A\"\n" + more +
        "[event.body]\n\"domain\" = { const = \"vision\" }\n"
        "\"visitCode\" = { from = \"OBX(3.1=BESOK)-5.1\" }\n"
        "\"referralSent\" = { from = \"OBX(3.1=REMISS)-8.1\", unknown = \"skip\" }\n");
    if (mapping) decoder = MakeDecoder();
  }

  Mapped Map(const std::string& message) {
    Result<Decoded> decoded = decoder->Decode(message, "peer");
    EXPECT_TRUE(decoded.ok() && decoded->record);
    const auto* record = dynamic_cast<const mllp::Hl7Record*>(decoded->record.get());
    const uint64_t before = record->message().reads();
    MapContext context;
    context.source = &decoded->identity;
    context.message_id = decoded->message_id;
    Mapper mapper(*mapping, clock, Random(1));
    Mapped out = mapper.Map(*record, context);
    reads = record->message().reads() - before;
    return out;
  }
};

TEST(MappingLimits, ReadingGrowsWithTheMessageAndNotWithItsSquare) {
  // A condition on a place with a `where` is asked for each unit; nothing matches it.
  LimitsRig rig("[[event.if]]\nat = \"OBX(3.1=NONE)-5.1\"\npresent = true\n");
  rig.Map(Results(10'000, "SYN4", "A"));
  const uint64_t once = rig.reads;
  const Mapped mapped = rig.Map(Results(20'000, "SYN4", "A"));
  EXPECT_FALSE(mapped.problem);
  EXPECT_TRUE(mapped.wanted);
  EXPECT_LE(rig.reads, 2 * once + 10);
  EXPECT_LE(rig.reads, 5U * 20'000);
}

TEST(MappingLimits, WhatQualifiesManyUnitsIsReadOnce) {
  LimitsRig rig;
  const Mapped mapped = rig.Map(Results(400, "REMISS", "A"));  // each is a qualifier of all
  EXPECT_FALSE(mapped.problem);
  EXPECT_EQ(mapped.events.size(), 400U);
  EXPECT_LE(rig.reads, 5U * 400);
}

TEST(MappingLimits, AMessageOfTooManyEventsIsPutAsideAndNotCut) {
  LimitsRig rig;
  EXPECT_EQ(rig.Map(Results(Mapper::kMaxEvents, "SYN4", "A")).events.size(), Mapper::kMaxEvents);
  for (const size_t count : {Mapper::kMaxEvents + 1, size_t{20'000}}) {
    const Mapped mapped = rig.Map(Results(count, "SYN4", "A"));
    EXPECT_TRUE(mapped.events.empty());
    ASSERT_TRUE(mapped.problem);
    EXPECT_EQ(mapped.problem->code, "too-many-events");
    EXPECT_THAT(mapped.problem->detail, HasSubstr("more than 500 events"));
    EXPECT_THAT(mapped.problem->detail, HasSubstr("'screening'"));
    EXPECT_THAT(mapped.problem->detail, HasSubstr("send smaller messages"));
    EXPECT_LE(rig.reads, 10'000U + 2 * count);  // it stops there
  }
}

TEST(MappingLimits, RulesThatLookAtEverythingForEachUnitAreStopped) {
  LimitsRig rig("[[event.if]]\nat = \"OBX(3.1=SYN4)-5.1\"\nequals = \"NONE\"\n");
  const Mapped mapped = rig.Map(Results(10'000, "SYN4", "A"));
  EXPECT_TRUE(mapped.events.empty());
  ASSERT_TRUE(mapped.problem);
  EXPECT_EQ(mapped.problem->code, "too-many-values");
  EXPECT_THAT(mapped.problem->detail, HasSubstr("10001 OBX"));
  EXPECT_LE(rig.reads, 100'000U);
}

TEST(MappingLimits, TheShippedMappingPutsAMessageOfTooManyFindingsAsideWhole) {
  Rig rig;
  const Verdict verdict = rig.Take(Results(1'000, "SYN4", "A"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(verdict.reason, "too-many-events");
  EXPECT_THAT(verdict.ack, HasSubstr("MSA|AA|L1"));
  EXPECT_TRUE(rig.Outbox().empty());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_THAT(rig.Quarantine()[0].detail, Not(HasSubstr("Testsson")));
}

}  // namespace
}  // namespace sam::kit::test
