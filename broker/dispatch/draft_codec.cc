#include "broker/dispatch/draft_codec.h"

#include <type_traits>

#include "broker/wire/capnp_values.h"
#include "schemas/signal.capnp.h"

namespace sam::dispatch {
namespace {

using Body = schema::Signal::Body::Builder;

void Fill(const std::monostate&, Body) {}
void Fill(const routing::OverdueDraft& d, Body body) {
  auto out = body.initOverdue();
  out.setVisitCode(d.visit_code);
  out.setProgramId(d.program);
  out.setDueAt(d.due.value);
  out.setOverdueAt(d.overdue.value);
  if (d.last_seen) out.setLastSeenAt(d.last_seen->value);
}
void Fill(const routing::PatternDraft& d, Body body) {
  auto out = body.initPattern();
  out.setWindowFrom(d.from.value);
  out.setWindowTo(d.to.value);
  auto list = out.initOccurrences(static_cast<unsigned>(d.occurrences.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setEventId(wire::AsData(d.occurrences[i].event.view()));
    list[i].setType(d.occurrences[i].type);
    list[i].setAt(d.occurrences[i].at.value);
    list[i].setVisitCode(d.occurrences[i].visit_code);
  }
}
void Fill(const routing::AttendanceDraft& d, Body body) {
  auto out = body.initAttendance();
  if (d.not_reached_since) out.setNotReachedSince(d.not_reached_since->value);
  out.setAttempts(d.attempts);
}
void Fill(const routing::ReceiptDraft& d, Body body) { routing::WriteReceipt(d, false, body); }
void Fill(const routing::HoldDraft& d, Body body) {
  auto out = body.initHold();
  out.setAbout(wire::AsData(d.about.view()));
  out.setAboutCode(d.about_code);
  wire::SetTexts(out.initReasons(static_cast<unsigned>(d.reasons.size())), d.reasons);
  out.setEventId(wire::AsData(d.event.view()));
}
void Fill(const routing::WithdrawnDraft& d, Body body) {
  auto out = body.initWithdrawn();
  out.setSignalId(wire::AsData(d.about.view()));
  out.setReason(d.reason);
  if (d.replaced_by) out.setReplacedBy(wire::AsData(d.replaced_by->view()));
}

void Fill(const routing::PartDraft& d, Body body) {
  auto out = body.initAttachment();
  out.setAbout(wire::AsData(d.about.view()));
  out.setAttachment(d.attachment);
  out.setIndex(d.index);
  out.setCount(d.count);
  out.setSize(d.size);
}

void Fill(const routing::ReminderDraft& d, Body body) {
  auto out = body.initReminder();
  out.setAbout(wire::AsData(d.about.view()));
  out.setAboutCode(d.about_code);
  out.setClock(d.clock);
  out.setDueAt(d.due.value);
  out.setPercent(d.percent);
}

void Fill(const routing::DeadlineDraft& d, Body body) {
  auto out = body.initDeadline();
  out.setAbout(wire::AsData(d.about.view()));
  out.setStep(d.step);
  out.setAgeMinutes(d.age_minutes);
}

void Fill(const routing::ProtectionDraft& d, Body body) {
  auto out = body.initProtectionUpdate();
  out.setAt(d.at.value);
  out.setAbout(wire::AsData(d.about.view()));
}

routing::PatternDraft PatternOf(schema::Pattern::Reader in) {
  routing::PatternDraft d{Millis(in.getWindowFrom()), Millis(in.getWindowTo()), {}};
  for (auto o : in.getOccurrences())
    d.occurrences.push_back({wire::IdOf<EventId>(o.getEventId()), o.getType().cStr(), Millis(o.getAt()),
                             o.getVisitCode().cStr()});
  return d;
}

routing::BodyDraft BodyOf(schema::Signal::Body::Reader body) {
  switch (body.which()) {
    case schema::Signal::Body::OVERDUE: {
      const auto in = body.getOverdue();
      routing::OverdueDraft d{in.getVisitCode().cStr(), in.getProgramId().cStr(),
                              Millis(in.getDueAt()), Millis(in.getOverdueAt()), std::nullopt};
      if (in.getLastSeenAt() >= 0) d.last_seen = Millis(in.getLastSeenAt());
      return d;
    }
    case schema::Signal::Body::PATTERN: return PatternOf(body.getPattern());
    case schema::Signal::Body::ATTENDANCE: {
      routing::AttendanceDraft d{std::nullopt, body.getAttendance().getAttempts()};
      if (body.getAttendance().getNotReachedSince() >= 0)
        d.not_reached_since = Millis(body.getAttendance().getNotReachedSince());
      return d;
    }
    case schema::Signal::Body::RECEIPT: {
      const auto in = body.getReceipt();
      return routing::ReceiptDraft{wire::IdOf<SignalId>(in.getAbout()), in.getAboutCode().cStr(),
                                   in.getState(), Millis(in.getAt()), in.getAnswer(),
                                   in.getReceiverFunction().cStr(),
                                   in.getReceiverPhone().cStr(),
                                   wire::IdOf<SignalId>(in.getForwardedAs()),
                                   in.getAwaitsAnswer()};
    }
    case schema::Signal::Body::HOLD: {
      const auto in = body.getHold();
      return routing::HoldDraft{wire::IdOf<SignalId>(in.getAbout()), in.getAboutCode().cStr(),
                                wire::TextsOf(in.getReasons()), wire::IdOf<EventId>(in.getEventId())};
    }
    case schema::Signal::Body::WITHDRAWN: {
      const auto in = body.getWithdrawn();
      routing::WithdrawnDraft d{wire::IdOf<SignalId>(in.getSignalId()), in.getReason().cStr(),
                                std::nullopt};
      if (in.getReplacedBy().size() != 0) d.replaced_by = wire::IdOf<SignalId>(in.getReplacedBy());
      return d;
    }
    case schema::Signal::Body::ATTACHMENT: {
      const auto in = body.getAttachment();
      return routing::PartDraft{wire::IdOf<SignalId>(in.getAbout()), in.getAttachment(),
                                in.getIndex(), in.getCount(), in.getSize()};
    }
    case schema::Signal::Body::REMINDER: {
      const auto in = body.getReminder();
      return routing::ReminderDraft{wire::IdOf<SignalId>(in.getAbout()), in.getAboutCode().cStr(),
                                    in.getClock().cStr(), Millis(in.getDueAt()), in.getPercent()};
    }
    case schema::Signal::Body::DEADLINE: {
      const auto in = body.getDeadline();
      return routing::DeadlineDraft{wire::IdOf<SignalId>(in.getAbout()), in.getStep().cStr(),
                                    in.getAgeMinutes()};
    }
    case schema::Signal::Body::PROTECTION_UPDATE: {
      const auto in = body.getProtectionUpdate();
      return routing::ProtectionDraft{Millis(in.getAt()), wire::IdOf<SignalId>(in.getAbout())};
    }
    default: return std::monostate{};
  }
}

}  // namespace

std::string EncodeDraft(const routing::BodyDraft& body) {
  if (std::holds_alternative<std::monostate>(body)) return "";
  capnp::MallocMessageBuilder message(256);
  Body out = message.initRoot<schema::Signal>().getBody();
  std::visit([&](const auto& draft) { Fill(draft, out); }, body);
  return wire::Flatten(message);
}

Result<routing::BodyDraft> DecodeDraft(std::string_view bytes) {
  if (bytes.empty()) return routing::BodyDraft();
  auto body = wire::ReadOwn<schema::Signal>(
      bytes,
      [](schema::Signal::Reader in) -> Result<routing::BodyDraft> { return BodyOf(in.getBody()); });
  if (!body.ok()) return Corrupt("the draft of a signal is not readable: " + body.error().message);
  return body;
}

void Disclose(const routing::Composed& composed, DecisionFacts& facts) {
  facts.masked = composed.masked;
  facts.bytes = composed.split.apart() ? composed.split.rest : composed.bytes;
  facts.place = composed.split.place;
}

std::string EncodeDecision(const DecisionFacts& f) {
  capnp::MallocMessageBuilder message(1024);
  auto out = message.initRoot<schema::Decision>();
  out.setOutcome(f.outcome);
  out.setSignalId(wire::AsData(f.signal.view()));
  out.setCode(f.code);
  out.setLegalClass(f.legal_class);
  out.setReceiverFunction(f.receiver);
  out.setSenderFunction(f.sender);
  out.setLane(static_cast<uint8_t>(f.lane));
  out.setSequence(f.sequence.value);
  out.setRuleId(f.rule);
  out.setRuleVersion(f.version);
  out.setGround(f.ground);
  wire::SetTexts(out.initReasons(static_cast<unsigned>(f.reasons.size())), f.reasons);
  wire::SetTexts(out.initMasked(static_cast<unsigned>(f.masked.size())), f.masked);
  auto evidence = out.initEvidence(static_cast<unsigned>(f.evidence.size()));
  for (unsigned i = 0; i < evidence.size(); ++i) evidence.set(i, f.evidence[i].value);
  auto versions = out.initVersions();
  versions.setConfig(f.versions.config);
  versions.setConsent(f.versions.consent);
  versions.setProtection(f.versions.protection);
  out.setWithheldCode(f.withheld);
  out.setSignal(wire::AsData(f.bytes));
  out.setReplayed(f.replayed);
  out.setLate(f.late);
  return wire::Flatten(message);
}

Result<DecisionFacts> DecodeDecision(std::string_view bytes) {
  auto facts = wire::ReadOwn<schema::Decision>(
      bytes, [](schema::Decision::Reader in) -> Result<DecisionFacts> {
        DecisionFacts f;
        f.outcome = in.getOutcome();
        f.signal = wire::IdOf<SignalId>(in.getSignalId());
        f.code = in.getCode().cStr();
        f.legal_class = in.getLegalClass();
        f.receiver = in.getReceiverFunction().cStr();
        f.sender = in.getSenderFunction().cStr();
        f.lane = in.getLane() == 0 ? Lane::kNormal : Lane::kAcute;
        f.sequence = Sequence(in.getSequence());
        f.rule = in.getRuleId().cStr();
        f.version = in.getRuleVersion().cStr();
        f.ground = in.getGround().cStr();
        f.reasons = wire::TextsOf(in.getReasons());
        f.masked = wire::TextsOf(in.getMasked());
        for (uint64_t offset : in.getEvidence()) f.evidence.emplace_back(offset);
        f.versions = {in.getVersions().getConfig().cStr(), in.getVersions().getConsent(),
                      in.getVersions().getProtection()};
        f.withheld = in.getWithheldCode();
        f.bytes = std::string(wire::View(in.getSignal()));
        f.replayed = in.getReplayed();
        f.late = in.getLate();
        return f;
      });
  if (!facts.ok()) return Corrupt("a decision is not readable: " + facts.error().message);
  return facts;
}

}  // namespace sam::dispatch
