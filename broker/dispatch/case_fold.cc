// What a social board's own system tells of a report: that it came in, that protection was assessed, what was
// decided (rows 30-32 of the catalogue). It answers the report like the receipts of an inbox, so that nobody
// has to say the same thing twice. The report is the one that the system names, or the one that was registered
// under the number of the case and is about the same child. Never guessed: a board hears of one child from
// many, and what it decided may answer another one's report.
#include <algorithm>
#include <set>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/cases.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

// Of whoever received the report; empty: the directory does not know it any more.
std::string Dispatcher::AuthorityOfReceiver(const SignalRow& row) const {
  const routing::Function* const function = settings_.directory.FunctionById(row.receiver);
  return function == nullptr ? "" : function->authority;
}

Result<bool> Dispatcher::IsAboutSame(const Input& in, const SignalRow& report,
                                     schema::Event::Reader told) {
  if (report.evidence.empty()) return false;
  SAM_ASSIGN(const std::string bytes, Payload(in, report.evidence.front().offset));
  if (bytes.empty()) return false;  // disposed of
  SAM_ASSIGN(const auto signed_report, wire::Parse<schema::Event>(bytes));
  return SamePerson(signed_report.get(), told, settings_.fold >= 8);
}

Result<Dispatcher::CaseRows> Dispatcher::CasesOf(const Input& in, const std::string& authority,
                                                 const std::string& number) const {
  CaseRows out;
  const std::string last = CaseKey(authority, number, Offset(UINT64_MAX), {});  // no record has it
  SAM_ASSIGN(const auto rows,
             in.fold.Rows(spaces::kCase, CaseKey(authority, number, Offset(0), {}), last));
  for (const auto& [key, value] : rows) {
    SAM_ASSIGN(CaseRow row, DecodeCase(value));
    out.emplace_back(key, row);
  }
  return out;
}

// Which report the number stands for is kept longest.
void Dispatcher::PutCase(const Input& in, CaseRows& rows, std::string key, const CaseRow& row) {
  if (rows.size() >= kCaseRowsMax) {
    auto oldest = std::find_if(rows.begin(), rows.end(),
                               [](const auto& one) { return !one.second.waits.empty(); });
    if (oldest == rows.end()) oldest = rows.begin();
    in.fold.Delete(spaces::kCase, oldest->first);
    rows.erase(oldest);
  }
  in.fold.Put(spaces::kCase, key, EncodeCase(row));
  rows.emplace_back(std::move(key), row);
}

// The report stands in the board's system under this number from now on. What was told of the case before
// (a nightly extract and an inbox are in no order between them) is told of the report now, and stays for the
// next one that is put to the same case.
Status Dispatcher::FileCase(const Input& in, const SignalId& id, const std::string& number,
                            const SubjectId& teller) {
  SAM_ASSIGN(const auto row, in.fold.Signal(id));
  if (settings_.fold < 6 || !row || number.empty() || !routing::IsStatutory(row->code)) return Ok();
  const std::string authority = AuthorityOfReceiver(*row);
  if (authority.empty()) return Ok();
  SAM_ASSIGN(CaseRows rows, CasesOf(in, authority, number));
  const CaseRows before = rows;
  const auto file = [&](Offset told, const SubjectId& by) {
    const bool known = std::any_of(rows.begin(), rows.end(), [&](const auto& one) {
      return one.second.signal == id && one.second.teller == by;
    });
    if (!known) PutCase(in, rows, CaseKey(authority, number, told, id), {id, {}, row->subject, by});
  };
  const bool first = std::none_of(before.begin(), before.end(),
                                  [&](const auto& one) { return one.second.signal == id; });
  file(in.header.offset, teller);
  if (!first) return Ok();
  for (const auto& [key, one] : before) {
    if (one.waits.empty()) continue;
    SAM_ASSIGN(const bool taken, TakeWaited(in, id, *row, CaseOffset(key)));
    if (taken) file(CaseOffset(key), one.subject);
  }
  return Ok();
}

// As in FoldEarly: the ladder names the record that told it, whatever input it is folded by. False: it is
// about another child, or gone.
Result<bool> Dispatcher::TakeWaited(const Input& in, const SignalId& id, const SignalRow& report,
                                    Offset offset) {
  SAM_ASSIGN(const std::string bytes, Payload(in, offset));
  if (bytes.empty()) return false;  // disposed of
  SAM_ASSIGN(const auto message, wire::Parse<schema::Event>(bytes));
  const schema::Event::Reader told = message.get();
  SAM_ASSIGN(const bool same, IsAboutSame(in, report, told));
  if (!same) return false;
  const auto step = BoardStepOf(told);
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!step || !row) return false;
  journal::Header header;
  header.offset = offset;
  header.kind = journal::Kind::EVENT;
  header.event = wire::IdOf<EventId>(told.getHeader().getEventId());
  const Input waited{header, {}, in.now, in.fold, in.cause};
  SAM_TRY(NoteBoardStep(waited, id, std::move(*row), *step));
  return true;
}

// Whoever received the report is told as well: its inbox would go on asking for what is done.
Status Dispatcher::NoteBoardStep(const Input& in, const SignalId& id, SignalRow row,
                                 const BoardStep& told) {
  const LadderStep step{told.state, told.at, told.answer, in.header.offset.value};
  const size_t before = row.ladder.size();
  SAM_TRY(NoteStep(in, id, row, step));
  SAM_TRY(NoteInquiry(in, id, told));
  if (row.ladder.size() == before) return Ok();
  SAM_ASSIGN(const SubjectId subject, in.fold.Follow(row.subject));
  SAM_ASSIGN(rules::SubjectState state, in.fold.State(subject));
  SAM_TRY(TellStep(in, state, id, row, step, StepFor::kReceiver));
  in.fold.PutState(subject, state);
  return Ok();
}

