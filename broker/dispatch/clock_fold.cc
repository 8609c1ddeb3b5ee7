// Time limits of what was delivered: their receivers are reminded while they run, those in charge are told
// when they have run out. One timer a signal, for the mark that comes next; it fires on ticks, as all do.
#include <algorithm>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/dispatch/orders.h"
#include "broker/store/spaces.h"

namespace sam::dispatch {

using schema::Outcome;

namespace {

// An inquiry that is prolonged has time anew, and so has a report that goes a second time; their marks are told anew:
// each notice has its name once.
std::string PeriodOf(const WatchedClock& clock) {
  if (clock.kind == kDeliveryClock) return "." + std::to_string(clock.started.value);
  return clock.kind == kInquiryClock ? "." + std::to_string(clock.due.value / kDayMs) : "";
}

}  // namespace

// Only once: what is sent again, or comes back to a board that had it, has the limits it had.
Status Dispatcher::StartClocks(const Input& in, const routing::Candidate& candidate,
                               const SignalId& id, SignalRow& row) {
  if (settings_.fold < 3 || !row.about.empty()) return Ok();
  if (!HasReceiversClock(row)) {
    SAM_ASSIGN(const bool examined, IsExamined(in, candidate));
    for (const routing::ClockDraft& clock : candidate.clocks)
      row.clocks.push_back({clock.kind, clock.started, clock.due, 0, false,
                            examined && EndsWithExam(clock.kind, settings_.fold)});
  }
  WatchDelivery(in, row);
  ArmMark(in, id, row);
  return Ok();
}

// A report that nobody fetches is nobody's until somebody is told. From now, each time that it may leave: it may have
// been held for days, and was perhaps watched before.
void Dispatcher::WatchDelivery(const Input& in, SignalRow& row) const {
  const int64_t minutes = settings_.rules.reminders.delivery_minutes;
  if (minutes == 0 || !routing::IsStatutory(row.code) || HasStep(row, schema::LadderState::DELIVERED)) return;
  std::erase_if(row.clocks, [](const WatchedClock& clock) { return clock.kind == kDeliveryClock; });
  row.clocks.push_back({kDeliveryClock, in.now, Millis(in.now.value + minutes * kMinuteMs)});
}

void Dispatcher::ArmMark(const Input& in, const SignalId& id, SignalRow& row) {
  const auto key = [&] {
    return TimerKey(row.subject, {"clock", ToHex(id.view()), row.next_mark});
  };
  if (row.next_mark.value >= 0) in.fold.Delete(spaces::kTimer, key());
  row.next_mark = Millis(-1);
  if (!settings_.rules.reminders.on) return;
  const auto next = NextLook(row, settings_.rules.reminders, in.now);
  if (!next) return;
  row.next_mark = *next;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::CLOCK_MARK;
  timer.rule = "clock";
  timer.step = ToHex(id.view());
  timer.due = *next;
  in.fold.Put(spaces::kTimer, key(), EncodeTimer(timer));
}

Status Dispatcher::SettleClocks(const Input& in, const SignalId& id, SignalRow& row) {
  if (row.clocks.empty()) return Ok();
  for (const WatchedClock& clock : row.clocks) {
    if (clock.told < 100 || !HasEnded(row, clock, settings_.rules.reminders)) continue;
    SAM_TRY(NoteOverdue(in, clock.kind, id, ""));
  }
  ArmMark(in, id, row);
  return Ok();
}

// Counted as it changes: with hundreds of thousands of rows, looking through them at each change took all the time.
Status Dispatcher::NoteOverdue(const Input& in, const std::string& kind, const SignalId& id,
                               const std::string& value) {
  std::string key = OverdueKey(kind, id);
  SAM_ASSIGN(const auto before, in.fold.Get(spaces::kOverdue, key));
  overdue_changes_[kind] += (value.empty() ? 0 : 1) - (before ? 1 : 0);
  if (value.empty())
    in.fold.Delete(spaces::kOverdue, std::move(key));
  else
    in.fold.Put(spaces::kOverdue, std::move(key), value);
  return Ok();
}

Status Dispatcher::LookAtClocks(const Input& in, const rules::TimerSpec& timer) {
  const SignalId id = SignalId::From(FromHex(timer.step).value_or("")).value_or(SignalId{});
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  row->next_mark = Millis(-1);  // that was it
  if (settings_.rules.reminders.on)
    for (WatchedClock& clock : row->clocks)
      if (!HasEnded(*row, clock, settings_.rules.reminders))
        SAM_TRY(LookAtClock(in, id, *row, clock));
  ArmMark(in, id, *row);
  in.fold.PutSignal(id, *row);
  return Ok();
}

// Orders of before their own day was watched stay unwatched: what came of them nobody has kept.
Status Dispatcher::RearmClocks(const Input& in, const rules::Reminders& before) {
  const rules::Reminders& reminders = settings_.rules.reminders;
  if (settings_.fold < 4 || before == reminders) return Ok();
  const bool first = !before.exams, inquiries = reminders.inquiries && !before.inquiries;
  const bool delivery = before.delivery_minutes == 0 && reminders.delivery_minutes != 0;
  SAM_ASSIGN(const std::vector<SignalId> open, SignalsThat(in, [](const SignalRow& row) {
    const bool watched = !row.clocks.empty() || routing::IsStatutory(row.code);
    return watched && row.outcome == Outcome::DELIVER && !row.withdrawn;
  }));
  for (const SignalId& id : open) {
    SAM_ASSIGN(auto row, in.fold.Signal(id));
    if (!row) continue;
    for (WatchedClock& clock : row->clocks)
      if ((first && clock.kind == kExamClock) || (inquiries && clock.kind == kInquiryClock))
        clock.done = true;
    if (delivery) WatchDelivery(in, *row);
    if (row->clocks.empty()) continue;
    if (settings_.fold >= 7)
      SAM_TRY(SettleClocks(in, id, *row));  // what is watched no more is not overdue either
    else
      ArmMark(in, id, *row);
    in.fold.PutSignal(id, *row);
  }
  return Ok();
}

// After a pause several marks may have passed: the highest is told, the others are history.
Status Dispatcher::LookAtClock(const Input& in, const SignalId& id, const SignalRow& row,
                               WatchedClock& clock) {
  const rules::Reminders& reminders = settings_.rules.reminders;
  const auto urge = UrgeTime(row, clock, reminders);
  const bool urgent = urge && *urge <= in.now;
  const int64_t passed = PassedMark(clock, reminders, in.now);
  int64_t tell = 0;
  for (const int64_t mark : reminders.marks)
    if (mark > clock.told && mark <= passed) tell = mark;
  if (passed > 0) clock.told = passed;
  if (urgent || passed == 100) clock.urged = true;
  // Who has not fetched the signal is not helped by a second one beside it.
  if (tell > 0 && HasStep(row, schema::LadderState::DELIVERED))
    SAM_TRY(Remind(in, id, row, clock, tell, row.receiver, PeriodOf(clock)));
  // The day of an examination is the orderer's own as well.
  if (tell > 0 && clock.kind == kExamClock && !row.sender.empty())
    SAM_TRY(Remind(in, id, row, clock, tell, row.sender));
  if (passed == 100) {
    ++breaches_[clock.kind];
    SAM_TRY(NoteOverdue(in, clock.kind, id, OverdueValue(row.subject, clock.due)));
    return Escalate(in, id, row, clock, PeriodOf(clock));
  }
  if (!urgent) return Ok();
  ++acute_silent_;
  if (voice_ == Voice::kAloud)
    log::Error("dispatch", "acute-without-receipt", {{"signal", id}, {"receiver", row.receiver}});
  return Escalate(in, id, row, clock, ".acute");
}

Status Dispatcher::Remind(const Input& in, const SignalId& id, const SignalRow& row,
                          const WatchedClock& clock, int64_t percent,
                          const std::string& function, const std::string& again) {
  routing::Candidate notice;
  notice.code = "REMINDER";
  notice.rule_id = "remind." + clock.kind;
  notice.rule_id.append(".").append(std::to_string(percent)).append(again);
  notice.sender_function = row.sender;
  notice.body = routing::ReminderDraft{id, row.code, clock.kind, clock.due,
                                       static_cast<uint8_t>(percent)};
  SAM_ASSIGN(const bool told, TellAbout(in, id, row, function, std::move(notice)));
  (void)told;
  return Ok();
}

// What ends it is told by events, not by steps: done, or not after all.
Status Dispatcher::EndLimits(const Input& in, const SignalId& id, bool done,
                             const std::function<bool(std::string_view)>& which) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  for (WatchedClock& clock : row->clocks) {
    if (!which(clock.kind)) continue;
    clock.done = done;
    // Only the hub knows what was told of it: whoever was reminded would see a day that has passed for ever. Of what
    // the receiver's own step would have ended, it hears no more.
    const bool inquiry = clock.kind == kInquiryClock;
    const bool due = done && !inquiry && PassedMark(clock, settings_.rules.reminders, in.now) > 0;
    const bool reminded = (inquiry || EndsByResult(clock.kind)) && (clock.told > 0 || due);
    if (settings_.fold >= 6 && reminded && HasStep(*row, schema::LadderState::DELIVERED))
      SAM_TRY(Remind(in, id, *row, clock, done ? 0 : clock.told, row->receiver,
                     "." + ToHex(in.header.event.view())));
    if (!done) clock.told = 0;  // what was told once is not told again, but counted
  }
  SAM_TRY(SettleClocks(in, id, *row));
  in.fold.PutSignal(id, *row);
  return Ok();
}

