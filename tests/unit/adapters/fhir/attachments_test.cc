// A signed report with files in it: the report first, then its files, part by part, as events of their own.
#include <gmock/gmock.h>

#include "adapters/kit/attachment_parts.h"
#include "adapters/kit/raw_cut.h"
#include "broker/base/text.h"
#include "broker/contract/required.h"
#include "broker/crypto/digest.h"
#include "broker/wire/limits.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Kind = kit::Verdict::Kind;

std::string Content(size_t size) {
  std::string out(size, '\0');
  uint32_t state = 7;
  for (char& c : out) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

std::string Payload(const std::string& content) {
  return R"({"contentAttachment":{"contentType":"application/pdf","title":"journal","data":")" +
         ToBase64(content) + "\"}}";
}

std::string Report(const std::string& payloads, const std::string& version = "1") {
  std::string text = Sample("communication_report_signed");
  const size_t at = text.find("\"payload\": [") + 12;
  text.insert(at, payloads + ",");
  const std::string old = "\"versionId\": \"1\"";
  text.replace(text.find(old), old.size(), "\"versionId\": \"" + version + "\"");
  return text;
}

struct Sent {
  std::string type, id, event, about, digest, bytes, person, missing;
  uint16_t attachment = 0, index = 0, count = 0;
  uint64_t size = 0;
  schema::EventStatus status{};
};

std::vector<Sent> Read(const std::vector<std::string>& outbox) {
  std::vector<Sent> out;
  for (const std::string& bytes : outbox) {
    EXPECT_LE(bytes.size(), wire::kMaxEventBytes);
    const auto event = wire::Parse<schema::Event>(bytes);
    EXPECT_TRUE(event.ok()) << event.error().message;
    if (!event.ok()) continue;
    const auto header = event->get().getHeader();
    Sent one;
    one.type = header.getType().cStr();
    one.id = header.getSourceMessageId().cStr();
    one.event = std::string(wire::View(header.getEventId()));
    one.status = header.getStatus();
    one.missing = contract::MissingField(event->get());
    if (header.getSubject().getIds().size() > 0)
      one.person = header.getSubject().getIds()[0].getValue().cStr();
    if (event->get().getBody().isReportAttachment()) {
      const auto body = event->get().getBody().getReportAttachment();
      one.about = body.getReportMessageId().cStr();
      one.digest = std::string(wire::View(body.getDigest()));
      one.bytes = std::string(wire::View(body.getBytes()));
      one.attachment = body.getAttachment();
      one.index = body.getIndex();
      one.count = body.getCount();
      one.size = body.getSize();
    }
    out.push_back(std::move(one));
  }
  return out;
}

TEST(FhirAttachments, GoAfterTheReportInPartsThatMakeTheFile) {
  FhirRig rig;
  const std::string content = Content(2 * wire::kMaxPartBytes + 1);
  const kit::Verdict verdict = rig.Take(Report(Payload(content) + "," + Payload("small")));
  ASSERT_EQ(verdict.kind, Kind::kTaken) << verdict.reason << " " << verdict.detail;
  const auto sent = Read(rig.Outbox());
  ASSERT_THAT(sent, SizeIs(5));
  EXPECT_EQ(sent[0].type, "report.signed");
  std::string whole;
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(sent[i].type, "report.attachment");
    EXPECT_EQ(sent[i].about, sent[0].id);
    EXPECT_EQ(sent[i].id, sent[0].id + "#attachment.1." + std::to_string(i));
    EXPECT_EQ(sent[i].person, "20210325K069");
    EXPECT_EQ(sent[i].digest, Sha256({content}).view());
    EXPECT_EQ(sent[i].size, content.size());
    EXPECT_EQ(sent[i].index, i - 1);
    EXPECT_EQ(sent[i].count, 3);
    EXPECT_EQ(sent[i].missing, "");
    whole += sent[i].bytes;
  }
  EXPECT_EQ(whole, content);
  EXPECT_EQ(sent[4].attachment, 1);
  EXPECT_EQ(sent[4].bytes, "small");
  std::set<std::string> ids;
  for (const Sent& one : sent) EXPECT_TRUE(ids.insert(one.event).second);
  ASSERT_THAT(verdict.events, SizeIs(1));
  ASSERT_THAT(verdict.events[0].files, SizeIs(2));
  EXPECT_EQ(verdict.events[0].files[0].media_type, "application/pdf");
  EXPECT_EQ(kit::PartsOf(verdict.events[0].files[0].size), 3);
}

TEST(FhirAttachments, TheReportListsThemWithDigestSizeTypeAndTitle) {
  FhirRig rig;
  rig.Take(Report(Payload("small")));
  const auto event = wire::Parse<schema::Event>(rig.Outbox().at(0));
  ASSERT_TRUE(event.ok());
  const auto list = event->get().getBody().getReportSigned().getAttachments();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(wire::View(list[0].getDigest()), Sha256({"small"}).view());
  EXPECT_EQ(list[0].getSize(), 5u);
  EXPECT_EQ(std::string(list[0].getMediaType().cStr()), "application/pdf");
  EXPECT_EQ(std::string(list[0].getTitle().cStr()), "journal");
}

