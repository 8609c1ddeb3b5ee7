// How events and ticks change the state of subjects.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/contract/reasons.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/edition_view.h"
#include "broker/rules/merge.h"
#include "broker/rules/update.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

// What was known under one identity before it was linked with another.
struct Known {
  schema::Protection protection;
  std::vector<SignalId> signals;
};

// "None" told of somebody of whom nothing was known changes nothing for anybody.
bool IsNews(schema::Protection before, schema::Protection now) {
  return before != now && (rules::IsProtected(before) || rules::IsProtected(now));
}

}  // namespace

rules::Context Dispatcher::ContextOf(const Input& in) const {
  return {settings_.programmes, settings_.rules, in.now};
}

Status Dispatcher::FoldEvent(const Input& in) {
  auto message = wire::Parse<schema::Event>(in.payload);
  if (!message.ok()) {
    // Ingress has checked it; whatever this is, it must not stop the feed. The record stays.
    log::Error("dispatch", "event-unreadable",
               {{"offset", in.header.offset}, {"code", message.error().code}});
    return Ok();
  }
  const schema::Event::Reader event = message->get();
  const schema::Event::Body::Reader body = event.getBody();
  SAM_ASSIGN(const bool answer, FoldAnswer(in, event));
  if (answer) return Ok();
  if (body.isReportAttachment()) return FoldPart(in, event);
  SAM_ASSIGN(Fold::Found found, in.fold.FollowedState(in.header.subject));
  const SubjectId subject = found.subject;
  SAM_ASSIGN(const bool erased, IsErased(in, subject));
  if (erased) {  // written between the command and the end of the key
    log::Error("dispatch", "told-while-erased", {{"offset", in.header.offset}});
    return Ok();
  }
  const rules::EventView view = ViewUnder(settings_, event, in.header.offset);
  // Another child's state, never this one's.
  if (body.which() != schema::Event::Body::PERSON_ID_LINKED)
    SAM_TRY(TakeElsewhere(in, subject, view));
  SAM_ASSIGN(const TakenAnswers answered, NoteOrder(in, subject, event));
  SAM_TRY(EndExam(in, subject, event));
  SAM_TRY(TellOrder(in, subject, found.state, event, view));
  rules::SubjectState state = std::move(found.state);
  const schema::Protection before = state.protection;
  const bool lived = !state.deceased;
  const std::string born = state.birth_date;
  rules::Effects effects = rules::OnEvent(state, view, ContextOf(in));
  if (settings_.fold >= 7 && lived && state.deceased) SAM_TRY(EndWithDeath(in, state, effects));
  if (settings_.fold >= 7 && born != state.birth_date && !state.episodes.empty()) {
    ++state.protection_version;  // the gate knows the age, and what waits was decided by another one
    effects.regate = true;
  }
  const bool flagged = settings_.fold >= 2 && IsNews(before, state.protection);
  // Those who know the child as it was known before the link; the others are told by it.
  if (flagged && settings_.fold >= 6) SAM_TRY(TellProtection(in, subject, state));
  if (body.which() == schema::Event::Body::PERSON_ID_LINKED)
    SAM_TRY(MergeLinked(in, subject, state, effects));
  if (flagged && settings_.fold < 6) SAM_TRY(TellProtection(in, subject, state));
  SAM_TRY(Carry(in, subject, state, std::move(effects)));
  SAM_TRY(RegateAnswers(in, answered.subjects));
  SAM_TRY(TellTaken(in, subject, answered.told));
  SAM_TRY(FoldBoardStep(in, subject, event));
  SAM_TRY(FoldInquiryClosed(in, subject, event));
  return body.isReportSigned() ? TakeWaitingParts(in) : Ok();
}

// Nobody is to be reminded of what they were to do for a child that has died. What is still waited for is taken
// back, and its receivers learn why. A report stays with its board, which has its own duties.
Status Dispatcher::EndWithDeath(const Input& in, const rules::SubjectState& state,
                                rules::Effects& effects) {
  for (const SignalId& id : rules::SignalsOf(state)) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row || row->withdrawn || !row->about.empty() ||
        row->legal_class == schema::LegalClass::A)
      continue;
    const bool runs = std::any_of(row->clocks.begin(), row->clocks.end(), [&](const WatchedClock& clock) {
      return !HasEnded(*row, clock, settings_.rules.reminders);
    });
    if (runs) effects.withdraw.push_back({id, "deceased", {in.header.event, in.header.offset}});
  }
  return Ok();
}

