// Attachments follow their report: to its receiver, when it goes, as long as it stands, and nowhere else.
#include "broker/dispatch/part_rows.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using schema::WithheldCode;

struct PartSpec {
  std::string name = "part";
  std::string report = "report";
  uint16_t attachment = 0;
  uint16_t index = 0;
  const char* org = "2321000198";
};

class AttachmentFlow : public Scene {
 protected:
  static constexpr char kReception[] = "bollnas.mottagning";
  static constexpr char kOther[] = "98240301AA06";

  Offset ReportOf(const std::string& name, bool acute = false, unsigned attachments = 2,
                  const char* person = kChild) {
    return Tell(name, Day(200), [=](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("canary-concern");
      body.setAcute(acute);
      body.initAttachments(attachments);
    }, person);
  }
  Offset Tell(const PartSpec& part, const char* person = kChild) {
    about_ = jt::KeyOf(part.report);
    const Offset offset = Scene::Tell(part.name, Day(200), [&](schema::Event::Builder e) {
      e.getHeader().getController().setOrgNr(part.org);
      auto body = e.getBody().initReportAttachment();
      body.setReportMessageId(part.report);
      body.setAttachment(part.attachment);
      body.setDigest(wire::AsData(std::string(32, 'd')));
      body.setSize(9);
      body.setIndex(part.index);
      body.setCount(3);
      body.setBytes(wire::AsData("canary-" + part.name));
    }, person);
    about_.clear();
    return offset;
  }
  using Scene::Tell;

  // The parts in this mailbox, as the receiver will be told of them: "attachment.index".
  std::vector<std::string> Parts(const std::string& subscription, WithheldCode code) {
    std::vector<std::string> out;
    for (const Letter& letter : Mailbox(subscription)) {
      if (letter.code() != "ATTACHMENT" || letter.row.withheld != code) continue;
      if (code != WithheldCode::NONE) {
        out.emplace_back("withheld");
        continue;
      }
      EXPECT_EQ(letter.lane, Lane::kNormal);
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      const auto body = signal->get().getBody().getAttachment();
      EXPECT_EQ(letter.decision.evidence.size(), 1u);
      EXPECT_EQ(signal->get().getSubject().getIds().size(), 0u) << "the report says whom";
      EXPECT_EQ(body.getBytes().size(), 0u) << "they stand in the event's record alone";
      out.push_back(std::to_string(body.getAttachment()) + "." + std::to_string(body.getIndex()));
    }
    return out;
  }
  std::vector<std::string> Sent(const std::string& subscription = kReception) {
    return Parts(subscription, WithheldCode::NONE);
  }
  size_t Withheld() { return Parts(kReception, WithheldCode::WITHDRAWN).size(); }
  uint64_t Waiting() {
    const auto mark = ReadMark(hub_.store_);
    EXPECT_TRUE(mark.ok());
    return mark.ok() ? mark->parts : 0;
  }
};

TEST_F(AttachmentFlow, PartsGoToTheReceiverOfTheirReportAndToNobodyElse) {
  ReportOf("report");
  Tell({"p0"});
  Tell({"p1", "report", 0, 1});
  Tell({"q0", "report", 1, 0});
  EXPECT_THAT(Sent(), ElementsAre("0.0", "0.1", "1.0"));
  EXPECT_THAT(Sent("bvc.bollnas"), IsEmpty()) << "the sender has them";
  EXPECT_THAT(Sent("gavle.mottagning"), IsEmpty());
  for (const Letter& letter : Mailbox(kReception)) {
    if (letter.code() != "ATTACHMENT") continue;
    EXPECT_EQ(letter.decision.legal_class, schema::LegalClass::A);
    EXPECT_EQ(letter.decision.ground, "ground.report");
  }
  // Nobody is told of receipts for single pages.
  EXPECT_THAT(Told(), Each(schema::LadderState::STORED));
  EXPECT_EQ(Told().size(), 1u);
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, AnAcuteReportGoesInTheAcuteLaneAndItsPagesDoNot) {
  ReportOf("report", true);
  Tell({"p0"});
  const auto letters = Mailbox(kReception);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].code(), "ATTACHMENT");
  EXPECT_EQ(letters[0].lane, Lane::kNormal);
  EXPECT_EQ(letters[1].lane, Lane::kAcute);
}

