// The time that a social board has for an inquiry (`clock.inquiry` of the rule that carries reports; four months by
// law). It stands with the report that the inquiry was opened on, begins with the day that the board's own system
// tells, and ends when that system says that the inquiry is closed. The board is reminded and its manager told;
// the reporter hears no word of it. What the inbox answers starts nothing: nobody would say when it is over.
#include <algorithm>
#include <set>

#include "broker/base/swedish_days.h"
#include "broker/base/text.h"
#include "broker/dispatch/cases.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/rules/days.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {
namespace {

bool IsInquiry(std::string_view clock) { return clock == kInquiryClock; }

auto InquiryIn(SignalRow& row) {
  return std::find_if(row.clocks.begin(), row.clocks.end(),
                      [](const WatchedClock& clock) { return IsInquiry(clock.kind); });
}

}  // namespace

// After a decision on the report: opened starts the time, anything else ends what was started by mistake.
Status Dispatcher::NoteInquiry(const Input& in, const SignalId& id, const BoardStep& told) {
  if (settings_.fold < 7 || told.state != schema::LadderState::ANSWERED) return Ok();
  if (told.answer != schema::Answer::OPENED_INQUIRY) return EndInquiry(in, id, true);
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row || told.inquiry.empty()) return Ok();  // without its number nothing could end it
  if (row->disposed) return Ok();  // nor when nothing tells any more whom the report was about
  const std::string authority = AuthorityOfReceiver(*row), number = InquiryNumber(told.inquiry);
  if (authority.empty()) return Ok();
  SAM_ASSIGN(CaseRows rows, CasesOf(in, authority, number));
  const bool known = std::any_of(rows.begin(), rows.end(),
                                 [&](const auto& one) { return one.second.signal == id; });
  if (!known)
    PutCase(in, rows, CaseKey(authority, number, in.header.offset, id), {id, {}, row->subject, {}});
  SAM_TRY(StartInquiry(in, id, std::move(*row), told));
  return TakeClosings(in, id, authority, number);
}

Status Dispatcher::StartInquiry(const Input& in, const SignalId& id, SignalRow row,
                                const BoardStep& told) {
  const rules::Rule* const rule = settings_.rules.Find(row.rule);
  if (rule == nullptr) return Ok();
  const auto stated = std::find_if(rule->clocks.begin(), rule->clocks.end(),
                                   [](const rules::RuleClock& clock) { return IsInquiry(clock.kind); });
  if (stated == rule->clocks.end()) return Ok();
  // A day that lies ahead by mistake would never run out.
  const Millis started = std::min(told.at, in.now);
  Millis due = rules::DueOf(*stated, started, false);
  // Prolonged by the board, for reasons of its own. What is told as earlier than the law's own day shortens nothing.
  if (const auto last = rules::DateToMillis(told.finish_by))
    due = std::max(due, EndOfSwedishDay(last->value / kDayMs));
  auto clock = InquiryIn(row);
  if (clock != row.clocks.end()) {
    if (clock->started == started && clock->due == due && !clock->done) return Ok();
    clock->done = true;  // another day: what was overdue by the first one is no more
    SAM_TRY(SettleClocks(in, id, row));
    row.clocks.erase(clock);
  }
  row.clocks.push_back({kInquiryClock, started, due});
  ArmMark(in, id, row);
  in.fold.PutSignal(id, row);
  return Ok();
}

// Files and extracts are in no order between them: it may have been closed before we hear that it was opened.
Status Dispatcher::TakeClosings(const Input& in, const SignalId& id, const std::string& authority,
                                const std::string& number) {
  SAM_ASSIGN(CaseRows rows, CasesOf(in, authority, number));
  const CaseRows before = rows;
  for (const auto& [key, one] : before) {
    if (one.waits.empty()) continue;
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    SAM_ASSIGN(const std::string bytes, Payload(in, CaseOffset(key)));
    if (!row || bytes.empty()) continue;  // disposed of
    SAM_ASSIGN(const auto closing, wire::Parse<schema::Event>(bytes));
    SAM_ASSIGN(const bool same, IsAboutSame(in, *row, closing.get()));
    if (!same) continue;
    SAM_TRY(EndInquiry(in, id, true));
    // An erasure of either child has to know that one rests on the other.
    const std::string filed = CaseKey(authority, number, CaseOffset(key), id);
    PutCase(in, rows, filed, {id, {}, row->subject, one.subject});
  }
  return Ok();
}

Status Dispatcher::FoldInquiryClosed(const Input& in, const SubjectId& subject,
                                     schema::Event::Reader event) {
  if (settings_.fold < 7 || !event.getBody().isSocialInquiryClosed()) return Ok();
  const auto header = event.getHeader();
  const routing::Authority* const own = settings_.directory.AuthorityOf(
      header.getController().getOrgNr().cStr(), header.getController().getBoard().cStr());
  const std::string token = event.getBody().getSocialInquiryClosed().getCaseToken().cStr();
  if (own == nullptr || token.empty()) return Ok();
  const std::string number = InquiryNumber(token);
  SAM_TRY(KeepCase(in, subject, own->id, number, event));
  SAM_ASSIGN(CaseRows rows, CasesOf(in, own->id, number));
  const bool back = header.getStatus() == schema::EventStatus::RETRACTED;
  std::set<SignalId> reports;
  for (const auto& entry : rows)
    if (!entry.second.signal.empty()) reports.insert(entry.second.signal);
  for (const SignalId& id : reports) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (!row) continue;
    SAM_ASSIGN(const bool same, IsAboutSame(in, *row, event));
    if (!same) continue;
    SAM_TRY(EndInquiry(in, id, !back));
    PutCase(in, rows, CaseKey(own->id, number, in.header.offset, id), {id, {}, row->subject, subject});
    if (back) SAM_TRY(TakeClosings(in, id, own->id, number));  // one may stand that was told beside it
  }
  return Ok();
}

// That it was opened was told by mistake. What else of the report is taken back says nothing of it.
Status Dispatcher::TakeBackInquiry(const Input& in, const SignalId& id, const BoardStep& told) {
  if (told.answer != schema::Answer::OPENED_INQUIRY) return Ok();
  return EndInquiry(in, id, true);
}

Status Dispatcher::EndInquiry(const Input& in, const SignalId& id, bool done) {
  if (settings_.fold < 7) return Ok();
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  const auto clock = InquiryIn(*row);
  if (clock == row->clocks.end() || clock->done == done) return Ok();
  return EndLimits(in, id, done, IsInquiry);
}

}  // namespace sam::dispatch
