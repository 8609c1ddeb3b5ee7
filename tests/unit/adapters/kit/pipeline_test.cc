#include "adapters/kit/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "adapters/hl7/ack.h"
#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

hl7::AckCode CodeOf(const Verdict& verdict) {
  const Result<hl7::ParsedAck> ack = hl7::ParseAck(verdict.ack);
  EXPECT_TRUE(ack.ok()) << verdict.ack;
  return ack.ok() ? ack->code : hl7::AckCode::kCR;
}

TEST(Pipeline, TheSameMessageAgainGetsTheSameAnswerAndNoSecondEvent) {
  Rig rig;
  const Verdict first = rig.Take(Fixture("siu_s26_missed"));
  const Verdict again = rig.Take(Fixture("siu_s26_missed"));
  EXPECT_EQ(again.kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(CodeOf(first), CodeOf(again));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(Pipeline, ADuplicateInTheSameGroupIsRecognized) {
  Rig rig;
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(rig.pipeline->Take(Fixture("siu_s26_missed"), "p").ok());
  const Result<Verdict> again = rig.pipeline->Take(Fixture("siu_s26_missed"), "q");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->kind, Verdict::Kind::kDuplicate);
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(Pipeline, ADuplicateIsRecognizedAfterARestart) {
  Rig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.Crash();
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(Pipeline, AQuarantinedMessageAgainGetsTheSameAnswerAndNoSecondEntry) {
  Rig rig;
  const Verdict first = rig.Take(Fixture("oru_unknown_enum"));
  const Verdict again = rig.Take(Fixture("oru_unknown_enum"));
  EXPECT_EQ(CodeOf(first), hl7::AckCode::kAA);
  EXPECT_EQ(CodeOf(again), hl7::AckCode::kAA);
  EXPECT_EQ(again.kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(Pipeline, WhatIsPutAsideUnreadIsKeptOnceAndAnsweredEachTime) {
  Rig rig;
  const Pipeline::AsideWhy silent{"empty-frame", "", false, std::nullopt};
  const Pipeline::AsideWhy broken{
      "frame-broken", "", true, Answer{hl7::Outcome::kRejected, {}}};
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  for (int i = 0; i < 3; ++i) {
    const Result<Verdict> empty = rig.pipeline->PutAside("", "p", silent);
    ASSERT_TRUE(empty.ok());
    EXPECT_EQ(empty->kind, Verdict::Kind::kSilent);
    const Result<Verdict> cut = rig.pipeline->PutAside(Fixture("siu_s26_missed"), "p", broken);
    ASSERT_TRUE(cut.ok());
    EXPECT_EQ(CodeOf(*cut), hl7::AckCode::kAR);
  }
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  ASSERT_EQ(rig.Quarantine().size(), 2U);
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kTaken)
      << "whole, it is another thing";
}

TEST(Pipeline, AStrayAcknowledgementIsKeptOnceAndNeverAnswered) {
  Rig rig;
  const std::string stray = "MSH|^~\\&|A|B|C|D|20260302||ACK|C2|T|2.5.1\rMSA|AA|STRAY\r";
  for (int i = 0; i < 3; ++i) {
    const Verdict verdict = rig.Take(stray);
    EXPECT_EQ(verdict.kind, Verdict::Kind::kSilent);
    EXPECT_TRUE(verdict.ack.empty());
  }
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(Pipeline, SameKeyWithOtherContentIsKeptAsAConflictOnce) {
  Rig rig;
  rig.Take(Fixture("siu_s26_missed"));
  const std::string other = Replaced(Fixture("siu_s26_missed"), "20260302093000", "20260302103000");
  const Verdict conflict = rig.Take(other);
  EXPECT_EQ(conflict.kind, Verdict::Kind::kConflict);
  EXPECT_EQ(CodeOf(conflict), hl7::AckCode::kAA);
  EXPECT_EQ(rig.Take(other).kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kDuplicate);
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].reason, "conflict");
  EXPECT_EQ(rig.Quarantine()[0].raw, other);
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

// A power cut between any two steps: what was answered is in the outbox exactly once, and what was
// not answered is sent again and then is there exactly once.
TEST(Pipeline, APowerCutAtAnyStepLosesNothingAndDoublesNothing) {
  for (int step = 0; step < 4; ++step) {
    Rig rig;
    ASSERT_TRUE(rig.pipeline->Begin().ok());
    if (step >= 1) {
      ASSERT_TRUE(rig.pipeline->Take(Fixture("siu_s26_missed"), "p").ok());
    }
    if (step == 2) {
      rig.faults.FailNextSync(Internal("power"));
      EXPECT_FALSE(rig.pipeline->Commit().ok());
    }
    if (step == 3) {
      ASSERT_TRUE(rig.pipeline->Commit().ok());  // the answer may be out already
    }
    rig.Crash();
    if (step == 3) {
      EXPECT_EQ(rig.Outbox().size(), 1U);
    }
    const Verdict again = rig.Take(Fixture("siu_s26_missed"));
    EXPECT_EQ(CodeOf(again), hl7::AckCode::kAA) << step;
    EXPECT_EQ(rig.Outbox().size(), 1U) << step;
  }
}

TEST(Pipeline, AFullStoreLosesTheGroupAndGoesOnWhenThereIsRoom) {
  Rig rig;
  rig.faults.SetFull(true);
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(rig.pipeline->Take(Fixture("siu_s26_missed"), "p").ok());
  const Status full = rig.pipeline->Commit();
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::kExhausted);
  rig.faults.SetFull(false);
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

// The line said a reason alone: with thirty senders on a port nobody knew whom to call.
TEST(Pipeline, TheLogNamesTheSourceAndThePeerOfWhatWasPutAsideOrRefused) {
  Rig rig;
  rig.config.senders.push_back({"COSMIC", "", {"cosmic.other", "", "", "", false}});
  testing::internal::CaptureStderr();
  rig.Take(Fixture("oru_unknown_enum"));
  rig.Take(Replaced(Fixture("siu_s26_missed"), "|T|", "|P|"));
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("event=quarantined number=1 reason="));
  EXPECT_THAT(log, HasSubstr("source=cosmic.other peer=10.0.0.1:4000"));
  EXPECT_THAT(log, HasSubstr("event=refused reason=header source=cosmic.bollnas peer=10.0.0.1:4000"));
}

TEST(Pipeline, AfterAQuarantineTheFeedGoesOn) {
  Rig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  rig.Take("garbage that is no message at all");
  EXPECT_EQ(rig.Take(Fixture("siu_s26_missed")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(rig.Quarantine().size(), 2U);
}

TEST(Pipeline, UnreadableBytesAreKeptOnceAndAnsweredWithoutAnInventedId) {
  Rig rig;
  const std::string broken = "MSH&&&&&&|x\rPID|1\r";
  const Verdict first = rig.Take(broken);
  EXPECT_EQ(first.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(rig.Take(broken).kind, Verdict::Kind::kDuplicate);
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw, broken);
}

// Its separators are one character: no conforming reader can take it, and its sender was told AA.
TEST(Pipeline, AMessageWithoutUsableSeparatorsIsKeptAndRejected) {
  Rig rig;
  const std::string broken = "MSH|&&&&|A|B|C|D|20260302||SIU^S26|77|T|2.5\rPID|1\r";
  const Verdict first = rig.Take(broken);
  EXPECT_EQ(first.kind, Verdict::Kind::kQuarantined);
  EXPECT_EQ(CodeOf(first), hl7::AckCode::kAR);
  EXPECT_THAT(first.ack, HasSubstr("ERR||MSH^1^2^1|100^"));
  EXPECT_THAT(first.ack, HasSubstr("MSA|AR|77"));
  const Verdict again = rig.Take(broken);
  EXPECT_EQ(again.kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(CodeOf(again), hl7::AckCode::kAR);
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw, broken);
}

TEST(Pipeline, EveryBrokenHeaderFieldStillGetsAnAnswer) {
  const char* const kBroken[] = {"",       "^^", "&&",      "~~", "\"\"",
                                 "^^^^^^", "\\", "\\X0D\\", "x^", "|"};
  const std::string good = Fixture("siu_s26_missed");
  const size_t end = good.find('\r');
  const std::string msh = good.substr(0, end);
  for (size_t field = 3; field <= 18; ++field) {
    for (const char* value : kBroken) {
      Rig rig;
      std::string head;
      size_t number = 1;
      for (const std::string_view part : Split(msh, '|')) {
        if (number > 1) head += '|';
        head += number == field ? std::string(value) : std::string(part);
        ++number;
      }
      const Verdict verdict = rig.Take(head + good.substr(end));
      EXPECT_THAT(verdict.ack, HasSubstr("\rMSA|A")) << "MSH-" << field << " = " << value;
    }
  }
}

TEST(Pipeline, AHeaderCutOffAnywhereNeverStopsTheFeed) {
  const std::string good = Fixture("siu_s26_missed");
  Rig rig;
  for (size_t length = 0; length <= good.find('\r'); ++length) rig.Take(good.substr(0, length));
  EXPECT_EQ(rig.Take(Fixture("siu_s15_cancelled")).kind, Verdict::Kind::kTaken);
}

TEST(Pipeline, TrainingMessagesAreRefusedInProductionAndNothingIsKept) {
  AdapterConfig config = TestConfig();
  config.production = true;
  Rig rig(std::move(config));
  const Verdict verdict = rig.Take(Fixture("siu_s26_missed"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRefused);
  EXPECT_EQ(CodeOf(verdict), hl7::AckCode::kAR);
  EXPECT_THAT(verdict.ack, HasSubstr("202"));
  EXPECT_TRUE(rig.Outbox().empty());
  EXPECT_TRUE(rig.Quarantine().empty());
}

TEST(Pipeline, ProductionMessagesAreRefusedByATestSystem) {
  Rig rig;
  const Verdict verdict = rig.Take(Replaced(Fixture("siu_s26_missed"), "|T|", "|P|"));
  EXPECT_EQ(CodeOf(verdict), hl7::AckCode::kAR);
}

TEST(Pipeline, SendersAreToldApartByConfiguration) {
  AdapterConfig config = TestConfig();
  config.refuse_unknown_senders = true;
  config.senders.push_back({"COSMIC", "SE2321000198-BVCTEST", {"cosmic.other", "", "", "", false}});
  Rig rig(std::move(config));
  rig.Take(Fixture("siu_s26_missed"));
  EXPECT_THAT(TextOf(rig.Outbox().at(0)),
              HasSubstr("systemId = \"cosmic.other\", orgNr = \"2321000198\""));
  const Verdict stranger = rig.Take(Replaced(Fixture("siu_s12_booked"), "COSMIC", "OTHER"));
  EXPECT_EQ(stranger.reason, "unknown-sender");
  EXPECT_EQ(CodeOf(stranger), hl7::AckCode::kAR);
}

TEST(Pipeline, AnAcknowledgementIsNeverAcknowledged) {
  Rig rig;
  const Verdict verdict = rig.Take("MSH|^~\\&|A|B|C|D|20260302||ACK|1|T|2.5\rMSA|AA|77\r");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kSilent);
  EXPECT_TRUE(verdict.ack.empty());
}

TEST(Pipeline, EnhancedModeAnswersWithCa) {
  AdapterConfig config = TestConfig();
  ListenOf(config).ack_mode = hl7::AckMode::kEnhanced;
  Rig rig(std::move(config));
  EXPECT_EQ(CodeOf(rig.Take(Fixture("siu_s26_missed"))), hl7::AckCode::kCA);
}

TEST(Pipeline, QuarantineAnswersAeWhenTheSourceWantsItSo) {
  AdapterConfig config = TestConfig();
  config.quarantine_accepts = false;
  Rig rig(std::move(config));
  EXPECT_EQ(CodeOf(rig.Take(Fixture("oru_unknown_enum"))), hl7::AckCode::kAE);
  EXPECT_EQ(CodeOf(rig.Take(Fixture("oru_unknown_enum"))), hl7::AckCode::kAE);
}

TEST(Pipeline, ASenderThatRepeatsAfterAnErrorIsAnsweredAaOnceAPersonHasDealtWithItsMessage) {
  for (const std::string how : {"fix", "discard", "gone"}) {
    AdapterConfig config = TestConfig();
    config.quarantine_accepts = false;
    config.keep.closed = 1;
    Rig rig(std::move(config));
    const std::string message = Fixture("oru_unknown_enum");
    ASSERT_EQ(CodeOf(rig.Take(message)), hl7::AckCode::kAE);
    ASSERT_EQ(CodeOf(rig.Take(message)), hl7::AckCode::kAE) << "as long as it waits";
    ASSERT_TRUE(rig.store->Begin().ok());
    if (how == "discard") {
      QuarantineHead head = *rig.store->Head(1).value();
      head.state = QuarantineState::kDiscarded;
      ASSERT_TRUE(rig.store->UpdateQuarantine(head).ok());
      ASSERT_TRUE(rig.store->Commit().ok());
    } else {
      const std::string fixed = Replaced(message, "HITTEPA", "SAMT");
      ASSERT_TRUE(rig.pipeline->Resend(1, fixed, "anna").ok());
    }
    if (how == "gone") {
      rig.clock.Advance(3 * kDayMs);
      ASSERT_TRUE(rig.store->Begin().ok());
      ASSERT_TRUE(rig.store->Prune().ok());
      ASSERT_TRUE(rig.store->Commit().ok());
      ASSERT_TRUE(rig.Quarantine().empty());
    }
    rig.Crash();
    const size_t told = rig.Outbox().size();
    for (int i = 0; i < 2; ++i) {
      const Verdict again = rig.Take(message);
      EXPECT_EQ(CodeOf(again), hl7::AckCode::kAA) << how;
      EXPECT_EQ(again.kind, Verdict::Kind::kDuplicate) << how;
    }
    EXPECT_EQ(rig.Outbox().size(), told) << "nothing is told twice";
  }
}

TEST(Pipeline, AnErrorStaysWithinTheGroupThatPutTheMessageAside) {
  AdapterConfig config = TestConfig();
  config.quarantine_accepts = false;
  Rig rig(std::move(config));
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  for (int i = 0; i < 2; ++i) {
    const Result<Verdict> verdict = rig.pipeline->Take(Fixture("oru_unknown_enum"), "p");
    ASSERT_TRUE(verdict.ok());
    EXPECT_EQ(CodeOf(*verdict), hl7::AckCode::kAE);
  }
}

TEST(Pipeline, ASenderMayHearOtherThanTheRestOfItsSource) {
  AdapterConfig config = TestConfig();
  config.senders.push_back({"COSMIC", "", {}, false});
  Rig rig(std::move(config));
  EXPECT_EQ(CodeOf(rig.Take(Fixture("oru_unknown_enum"))), hl7::AckCode::kAE);
  const std::string other = Replaced(Fixture("oru_unknown_enum"), "COSMIC", "OTHER");
  EXPECT_EQ(CodeOf(rig.Take(other)), hl7::AckCode::kAA);
}

TEST(Pipeline, TellsItsObserverWhoseMessageItWasWhatBecameOfItAndWhenItWasSent) {
  struct Notes final : FeedObserver {
    void Observe(const ObservedMessage& message) override { seen.push_back(message); }
    void NoteCertificate(const std::string&, Millis) override {}
    std::vector<ObservedMessage> seen;
  } notes;
  Rig rig;
  rig.pipeline->SetObserver(&notes);
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));
  rig.Take("<ADT_A01><MSH/></ADT_A01>");
  rig.Take("MSH|^~\\&|A|B|C|D|20260302||ACK|1|T|2.5\rMSA|AA|77\r");
  ASSERT_EQ(notes.seen.size(), 5U);
  EXPECT_EQ(notes.seen[0].source, "cosmic.bollnas");
  EXPECT_STREQ(notes.seen[0].outcome, "taken");
  EXPECT_FALSE(notes.seen[0].failed);
  ASSERT_TRUE(notes.seen[0].sent_at.has_value());
  EXPECT_LT(std::abs(notes.seen[0].sent_at->value - rig.clock.Now().value), 24 * kHourMs);
  EXPECT_STREQ(notes.seen[1].outcome, "duplicate");
  EXPECT_FALSE(notes.seen[1].sent_at.has_value()) << "it bears the time of its first sending";
  EXPECT_TRUE(notes.seen[2].failed);
  EXPECT_TRUE(notes.seen[3].failed);
  EXPECT_EQ(notes.seen[3].source, "");
  EXPECT_TRUE(notes.seen[4].failed);
  ASSERT_TRUE(rig.pipeline->Resend(1, std::nullopt, "anna").ok());
  EXPECT_EQ(notes.seen.size(), 5U) << "what an operator sends again is no sign of life";
  rig.pipeline->SetObserver(nullptr);
}

TEST(Pipeline, ABatchIsStoredAndAnsweredMessageByMessage) {
  Rig rig;
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  const std::string batch = "FHS|^~\\&|A|B\rBHS|^~\\&|A|B\r" + Fixture("siu_s26_missed") +
                            Fixture("siu_s15_cancelled") + "BTS|2\rFTS|1\r";
  const Result<std::vector<Verdict>> verdicts = rig.pipeline->TakeAll(batch, "p");
  ASSERT_TRUE(verdicts.ok());
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  ASSERT_EQ(verdicts->size(), 2U);
  EXPECT_THAT((*verdicts)[0].ack, HasSubstr("MSA|AA|B0009"));
  EXPECT_THAT((*verdicts)[1].ack, HasSubstr("MSA|AA|B0007"));
  EXPECT_EQ(rig.Outbox().size(), 2U);
}

TEST(Pipeline, XmlIsRefusedWithAReason) {
  Rig rig;
  const Verdict verdict = rig.Take("<ADT_A01><MSH/></ADT_A01>");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRefused);
  EXPECT_TRUE(rig.Quarantine().empty());
}

TEST(Pipeline, AFixIsARecordOfItsOwnLinkedToTheOld) {
  Rig rig;
  const Verdict bad = rig.Take(Fixture("oru_unknown_enum"));
  const std::string fixed = Replaced(Fixture("oru_unknown_enum"), "HITTEPA", "SAMT");
  const Result<Verdict> verdict = rig.pipeline->Resend(bad.quarantine, fixed, "anna");
  ASSERT_TRUE(verdict.ok()) << verdict.error().message;
  EXPECT_EQ(verdict->kind, Verdict::Kind::kTaken);
  const std::vector<Quarantined> rows = rig.Quarantine();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].state, QuarantineState::kFixed);
  EXPECT_EQ(rows[0].fixed_by, rows[1].number);
  EXPECT_EQ(rows[1].fix_of, rows[0].number);
  EXPECT_EQ(rows[0].raw, Fixture("oru_unknown_enum"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_FALSE(rig.pipeline->Resend(bad.quarantine, std::nullopt, "anna").ok());
}

TEST(Pipeline, AnAcknowledgementIsNoFixAndLeavesNoRow) {
  Rig rig;
  const Verdict bad = rig.Take(Fixture("oru_unknown_enum"));
  const std::string stray = "MSH|^~\\&|A|B|C|D|20260302||ACK|C2|T|2.5.1\rMSA|AA|STRAY\r";
  for (int i = 0; i < 2; ++i) {
    const Result<Verdict> verdict = rig.pipeline->Resend(bad.quarantine, stray, "anna");
    ASSERT_TRUE(verdict.ok());
    EXPECT_EQ(verdict->kind, Verdict::Kind::kSilent);
  }
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].state, QuarantineState::kOpen);
  EXPECT_EQ(rig.Quarantine()[0].fixed_by, 0U);
  const std::string fixed = Replaced(Fixture("oru_unknown_enum"), "HITTEPA", "SAMT");
  EXPECT_TRUE(rig.pipeline->Resend(bad.quarantine, fixed, "anna").ok());
  EXPECT_EQ(rig.Quarantine()[0].fixed_by, 2U);
}

