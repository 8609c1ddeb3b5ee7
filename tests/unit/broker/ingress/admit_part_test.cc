// Parts of attachments at the door: what could never be put together, or is too much, goes no further.
#include <gtest/gtest.h>

#include "broker/ingress/admit.h"
#include "event_maker.h"

namespace sam::ingress {
namespace {

using wire::Refusal;
using P = schema::AttachmentPart::Builder;
using SpoilPart = std::function<void(P)>;

class AdmitPartTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { CryptoInit(); }
  static std::string Part(const SpoilPart& spoil, const Spoil& header = {}) {
    return MakeEvent(2, "M2", [&](schema::Event::Builder e) {
      e.getHeader().setType("report.attachment");
      auto part = e.getBody().initReportAttachment();
      part.setReportMessageId("M1");
      part.setDigest(wire::AsData(std::string(32, 'd')));
      part.setSize(300);
      part.setIndex(2);
      part.setCount(3);
      part.setBytes(wire::AsData(std::string(100, 'b')));
      if (spoil) spoil(part);
      if (header) header(e);
    });
  }
  Admission Try(const SpoilPart& spoil = {}, const Spoil& header = {}) {
    return Admit(peer_, Part(spoil, header), AdmitRules(), Millis(kNow), key_);
  }
  PeerRules peer_ = BvcRules();
  SecretKey key_ = SecretKey::Random();
};

TEST_F(AdmitPartTest, APartNamesItsReportByTheKeyThatTheReportHas) {
  const Admission part = Try();
  ASSERT_EQ(part.code, Refusal::NONE) << part.field;
  const Admission report = Admit(peer_, MakeEvent(1, "M1"), AdmitRules(), Millis(kNow), key_);
  EXPECT_EQ(part.draft.about, report.draft.message_key);
  EXPECT_TRUE(report.draft.about.empty());
  EXPECT_NE(part.draft.message_key, part.draft.about);
}

TEST_F(AdmitPartTest, EachFaultHasItsCodeAndField) {
  const struct {
    const char* name;
    SpoilPart spoil;
    Refusal code;
    const char* field;
  } rows[] = {
      {"no report", [](P p) { p.setReportMessageId(""); }, Refusal::MISSING_FIELD,
       "reportMessageId"},
      {"no digest", [](P p) { p.disownDigest(); }, Refusal::MISSING_FIELD, "digest"},
      {"short digest", [](P p) { p.setDigest(wire::AsData("abc")); }, Refusal::BAD_VALUE, "digest"},
      {"long digest", [](P p) { p.setDigest(wire::AsData(std::string(33, 'd'))); },
       Refusal::BAD_VALUE, "digest"},
      {"no bytes", [](P p) { p.disownBytes(); }, Refusal::MISSING_FIELD, "bytes"},
      {"index beyond", [](P p) { p.setIndex(3); }, Refusal::BAD_VALUE, "index"},
      {"no count", [](P p) { p.setCount(0); }, Refusal::BAD_VALUE, "count"},
      {"too many parts", [](P p) { p.setCount(wire::kMaxParts + 1); }, Refusal::TOO_LARGE, "count"},
      {"more parts than bytes", [](P p) { p.setSize(2); }, Refusal::BAD_VALUE, "count"},
      {"more bytes than the whole", [](P p) { p.setSize(101); }, Refusal::BAD_VALUE, "bytes"},
      {"one part that is not all",
       [](P p) {
         p.setCount(1);
         p.setIndex(0);
       },
       Refusal::BAD_VALUE, "bytes"},
      {"a whole too large", [](P p) { p.setSize(wire::kMaxAttachmentBytes + 1); },
       Refusal::TOO_LARGE, "size"},
      {"the eleventh attachment", [](P p) { p.setAttachment(wire::kMaxAttachments); },
       Refusal::TOO_LARGE, "attachment"},
      {"a part too large",
       [](P p) {
         p.setSize(wire::kMaxAttachmentBytes);
         p.setBytes(wire::AsData(std::string(wire::kMaxPartBytes + 1, 'b')));
       },
       Refusal::TOO_LARGE, "bytes"},
  };
  for (const auto& row : rows) {
    const Admission out = Try(row.spoil);
    EXPECT_EQ(wire::RefusalName(out.code), std::string(wire::RefusalName(row.code))) << row.name;
    EXPECT_EQ(out.field, std::string("body.reportAttachment.") + row.field) << row.name;
  }
}

TEST_F(AdmitPartTest, WhatIsJustWithinTheLimitsIsTaken) {
  EXPECT_EQ(Try([](P p) {
              p.setSize(wire::kMaxAttachmentBytes);
              p.setAttachment(wire::kMaxAttachments - 1);
              p.setCount(wire::kMaxParts);
              p.setIndex(wire::kMaxParts - 1);
              p.setBytes(wire::AsData(std::string(wire::kMaxPartBytes, 'b')));
            }).code,
            Refusal::NONE);
  EXPECT_EQ(Try([](P p) { p.setSize(102); }).code, Refusal::NONE) << "the others hold a byte each";
}

TEST_F(AdmitPartTest, APartIsNeverCorrectedByItself) {
  const Admission out = Try({}, [](schema::Event::Builder e) {
    e.getHeader().setStatus(schema::EventStatus::CORRECTED);
  });
  EXPECT_EQ(out.code, Refusal::BAD_VALUE);
  EXPECT_EQ(out.field, "header.status");
}

TEST_F(AdmitPartTest, WhoeverMaySignMaySendWhatBelongsToIt) {
  peer_.event_types = {"report.signed"};
  EXPECT_EQ(Try().code, Refusal::NONE);
  peer_.event_types = {"bvc.visit.missed"};
  EXPECT_EQ(Try().code, Refusal::NOT_ALLOWED);
}

TEST_F(AdmitPartTest, AnotherKindOfEventOfThatSizeIsStillTooLarge) {
  const std::string event = MakeEvent(3, "M3", [](schema::Event::Builder e) {
    e.getBody().getBvcVisitMissed().setAppointmentId(std::string(wire::kMaxTextBytes - 1, 'a'));
    e.getHeader().setActorRole(std::string(wire::kMaxTextBytes - 1, 'a'));
  });
  EXPECT_EQ(Admit(peer_, event, AdmitRules(), Millis(kNow), key_).code, Refusal::TOO_LARGE);
}

}  // namespace
}  // namespace sam::ingress