// The right twin's event takes the place of one that was told of the wrong twin.
Status Dispatcher::TakeElsewhere(const Input& in, const SubjectId& subject,
                                 const rules::EventView& view) {
  for (const SubjectId& earlier : in.header.linked) {
    SAM_ASSIGN(const SubjectId other, in.fold.Follow(earlier));
    if (other == subject) continue;
    SAM_ASSIGN(rules::SubjectState state, in.fold.State(other));
    rules::Effects effects = rules::OnTakenElsewhere(state, view, ContextOf(in));
    SAM_TRY(Carry(in, other, state, std::move(effects)));
  }
  return Ok();
}

Status Dispatcher::MergeLinked(const Input& in, const SubjectId& subject,
                               rules::SubjectState& into, rules::Effects& effects) {
  bool apart = false;
  for (const SubjectId& linked : in.header.linked) {
    SAM_ASSIGN(const SubjectId old, in.fold.Follow(linked));
    if (old == subject) continue;  // linked before, perhaps the other way round
    SAM_ASSIGN(rules::SubjectState from, in.fold.State(old));
    const Known ours{into.protection, rules::SignalsOf(into)};
    const Known theirs{from.protection, rules::SignalsOf(from)};
    if (!rules::Merge(into, from, settings_.fold >= 7, settings_.fold >= 8)) {
      // One of them is protected and the other is not so: perhaps a new identity. A person must decide.
      log::Warn("dispatch", "merge-suppressed", {{"offset", in.header.offset}});
      apart = true;
      in.fold.Link(in.header, linked, linked);  // a vault newer than the log may have them as one
      if (settings_.fold >= 6) SAM_TRY(CallAboutLink(in, subject, into));
      continue;
    }
    for (const Known& known : {ours, theirs})
      if (settings_.fold >= 6 && IsNews(known.protection, into.protection))
        SAM_TRY(TellHolders(in, subject, into, known.signals, true));
    for (const rules::ArmedTimer& timer : from.timers)
      in.fold.Delete(spaces::kTimer, TimerKey(old, timer));
    rules::SubjectState gone;
    gone.merged_into = subject;
    in.fold.PutState(old, gone);
    in.fold.Link(in.header, old, subject);
    const EventId by = in.header.event;
    rules::Effects more = rules::OnMerged(into, {by, in.header.offset}, ContextOf(in));
    auto append = [](auto& to, auto& list) {
      to.insert(to.end(), std::make_move_iterator(list.begin()),
                std::make_move_iterator(list.end()));
    };
    append(effects.hits, more.hits);
    append(effects.cancel, more.cancel);
    append(effects.set, more.set);
    append(effects.withdraw, more.withdraw);
    effects.regate = effects.regate || more.regate;
    if (effects.fall == rules::ConsentFall::kNone) effects.fall = more.fall;
  }
  // Also where nothing had been told of one of the two: the vault knows them as one from the start.
  return apart ? Ok() : NoteLink(in, into);
}

// Whoever told the link knows both identities, and is the one who can ask the register which it is.
Status Dispatcher::CallAboutLink(const Input& in, const SubjectId& subject,
                                 rules::SubjectState& state) {
  SAM_ASSIGN(const auto message, wire::Parse<schema::Event>(in.payload));
  const auto header = message.get().getHeader();
  routing::Candidate link;
  link.code = "person.id.linked";
  const std::string unit = header.getSource().getUnitHsaId().cStr();
  link.sender_function = FunctionOfUnit(unit, in.now);
  SAM_TRY(FillEvidence(in, {{in.header.event, in.header.offset}}, link));
  link.subject = SubjectFactsOf(state, "");
  link.controller = {header.getController().getOrgNr().cStr(),
                     header.getController().getBoard().cStr()};
  link.test = header.getTest() || settings_.test;
  link.occurred_at = link.decided_at = in.now;
  // No signal waits here: the notice is about the event, by whose id it is known.
  const SignalId about = SignalId::From(in.header.event.view()).value_or(SignalId{});
  return CallSender(in, subject, state, link,
                    {about, unit, "", {contract::kIdentityUnsure}, "hold.identity", true});
}

