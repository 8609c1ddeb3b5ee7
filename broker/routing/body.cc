#include "broker/routing/body.h"

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/schema.h>

#include <algorithm>

namespace sam::routing {
namespace {

using schema::Event;
using Body = schema::Signal::Body::Builder;
using Area = schema::BarnSakertOutcome::Area;
using SupportForm = schema::BarnSakertOutcome::Outcome;

capnp::Data::Reader AsData(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

Error Lacks(const Candidate& candidate, const char* what) {
  return Invalid("signal " + candidate.code + " of rule " + candidate.rule_id + " lacks " + what);
}

const Event::Reader* FirstOf(const std::vector<Event::Reader>& evidence, Event::Body::Which which) {
  const auto found =
      std::find_if(evidence.begin(), evidence.end(),
                   [which](const Event::Reader& e) { return e.getBody().which() == which; });
  return found == evidence.end() ? nullptr : &*found;
}

// The whole report, newer fields included: its receiver may see all of it.
Status FillReport(const Candidate& candidate, const std::vector<Event::Reader>& evidence,
                  schema::Signal::Builder signal) {
  const Event::Reader* event = FirstOf(evidence, Event::Body::REPORT_SIGNED);
  if (event == nullptr) return Lacks(candidate, "a signed report among its evidence");
  const auto report = event->getBody().getReportSigned();
  signal.getBody().setReport(report);
  if (report.getAcute()) signal.setAcute(true);
  return Ok();
}

// Only what the family asked for together with social services; never the screening itself.
bool IsWithSocial(SupportForm form) {
  return form == SupportForm::TALK_BVC_WITH_SOCIAL || form == SupportForm::HOME_VISIT_WITH_SOCIAL;
}

Status FillSupport(const Candidate& candidate, const GateDecision& decision,
                   const std::vector<Event::Reader>& evidence, Body body) {
  const Event::Reader* event = FirstOf(evidence, Event::Body::BVC_BARNSAKERT_OUTCOME);
  if (event == nullptr) return Lacks(candidate, "an agreed outcome among its evidence");
  const auto outcome = event->getBody().getBvcBarnsakertOutcome();
  std::vector<SupportForm> forms;
  for (const auto form : outcome.getOutcomes()) {
    if (IsWithSocial(form)) forms.push_back(form);
  }
  if (forms.empty()) return Lacks(candidate, "an outcome together with social services");
  auto request = body.initSupportRequest();
  auto wanted = request.initWanted(static_cast<unsigned>(forms.size()));
  for (unsigned i = 0; i < forms.size(); ++i) wanted.set(i, forms[i]);
  request.setContactWay(outcome.getContactWay());
  request.setLanguage(outcome.getLanguage());
  request.setConsentRef(decision.consent);
  request.setLevel(outcome.getLevel());
  if (!decision.areas_allowed) return Ok();
  std::vector<Area> areas;
  for (const auto area : outcome.getAreas()) {
    // Violence by a partner: the other one may read what is sent about the child.
    if (area != Area::IPV && area != Area::UNKNOWN) areas.push_back(area);
  }
  auto list = request.initAreas(static_cast<unsigned>(areas.size()));
  for (unsigned i = 0; i < areas.size(); ++i) list.set(i, areas[i]);
  return Ok();
}

Status Fill(const AttendanceDraft& draft, Body body) {
  auto out = body.initAttendance();
  if (draft.not_reached_since) out.setNotReachedSince(draft.not_reached_since->value);
  out.setAttempts(draft.attempts);
  return Ok();
}

Status Fill(const OverdueDraft& draft, Body body) {
  auto out = body.initOverdue();
  out.setVisitCode(draft.visit_code);
  out.setProgramId(draft.program);
  out.setDueAt(draft.due.value);
  out.setOverdueAt(draft.overdue.value);
  if (draft.last_seen) out.setLastSeenAt(draft.last_seen->value);
  return Ok();
}

Status Fill(const PatternDraft& draft, Body body) {
  if (draft.occurrences.empty() || draft.occurrences.size() > kMaxEvidence) {
    return Invalid("a pattern needs 1 to 64 occurrences");
  }
  auto out = body.initPattern();
  out.setWindowFrom(draft.from.value);
  out.setWindowTo(draft.to.value);
  auto list = out.initOccurrences(static_cast<unsigned>(draft.occurrences.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const OccurrenceDraft& one = draft.occurrences[i];
    list[i].setEventId(AsData(one.event.view()));
    list[i].setType(one.type);
    list[i].setAt(one.at.value);
    list[i].setVisitCode(one.visit_code);
  }
  return Ok();
}

// Stored, delivered, registered, answered, and that another board has it now: no other step is the sender's
// business. `own`: it goes to the function that has the signal, about its own board's doing.
Status Fill(const ReceiptDraft& draft, const std::string& code, bool own, Body body) {
  using State = schema::LadderState;
  const bool answered = draft.state == State::ANSWERED;
  const bool moved = draft.state == State::FORWARDED || draft.state == State::REDIRECTED;
  if (draft.state != State::STORED && draft.state != State::DELIVERED &&
      draft.state != State::REGISTERED && !answered && !moved &&
      !(own && draft.state == State::ASSESSED)) {
    return Invalid(
        "a receipt notice may say stored, delivered, registered, answered or forwarded only");
  }
  if (moved == draft.forwarded_as.empty()) {
    return Invalid("a receipt notice names another signal exactly when the report went on as it");
  }
  if (answered != (draft.answer != schema::Answer::UNSET)) {
    return Invalid("a receipt notice has an answer exactly when it says answered");
  }
  if (code == "SIG-A3" && !answered) return Invalid("SIG-A3 is an answer");
  WriteReceipt(draft, code == "SIG-A3", body);
  return Ok();
}

Status Fill(const HoldDraft& draft, Body body) {
  if (draft.reasons.empty()) return Invalid("a hold notice needs at least one reason");
  auto out = body.initHold();
  out.setAbout(AsData(draft.about.view()));
  out.setAboutCode(draft.about_code);
  auto reasons = out.initReasons(static_cast<unsigned>(draft.reasons.size()));
  for (unsigned i = 0; i < reasons.size(); ++i) reasons.set(i, draft.reasons[i]);
  if (!draft.event.empty()) out.setEventId(AsData(draft.event.view()));
  return Ok();
}

Status Fill(const WithdrawnDraft& draft, Body body) {
  auto out = body.initWithdrawn();
  out.setSignalId(AsData(draft.about.view()));
  out.setReason(draft.reason);
  if (draft.replaced_by) out.setReplacedBy(AsData(draft.replaced_by->view()));
  return Ok();
}

Status Fill(const PartDraft& draft, Body body) {
  if (draft.index >= draft.count) return Invalid("a part of an attachment lies beyond its end");
  auto out = body.initAttachment();
  out.setAbout(AsData(draft.about.view()));
  out.setAttachment(draft.attachment);
  out.setIndex(draft.index);
  out.setCount(draft.count);
  out.setSize(draft.size);
  return Ok();
}

Status Fill(const ReminderDraft& draft, Body body) {
  if (draft.percent > 100) return Invalid("a reminder is of at most 100 percent");
  auto out = body.initReminder();
  out.setAbout(AsData(draft.about.view()));
  out.setAboutCode(draft.about_code);
  out.setClock(draft.clock);
  out.setDueAt(draft.due.value);
  out.setPercent(draft.percent);
  return Ok();
}

Status Fill(const DeadlineDraft& draft, Body body) {
  auto out = body.initDeadline();
  out.setAbout(AsData(draft.about.view()));
  out.setStep(draft.step);
  out.setAgeMinutes(draft.age_minutes);
  return Ok();
}

Status Fill(const ProtectionDraft& draft, Body body) {
  auto out = body.initProtectionUpdate();
  out.setAt(draft.at.value);
  out.setAbout(AsData(draft.about.view()));
  return Ok();
}

template <typename Draft>
Status FromDraft(const Candidate& candidate, Body body) {
  const Draft* draft = std::get_if<Draft>(&candidate.body);
  if (draft == nullptr) return Lacks(candidate, "the draft of its body");
  return Fill(*draft, body);
}

}  // namespace

Status FillBody(const Candidate& candidate, const GateDecision& decision,
                const std::vector<Event::Reader>& evidence, schema::Signal::Builder signal) {
  const Body body = signal.getBody();
  const std::string& code = candidate.code;
  if (code == "SIG-A1") return FillReport(candidate, evidence, signal);
  if (code == "SIG-B1") return FillSupport(candidate, decision, evidence, body);
  if (code == "SIG-C1") return FromDraft<AttendanceDraft>(candidate, body);
  if (code == "SIG-E1") return FromDraft<OverdueDraft>(candidate, body);
  if (code == "SIG-E2") return FromDraft<PatternDraft>(candidate, body);
  if (code == "RECEIPT" || code == "SIG-A3") {
    const auto* draft = std::get_if<ReceiptDraft>(&candidate.body);
    if (draft == nullptr) return Lacks(candidate, "the draft of its body");
    return Fill(*draft, code, decision.receiver_function == candidate.about_receiver, body);
  }
  if (code == "HOLD") return FromDraft<HoldDraft>(candidate, body);
  if (code == "WITHDRAWN") return FromDraft<WithdrawnDraft>(candidate, body);
  if (code == "ATTACHMENT") return FromDraft<PartDraft>(candidate, body);
  if (code == "REMINDER") return FromDraft<ReminderDraft>(candidate, body);
  if (code == "SIG-E3") return FromDraft<DeadlineDraft>(candidate, body);
  if (code == "SIG-E4") return FromDraft<ProtectionDraft>(candidate, body);
  if (candidate.evidence.empty() || evidence.empty()) return Lacks(candidate, "its evidence");
  if (FillCarried(code, decision, evidence.front().getBody(), body)) return Ok();
  return Invalid("no way to compose a signal with code " + code);
}

void WriteReceipt(const ReceiptDraft& draft, bool feedback, schema::Signal::Body::Builder body) {
  static const auto layout = capnp::Schema::from<schema::ReceiptNotice>().getProto().getStruct();
  static const uint16_t words = layout.getDataWordCount();
  static const uint16_t pointers = layout.getPointerCount();
  capnp::MallocMessageBuilder message(64);
  const bool phone = !draft.receiver_phone.empty();
  const bool moved = !draft.forwarded_as.empty();
  // These are the last pointers.
  const int left_out = moved ? 0 : phone ? 1 : 2;
  auto out = message.getRoot<capnp::AnyPointer>()
                 .initAsAnyStruct(words, static_cast<uint16_t>(pointers - left_out))
                 .as<schema::ReceiptNotice>();
  out.setAbout(AsData(draft.about.view()));
  out.setAboutCode(draft.about_code);
  out.setState(draft.state);
  out.setAt(draft.at.value);
  out.setAnswer(draft.answer);
  out.setReceiverFunction(draft.receiver_function);
  out.setAwaitsAnswer(draft.awaits_answer);
  if (phone) out.setReceiverPhone(draft.receiver_phone);
  if (moved) out.setForwardedAs(AsData(draft.forwarded_as.view()));
  if (feedback) body.setFeedback(out.asReader());
  else body.setReceipt(out.asReader());
}

}  // namespace sam::routing
