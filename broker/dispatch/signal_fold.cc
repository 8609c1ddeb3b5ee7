// From a rule's hit to a numbered signal: gate, composing, decision record, mailbox row.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/contract/answers.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/dispatch/overdue_event.h"
#include "broker/rules/carry.h"
#include "broker/rules/fact_kinds.h"
#include "broker/rules/facts.h"
#include "broker/rules/update.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

using schema::Outcome;

routing::Wanted WantedFor(const std::string& code, const std::string& unit,
                          const std::string& owner) {
  routing::Wanted wanted;
  if (code == "SIG-A1") {
    wanted.role = routing::Role::kSocialReception;
  } else if (code == "SIG-B1") {
    wanted.role = routing::Role::kSocialPreventive;
  } else if (code == "SIG-C1") {  // from either side to the other one, where the child is known to it
    const bool dental = owner == "dental.clinic";
    wanted.role = dental ? routing::Role::kBvcUnit : routing::Role::kDentalClinic;
  } else {
    const bool dental = owner == "dental.clinic";
    wanted.role = dental ? routing::Role::kDentalClinic : routing::Role::kBvcUnit;
    if (owner == rules::kChildClinic) wanted.role = routing::Role::kChildClinic;
    wanted.unit = unit;
  }
  return wanted;
}

// Whose unit the gate looks for when none is wanted by name.
std::string KeeperOf(const std::string& code, const std::string& owner) {
  if (code != "SIG-C1") return owner;
  return owner == "dental.clinic" ? "bvc.unit" : "dental.clinic";
}

routing::BodyDraft BodyOf(const rules::Hit& hit) {
  if (hit.overdue) {
    routing::OverdueDraft draft{hit.overdue->step, hit.overdue->programme, hit.overdue->due,
                                hit.overdue->overdue, std::nullopt};
    if (hit.overdue->last_seen.value >= 0) draft.last_seen = hit.overdue->last_seen;
    return draft;
  }
  if (hit.pattern) {
    routing::PatternDraft draft{hit.pattern->from, hit.pattern->to, {}};
    for (const rules::Occurrence& o : hit.pattern->occurrences)
      draft.occurrences.push_back({o.event, o.type, o.at, o.visit_code});
    return draft;
  }
  return std::monostate{};
}

// The board that the reporter named stands in the report itself.
std::string BoardOf(const routing::Candidate& candidate) {
  for (const routing::Evidence& one : candidate.evidence) {
    if (one.bytes.empty()) continue;
    auto event = wire::Parse<schema::Event>(one.bytes);
    if (!event.ok() || event->get().getBody().which() != schema::Event::Body::REPORT_SIGNED)
      continue;
    return event->get().getBody().getReportSigned().getReceivingBoard().cStr();
  }
  return "";
}

// What the event itself tells: the hub keeps no map of where children live.
std::string DistrictOf(const routing::Candidate& candidate) {
  for (const routing::Evidence& one : candidate.evidence) {
    if (one.bytes.empty()) continue;
    auto event = wire::Parse<schema::Event>(one.bytes);
    if (!event.ok()) continue;
    const auto subject = event->get().getHeader().getSubject();
    if (subject.getDistrict().size() != 0) return subject.getDistrict().cStr();
  }
  return "";
}

}  // namespace

routing::SubjectFacts Dispatcher::SubjectFactsOf(const rules::SubjectState& state,
                                                 const std::string& owner) const {
  routing::SubjectFacts facts;
  facts.protection = state.protection;
  facts.municipality = state.municipality;
  facts.owner_unit = rules::OwnerUnit(state, owner);
  if (settings_.fold >= 1) facts.birth_date = state.birth_date;
  facts.must_not_inform = rules::MustNotInform(state);
  for (const rules::Consent& c : state.consents) {
    routing::Consent consent{c.id, c.scope, c.state, c.expires, c.all_guardians};
    for (const rules::Giver& g : c.givers)
      consent.givers.push_back({g.tag, g.own, g.state, g.scope, g.expires, g.all_guardians,
                                g.must_give, g.single, g.at});
    facts.consents.push_back(std::move(consent));
  }
  // Of who is protected nobody learns another number than the one that was told.
  if (!rules::IsProtected(state.protection))
    for (const rules::LinkTold& link : state.links) facts.links.push_back(link.offset);
  return facts;
}

mailbox::Versions Dispatcher::VersionsOf(const rules::SubjectState& state) const {
  return {settings_.version, state.consent_version, state.protection_version};
}

Result<std::string> Dispatcher::Payload(const Input& in, Offset offset) {
  if (offset == in.header.offset) return std::string(in.payload);
  SAM_ASSIGN(auto bytes, payload_at_(offset));
  return bytes.value_or("");
}