TEST_F(AttachmentFlow, APartSaysTheSameHoweverItIsGroupedAndTwiceIsOnce) {
  settle_ = false;
  ReportOf("report");
  for (uint16_t i = 0; i < 3; ++i) Tell({"p" + std::to_string(i), "report", 0, i});
  Tell({"again", "report", 0, 1});  // under another message id
  settle_ = true;
  Settle();
  EXPECT_THAT(Sent(), ElementsAre("0.0", "0.1", "0.2"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, APartOfAnotherAuthorityIsNeverTakenWhenItWaitedNorBehindAnOwnOne) {
  constexpr char kForeign[] = "2120002338";
  Tell({"early", "report", 0, 0, kForeign});
  EXPECT_EQ(Waiting(), 1u);
  ReportOf("report");
  EXPECT_EQ(Waiting(), 0u);
  EXPECT_THAT(Sent(), IsEmpty());
  Tell({"own", "report", 0, 0});
  Tell({"late", "report", 0, 1, kForeign});
  EXPECT_THAT(Sent(), ElementsAre("0.0"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, AHeldReportHoldsItsPartsAndTheyFollowWhenItsReceiverIsNamed) {
  municipality_ = "";
  ReportOf("report");
  Tell({"p0"});
  Tell({"p1", "report", 0, 1});
  EXPECT_THAT(Mailbox(kReception), IsEmpty());
  EXPECT_EQ(Waiting(), 0u) << "its report is known: nothing is lost sight of";
  ExpectRebuilds();
  Name("named", IdOf("SIG-A1", schema::Outcome::HELD), "gavle.mottagning");
  EXPECT_THAT(Sent("gavle.mottagning"), ElementsAre("0.0", "0.1"));
  EXPECT_THAT(Sent(), IsEmpty());
  Tell({"p2", "report", 0, 2});
  EXPECT_THAT(Sent("gavle.mottagning"), ElementsAre("0.0", "0.1", "0.2"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, PartsBeforeTheirReportWaitAndAreCounted) {
  Tell({"p0"});
  Tell({"p1", "report", 0, 1});
  Tell({"other", "another", 0, 0});
  EXPECT_EQ(Waiting(), 3u);
  EXPECT_THAT(Mailbox(kReception), IsEmpty());
  ExpectRebuilds();
  ReportOf("report");
  EXPECT_EQ(Waiting(), 1u);
  EXPECT_THAT(Sent(), ElementsAre("0.0", "0.1"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, NoMoreWaitThanTheLimitLets) {
  auto mark = ReadMark(hub_.store_);
  ASSERT_TRUE(mark.ok());
  mark->parts = kPartsWaitMax;
  hub_.Tamper(spaces::kMeta, std::string(kMarkKey), EncodeMark(*mark));
  Restart();
  Tell({"p0"});
  EXPECT_EQ(Waiting(), kPartsWaitMax);
  ReportOf("report");
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(AttachmentFlow, AWithdrawnReportsPartsAreNotDeliveredAnyMore) {
  ReportOf("report");
  for (uint16_t i = 0; i < 3; ++i) Tell({"p" + std::to_string(i), "report", 0, i});
  Progress(kReception, 2);  // the report and its first part are there
  Scene::Retract("oops", "report",
                 [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Sent(), ElementsAre("0.0")) << "what was acknowledged stands";
  EXPECT_EQ(Withheld(), 2u);
  Tell({"late", "report", 1, 0});
  EXPECT_EQ(Sent().size(), 1u) << "and no further one goes";
  ExpectRebuilds();
  Replay(kReception);
  EXPECT_EQ(Sent().size(), 1u);
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, PartsNeverRunAheadOfAReportThatMayGoElsewhere) {
  ReportOf("report");
  Tell({"p0"});
  // The child turns out to live elsewhere before anything was sent; delivery asks again.
  Scene::Tell("moved", Day(201), [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setNewMunicipality("2180");
  });
  municipality_ = "2180";
  Tell({"p1", "report", 0, 1});
  EXPECT_THAT(Sent(), ElementsAre("0.0"));
  Recheck(kReception, Lane::kNormal, Sequence(2));  // the part is asked about before its report
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(Parts(kReception, WithheldCode::REFUSED_AT_DELIVERY).size(), 1u);
  Recheck(kReception, Lane::kNormal, Sequence(1));
  EXPECT_THAT(Sent("gavle.mottagning"), ElementsAre("0.0", "0.1")) << "all of it goes where it goes";
  EXPECT_THAT(Sent(), IsEmpty());
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, WhatIsListedNowhereOrBelongsToAnotherIsNotSent) {
  ReportOf("report", false, 1);
  Tell({"beyond", "report", 1, 0});
  Registered("registered");
  Tell({"stray", "registered", 0, 0});  // names something that is no report
  ReportOf("second", false, 1, kOther);
  Tell({"foreign", "second", 0, 0, "5560360793"}, kOther);
  EXPECT_THAT(Sent(), IsEmpty());
  EXPECT_EQ(Waiting(), 0u);
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, PartsOfAReportAboutAChildWithoutANumberAreThatChilds) {
  fresh_ = true;
  const Offset report = ReportOf("report", false, 1, "");
  const Offset part = Tell({"p0"}, "");
  EXPECT_EQ(hub_.Read(part).header.subject, hub_.Read(report).header.subject);
  EXPECT_EQ(hub_.Read(part).header.cause, report.value);
  EXPECT_THAT(Sent(), ElementsAre("0.0"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, AnErasedPartIsWithheldWhenItIsAskedAbout) {
  ReportOf("report");
  const Offset part = Tell({"p0"});
  hub_.Tamper(spaces::kPayload, BigEndian64(part.value), std::nullopt);
  Recheck(kReception, Lane::kNormal, Sequence(2));
  EXPECT_EQ(Parts(kReception, WithheldCode::ERASED).size(), 1u);
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(AttachmentFlow, AReplaySendsPartsAgain) {
  ReportOf("report");
  Tell({"p0"});
  Replay(kReception);
  EXPECT_THAT(Sent(), ElementsAre("0.0", "0.0"));
  ExpectRebuilds();
}

TEST_F(AttachmentFlow, RowsOfThePartsReadBack) {
  const PartRow part{*SubjectId::From(std::string(16, 's')), jt::EventOf("p"), Offset(7), 1, 2, 3, 9};
  EXPECT_EQ(*DecodePart(Encode(part)), part);
  EXPECT_EQ(OwnerOfPart(PartKey(std::string(16, 'k'), 1, 2), Encode(part)), part.subject);
  const PartReport report{part.subject, jt::EventOf("r"), Offset(4), "key", 2,
                          {*SignalId::From(std::string(16, 'x'))}};
  EXPECT_EQ(*DecodePartReport(Encode(report)), report);
  EXPECT_EQ(OwnerOfPart(ReportKey("k"), Encode(report)), part.subject);
  const std::string bytes = Encode(part);
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_FALSE(DecodePart(bytes.substr(0, cut)).ok()) << cut;
}

}  // namespace
}  // namespace sam::dispatch::test