// To people: who answers for the receiver, and the sender's desk. When nobody at the receiver's side could
// be told, the hub's operator is called by the log.
Status Dispatcher::Escalate(const Input& in, const SignalId& id, const SignalRow& row,
                            const WatchedClock& clock, const std::string& why) {
  const int64_t age = std::max<int64_t>(0, in.now.value - clock.started.value);
  routing::Candidate notice;
  notice.code = kDeadlineCode;
  notice.rule_id = "deadline." + clock.kind;
  notice.rule_id.append(why);
  notice.body =
      routing::DeadlineDraft{id, clock.kind, static_cast<uint32_t>(age / kMinuteMs)};
  const routing::Function* manager = settings_.directory.InChargeOf(row.receiver, in.now);
  bool told = false;
  if (manager != nullptr) {
    SAM_ASSIGN(told, TellAbout(in, id, row, manager->id, notice));
  }
  // That there is an inquiry is the board's: the sender heard the one answer that the law gives it.
  const bool boards_own = clock.kind == kInquiryClock;
  routing::GateInput asked;
  asked.about_sender = row.sender;
  asked.controller = {row.controller_org, row.controller_board};
  asked.now = in.now;
  asked.directory = &settings_.directory;
  const std::string desk = routing::DeskOf(asked);
  if (!boards_own && !desk.empty() && (manager == nullptr || desk != manager->id)) {
    SAM_ASSIGN(const bool desk_told, TellAbout(in, id, row, desk, notice));
    (void)desk_told;
  }
  if (told) return Ok();
  ++untold_;
  if (voice_ == Voice::kAloud)
    log::Error("dispatch", "deadline-without-manager",
               {{"signal", id}, {"receiver", row.receiver}, {"step", clock.kind}});
  return Ok();
}

// True: it goes. What cannot go now may wait in the state of the child.
Result<bool> Dispatcher::TellAbout(const Input& in, const SignalId& id, const SignalRow& row,
                                   const std::string& function, routing::Candidate notice) {
  routing::Candidate whole;
  SAM_TRY(FillEvidence(in, row.evidence, whole));
  SAM_ASSIGN(const bool gone, IsGone(in, row, whole));
  if (gone) return false;  // erased: nobody is reminded of what nobody can read
  notice.wanted.function = function;
  notice.rule_version = ToHex(id.view());  // one notice of a name and signal
  notice.about_sender = row.sender;
  notice.about_receiver = row.receiver;
  notice.controller = {row.controller_org, row.controller_board};
  notice.acute = row.acute;
  notice.test = row.test;
  notice.occurred_at = in.now;
  notice.decided_at = in.now;
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  const rules::SubjectState before = state;
  SAM_ASSIGN(const Verdict verdict, Decide(in, subject, state, notice, {row.unit, id, false}));
  if (!(state == before)) in.fold.PutState(subject, state);
  return verdict.outcome == Outcome::DELIVER;
}

}  // namespace sam::dispatch