Status Dispatcher::FillEvidence(const Input& in, const std::vector<rules::EvidenceRef>& refs,
                                routing::Candidate& candidate) {
  for (const rules::EvidenceRef& ref : refs) {
    SAM_ASSIGN(std::string bytes, Payload(in, ref.offset));
    candidate.evidence.push_back({ref.event, ref.offset, std::move(bytes)});
  }
  return Ok();
}

std::string Dispatcher::FunctionOfUnit(const std::string& unit, Millis now) const {
  if (unit.empty()) return "";
  const auto functions = settings_.directory.ByUnit(unit, now);
  return functions.empty() ? "" : functions.front()->id;
}

std::string Dispatcher::GroundOfRule(const std::string& id) const {
  const rules::Rule* rule = settings_.fold >= 4 ? settings_.rules.Find(id) : nullptr;
  return rule == nullptr ? "" : rule->ground;
}

std::string Dispatcher::OwnerOfRule(const std::string& id) const {
  const rules::Rule* rule = settings_.rules.Find(id);
  return rule == nullptr ? "" : rule->owner;
}

// Limits that start with something that is told later.
bool Dispatcher::StartsLater(const std::string& clock) const {
  return (settings_.fold >= 6 && clock == kResultClock) || (settings_.fold >= 7 && clock == kInquiryClock);
}

void Dispatcher::AddClocks(routing::Candidate& candidate) const {
  const rules::Rule* rule = settings_.rules.Find(candidate.rule_id);
  if (rule == nullptr || StandsAlone(candidate)) return;
  for (const rules::RuleClock& clock : rule->clocks)
    if (!StartsLater(clock.kind))
      candidate.clocks.push_back({clock.kind,
                                  rules::DueOf(clock, candidate.decided_at, candidate.acute),
                                  candidate.decided_at});
  AddOrderClock(candidate, *rule);
}

// A joint visit that stands alone is told for knowledge: nobody waits for an answer, nor is any counted as missing.
bool Dispatcher::IsAnswerable(const routing::Candidate& candidate) const {
  return settings_.fold >= 8 && contract::AwaitsAnswer(candidate.code) && !StandsAlone(candidate);
}

// Rules whose fact says who is asked. False: nobody is. What nobody was sent nobody can have booked, and a report that
// another unit than a child clinic has signed is asked about by that unit's own rule.
Result<bool> Dispatcher::AskByFact(const Input& in, const rules::SubjectState& state, const rules::Hit& hit,
                                   const std::string& owner, routing::Candidate& candidate) {
  if (owner == rules::kChildClinic) {
    const auto functions = settings_.directory.ByUnit(hit.unit, in.now);
    return std::any_of(functions.begin(), functions.end(), [](const routing::Function* one) {
      return one->role == routing::Role::kChildClinic;
    });
  }
  if (owner != rules::kOrderReceiver) return true;
  candidate.asks_holder = true;
  for (const SignalId& id : rules::SignalsOfOrder(state, settings_.rules, hit.order)) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->withdrawn || row->outcome != Outcome::DELIVER) continue;
    candidate.wanted.function = candidate.about_receiver = HolderNow(row->receiver, in.now);
    return !candidate.about_receiver.empty();
  }
  return false;
}

Result<Dispatcher::Verdict> Dispatcher::Raise(const Input& in, const SubjectId& subject,
                                              rules::SubjectState& state, const rules::Hit& hit) {
  routing::Candidate candidate;
  candidate.code = hit.code;
  candidate.rule_id = hit.told_as.empty() ? hit.rule : hit.told_as;
  const std::string owner = OwnerOfRule(hit.rule);
  candidate.rule_version = hit.version;
  candidate.rule_ground = GroundOfRule(hit.rule);
  candidate.sender_function =
      hit.sender_function.empty() ? FunctionOfUnit(hit.unit, in.now) : hit.sender_function;
  candidate.wanted = WantedFor(hit.code, hit.unit, owner);
  candidate.wanted.board = hit.board;
  SAM_ASSIGN(const bool asked, AskByFact(in, state, hit, owner, candidate));
  if (!asked) return Verdict{};
  SAM_TRY(FillEvidence(in, hit.evidence, candidate));
  candidate.wanted.district = DistrictOf(candidate);
  candidate.subject = SubjectFactsOf(state, KeeperOf(hit.code, owner));
  if (owner == rules::kChildClinic) candidate.subject.owner_unit = hit.unit;
  candidate.controller = {state.controller_org, state.controller_board};
  candidate.body = BodyOf(hit);
  if (hit.code == "SIG-C1") candidate.body = AttendanceOf(candidate, owner);
  candidate.by_content = settings_.fold >= 2;
  candidate.rule_secret = AsksAfterSecret(settings_.rules.Find(candidate.rule_id));
  candidate.acute = hit.acute;
  candidate.test = hit.test || settings_.test;
  candidate.occurred_at = hit.occurred_at;
  candidate.decided_at = in.now;
  SAM_TRY(Address(in, hit.unit, candidate));
  candidate.awaits_answer = IsAnswerable(candidate);
  AddClocks(candidate);
  // Whoever calls the others knows of it.
  if (candidate.code == "SIG-B4" && candidate.about_receiver == candidate.sender_function)
    return Verdict{};
  // Old results are in every first load, and nobody asks for most of them here.
  if (hit.first_load && candidate.code == "SIG-D2" && candidate.about_sender.empty())
    return Verdict{};
  if (hit.overdue)
    in.fold.AddDecision(OverdueEvent(subject, state, hit, in.cause, in.now, candidate.test));
  return Decide(in, subject, state, candidate, {hit.unit, {}, false});
}

