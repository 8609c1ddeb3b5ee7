// An inbox over a store that forgets what was not synced. The language of its tests. One thread.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/schema.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "adapters/inbox/command.h"
#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"
#include "tests/support/fault_store.h"

namespace sam::inbox::test {

inline constexpr const char* kChild = "20210325K069";

inline SignalId IdOf(const std::string& name) {
  return *SignalId::From(Sha256({"signal", name}).view().substr(0, 16));
}

struct Draft {
  std::string name = "one";
  std::string code = "SIG-A1";
  std::string withdraws = {};
  std::string tells_about = {};  // a receipt about a signal of ours
  std::string holds = {};        // or the word that it is held
  std::string why = "gate.municipality.unknown";
  bool acute = false;
  std::string person = kChild;
  std::string also = {};  // a second number of the same person
  std::string reminds = {};  // of the limit `clock` of that signal
  uint8_t percent = 80;
  std::string clock = "clock.assess";  // the limit of a report, and what a reminder is about
  std::vector<std::string> files = {};  // contents of those that a report lists
  std::string part_of = {};             // part `index` of the first of them
  size_t index = 0;
  std::string flag = {};  // of the person
  std::string system = "urn:oid:1.2.752.74.9.4";  // of the person's number
  size_t piece = 100;
  std::string about_code = "SIG-A1";  // of a receipt or a hold
  std::string event = {};             // the event behind what it tells about; empty: named like it
  schema::LadderState step = schema::LadderState::DELIVERED;  // of a receipt
  schema::Answer answer = schema::Answer::UNSET;
  int64_t at = 0;
  std::string receiver = {};
  std::string goes_on_as = {};  // the signal as which it was sent on
  std::string late = {};        // SIG-E3 about that signal
  std::string missed = "clock.receipt";  // and its limit
  std::string rule = {};
  std::vector<std::string> more_reasons = {};
  bool awaits_answer = false;  // cooperation, and a receipt about it
  int64_t offer_due = 0;       // cooperation: its limit; 0: none
  bool newer = false;          // of a kind that this build does not know, and of the class in its code
};

inline void FillReceipt(const Draft& draft, schema::Signal::Builder signal) {
  const std::string& event = draft.event.empty() ? draft.tells_about : draft.event;
  signal.initEvidence(1).set(0, wire::AsData(event));
  const SignalId about = IdOf(draft.tells_about);
  auto body = draft.code == "SIG-A3" ? signal.getBody().initFeedback()
                                     : signal.getBody().initReceipt();
  body.setAbout(wire::AsData(about.view()));
  body.setAboutCode(draft.about_code);
  body.setState(draft.step);
  body.setAnswer(draft.answer);
  body.setAwaitsAnswer(draft.awaits_answer);
  body.setAt(draft.at);
  body.setReceiverFunction(draft.receiver);
  const SignalId next = IdOf(draft.goes_on_as);
  if (!draft.goes_on_as.empty()) body.setForwardedAs(wire::AsData(next.view()));
  signal.setLegalClass(schema::LegalClass::A);
}

inline void FillHold(const Draft& draft, schema::Signal::Builder signal) {
  const SignalId about = IdOf(draft.holds);
  const std::string& event = draft.event.empty() ? draft.holds : draft.event;
  auto body = signal.getBody().initHold();
  body.setAbout(wire::AsData(about.view()));
  body.setAboutCode(draft.about_code);
  body.setEventId(wire::AsData(event));
  auto reasons = body.initReasons(static_cast<unsigned>(1 + draft.more_reasons.size()));
  reasons.set(0, draft.why);
  for (unsigned i = 1; i < reasons.size(); ++i) reasons.set(i, draft.more_reasons[i - 1]);
  signal.setLegalClass(schema::LegalClass::E);
}

inline void FillPart(const Draft& draft, schema::Signal::Builder signal) {
  const SignalId about = IdOf(draft.part_of);
  const std::string& content = draft.files.at(0);
  const Digest digest = Sha256({content});
  signal.setCode("ATTACHMENT");
  signal.setLegalClass(schema::LegalClass::A);
  auto body = signal.getBody().initAttachment();
  body.setAbout(wire::AsData(about.view()));
  body.setIndex(static_cast<uint16_t>(draft.index));
  body.setCount(static_cast<uint16_t>((content.size() + draft.piece - 1) / draft.piece));
  body.setSize(content.size());
  body.setDigest(wire::AsData(digest.view()));
  const std::string bytes = content.substr(draft.index * draft.piece, draft.piece);
  body.setBytes(wire::AsData(bytes));
}

// Of classes B to D; what is in it is looked at nowhere here.
inline void FillCooperation(const Draft& draft, schema::Signal::Builder signal) {
  signal.setLegalClass(static_cast<schema::LegalClass>(draft.code[4] - 'A' + 1));
  signal.getBody().initAttendance();
  signal.setAwaitsAnswer(draft.awaits_answer);
  if (draft.offer_due == 0) return;
  auto clock = signal.initClocks(1)[0];
  clock.setKind("clock.offer");
  clock.setDueAt(draft.offer_due);
}

inline void MakeNewer(schema::Signal::Builder signal) {
  const uint32_t which = capnp::Schema::from<schema::Signal::Body>().getProto().getStruct().getDiscriminantOffset();
  const uint16_t later = 60;
  capnp::AnyStruct::Builder any(kj::mv(signal));
  std::memcpy(any.getDataSection().begin() + size_t{2} * which, &later, 2);
}

inline void FillReport(const Draft& draft, schema::Signal::Builder signal) {
  signal.setLegalClass(schema::LegalClass::A);
  auto report = signal.getBody().initReport();
  report.setConcern("the concern itself");
  auto list = report.initAttachments(static_cast<unsigned>(draft.files.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const Digest digest = Sha256({draft.files[i]});
    list[i].setDigest(wire::AsData(digest.view()));
    list[i].setMediaType("application/pdf");
    list[i].setTitle("scan");
    list[i].setSize(draft.files[i].size());
  }
  auto clock = signal.initClocks(1)[0];
  clock.setKind(draft.clock);
  clock.setDueAt(1'772'100'000'000);
}

inline std::string SignalBytes(const Draft& draft) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  const SignalId id = IdOf(draft.name);
  signal.setSignalId(wire::AsData(id.view()));
  signal.setCode(draft.code);
  signal.setAcute(draft.acute);
  signal.setTest(true);
  signal.setReceiverFunction("bollnas.mottagning");
  signal.initRule().setId(draft.rule);
  auto ids = signal.initSubject().initIds(draft.also.empty() ? 1 : 2);
  ids[0].setSystem(draft.system);
  ids[0].setValue(draft.person);
  ids[0].setFlag(draft.flag);
  if (ids.size() > 1) {
    ids[1].setSystem(draft.system);
    ids[1].setValue(draft.also);
  }
  if (draft.newer) {
    FillCooperation(draft, signal);
    MakeNewer(signal);
  } else if (!draft.part_of.empty()) {
    FillPart(draft, signal);
  } else if (!draft.withdraws.empty()) {
    const SignalId about = IdOf(draft.withdraws);
    auto body = signal.getBody().initWithdrawn();
    body.setSignalId(wire::AsData(about.view()));
    body.setReason("corrected");
    signal.setLegalClass(schema::LegalClass::E);
  } else if (!draft.reminds.empty()) {
    const SignalId about = IdOf(draft.reminds);
    auto body = signal.getBody().initReminder();
    body.setAbout(wire::AsData(about.view()));
    body.setClock(draft.clock);
    body.setPercent(draft.percent);
    signal.setLegalClass(schema::LegalClass::E);
  } else if (!draft.holds.empty()) {
    FillHold(draft, signal);
  } else if (!draft.tells_about.empty()) {
    FillReceipt(draft, signal);
  } else if (!draft.late.empty()) {
    const SignalId about = IdOf(draft.late);
    auto body = signal.getBody().initDeadline();
    body.setAbout(wire::AsData(about.view()));
    body.setStep(draft.missed);
    body.setAgeMinutes(45);
    signal.setLegalClass(schema::LegalClass::E);
  } else if (draft.code == "SIG-A1") {
    FillReport(draft, signal);
  } else if (draft.code.starts_with("SIG-B") || draft.code.starts_with("SIG-C") || draft.code.starts_with("SIG-D")) {
    FillCooperation(draft, signal);
  } else {
    signal.setLegalClass(schema::LegalClass::E);
    signal.getBody().initOverdue().setVisitCode("bhv.m8");
  }
  return wire::Flatten(message);
}

class InboxTest : public testing::Test {
 protected:
  void SetUp() override {
    CryptoInit();
    log::Init("inbox_test", log::Level::kError);
    Open();
  }
  void Open() {
    inbox_.reset();
    auto opened = Inbox::Open(store_, kek_, speaker_, clock_, Random(3));
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    inbox_ = std::move(opened).value();
  }
  void CrashAndOpen() {
    store_.Crash();
    Open();
  }
  static Position At(uint64_t sequence, Lane lane = Lane::kNormal, uint32_t epoch = 1) {
    return {*HubId::From("hub-one!"), epoch, lane, sam::Sequence(sequence)};
  }
  Status Take(uint64_t sequence, const Draft& draft, client::DeliveryFlags flags = {}) {
    return inbox_->Take(At(sequence), SignalBytes(draft), wire::WithheldCode::NONE, flags);
  }
  void Receive(uint64_t sequence, const Draft& draft) {
    ASSERT_TRUE(Take(sequence, draft).ok());
    ASSERT_TRUE(inbox_->Commit().ok());
  }
  std::vector<Row> Rows() {
    std::vector<Row> rows;
    EXPECT_TRUE(inbox_->Each(1, [&](Row&& row) {
      rows.push_back(std::move(row));
      return true;
    }).ok());
    return rows;
  }
  static std::string Hex(const std::string& name) { return ToHex(IdOf(name).view()); }
  Result<Inbox::Acted> Say(const std::string& name, const char* word, const char* reference = "") {
    Saying saying = *SayingFromWord(word);
    saying.reference = reference;
    return inbox_->Say(Hex(name), saying, "anna");
  }
  struct Sent {
    std::string type, message_id, event_id, function, reference, person, about, by, to;
    LadderState state = LadderState::UNKNOWN;
    Answer answer = Answer::UNSET;
    Decision decision = Decision::UNKNOWN;
    bool test = false;
    int64_t at = 0;
  };
  std::vector<Sent> Outgoing() {
    std::vector<Sent> out;
    Outbox& outbox = inbox_->outbox();
    EXPECT_TRUE(outbox.Read(OutboxSeq(1), 1 << 20, [&](OutboxSeq, std::string_view bytes) {
      EXPECT_TRUE((wire::Read<schema::Event>(bytes, [&](schema::Event::Reader event) -> Status {
        Sent sent;
        const auto header = event.getHeader();
        sent.type = header.getType().cStr();
        sent.message_id = header.getSourceMessageId().cStr();
        sent.event_id = std::string(wire::View(header.getEventId()));
        sent.test = header.getTest();
        if (header.getSubject().getIds().size() == 1)
          sent.person = header.getSubject().getIds()[0].getValue().cStr();
        if (event.getBody().isSignalReceipt()) {
          const auto body = event.getBody().getSignalReceipt();
          sent.state = body.getState();
          sent.answer = body.getAnswer();
          sent.at = body.getAt();
          sent.reference = body.getReference().cStr();
          sent.function = body.getFunction().cStr();
          sent.to = body.getForwardedTo().cStr();
        } else if (event.getBody().isSignalReceiverNamed()) {
          const auto body = event.getBody().getSignalReceiverNamed();
          sent.about = std::string(wire::View(body.getSignalId()));
          sent.reference = body.getReceiverFunction().cStr();
          sent.function = body.getFunction().cStr();
          sent.by = body.getNamedBy().cStr();
        } else if (event.getBody().isSignalWithdrawn()) {
          const auto body = event.getBody().getSignalWithdrawn();
          sent.about = std::string(wire::View(body.getSignalId()));
          sent.reference = body.getReason().cStr();
        } else if (event.getBody().isPromptDecided()) {
          sent.decision = event.getBody().getPromptDecided().getDecision();
          sent.reference = event.getBody().getPromptDecided().getReasonCode().cStr();
        }
        out.push_back(std::move(sent));
        return Ok();
      })).ok());
      return true;
    }).ok());
    return out;
  }

  ::sam::test::FaultStore store_{spaces::Names().size()};
  SecretKey kek_ = SecretKey::Random();
  ManualClock clock_{Millis(1'772'000'000'000)};
  Speaker speaker_{"bollnas.inbox", "bollnas.mottagning", "212000-2361", "socialnamnden"};
  std::unique_ptr<Inbox> inbox_;
};

}  // namespace sam::inbox::test
