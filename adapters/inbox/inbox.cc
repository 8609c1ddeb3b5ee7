#include "adapters/inbox/inbox.h"

#include <utility>

#include "adapters/inbox/spaces.h"
#include "adapters/inbox/words.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

std::string WithdrawalKey(const SignalId& id) { return "withdrawn/" + std::string(id.view()); }

// 16 bytes of the report that it is a part of; empty: not readable.
std::string PartOfReport(std::string_view signal) {
  const auto about = wire::Read<schema::Signal>(signal, [](schema::Signal::Reader in) {
    const auto body = in.getBody();
    return Result<std::string>(
        body.isAttachment() ? std::string(wire::View(body.getAttachment().getAbout())) : std::string());
  });
  return about.ok() ? *about : std::string();
}

// A message that cannot be read still gets its row: under a number made of where it came from.
SignalId IdOfUnreadable(const Position& position) {
  const Digest digest = Sha256({"samsignal-unreadable-1", NumberKey(position)});
  return *SignalId::From(digest.view().substr(0, SignalId::kSize));
}

}  // namespace

Inbox::Inbox(Box box, Speaker speaker, const Clock& clock, Random random)
    : box_(std::move(box)),
      speaker_(std::move(speaker)),
      clock_(clock),
      ids_(clock, random),
      disposed_("samsignal_inbox_disposed_total", "Signals whose content was disposed of by decision"),
      received_("samsignal_inbox_received_total", "Signals stored for the first time"),
      duplicates_("samsignal_inbox_duplicates_total", "Signals delivered again and shown once"),
      withheld_("samsignal_inbox_withheld_total", "Numbers that the hub withheld"),
      gaps_("samsignal_inbox_gaps_total", "Numbers that never came: an alarm"),
      unreadable_("samsignal_inbox_unreadable_total", "Messages kept that could not be read") {}

Result<std::unique_ptr<Inbox>> Inbox::Open(Store& store, const SecretKey& kek, Speaker speaker,
                                           const Clock& clock, Random random) {
  SAM_ASSIGN(auto box, Box::Open(store, kek, speaker.function));
  std::unique_ptr<Inbox> inbox(new Inbox(std::move(box), std::move(speaker), clock, random));
  SAM_ASSIGN(auto outbox, Outbox::Open(inbox->box_, clock));
  inbox->outbox_ = std::make_unique<Outbox>(std::move(outbox));
  SAM_ASSIGN(auto attachments, Attachments::Open(inbox->box_, clock));
  inbox->attachments_ = std::make_unique<Attachments>(std::move(attachments));
  SAM_ASSIGN(auto audit, Audit::Open(inbox->box_, clock));
  inbox->audit_ = std::make_unique<Audit>(std::move(audit));
  SAM_ASSIGN(auto witness, Witness::Open(inbox->box_, clock));
  inbox->witness_ = std::make_unique<Witness>(std::move(witness));
  SAM_TRY(inbox->LoadLanes());
  SAM_TRY(inbox->LoadNext());
  SAM_TRY(inbox->LoadIntakes());
  SAM_TRY(inbox->LoadGroups());
  return inbox;
}

Status Inbox::LoadLanes() {
  lanes_.clear();
  touched_lanes_.clear();
  return box_.Scan(spaces::kLanes, {}, {},
                   [this](std::string_view key, const std::string& plain) -> Result<bool> {
                     SAM_ASSIGN(auto row, DecodeLane(plain));
                     lanes_[std::string(key)] = std::move(row);
                     return true;
                   });
}

Status Inbox::LoadNext() {
  next_number_ = 1;
  SAM_TRY(box_.store().ScanBack(spaces::kOrder, {}, {}, [this](std::string_view key,
                                                               std::string_view) {
    if (key.size() == 8) next_number_ = ReadBigEndian64(key) + 1;
    return false;
  }));
  fresh_next_ = next_number_;
  return Ok();
}

void Inbox::Forget() {
  fresh_.clear();
  withdrawals_.clear();
  taken_back_.clear();
  fresh_numbers_.clear();
  fresh_next_ = next_number_;
  touched_lanes_.clear();
  attachments_->Forget();
}

Result<std::optional<Row>> Inbox::Known(const SignalId& id) const {
  const auto found = fresh_.find(id);
  if (found != fresh_.end()) return std::optional<Row>(found->second);
  SAM_ASSIGN(const auto bytes, box_.Get(spaces::kSignals, id.view()));
  if (!bytes) return std::optional<Row>();
  SAM_ASSIGN(auto row, DecodeRow(*bytes));
  return std::optional<Row>(std::move(row));
}