Result<routing::Candidate> Dispatcher::CandidateOf(const Input& in,
                                                   const rules::SubjectState& state,
                                                   const SignalRow& row) {
  routing::Candidate candidate;
  candidate.code = row.code;
  candidate.rule_id = row.rule;
  candidate.rule_version = row.version;
  candidate.rule_ground = GroundOfRule(row.rule);
  candidate.sender_function = row.sender.empty() ? FunctionOfUnit(row.unit, in.now) : row.sender;
  SAM_TRY(FillEvidence(in, row.evidence, candidate));
  candidate.wanted = WantedFor(row.code, row.unit, OwnerOfRule(row.rule));
  candidate.wanted.district = DistrictOf(candidate);
  if (row.named || !row.about.empty())
    candidate.wanted.function = row.receiver;
  else if (row.code == "SIG-A1")
    candidate.wanted.board = BoardOf(candidate);
  // Notices go to the one party they were made for; its part was settled then.
  candidate.about_sender = candidate.about_receiver = row.about.empty() ? "" : row.receiver;
  if (row.code == "WITHDRAWN") {
    SAM_ASSIGN(const auto taken_back, in.fold.Signal(row.about));
    if (taken_back) candidate.about_code = taken_back->code;
    if (taken_back && settings_.fold >= 7 && taken_back->code != "WITHDRAWN") {
      SAM_ASSIGN(const routing::Candidate about, CandidateOf(in, state, *taken_back));
      candidate.about_secret = routing::TellsSecret(about, true);
    }
  }
  if (row.code == kDeadlineCode) {
    SAM_ASSIGN(const auto late, in.fold.Signal(row.about));
    if (late) candidate.about_sender = late->sender;
    if (late) candidate.about_receiver = late->receiver;
  }
  const std::string owner = OwnerOfRule(row.rule);
  candidate.subject = SubjectFactsOf(state, KeeperOf(row.code, owner));
  if (owner == rules::kChildClinic) candidate.subject.owner_unit = row.unit;
  candidate.asks_holder = owner == rules::kOrderReceiver && row.about.empty();
  if (candidate.asks_holder) candidate.wanted.function = candidate.about_receiver = row.receiver;
  candidate.controller = {row.controller_org, row.controller_board};
  SAM_ASSIGN(candidate.body, DecodeDraft(row.draft));
  candidate.by_content = settings_.fold >= 2;
  candidate.rule_secret = AsksAfterSecret(settings_.rules.Find(candidate.rule_id));
  candidate.acute = row.acute;
  candidate.test = row.test;
  candidate.occurred_at = row.occurred_at;
  candidate.decided_at = in.now;
  SAM_TRY(Address(in, row.unit, candidate));
  // What was delivered before fold edition 8 goes on ending when it is registered.
  candidate.awaits_answer = row.outcome != Outcome::HELD ? row.awaits_answer : IsAnswerable(candidate);
  // Whoever it lies with keeps it: a night's report does not wander when the office opens.
  if (row.outcome != Outcome::HELD && row.decided_at.value > 0) candidate.placed_at = row.decided_at;
  // Sending again gives nobody more time.
  for (const WatchedClock& clock : row.clocks) {
    const bool later = clock.kind == kInquiryClock && settings_.fold >= 7;  // nor was it told with the report
    if (IsForReceiver(clock.kind) && !later) candidate.clocks.push_back({clock.kind, clock.due, clock.started});
  }
  if (!HasReceiversClock(row)) AddClocks(candidate);
  return candidate;
}

