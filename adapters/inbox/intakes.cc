// The Inbox as the book of the intakes: which signals are on their way into the social system.
#include <utility>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/spaces.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/store/sequence.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::inbox {

namespace {

constexpr size_t kAdmitMax = 256;  // rows looked at in one round
constexpr size_t kTheirIdMax = 64;
constexpr const char* kBy = "intake";

Cursor AdmitCursor(const Box& box) { return Cursor(box.store(), spaces::kCursors, "intake.next"); }

Millis DecidedAt(const Row& row) {
  const auto at = wire::ReadOwn<schema::Signal>(row.signal, [](schema::Signal::Reader in) {
    return Result<Millis>(Millis(in.getDecidedAt()));
  });
  return at.ok() && at->value > 0 ? *at : row.received_at;
}

intake::Entry NewEntry(const Row& row, const SignalFacts& facts) {
  intake::Entry entry;
  entry.number = row.number;
  entry.signal = row.id;
  entry.acute = facts.acute;
  entry.state = intake::State::WAITING;
  if (Rank(HighestOf(row)) >= Rank(LadderState::REGISTERED)) {
    entry.state = intake::State::BY_HAND;
  } else if (row.replayed) {
    entry.state = intake::State::POSTING;
    entry.first_posted_at = DecidedAt(row);
    entry.attempts = 1;
  }
  return entry;
}

}  // namespace

Status Inbox::LoadIntakes() {
  SAM_ASSIGN(intake_next_, AdmitCursor(box_).Get());
  intakes_.clear();
  return box_.Scan(spaces::kIntakes, {}, {},
                   [this](std::string_view key, const std::string& plain) -> Result<bool> {
                     SAM_ASSIGN(auto entry, DecodeIntake(plain));
                     if (key.size() != 8) return Corrupt("an intake's key has a wrong length");
                     entry.number = ReadBigEndian64(key);
                     Note(entry);
                     return true;
                   });
}

void Inbox::Put(Batch& batch, const intake::Entry& entry) const {
  box_.Put(batch, spaces::kIntakes, BigEndian64(entry.number), Encode(entry));
}

void Inbox::Note(const intake::Entry& entry) {
  if (intake::AtItsEnd(entry.state))
    intakes_.erase(entry.number);
  else
    intakes_[entry.number] = entry;
}

void Inbox::NoteHeld(const intake::Entry& entry) {
  Note(entry);
  log::Error("intake", "intake-held",
             {{"signal", entry.signal}, {"why", intake::WhyName(entry.why)}, {"status", 0}});
}

// One that is on its way comes to its end first: what stands over there gets its page.
Result<std::vector<intake::Entry>> Inbox::TakenBack() const {
  std::vector<intake::Entry> out;
  for (const SignalId& id : taken_back_) {
    const auto row = fresh_.find(id);
    if (row == fresh_.end()) continue;
    SAM_ASSIGN(auto entry, IntakeOf(row->second.number));
    const bool written = entry && (intake::AtItsEnd(entry->state) ||
                                   entry->state == intake::State::FILING);
    if (!written) continue;
    entry->state = intake::State::HELD;
    entry->why = intake::Why::WITHDRAWN_LATER;
    entry->status = 0;
    out.push_back(std::move(*entry));
  }
  return out;
}

Result<std::optional<intake::Entry>> Inbox::IntakeTakenBack(const Row& row) const {
  const auto facts = row.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(row.signal);
  const auto about = facts.ok() ? SignalId::From(facts->withdraws) : std::nullopt;
  if (!about) return std::optional<intake::Entry>();
  SAM_ASSIGN(const auto target, Known(*about));
  if (!target) return std::optional<intake::Entry>();
  return IntakeOf(target->number);
}

Status Inbox::Admit(const std::function<bool(const intake::Kind&)>& wanted) {
  if (intake_next_ == next_number_) return Ok();
  Batch batch;
  std::vector<intake::Entry> fresh;
  uint64_t next = next_number_;
  if (intake_next_ != 0) {
    size_t seen = 0;
    SAM_TRY(Each(intake_next_, [&](Row&& row) {
      if (++seen > kAdmitMax) {
        next = row.number;
        return false;
      }
      const auto facts = row.unreadable ? Result<SignalFacts>(Invalid("")) : FactsOf(row.signal);
      if (facts.ok() && wanted({facts->code, facts->acute, facts->test}))
        fresh.push_back(NewEntry(row, *facts));
      return true;
    }));
  }
  for (const intake::Entry& entry : fresh) Put(batch, entry);
  AdmitCursor(box_).Put(batch, next);
  SAM_TRY(box_.store().Apply(batch, Durability::kNow));
  intake_next_ = next;
  for (const intake::Entry& entry : fresh) Note(entry);
  return Ok();
}