Status Inbox::Take(const Position& position, std::string_view signal,
                   wire::WithheldCode withheld, const client::DeliveryFlags& flags) {
  const std::string key = LaneKey(position);
  LaneRow& lane = lanes_[key];
  if (withheld != wire::WithheldCode::NONE) {
    // The number may have been taken as a signal before (a late notice): the signal stays.
    if (!lane.Has(position.sequence.value))
      fresh_numbers_.push_back({position, position.sequence.value, withheld, clock_.Now()});
  } else {
    SAM_TRY(TakeSignal(position, signal, flags));
  }
  lane.Add(position.sequence.value);
  touched_lanes_.insert(key);
  return Ok();
}

Result<bool> Inbox::IsForgotten(const std::string& about) const {
  const auto id = SignalId::From(about);
  if (!id) return false;
  SAM_ASSIGN(const auto known, Known(*id));
  return known && known->disposed();
}

Status Inbox::TakeSignal(const Position& position, std::string_view signal,
                         const client::DeliveryFlags& flags) {
  const auto facts = FactsOf(signal);
  if (facts.ok() && facts->code == "ATTACHMENT") {
    SAM_ASSIGN(const bool forgotten, IsForgotten(PartOfReport(signal)));
    if (forgotten) return Ok();
    SAM_ASSIGN(const bool taken, attachments_->Take(signal));
    if (taken) return Ok();
  }
  const SignalId id = facts.ok() ? facts->id : IdOfUnreadable(position);
  SAM_ASSIGN(auto known, Known(id));
  if (known) {
    ++known->copies;
    fresh_[id] = std::move(*known);
    return Ok();
  }
  if (facts.ok()) {
    SAM_ASSIGN(const bool own, TakeOwnStep(*facts));
    if (own) return Ok();
  }
  Row row;
  row.id = id;
  row.number = fresh_next_++;
  row.position = position;
  row.received_at = clock_.Now();
  row.signal = std::string(signal);
  row.unreadable = !facts.ok();
  row.late = flags.late;
  row.replayed = flags.replayed;
  SAM_ASSIGN(const auto withdrawn, box_.Get(spaces::kCursors, WithdrawalKey(id)));
  const auto pending = withdrawals_.find(id);
  if (pending != withdrawals_.end()) {
    row.withdrawn_by = pending->second.first;
    row.withdrawn_reason = pending->second.second;
  } else if (withdrawn && withdrawn->size() >= SignalId::kSize) {
    row.withdrawn_by = *SignalId::From(std::string_view(*withdrawn).substr(0, SignalId::kSize));
    row.withdrawn_reason = withdrawn->substr(SignalId::kSize);
  }
  fresh_[id] = std::move(row);
  if (!facts.ok()) return Ok();
  SAM_TRY(TakeReminder(*facts));
  return TakeWithdrawal(*facts, id);
}

// A receipt about a signal that came here, and not from here: what the board's own case system told of it. It
// is a step of that signal's row and no row of its own.
Result<bool> Inbox::TakeOwnStep(const SignalFacts& facts) {
  const auto about = facts.code == "RECEIPT" ? SignalId::From(facts.tells_about) : std::nullopt;
  if (!about) return false;
  SAM_ASSIGN(auto target, Known(*about));
  if (!target) return false;
  if (target->disposed()) return true;
  // Sent again from the hub's log: what people have said since holds. Who sent a signal to itself too (a joint home
  // visit) is told what it has said.
  for (const Step& known : target->steps) {
    const Millis at = known.told.way == Way::DIRECT ? known.at : known.told.at;
    if (known.state == facts.told_state && known.answer == facts.told_answer && at == facts.told_at)
      return true;
  }
  const Step* const answer = AnswerOf(*target);
  const bool anew = answer != nullptr && facts.told_state == LadderState::ANSWERED &&
                    facts.told_answer != answer->answer;
  if (!anew && Rank(facts.told_state) <= Rank(HighestOf(*target))) return true;
  Step step;
  step.state = facts.told_state;
  step.at = clock_.Now();
  step.answer = facts.told_answer;
  step.told = {Way::SYSTEM, "", facts.told_at};
  target->steps.push_back(std::move(step));
  fresh_[*about] = std::move(*target);
  return true;
}