Status Dispatcher::Carry(const Input& in, const SubjectId& subject, rules::SubjectState& state,
                         rules::Effects&& effects) {
  for (const rules::ArmedTimer& timer : effects.cancel)
    in.fold.Delete(spaces::kTimer, TimerKey(subject, timer));
  for (const rules::TimerSpec& timer : effects.set) {
    // A consent's id is its source's own word, perhaps a person's number, and keys stand in the clear. All that end on
    // one day are looked at together.
    const bool word = timer.kind == schema::TimerKind::CONSENT_EXPIRY && settings_.fold >= 7;
    in.fold.Put(spaces::kTimer, TimerKey(subject, {timer.rule, word ? "" : timer.step, timer.due}),
                EncodeTimer(timer));
  }
  std::optional<std::pair<std::string, SignalId>> raised;
  for (const rules::Hit& hit : effects.hits) {
    SAM_ASSIGN(const Verdict verdict, Raise(in, subject, state, hit));
    if (verdict.id.empty()) {
      rules::DropUnasked(state, hit);
      continue;
    }
    rules::AttachSignal(state, hit, verdict.id);
    if (!raised) raised = {hit.code, verdict.id};
  }
  for (const rules::Withdrawal& withdrawal : effects.withdraw) {
    SAM_ASSIGN(const auto row, in.fold.Signal(withdrawal.signal));
    std::optional<SignalId> instead;
    if (row && raised && raised->first == row->code) instead = raised->second;
    SAM_TRY(Withdraw(in, subject, state, withdrawal.signal, withdrawal.reason, withdrawal.by,
                     instead));
  }
  if (settings_.fold >= 2 && effects.fall != rules::ConsentFall::kNone)
    SAM_TRY(FallWithConsent(in, subject, state, effects.fall));
  if (effects.regate) SAM_TRY(Regate(in, subject, state));
  in.fold.PutState(subject, state);
  return Ok();
}

// `before` stands in the record, and is no count of rows: a rebuild after an erasure has fewer of them.
Status Dispatcher::FoldTick(const Input& in, Millis tick, const std::string& before) {
  std::string until = BigEndian64((static_cast<uint64_t>(tick.value) ^ (uint64_t{1} << 63)) + 1);
  if (!before.empty() && before < until) until = before;
  SAM_ASSIGN(const auto due, in.fold.Rows(spaces::kTimer, "", until));
  for (const auto& row : due) {
    // An earlier one of this tick may have taken it away.
    SAM_ASSIGN(const auto stands, in.fold.Get(spaces::kTimer, row.first));
    if (!stands) continue;
    in.fold.Delete(spaces::kTimer, row.first);
    SAM_ASSIGN(const FiledTimer filed, DecodeTimer(row.first, row.second));
    if (filed.timer.kind == schema::TimerKind::DATES && IsRetention(filed.timer)) {
      SAM_TRY(FoldRetention(in, filed.timer.due));
      continue;
    }
    if (filed.timer.kind == schema::TimerKind::DATES) {
      SAM_TRY(FoldDates(in));
      continue;
    }
    if (filed.timer.kind == schema::TimerKind::CASE_END) {
      SAM_TRY(EndCase(in, filed.timer));
      continue;
    }
    if (filed.timer.kind == schema::TimerKind::BIRTHDAY) {
      SAM_TRY(FoldBirthday(in, filed.subject));
      continue;
    }
    if (filed.timer.kind == schema::TimerKind::HELD_CALL) {
      SAM_TRY(CallAgain(in, filed.timer));
      continue;
    }
    if (filed.timer.kind == schema::TimerKind::CLOCK_MARK) {
      SAM_TRY(LookAtClocks(in, filed.timer));
      continue;
    }
    SAM_ASSIGN(Fold::Found found, in.fold.FollowedState(filed.subject));
    rules::Effects effects = rules::OnTimer(found.state, filed.timer, ContextOf(in));
    SAM_TRY(Carry(in, found.subject, found.state, std::move(effects)));
  }
  return Ok();
}

}  // namespace sam::dispatch