TEST(Pipeline, AResendThatStillFailsOnlyCounts) {
  Rig rig;
  const Verdict bad = rig.Take(Fixture("oru_unknown_enum"));
  const Result<Verdict> verdict = rig.pipeline->Resend(bad.quarantine, std::nullopt, "anna");
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->kind, Verdict::Kind::kQuarantined);
  const std::vector<Quarantined> rows = rig.Quarantine();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, QuarantineState::kOpen);
  EXPECT_EQ(rows[0].resends, 1);
}

TEST(Pipeline, NoPersonalDataInAnswersReasonsNotesMetricsOrLogs) {
  Rig rig;
  testing::internal::CaptureStderr();
  std::string seen;
  const std::string report = Fixture("mdm_t02_report");
  for (const std::string& message :
       {report, Replaced(report, "M0001", "M0009"), Replaced(report, "|LA|", "|LA|\x01|"),
        report.substr(0, 700), Replaced(report, "20210325|U", "20211325|U"),
        Replaced(report, "20260302111500+0100", "2026Canaryord")}) {
    const Verdict verdict = rig.Take(message);
    seen += verdict.ack + verdict.reason + verdict.detail;
    for (const FieldNote& note : verdict.notes) seen += note.field + note.what;
  }
  seen += metrics::Expose();
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("quarantined"));  // the capture works
  seen += logged;
  for (const char* canary :
       {"Canaryord", "20210325", "195009072553", "Testsson", "Provgatan", "0701740605"})
    EXPECT_THAT(seen, Not(HasSubstr(canary)));
}