routing::GateInput Dispatcher::Ask(const routing::Candidate& candidate, Millis now) const {
  routing::GateInput input = routing::GateInputOf(candidate, settings_.directory,
                                                  settings_.agreements, now, settings_.fold >= 7);
  if (settings_.fold < 8) input.birthdays = routing::Days::kCautious;
  return input;
}

// What would end a wait says nothing of why it began.
bool Dispatcher::AsksAfterSecret(const rules::Rule* rule) {
  if (rule == nullptr) return false;
  const auto any = [](const rules::FactList& facts) {
    return std::any_of(facts.begin(), facts.end(), [](const rules::FactMatch& fact) {
      return routing::IsSecretType(rules::TypeOf(fact.kind));
    });
  };
  return any(rule->after) ||
         std::any_of(rule->needs.begin(), rule->needs.end(),
                     [&](const rules::Need& need) { return any(need.facts); });
}

// The rule of a notice names its step and its turn; there is no end to those.
void Dispatcher::CountGate(const routing::Candidate& candidate, const Origin& origin,
                           const char* outcome) {
  ++gate_counts_[{origin.about.empty() ? candidate.rule_id : candidate.code, outcome}];
}

Result<Dispatcher::Verdict> Dispatcher::Decide(const Input& in, const SubjectId& subject,
                                               rules::SubjectState& state,
                                               const routing::Candidate& candidate,
                                               const Origin& origin) {
  // Nothing more is said of somebody who is erased: nobody could read it.
  SAM_ASSIGN(const bool erased, IsErased(in, subject));
  if (erased) return Verdict{};
  routing::GateDecision gate = routing::Decide(Ask(candidate, in.now));
  const SignalId id = routing::SignalIdOf(candidate, gate.receiver_function);
  SAM_ASSIGN(const auto known, in.fold.Signal(id));
  // The same signal is never decided twice. What waits may still go; so may what gave way to another
  // id that now gives way to this one (a child that moves there and back), and a part that was
  // refused while its report was.
  const bool gave_way = known && !known->withdrawn &&
                        (known->outcome == Outcome::SUPERSEDED ||
                         (known->outcome == Outcome::WITHHELD && candidate.code == kAttachmentCode));
  if (known && known->outcome != Outcome::HELD && !gave_way) return Verdict{id, known->outcome};

  if (!known && origin.about.empty()) came_.push_back(id);  // each way below gives it its row

  SignalRow row = known.value_or(SignalRow{});
  row.code = candidate.code;
  row.legal_class = gate.legal_class;
  row.sender = candidate.sender_function;
  row.receiver = gate.receiver_function;
  row.unit = origin.unit;
  row.subject = subject;
  row.controller_org = candidate.controller.org;
  row.controller_board = candidate.controller.board;
  row.rule = candidate.rule_id;
  row.version = candidate.rule_version;
  row.evidence.clear();
  for (const routing::Evidence& one : candidate.evidence)
    row.evidence.push_back({one.event, one.offset});
  row.occurred_at = candidate.occurred_at;
  row.acute = candidate.acute;
  row.test = candidate.test;
  row.awaits_answer = candidate.awaits_answer;
  row.decided_at = in.now;
  row.about = origin.about;
  row.named = origin.named;
  row.released_as = {};
  row.draft = EncodeDraft(candidate.body);

  if (gate.outcome == routing::GateOutcome::kDeliver) {
    routing::Candidate room;
    SAM_ASSIGN(const routing::Candidate* const opened, Opened(in, candidate, gate, room));
    auto composed = routing::Compose(*opened, gate);
    if (composed.ok()) {
      CountGate(candidate, origin, "deliver");
      SAM_TRY(Deliver(in, state, candidate, gate, *composed, std::move(row)));
      return Verdict{id, Outcome::DELIVER};
    }
    if (voice_ == Voice::kAloud)
      log::Error("dispatch", "compose-failed",
                 {{"offset", in.header.offset}, {"code", composed.error().code}});
    gate.reasons = {"gate.evidence.gone"};
    gate.outcome = candidate.code == "SIG-A1" ? routing::GateOutcome::kHeld
                                              : routing::GateOutcome::kDenied;
  }
  // A part has no wait of its own: its report is what is held.
  if (candidate.code == kAttachmentCode) gate.outcome = routing::GateOutcome::kDenied;
  const bool held = gate.outcome == routing::GateOutcome::kHeld;
  CountGate(candidate, origin, held ? "held" : "denied");
  if (held) {
    SAM_TRY(Hold(in, subject, state, candidate, gate, id, std::move(row)));
    return Verdict{id, Outcome::HELD};
  }
  SAM_TRY(Deny(in, subject, state, candidate, gate, id, std::move(row)));
  return Verdict{id, Outcome::DENIED};
}

