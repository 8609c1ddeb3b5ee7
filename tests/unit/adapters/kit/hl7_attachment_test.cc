// A signed report over HL7 v2 with a file in an OBX of type ED.
#include <gmock/gmock.h>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/limits.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string ReportWith(const std::string& obx) { return Fixture("mdm_t02_report") + obx + "\r"; }

TEST(Hl7Attachment, FollowsTheReportAndIsNotKeptTwice) {
  Rig rig;
  std::string content(wire::kMaxPartBytes + 5, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 37 >> 2);
  const Verdict verdict = rig.Take(ReportWith("OBX|99|ED|JOURNAL^utdrag^LOCAL||^application^pdf^Base64^" +
                                              ToBase64(content) + "||||||F"));
  ASSERT_EQ(verdict.kind, Verdict::Kind::kTaken) << verdict.reason << " " << verdict.detail;
  const auto outbox = rig.Outbox();
  ASSERT_THAT(outbox, SizeIs(3));
  const auto report = wire::Parse<schema::Event>(outbox[0]);
  ASSERT_TRUE(report.ok());
  const auto listed = report->get().getBody().getReportSigned().getAttachments();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(std::string(listed[0].getMediaType().cStr()), "application/pdf");
  EXPECT_EQ(std::string(listed[0].getTitle().cStr()), "utdrag");
  std::string whole;
  for (size_t i = 1; i < 3; ++i) {
    const auto part = wire::Parse<schema::Event>(outbox[i]);
    ASSERT_TRUE(part.ok());
    const auto body = part->get().getBody().getReportAttachment();
    EXPECT_EQ(std::string(body.getReportMessageId().cStr()),
              report->get().getHeader().getSourceMessageId().cStr());
    whole += wire::View(body.getBytes());
  }
  EXPECT_EQ(whole, content);
  const auto raw = rig.store->Raw(verdict.raw_ref);
  ASSERT_TRUE(raw.ok() && *raw);
  EXPECT_THAT((*raw)->bytes, HasSubstr("^Base64^samsignal-cut:"));
  EXPECT_THAT((*raw)->bytes, HasSubstr("Canaryord"));
}

TEST(Hl7Attachment, BrokenContentPutsTheReportAsideWhole) {
  Rig rig;
  const Verdict verdict =
      rig.Take(ReportWith("OBX|99|ED|JOURNAL||^application^pdf^Base64^not base64!||||||F"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(verdict.reason, "attachment-encoding");
  EXPECT_TRUE(rig.Outbox().empty());
  ASSERT_THAT(rig.Quarantine(), SizeIs(1));
  EXPECT_THAT(rig.Quarantine()[0].raw, HasSubstr("not base64!"));
}

TEST(Hl7Attachment, ANoteOfOursIsBelievedInWhatWeKeptAndInNothingThatIsSent) {
  const std::string note = "samsignal-cut:" + std::string(64, 'a') + ":4711";
  const std::string report =
      ReportWith("OBX|99|ED|JOURNAL^utdrag^LOCAL||^application^pdf^Base64^" + note + "||||||F");
  Rig live;
  EXPECT_EQ(live.Take(report).reason, "attachment-cut");
  EXPECT_TRUE(live.Outbox().empty());
  Rig kept;
  kept.pipeline->SetKept(true);
  EXPECT_EQ(kept.Take(report).kind, Verdict::Kind::kTaken);
  EXPECT_THAT(kept.Outbox(), SizeIs(1)) << "listed, and nothing follows";
}

TEST(Hl7Attachment, AnotherEncodingIsNotAFile) {
  Rig rig;
  const Verdict verdict = rig.Take(ReportWith("OBX|99|ED|JOURNAL||^text^plain^A^hello||||||F"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kTaken);
  EXPECT_THAT(rig.Outbox(), SizeIs(1));
}

}  // namespace
}  // namespace sam::kit::test