Status Dispatcher::FoldBoardStep(const Input& in, const SubjectId& subject,
                                 schema::Event::Reader event) {
  const auto step = BoardStepOf(event);
  if (settings_.fold < 6 || !step) return Ok();
  const auto controller = event.getHeader().getController();
  const routing::Authority* const own = settings_.directory.AuthorityOf(
      controller.getOrgNr().cStr(), controller.getBoard().cStr());
  if (own == nullptr) return Ok();
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  if (!step->signal.empty()) {
    SAM_ASSIGN(auto row, in.fold.Signal(step->signal));
    if (row && !back) SAM_TRY(NoteNamedStep(in, subject, *step, *own, std::move(*row)));
    if (row && back && AuthorityOfReceiver(*row) == own->id)
      SAM_TRY(TakeBackInquiry(in, step->signal, *step));
  }
  if (step->intake.empty()) return Ok();
  SAM_TRY(KeepCase(in, subject, own->id, step->intake, event));
  return NoteCaseStep(in, subject, *step, *own, event);
}

// Its system says which report it is.
Status Dispatcher::NoteNamedStep(const Input& in, const SubjectId& subject, const BoardStep& step,
                                 const routing::Authority& own, SignalRow row) {
  if (!routing::IsStatutory(row.code) || AuthorityOfReceiver(row) != own.id) {
    log::Warn("dispatch", "decision-not-receiver",
              {{"offset", in.header.offset}, {"peer", in.header.peer}});
    return Ok();
  }
  SAM_TRY(NoteBoardStep(in, step.signal, std::move(row), step));
  // Filed in any case: an erasure of either child has to know that one rests on the other.
  return FileCase(in, step.signal, step.intake.empty() ? ToHex(step.signal.view()) : step.intake, subject);
}

// Of each report about this child that stands under the number. A decision that is taken back says nothing
// new: the answer given stands until the board gives another. Nobody is reminded of the inquiry any more.
Status Dispatcher::NoteCaseStep(const Input& in, const SubjectId& subject, const BoardStep& step,
                                const routing::Authority& own, schema::Event::Reader event) {
  const bool back = event.getHeader().getStatus() == schema::EventStatus::RETRACTED;
  SAM_ASSIGN(const CaseRows rows, CasesOf(in, own.id, step.intake));
  std::set<SignalId> reports;
  for (const auto& entry : rows)
    if (!entry.second.signal.empty()) reports.insert(entry.second.signal);
  for (const SignalId& id : reports) {
    SAM_ASSIGN(auto row, in.fold.Signal(id));
    if (!row) continue;
    SAM_ASSIGN(const bool same, IsAboutSame(in, *row, event));
    if (!same) continue;
    if (!back) SAM_TRY(NoteBoardStep(in, id, std::move(*row), step));
    if (back) SAM_TRY(TakeBackInquiry(in, id, step));
    SAM_TRY(FileCase(in, id, step.intake, subject));
  }
  return Ok();
}

// Most of what a board is told never came this way; and a report that did may be put to the case later.
Status Dispatcher::KeepCase(const Input& in, const SubjectId& subject, const std::string& authority,
                            const std::string& number, schema::Event::Reader event) {
  SAM_ASSIGN(CaseRows rows, CasesOf(in, authority, number));
  const EventId replaced = wire::IdOf<EventId>(event.getHeader().getReplaces());
  std::erase_if(rows, [&](const auto& one) {
    const bool gone = !replaced.empty() && one.second.waits == replaced;
    if (gone) in.fold.Delete(spaces::kCase, one.first);
    return gone;
  });
  if (event.getHeader().getStatus() == schema::EventStatus::RETRACTED) return Ok();
  std::string key = CaseKey(authority, number, in.header.offset, {});
  ArmCaseEnd(in, key, subject);
  PutCase(in, rows, std::move(key), {{}, in.header.event, subject, {}});
  return Ok();
}

void Dispatcher::ArmCaseEnd(const Input& in, const std::string& key, const SubjectId& subject) {
  if (settings_.fold < 7) return;
  rules::TimerSpec timer;
  timer.kind = schema::TimerKind::CASE_END;
  timer.rule = "case";
  timer.step = ToHex(key);
  timer.due = Millis(in.now.value + kCaseKeptMs);
  in.fold.Put(spaces::kTimer, TimerKey(subject, {timer.rule, timer.step, timer.due}), EncodeTimer(timer));
}

// Which reports stand under a number stays with them.
Status Dispatcher::EndCase(const Input& in, const rules::TimerSpec& timer) {
  const std::string key = FromHex(timer.step).value_or("");
  SAM_ASSIGN(const auto value, in.fold.Get(spaces::kCase, key));
  if (!value) return Ok();
  SAM_ASSIGN(const CaseRow row, DecodeCase(*value));
  if (!row.waits.empty()) in.fold.Delete(spaces::kCase, key);
  return Ok();
}

// Builds before edition 7 kept them for ever.
Status Dispatcher::ArmCaseEnds(const Input& in) {
  SAM_ASSIGN(const auto rows, in.fold.Rows(spaces::kCase, "", ""));
  for (const auto& [key, value] : rows) {
    SAM_ASSIGN(const CaseRow row, DecodeCase(value));
    if (!row.waits.empty()) ArmCaseEnd(in, key, row.subject);
  }
  return Ok();
}

}  // namespace sam::dispatch