// Marks the signal that it reminds of; one that is not here has nothing to be marked.
Status Inbox::TakeReminder(const SignalFacts& facts) {
  const auto about = SignalId::From(facts.reminds);
  if (!about) return Ok();
  SAM_ASSIGN(auto target, Known(*about));
  if (!target || target->disposed()) return Ok();
  // What only the hub knows of an ordered examination (passed, answered) is not forgotten for another limit.
  const bool by_event = IsByEvent(facts.remind_clock);
  const bool told = IsByEvent(target->reminded_clock) &&
                    (target->reminded_percent == 0 || target->reminded_percent >= 100);
  if (told && !by_event) return Ok();
  target->reminded_percent = facts.remind_percent;
  target->reminded_clock = facts.remind_clock;
  fresh_[*about] = std::move(*target);
  return Ok();
}

// Marks the signal that this one takes back; "is it still so?" is then answered on its own row.
Status Inbox::TakeWithdrawal(const SignalFacts& facts, const SignalId& by) {
  const auto about = SignalId::From(facts.withdraws);
  if (!about) return Ok();
  SAM_ASSIGN(auto target, Known(*about));
  if (!target) {
    withdrawals_[*about] = {by, facts.withdraw_reason};
    return Ok();
  }
  if (target->disposed()) return Ok();
  if (target->withdrawn_by.empty()) taken_back_.insert(*about);
  target->withdrawn_by = by;
  target->withdrawn_reason = facts.withdraw_reason;
  fresh_[*about] = std::move(*target);
  return Ok();
}

void Inbox::Save(const Row& row, Batch* batch) const {
  if (row.number >= next_number_)
    batch->Put(spaces::kOrder, BigEndian64(row.number), std::string(row.id.view()));
  if (row.number >= next_number_) PutGroup(row, *batch);
  box_.Put(*batch, spaces::kSignals, std::string(row.id.view()), Encode(row));
}

Status Inbox::Commit() {
  if (touched_lanes_.empty()) return Ok();
  Batch batch;
  size_t copies = 0;
  for (const auto& [id, row] : fresh_) {
    if (row.copies > 1) ++copies;
    Save(row, &batch);
  }
  SAM_ASSIGN(const std::vector<intake::Entry> held, TakenBack());
  for (const intake::Entry& entry : held) Put(batch, entry);
  for (const auto& [about, by] : withdrawals_)
    box_.Put(batch, spaces::kCursors, WithdrawalKey(about),
             std::string(by.first.view()) + by.second);
  for (const NumberRow& number : fresh_numbers_)
    box_.Put(batch, spaces::kNumbers, NumberKey(number.position), Encode(number));
  for (const std::string& key : touched_lanes_)
    box_.Put(batch, spaces::kLanes, key, Encode(lanes_[key]));
  Status applied = attachments_->AddTo(batch);
  if (applied.ok()) applied = box_.store().Apply(batch, Durability::kNow);
  if (!applied.ok()) {
    // The hub was told nothing, so it sends all of this again.
    SAM_TRY(Drop());
    return applied;
  }
  received_.Add(static_cast<double>(fresh_next_ - next_number_));
  duplicates_.Add(static_cast<double>(copies));
  withheld_.Add(static_cast<double>(fresh_numbers_.size()));
  for (const auto& [id, row] : fresh_) {
    if (!row.unreadable || row.number < next_number_) continue;
    unreadable_.Add();
    log::Error("inbox", "signal-unreadable", {{"signal", id}});
  }
  for (const intake::Entry& entry : held) NoteHeld(entry);
  next_number_ = fresh_next_;
  attachments_->Committed();
  Forget();
  return Ok();
}

Status Inbox::Drop() {
  Forget();
  return LoadLanes();
}

std::vector<Position> Inbox::Seen() {
  std::vector<Position> seen;
  for (const auto& [key, lane] : lanes_) {
    // A lane that begins above 1 says nothing: somebody else may have taken what came before.
    if (lane.floor == 0) continue;
    auto position = ParseLaneKey(key);
    if (!position.ok()) continue;
    position->sequence = Sequence(lane.floor);
    seen.push_back(*position);
  }
  return seen;
}

Status Inbox::NoteGap(const client::Gap& gap) {
  gaps_.Add(static_cast<double>(gap.last - gap.first.sequence.value + 1));
  log::Error("inbox", "gap", {{"first", gap.first.sequence}, {"last", gap.last}});
  Batch batch;
  const NumberRow row{gap.first, gap.last, wire::WithheldCode::NONE, clock_.Now()};
  box_.Put(batch, spaces::kNumbers, NumberKey(gap.first), Encode(row));
  return box_.store().Apply(batch, Durability::kNow);
}

}  // namespace sam::inbox