Result<intake::Delivered> Inbox::SignalOf(const intake::Entry& entry) const {
  SAM_ASSIGN(auto row, Known(entry.signal));
  if (!row) return Corrupt("an intake in the inbox has no signal");
  intake::Delivered out;
  out.received_at = row->received_at;
  out.withdrawn = !row->withdrawn_by.empty();
  out.registered = Rank(HighestOf(*row)) >= Rank(LadderState::REGISTERED);
  out.signal = std::move(row->signal);
  return out;
}

Status Inbox::Keep(const intake::Entry& entry) {
  Batch batch;
  Put(batch, entry);
  SAM_TRY(box_.store().Apply(batch, Durability::kNow));
  Note(entry);
  return Ok();
}

Status Inbox::Registered(const intake::Entry& entry) {
  const Saying saying{LadderState::REGISTERED, Answer::UNSET, entry.their_id, {}};
  const auto said = Say(ToHex(entry.signal.view()), saying, kBy);
  if (said.ok() && !said->said_before) return Ok();
  // A person told the sender something else, or more, meanwhile. What was sent stands.
  if (!said.ok()) {
    if (said.error().code != Code::kConflict && said.error().code != Code::kInvalid)
      return said.error();
    log::Warn("intake", "intake-answered-otherwise", {{"signal", entry.signal}});
  }
  SAM_ASSIGN(const auto row, Known(entry.signal));
  if (!row) return Corrupt("an intake in the inbox has no signal");
  SAM_ASSIGN(const intake::Entry done, Written(entry, *row));
  SAM_TRY(Keep(done));
  if (done.state == intake::State::HELD) NoteHeld(done);
  return Ok();
}

// All but the files is over there. What was withdrawn meanwhile is a person's matter: nothing is taken
// away.
Result<intake::Entry> Inbox::Written(intake::Entry entry, const Row& row) const {
  if (!row.withdrawn_by.empty()) {
    entry.state = intake::State::HELD;
    entry.why = intake::Why::WITHDRAWN_LATER;
    return entry;
  }
  SAM_ASSIGN(const auto listed, attachments_->Of(row));
  intake::File file;
  // Not posted by this store, but there: another one made it, and may have sent files.
  if (entry.tried_at.value == 0) file.state = intake::FileState::POSTING;
  entry.files.assign(listed.size(), file);
  entry.state = listed.empty() ? intake::State::DONE : intake::State::FILING;
  return entry;
}

// The entry that an answer ends, in its new state. One whose POST may be under way goes on.
Result<std::optional<intake::Entry>> Inbox::EndedBy(const Row& row, const Saying& saying) const {
  using Ended = std::optional<intake::Entry>;
  if (Rank(saying.state) < Rank(LadderState::REGISTERED)) return Ended();
  const auto found = intakes_.find(row.number);
  if (found == intakes_.end()) return Ended();
  intake::Entry entry = found->second;
  // Ended by a ruling alone; files go on whatever is answered.
  if (entry.why == intake::Why::WITHDRAWN_LATER || !entry.files.empty()) return Ended();
  if (entry.state == intake::State::ATTACHED) {
    SAM_ASSIGN(entry, Written(std::move(entry), row));
    return Ended(std::move(entry));
  }
  if (entry.state != intake::State::WAITING && entry.state != intake::State::HELD) return Ended();
  entry.state = intake::State::BY_HAND;
  return Ended(std::move(entry));
}

Status Inbox::HoldUnsentFiles() {
  const Cursor looked(box_.store(), spaces::kCursors, "intake.files-looked");
  SAM_ASSIGN(const uint64_t before, looked.Get());
  if (before != 0) return Ok();
  std::vector<intake::Entry> found;
  SAM_TRY(box_.Scan(spaces::kIntakes, {}, {},
                    [&](std::string_view key, const std::string& plain) -> Result<bool> {
                      SAM_ASSIGN(auto entry, DecodeIntake(plain));
                      entry.number = ReadBigEndian64(key);
                      if (entry.state == intake::State::DONE && entry.files.empty())
                        found.push_back(std::move(entry));
                      return true;
                    }));
  Batch batch;
  std::vector<intake::Entry> held;
  for (intake::Entry& entry : found) {
    SAM_ASSIGN(const auto row, Known(entry.signal));
    if (!row || row->unreadable || !row->withdrawn_by.empty()) continue;
    SAM_ASSIGN(const auto listed, attachments_->Of(*row));
    if (listed.empty()) continue;
    intake::File file;
    file.state = intake::FileState::DOUBT;
    entry.files.assign(listed.size(), file);
    entry.state = intake::State::HELD;
    entry.why = intake::Why::FILE;
    Put(batch, entry);
    held.push_back(std::move(entry));
  }
  looked.Put(batch, 1);
  SAM_TRY(box_.store().Apply(batch, Durability::kNow));
  for (const intake::Entry& entry : held) NoteHeld(entry);
  return Ok();
}