TEST(FhirAttachments, TheSameReportAgainIsNothingNewAndALaterVersionBringsItsOwn) {
  FhirRig rig;
  EXPECT_EQ(rig.Take(Report(Payload("small"))).kind, Kind::kTaken);
  EXPECT_EQ(rig.Take(Report(Payload("small"))).kind, Kind::kDuplicate);
  EXPECT_EQ(rig.Take(Report(Payload("small"), "2")).kind, Kind::kTaken);
  const auto sent = Read(rig.Outbox());
  ASSERT_THAT(sent, SizeIs(4));
  EXPECT_EQ(sent[2].status, schema::EventStatus::CORRECTED);
  EXPECT_EQ(sent[3].status, schema::EventStatus::ACTUAL);
  EXPECT_EQ(sent[3].about, sent[2].id);
}

TEST(FhirAttachments, WhatIsKeptOfTheMessageDoesNotHoldThemASecondTime) {
  FhirRig rig;
  const std::string content = Content(100'000);
  const kit::Verdict verdict = rig.Take(Report(Payload(content)));
  const auto raw = rig.store->Raw(verdict.raw_ref);
  ASSERT_TRUE(raw.ok() && *raw);
  EXPECT_LT((*raw)->bytes.size(), 20'000u);
  EXPECT_THAT((*raw)->bytes, HasSubstr("samsignal-cut:"));
  EXPECT_THAT((*raw)->bytes, HasSubstr("Canaryord")) << "all else is there";
  // Read again by a mapping, it lists the same file.
  FhirRig again;
  again.pipeline->SetKept(true);
  again.Take((*raw)->bytes);
  const auto event = wire::Parse<schema::Event>(again.Outbox().at(0));
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(wire::View(event->get().getBody().getReportSigned().getAttachments()[0].getDigest()),
            Sha256({content}).view());
  EXPECT_THAT(again.Outbox(), SizeIs(1));
}

// The note that we put into what we keep, in a message that a source sends: digest and size of a file
// that nobody has sent.
TEST(FhirAttachments, ANoteOfOursInWhatASourceSendsIsNotBelieved) {
  FhirRig rig;
  const std::string note = "samsignal-cut:" + std::string(64, 'a') + ":4711";
  const kit::Verdict verdict =
      rig.Take(Report(R"({"contentAttachment":{"contentType":"a/b","data":")" + note + "\"}}"));
  EXPECT_EQ(verdict.kind, Kind::kQuarantined);
  EXPECT_EQ(verdict.reason, "attachment-cut");
  EXPECT_THAT(verdict.detail, Not(HasSubstr("aaaa")));
  EXPECT_THAT(rig.Outbox(), SizeIs(0));
  // Nor when it is sent again out of the quarantine, as it is or by a person's hand.
  const auto resent = rig.pipeline->Resend(verdict.quarantine, std::nullopt, "anna");
  ASSERT_TRUE(resent.ok());
  EXPECT_EQ(resent->reason, "attachment-cut");
  EXPECT_THAT(rig.Outbox(), SizeIs(0));
}

TEST(FhirAttachments, OneThatIsOnlyDescribedIsListedAndNothingFollows) {
  FhirRig rig;
  const kit::Verdict verdict = rig.Take(Report(
      R"({"contentAttachment":{"contentType":"image/png","url":"Binary/1","size":77}})"));
  ASSERT_EQ(verdict.kind, Kind::kTaken) << verdict.detail;
  ASSERT_THAT(rig.Outbox(), SizeIs(1));
  const auto event = wire::Parse<schema::Event>(rig.Outbox()[0]);
  EXPECT_EQ(event->get().getBody().getReportSigned().getAttachments()[0].getSize(), 77u);
}

TEST(FhirAttachments, WhatCannotBeTakenWholeStopsTheReportInQuarantineWithAReason) {
  std::string many = Payload("x");
  for (int i = 0; i < 10; ++i) many += "," + Payload("x");
  const struct {
    std::string payloads, reason;
  } rows[] = {
      {R"({"contentAttachment":{"contentType":"a/b","data":"!no base64!"}})", "attachment-encoding"},
      {R"({"contentAttachment":{"contentType":"a/b","data":"===="}})", "attachment-encoding"},
      {many, "attachments-too-many"},
      {Payload(std::string(wire::kMaxAttachmentBytes + 1, 'x')), "attachment-too-large"},
  };
  for (const auto& row : rows) {
    FhirRig rig;
    const kit::Verdict verdict = rig.Take(Report(row.payloads));
    EXPECT_EQ(verdict.kind, Kind::kQuarantined) << row.reason;
    EXPECT_EQ(verdict.reason, row.reason) << verdict.detail;
    EXPECT_THAT(verdict.detail, HasSubstr("digest"));
    EXPECT_THAT(rig.Outbox(), IsEmpty()) << "all of it or nothing";
    EXPECT_EQ(rig.Quarantine().size(), 1u);
  }
}

TEST(FhirAttachments, TheLargestFitsAndEachPartFitsAnEvent) {
  FhirRig rig;
  const std::string content = Content(wire::kMaxAttachmentBytes);
  ASSERT_EQ(rig.Take(Report(Payload(content))).kind, Kind::kTaken);
  const uint64_t end = rig.store->outbox_next();
  ASSERT_EQ(end, 2u + kit::PartsOf(content.size()));
  Sha256Stream hash;
  for (uint64_t number = 2; number < end; ++number) {
    const auto event = rig.store->OutboxEvent(number);
    ASSERT_TRUE(event.ok() && *event);
    hash.Add(Read({**event}).at(0).bytes);
  }
  EXPECT_EQ(hash.Finish(), Sha256({content}));
}

}  // namespace
}  // namespace sam::fhir::test