TEST(Pipeline, EventsWithANumberThatIsNoPersonsAreCountedForTheirSource) {
  Rig rig;
  const auto counted = [] {
    const std::string all = metrics::Expose();
    const size_t at = all.find("\nsamsignal_adapter_number_form_total{source=");
    return at == std::string::npos ? 0 : std::stod(all.substr(all.find("} ", at) + 2));
  };
  const double before = counted();
  EXPECT_EQ(rig.Take(Fixture("mdm_t02_report")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(counted(), before);
  EXPECT_EQ(rig.Take(Fixture("mdm_t02_report_odd_number")).kind, Verdict::Kind::kTaken);
  EXPECT_EQ(counted(), before + 1);
  EXPECT_EQ(rig.Take(Fixture("mdm_t02_report_odd_number")).kind, Verdict::Kind::kDuplicate);
  EXPECT_EQ(counted(), before + 1) << "told once";
}

TEST(Pipeline, NothingOnDiskIsReadableWithoutTheKey) {
  Rig rig;
  rig.Take(Fixture("mdm_t02_report"));
  rig.Take(Replaced(Fixture("oru_unknown_enum"), "HITTEPA", "Canaryord"));
  std::string all;
  for (uint8_t space = 0; space < 8; ++space)
    ASSERT_TRUE(rig.faults
                    .Scan(Space{space}, "", "",
                          [&](std::string_view key, std::string_view value) {
                            all += std::string(key) + std::string(value);
                            return true;
                          })
                    .ok());
  for (const char* canary : {"Canaryord", "20210325", "Testsson", "A-77"})
    EXPECT_THAT(all, Not(HasSubstr(canary)));
}

}  // namespace
}  // namespace sam::kit::test