Result<std::vector<intake::Listed>> Inbox::FilesOf(const intake::Entry& entry) const {
  SAM_ASSIGN(const auto row, Known(entry.signal));
  if (!row) return Corrupt("an intake in the inbox has no signal");
  SAM_ASSIGN(auto listed, attachments_->Of(*row));
  std::vector<intake::Listed> out;
  for (Listed& one : listed) {
    // The size that its parts had together, not the one that was told.
    intake::Listed file{intake::Arrival::kOnItsWay, std::move(one.title),
                        std::move(one.media_type), one.file.size};
    if (one.file.state == FileState::COMPLETE) file.arrival = intake::Arrival::kComplete;
    if (one.file.state == FileState::DAMAGED) file.arrival = intake::Arrival::kDamaged;
    out.push_back(std::move(file));
  }
  return out;
}

Result<std::string> Inbox::PartOf(const intake::Entry& entry, size_t file, uint16_t index) {
  SAM_ASSIGN(const auto row, Known(entry.signal));
  if (!row) return Corrupt("an intake in the inbox has no signal");
  auto piece = TakeOut(*row, static_cast<uint16_t>(file + 1), index, kBy);
  if (!piece.ok() && piece.error().code == Code::kNotFound && index > 0) return std::string();
  if (!piece.ok()) return piece.error();
  return std::move(piece->bytes);
}

// What a person found out about the files that were refused, or in doubt.
Status Inbox::RuleFiles(intake::Entry& entry, Ruling ruling) const {
  const bool there = ruling == Ruling::kCreated;
  if (there && entry.why != intake::Why::FILE)
    return Conflict("it is there already; 'again' goes on with its files");
  for (intake::File& file : entry.files) {
    if (file.state != intake::FileState::REFUSED && file.state != intake::FileState::DOUBT) continue;
    file.state = there ? intake::FileState::SENT : intake::FileState::WAITING;
    file.attempts = 0;
  }
  entry.state = intake::State::FILING;
  return Ok();
}

Result<std::optional<intake::Entry>> Inbox::IntakeOf(uint64_t number) const {
  SAM_ASSIGN(const auto bytes, box_.Get(spaces::kIntakes, BigEndian64(number)));
  if (!bytes) return std::optional<intake::Entry>();
  SAM_ASSIGN(auto entry, DecodeIntake(*bytes));
  entry.number = number;
  return std::optional<intake::Entry>(std::move(entry));
}

Result<intake::Entry> Inbox::Rule(std::string_view id, Ruling ruling, const std::string& their_id,
                                  const Who& who) {
  SAM_ASSIGN(const auto row, Find(id));
  SAM_ASSIGN(auto entry, IntakeOf(row.number));
  if (!entry) return NotFound("this signal is not written to the social system");
  if (entry->state != intake::State::HELD)
    return Conflict("this signal does not wait for a person; 'list' shows how far it is");
  if (entry->why == intake::Why::WITHDRAWN_LATER && ruling != Ruling::kLeave)
    return Conflict("it is there already and was withdrawn: decide over there, then 'leave'");
  const bool files = !entry->files.empty();
  if (ruling == Ruling::kCreated && !files) {
    // It becomes part of an address over there.
    if (their_id.empty() || their_id.size() > kTheirIdMax ||
        their_id.find_first_not_of("0123456789") != std::string::npos)
      return Invalid("created needs its number over there, digits only: --case NUMBER");
    entry->their_id = their_id;
  }
  if (ruling == Ruling::kLeave)
    entry->state = intake::State::LEFT;
  else if (files)
    SAM_TRY(RuleFiles(*entry, ruling));
  else
    entry->state = entry->their_id.empty() ? intake::State::WAITING : intake::State::CREATED;
  entry->why = intake::Why::NONE;
  entry->attempts = 1;  // a person has looked: it is not looked up before it is posted
  Batch batch;
  Put(batch, *entry);
  audit_->Append(batch, who, Action::RULED, entry->signal, intake::StateName(entry->state));
  SAM_TRY(Apply(batch));
  Note(*entry);
  log::Info("intake", "intake-ruled",
            {{"signal", entry->signal}, {"state", intake::StateName(entry->state)}, {"by", who.name}});
  return std::move(*entry);
}

}  // namespace sam::inbox
