// A person is erased: what waits goes to nobody, what was derived is forgotten, and the journal forgets the
// key when this is on disk. Metadata stays: which signal went from whom to whom, when and on which ground.
// What receivers have is theirs; they are told nothing.
#include <algorithm>
#include <set>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/dispatch/clocks.h"
#include "broker/dispatch/disposal.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::dispatch {

using schema::Outcome;

Result<bool> Dispatcher::IsErased(const Input& in, const SubjectId& subject) const {
  if (subject.empty()) return false;
  SAM_ASSIGN(const auto row, in.fold.Get(spaces::kErased, subject.view()));
  return row.has_value();
}

// Authoritative: a report may have come since the officer looked.
Status Dispatcher::FoldErase(const Input& in, const std::vector<SubjectId>& subjects, bool despite,
                             const std::string& reason) {
  std::set<SubjectId> persons;
  for (const SubjectId& subject : subjects) {
    if (subject.empty()) continue;
    persons.insert(subject);
    SAM_ASSIGN(const SubjectId followed, in.fold.Follow(subject));
    persons.insert(followed);
  }
  SAM_ASSIGN(const std::vector<SignalId> signals, SignalsThat(in, [&](const SignalRow& row) {
    return persons.contains(row.subject);
  }));
  for (const SignalId& id : signals) {
    SAM_ASSIGN(const auto row, in.fold.Signal(id));
    if (despite || !row || !IsOpenReport(*row)) continue;
    if (voice_ == Voice::kAloud)
      log::Warn("dispatch", "erase-refused", {{"offset", in.header.offset}});
    return Ok();
  }
  DisposalFacts gone{kEraseRule, reason, {}};
  for (const SignalId& id : signals) SAM_TRY(EraseSignal(in, id, gone));
  SAM_TRY(ForgetDerived(in, persons));
  for (const SubjectId& subject : persons) {
    in.fold.Put(spaces::kErased, std::string(subject.view()), EncodeErased({in.now, in.header.offset}));
    in.fold.Erase(subject);
  }
  erased_ += persons.size();
  Dispose(in, std::move(gone));
  return Ok();
}

Status Dispatcher::EraseSignal(const Input& in, const SignalId& id, DisposalFacts& gone) {
  SAM_ASSIGN(auto row, in.fold.Signal(id));
  if (!row) return Ok();
  SAM_TRY(FillNumbers(in, id, *row, schema::WithheldCode::ERASED));
  if (row->outcome == Outcome::HELD) row->outcome = Outcome::WITHHELD;
  for (const WatchedClock& clock : row->clocks) SAM_TRY(NoteOverdue(in, clock.kind, id, ""));
  row->clocks.clear();
  row->next_mark = Millis(-1);
  row->draft.clear();
  row->occurred_at = Millis(0);
  row->disposed = true;
  // Receipts name nobody, so the person's key does not reach them: what they told goes by itself.
  for (LadderStep& step : row->ladder) {
    SAM_ASSIGN(const bool told, IsReceipt(in, step.source));
    if (told) gone.items.push_back({Offset(step.source), row->subject});
    step.answer = schema::Answer::UNSET;
  }
  in.fold.PutSignal(id, *row);
  return Ok();
}

Result<bool> Dispatcher::IsReceipt(const Input& in, uint64_t offset) {
  if (offset == UINT64_MAX) return false;
  SAM_ASSIGN(const auto header, in.fold.Get(spaces::kJournal, BigEndian64(offset)));
  if (!header) return false;
  SAM_ASSIGN(const schema::RecordKind kind,
             wire::ReadOwn<schema::RecordHeader>(
                 *header, [](schema::RecordHeader::Reader root) -> Result<schema::RecordKind> {
                   return root.getKind();
                 }));
  if (kind != schema::RecordKind::EVENT) return false;
  SAM_ASSIGN(const std::string bytes, Payload(in, Offset(offset)));
  if (bytes.empty()) return false;
  const auto event = wire::Parse<schema::Event>(bytes);
  return event.ok() && event->get().getBody().isSignalReceipt();
}

// The rows that only say which hash belongs to which record stay: others may rest on them (kOrder, kCase).
Status Dispatcher::ForgetDerived(const Input& in, const std::set<SubjectId>& persons) {
  for (const SubjectId& subject : persons)
    in.fold.Delete(spaces::kState, std::string(subject.view()));
  std::vector<std::string> keys;
  SAM_TRY(in.fold.Visit(spaces::kTimer, "", "", [&](std::string_view key, std::string_view) {
    const auto subject = SubjectId::From(key.size() < 24 ? "" : key.substr(8, SubjectId::kSize));
    if (subject && persons.contains(*subject)) keys.emplace_back(key);
    return true;
  }));
  for (std::string& key : keys) in.fold.Delete(spaces::kTimer, std::move(key));
  return Ok();
}

// Records say what is dropped in the same batch, so that nobody has to guess later.
void Dispatcher::Dispose(const Input& in, DisposalFacts facts) {
  std::sort(facts.items.begin(), facts.items.end(),
            [](const DisposedItem& a, const DisposedItem& b) { return a.offset < b.offset; });
  facts.items.erase(std::unique(facts.items.begin(), facts.items.end()), facts.items.end());
  for (const DisposedItem& item : facts.items)
    in.fold.Delete(spaces::kPayload, BigEndian64(item.offset.value));
  disposed_ += facts.items.size();
  for (const DisposalFacts& part : SplitDisposal(std::move(facts))) {
    journal::Draft draft;
    draft.kind = journal::Kind::DISPOSED;
    draft.payload = EncodeDisposal(part);
    draft.peer = "hub";
    draft.cause = in.cause.value;
    in.fold.AddDecision(std::move(draft));
  }
}

}  // namespace sam::dispatch