Status Dispatcher::Deliver(const Input& in, rules::SubjectState& state,
                           const routing::Candidate& candidate, const routing::GateDecision& gate,
                           const routing::Composed& composed, SignalRow row) {
  row.outcome = Outcome::DELIVER;
  row.reasons.clear();
  std::erase(state.held, composed.id);
  const Lane lane = candidate.acute ? Lane::kAcute : Lane::kNormal;
  SAM_ASSIGN(const Slot slot, NextSlot(in, gate.receiver_function, lane));
  DecisionFacts facts = FactsOf(composed.id, row, state);
  facts.ground = gate.ground;
  Disclose(composed, facts);
  Place(in, row, std::move(facts), slot, state);
  // The row itself is on disk before anybody can see it: stored.
  const LadderStep stored{schema::LadderState::STORED, in.now, schema::Answer::UNSET,
                          in.header.offset.value};
  const bool first = Climb(row, stored);
  SAM_TRY(StartClocks(in, candidate, composed.id, row));
  in.fold.PutSignal(composed.id, row);
  if (row.code == "SIG-A1") SAM_TRY(SendParts(in, state, composed.id, row));
  if (first && row.about.empty() && row.legal_class == schema::LegalClass::A)
    return NotifyStep(in, state, composed.id, row, stored);
  return Ok();
}

DecisionFacts Dispatcher::FactsOf(const SignalId& id, const SignalRow& row,
                                  const rules::SubjectState& state) const {
  DecisionFacts facts;
  facts.outcome = row.outcome;
  facts.signal = id;
  facts.code = row.code;
  facts.legal_class = row.legal_class;
  facts.receiver = row.receiver;
  facts.sender = row.sender;
  facts.rule = row.rule;
  facts.version = row.version;
  facts.reasons = row.reasons;
  for (const rules::EvidenceRef& ref : row.evidence) facts.evidence.push_back(ref.offset);
  facts.versions = VersionsOf(state);
  return facts;
}

journal::Draft Dispatcher::DraftOf(const Input& in, const SignalRow& row,
                                   const DecisionFacts& facts) const {
  journal::Draft draft;
  draft.kind = journal::Kind::DECISION;
  draft.subject = row.subject;
  draft.controller_org = row.controller_org;
  draft.controller_board = row.controller_board;
  draft.payload = EncodeDecision(facts);
  draft.place = facts.place;
  draft.peer = "hub";
  draft.cause = in.cause.value;
  return draft;
}

Result<Dispatcher::Slot> Dispatcher::NextSlot(const Input& in, const std::string& subscription,
                                              Lane lane) {
  SAM_ASSIGN(mailbox::LaneState state, in.fold.LaneOf(subscription, lane));
  while (reserved_.erase({subscription, lane, state.next}) != 0) state.next = state.next.next();
  Slot slot{subscription, lane, state.next, false, false};
  state.next = state.next.next();
  in.fold.PutLane(subscription, lane, state);
  return slot;
}

void Dispatcher::Place(const Input& in, SignalRow& row, DecisionFacts facts, const Slot& slot,
                       const rules::SubjectState& state) {
  facts.lane = slot.lane;
  facts.sequence = slot.sequence;
  facts.replayed = slot.replayed;
  facts.late = slot.late;
  const uint64_t decision = in.fold.AddDecision(DraftOf(in, row, facts));
  Placement placement{decision, slot.lane, slot.sequence, facts.outcome};
  auto same = std::find_if(row.placements.begin(), row.placements.end(), [&](const Placement& p) {
    return slot.sequence.value != 0 && p.sequence == slot.sequence && p.lane == slot.lane;
  });
  if (same != row.placements.end())
    *same = placement;
  else
    rules::PushBounded(row.placements, placement, kPlacementsMax);
  if (slot.sequence.value == 0) return;
  mailbox::Row letter;
  letter.decision = decision;
  letter.signal = facts.signal;
  letter.subject = row.subject;
  letter.withheld = facts.withheld;
  letter.versions = VersionsOf(state);
  letter.replayed = slot.replayed;
  letter.late = slot.late;
  letter.decided_at = in.now;
  in.fold.PutMailboxRow(slot.subscription, slot.lane, slot.sequence, letter);
  // Notices are about a signal, and no age stands in their way.
  if (placement.outcome == Outcome::DELIVER && row.about.empty()) ArmBirthday(in, row.subject, state);
}

}  // namespace sam::dispatch
