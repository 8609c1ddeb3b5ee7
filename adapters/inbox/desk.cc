// The Inbox's questions and acts: what people do with the signals.
#include <algorithm>
#include <utility>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/store/sequence.h"

namespace sam::inbox {

namespace {
constexpr size_t kPrefixMin = 4;  // hex digits
constexpr size_t kNamedByMax = 128;
constexpr const char* kHandedOver = "handed-over";
constexpr const char* kTookBack = "took-back/";
constexpr const char* kTookBackBefore = "told-withdrawn/";
constexpr const char* kNamed = "named/";
constexpr const char* kNamedBefore = "told-named/";
}  // namespace

Status Inbox::Each(uint64_t from, const std::function<bool(Row&&)>& visit) const {
  Status inner = Ok();
  SAM_TRY(box_.store().Scan(spaces::kOrder, BigEndian64(from), {},
                            [&](std::string_view, std::string_view id) {
    const auto bytes = box_.Get(spaces::kSignals, id);
    if (!bytes.ok()) {
      inner = bytes.error();
      return false;
    }
    auto row = !*bytes ? Result<Row>(Corrupt("a signal listed in the inbox has no row"))
                       : DecodeRow(**bytes);
    if (!row.ok()) {
      inner = row.error();
      return false;
    }
    if (row->disposed()) return true;  // the newest number
    return visit(std::move(row).value());
  }));
  return inner;
}

Result<Row> Inbox::Find(std::string_view id) const {
  std::string hex = LowerAscii(id);
  hex.erase(std::remove(hex.begin(), hex.end(), '-'), hex.end());
  if (hex.size() < kPrefixMin || hex.size() > 2 * SignalId::kSize ||
      hex.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Invalid("a signal's id is 4 to 32 hex digits, as 'list' shows them");
  const std::string from = *FromHex(hex.substr(0, hex.size() / 2 * 2));
  std::vector<std::string> found;
  SAM_TRY(box_.store().Scan(spaces::kSignals, from, {}, [&](std::string_view key,
                                                            std::string_view) {
    const std::string full = ToHex(key);
    if (full.compare(0, hex.size(), hex) == 0) found.emplace_back(key);
    return found.size() < 2 && key.compare(0, from.size(), from) == 0;
  }));
  if (found.empty()) return NotFound("no signal's id begins with " + hex);
  if (found.size() > 1) return Conflict("more than one signal's id begins with " + hex);
  SAM_ASSIGN(auto row, Known(*SignalId::From(found.front())));
  if (!row) return NotFound("no signal's id begins with " + hex);
  if (row->disposed())
    return NotFound("this signal was disposed of on " + ToIso(row->disposed_at).substr(0, 10) + ": " +
                    row->disposed_by);
  return std::move(*row);
}

Result<std::vector<NumberRow>> Inbox::Numbers() const {
  std::vector<NumberRow> out;
  SAM_TRY(box_.Scan(spaces::kNumbers, {}, {},
                    [&](std::string_view, const std::string& plain) -> Result<bool> {
    SAM_ASSIGN(const auto row, DecodeNumber(plain));
    const bool hole = row.withheld == wire::WithheldCode::NONE;
    const auto lane = lanes_.find(LaneKey(row.position));
    const bool filled = hole && lane != lanes_.end() &&
                        lane->second.HasAll(row.position.sequence.value, row.last);
    if (!filled) out.push_back(row);
    return true;
  }));
  return out;
}

Result<std::optional<RefusalRow>> Inbox::RefusalOf(const Step& step) const {
  return outbox_->RefusalOf(step.outbox);
}

// One batch holds the row and the event on its way: said here means it will be said there.
Result<Inbox::Acted> Inbox::Tell(Row row, const Saying& saying, const Who& who, Action action) {
  const Millis now = clock_.Now();
  Step step;
  step.state = saying.state;
  step.at = now;
  step.reference = saying.reference;
  step.answer = saying.answer;
  step.event = ids_.Next();
  step.by = who.name;
  step.told = saying.told;
  SAM_ASSIGN(const auto event, ReceiptEvent(row, saying, speaker_, step.event, now));
  SAM_ASSIGN(const auto ended, EndedBy(row, saying));
  Batch batch;
  step.outbox = outbox_->Append(batch, event);
  row.steps.push_back(std::move(step));
  if (ended) Put(batch, *ended);
  Save(row, &batch);
  audit_->Append(batch, who, action, row.id,
                 saying.corrects ? "corrected" : StateWord(saying.state));
  SAM_TRY(Apply(batch));
  if (ended && ended->state == intake::State::HELD)
    NoteHeld(*ended);
  else if (ended)
    Note(*ended);
  return Acted{std::move(row), false};
}

Result<Row> Inbox::Open(std::string_view id, const Who& who, Action action) {
  SAM_ASSIGN(auto row, Find(id));
  row.views.push_back({clock_.Now(), who.name});
  if (row.views.size() > Row::kViewsMax) row.views.erase(row.views.begin() + 1);
  SignalFacts facts;
  if (!row.unreadable) {
    SAM_ASSIGN(facts, FactsOf(row.signal));
  }
  const Saying opened{LadderState::OPENED, Answer::UNSET};
  const auto judged = Judge(row, facts, opened);
  // Later steps told, or a signal without a ladder: only who looked is noted.
  if (!judged.ok() || *judged == Judgement::kSaidBefore) {
    Batch batch;
    Save(row, &batch);
    audit_->Append(batch, who, action, row.id);
    SAM_TRY(Apply(batch));
    return row;
  }
  SAM_ASSIGN(auto acted, Tell(std::move(row), opened, who, action));
  return std::move(acted.row);
}

Result<Judgement> Inbox::WouldSay(const Row& row, const Saying& saying) const {
  SignalFacts facts;
  if (!row.unreadable) {
    SAM_ASSIGN(facts, FactsOf(row.signal));
  }
  SAM_ASSIGN(const Judgement judged, Judge(row, facts, saying));
  if (judged == Judgement::kNew) SAM_TRY(CheckTold(saying.told, row.received_at, clock_.Now()));
  return judged;
}

Result<Inbox::Acted> Inbox::Say(std::string_view id, const Saying& saying, const Who& who) {
  SAM_ASSIGN(auto row, Find(id));
  SAM_ASSIGN(const Judgement judged, WouldSay(row, saying));
  if (judged == Judgement::kSaidBefore) return Acted{std::move(row), true};
  return Tell(std::move(row), saying, who, Action::ANSWERED);
}

Result<Attachments::Piece> Inbox::TakeOut(const Row& report, uint16_t number, uint16_t index,
                                          const Who& who) {
  SAM_ASSIGN(auto piece, attachments_->Read(report, number, index, who.name));
  if (index == 0)
    SAM_TRY(audit_->Note(who, Action::TOOK_ATTACHMENT, report.id, std::to_string(number)));
  return piece;
}

Status Inbox::Apply(Batch& batch) {
  const Status applied = box_.store().Apply(batch, Durability::kNow);
  if (applied.ok()) return Ok();
  SAM_TRY(outbox_->Reload());
  SAM_TRY(audit_->Reload());
  return applied.error();
}

Status Inbox::BeginAnew(const std::string& reason, const Who& who) {
  if (reason.empty()) return Invalid("the reason goes into the audit: --reason TEXT");
  Batch batch;
  witness_->Forget(batch);
  audit_->Append(batch, who, Action::BEGAN_ANEW, {}, reason);
  SAM_TRY(Apply(batch));
  witness_->Forgotten();
  return Ok();
}

Result<Inbox::Acted> Inbox::Decide(std::string_view id, Decision decision,
                                   const std::string& reason, const Who& who) {
  SAM_ASSIGN(auto row, Find(id));
  SignalFacts facts;
  if (!row.unreadable) {
    SAM_ASSIGN(facts, FactsOf(row.signal));
  }
  SAM_ASSIGN(const Judgement judged, JudgeDecision(row, facts, decision, reason));
  if (judged == Judgement::kSaidBefore) return Acted{std::move(row), true};
  const Millis now = clock_.Now();
  const EventId event_id = ids_.Next();
  SAM_ASSIGN(const auto event, DecisionEvent(row, decision, reason, speaker_, event_id, now));
  row.decision = decision;
  row.decision_reason = reason;
  row.decided_at = now;
  row.decided_by = who.name;
  Batch batch;
  outbox_->Append(batch, event);
  Save(row, &batch);
  audit_->Append(batch, who, Action::DECIDED, row.id);
  SAM_TRY(Apply(batch));
  return Acted{std::move(row), false};
}

Result<Inbox::Acted> Inbox::Withdraw(std::string_view id, const std::string& reason,
                                     const Who& who) {
  SAM_TRY(CheckReason(reason));
  SAM_ASSIGN(auto row, Find(id));
  const auto facts = row.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(row.signal);
  const auto about = facts.ok() ? SignalId::From(facts->tells_about) : std::nullopt;
  if (!about)
    return Invalid("only who sent a signal takes it back: name the receipt or hold about it");
  SAM_ASSIGN(const auto told, TookBackFor(*about));
  if (told && *told == reason) return Acted{std::move(row), true};
  if (told) return Conflict("this signal has been taken back for another reason before");
  SAM_ASSIGN(const auto event,
             WithdrawalEvent(row, *about, reason, speaker_, ids_.Next(), clock_.Now()));
  Batch batch;
  outbox_->Append(batch, event);
  box_.Put(batch, spaces::kCursors, kTookBack + std::string(about->view()), reason);
  audit_->Append(batch, who, Action::WITHDREW, *about);
  SAM_TRY(Apply(batch));
  return Acted{std::move(row), false};
}

Result<Judgement> Inbox::WouldName(const Row& notice, const std::string& receiver,
                                   const std::string& named_by) const {
  if (!IsFunctionName(receiver))
    return Invalid("--receiver: a function of the hub's directory, such as bollnas.mottagning");
  if (Trim(named_by).empty() || named_by.size() > kNamedByMax || !IsValidUtf8(named_by))
    return Invalid("--by: the name of the person who decided, at most 128 characters");
  const auto facts = notice.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(notice.signal);
  if (!facts.ok() || !facts->waits || !SignalId::From(facts->tells_about))
    return Invalid("only what is held for want of a receiver waits for a name: take the hold about it, as 'held' lists it");
  SAM_ASSIGN(const auto named, NamedBy(notice.id));
  if (!named) return Judgement::kNew;
  if (*named == receiver) return Judgement::kSaidBefore;
  return Conflict("this notice was answered with another receiver; a new one comes if that may not be");
}

Result<Inbox::Acted> Inbox::Name(std::string_view id, const std::string& receiver,
                                 const std::string& named_by, const Who& who) {
  SAM_ASSIGN(auto row, Find(id));
  SAM_ASSIGN(const Judgement judged, WouldName(row, receiver, named_by));
  if (judged == Judgement::kSaidBefore) return Acted{std::move(row), true};
  SAM_ASSIGN(const SignalFacts facts, FactsOf(row.signal));
  const SignalId about = *SignalId::From(facts.tells_about);
  SAM_ASSIGN(const auto event, NamingEvent(row, about, receiver, named_by, speaker_, ids_.Next(),
                                           clock_.Now()));
  Batch batch;
  outbox_->Append(batch, event);
  box_.Put(batch, spaces::kCursors, kNamed + std::string(row.id.view()), receiver);
  audit_->Append(batch, who, Action::NAMED, row.id, receiver);
  SAM_TRY(Apply(batch));
  return Acted{std::move(row), false};
}

Result<std::optional<std::string>> Inbox::NamedBy(const SignalId& notice) const {
  return SaidOf(kNamed, kNamedBefore, notice);
}

Result<std::optional<std::string>> Inbox::TookBackFor(const SignalId& about) const {
  return SaidOf(kTookBack, kTookBackBefore, about);
}

// With whoever it was said about: a reason is free text.
void Inbox::DropSaid(const SignalId& id, Batch& batch) const {
  for (const char* name : {kTookBack, kTookBackBefore, kNamed, kNamedBefore})
    batch.Delete(spaces::kCursors, name + std::string(id.view()));
}

Result<std::optional<std::string>> Inbox::SaidOf(const char* name, const char* before, const SignalId& id) const {
  SAM_ASSIGN(auto said, box_.Get(spaces::kCursors, name + std::string(id.view())));
  if (said) return said;
  return box_.store().Get(spaces::kCursors, before + std::string(id.view()));
}

Result<bool> Inbox::TookBack(const SignalId& about) const {
  SAM_ASSIGN(const auto told, TookBackFor(about));
  return told.has_value();
}

Result<uint64_t> Inbox::HandedOver() const {
  return Cursor(box_.store(), spaces::kCursors, kHandedOver).Get();
}

Status Inbox::SetHandedOver(uint64_t number) {
  Batch batch;
  Cursor(box_.store(), spaces::kCursors, kHandedOver).Put(batch, number);
  return box_.store().Apply(batch, Durability::kNow);
}

}  // namespace sam::inbox
