#include "tests/sim/invariants.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/contract/place.h"
#include "broker/crypto/digest.h"
#include "broker/dispatch/draft_codec.h"
#include "broker/journal/record_codec.h"
#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"
#include "tests/sim/event_maker.h"

namespace sam::sim {
namespace {

std::string Short(const SignalId& id) { return ToHex(id.view()).substr(0, 8); }

std::string Where(const Disclosed& one) {
  return one.function + (one.position.lane == Lane::kAcute ? " acute " : " normal ") +
         std::to_string(one.position.sequence.value);
}

int RankOf(schema::LadderState state) {
  using schema::LadderState;
  switch (state) {
    case LadderState::STORED: return 1;
    case LadderState::DELIVERED: return 2;
    case LadderState::OPENED: return 3;
    case LadderState::REGISTERED: return 4;
    case LadderState::ASSESSED: return 5;
    case LadderState::ANSWERED: return 6;
    default: return 0;
  }
}

// What was decided on: a part of an attachment gets its bytes when it is sent.
std::string AsDecided(const std::string& bytes) {
  const auto sent = wire::Parse<schema::Signal>(bytes);
  if (!sent.ok() || !sent->get().getBody().isAttachment()) return bytes;
  capnp::MallocMessageBuilder message;
  message.setRoot(sent->get());
  auto body = message.getRoot<schema::Signal>().getBody().getAttachment();
  (void)body.disownDigest();
  (void)body.disownBytes();
  const auto words = capnp::canonicalize(message.getRoot<schema::Signal>().asReader());
  std::string out(4, '\0');
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(words.size() >> shift & 0xff));
  const auto content = words.asBytes();
  return out.append(reinterpret_cast<const char*>(content.begin()), content.size());
}

}  // namespace

void Invariants::Expect(bool holds, const std::string& what) {
  if (!holds) world_.Violate(what);
}

void Invariants::Step() {
  if (!hub_.up() || world_.violated()) return;
  IndexLog(true);
  CheckTold();
  CheckDisclosed();
}

// What was promised must be on the disk that the crash left.
void Invariants::BeforeStart() {
  keys_.clear();
  decided_.clear();
  keys_to_ = decided_to_ = 0;
  told_checked_ = disclosed_checked_ = 0;
  IndexLog(false);
  CheckTold();
}

void Invariants::IndexLog(bool payloads) {
  std::vector<uint64_t> decisions;
  const Status read = hub_.log_store.Scan(
      spaces::kJournal, BigEndian64(payloads ? std::min(keys_to_, decided_to_) : keys_to_), "",
      [&](std::string_view key, std::string_view bytes) {
        const auto header = journal::DecodeHeader(bytes);
        if (!header.ok()) {
          world_.Violate("a record of the log cannot be read");
          return false;
        }
        const uint64_t offset = header->offset.value;
        Expect(offset == ReadBigEndian64(key), "a record stands at another offset than it says");
        if (header->kind == journal::Kind::DECISION && offset >= decided_to_)
          decisions.push_back(offset);
        if (offset < keys_to_) return true;
        Expect(offset == keys_to_, "the log has a hole before " + std::to_string(offset));
        keys_to_ = offset + 1;
        if (header->kind != journal::Kind::EVENT || header->message_key.empty()) return true;
        const auto [at, first] = keys_.emplace(header->message_key, offset);
        Expect(first, "one message is in the log twice, at " + std::to_string(at->second) +
                          " and " + std::to_string(offset));
        return true;
      });
  Expect(read.ok(), "the log cannot be scanned");
  if (!payloads) return;
  for (const uint64_t offset : decisions) {
    auto record = hub_.reader().Read(Offset(offset));
    if (!record.ok() && record.error().code == Code::kNotFound) return;  // not synced yet
    Expect(record.ok(), "decision " + std::to_string(offset) + " cannot be opened");
    if (!record.ok()) return;
    decided_to_ = offset + 1;
    if (!record->payload) continue;  // erased
    const auto facts = dispatch::DecodeDecision(*record->payload);
    Expect(facts.ok(), "decision " + std::to_string(offset) + " cannot be read");
    if (!facts.ok()) return;
    const std::string whole = Whole(*record, facts->bytes);
    decided_[facts->signal].push_back({offset, Sha256({whole}),
                                       facts->outcome == schema::Outcome::DELIVER,
                                       !facts->ground.empty(), facts->receiver});
  }
}

// What was to be disclosed; the ordinary reader's part of it tells no place.
std::string Invariants::Whole(const journal::Record& record, const std::string& rest) {
  Expect(rest.find(kMadeUpAddress) == std::string::npos,
         "decision " + std::to_string(record.header.offset.value) + " tells an address");
  if (!record.apart) return rest;
  const auto places = hub_.places().Open(record.header.offset);
  Expect(places.ok() && places->find(kMadeUpAddress) != std::string::npos,
         "the places of decision " + std::to_string(record.header.offset.value) + " do not open");
  if (!places.ok()) return rest;
  const auto one = wire::Parse<schema::Signal>(rest);
  const auto other = wire::Parse<schema::Signal>(*places);
  if (!one.ok() || !other.ok()) return rest;
  return contract::JoinPlaces(one->get(), other->get());
}

void Invariants::CheckTold() {
  for (; told_checked_ < world_.ledger.told.size(); ++told_checked_) {
    if (told_keys_.size() == told_checked_) {
      const Told& told = world_.ledger.told[told_checked_];
      told_keys_.emplace_back(
          KeyedHash16(hub_.index_key(), {told.system, told.message_id}).view());
    }
    if (keys_.count(told_keys_[told_checked_]) != 0) continue;
    const Told& told = world_.ledger.told[told_checked_];
    return world_.Violate("accepted and not in the log: " + told.message_id + " of " +
                          told.system);
  }
}

void Invariants::CheckDisclosed() {
  for (; disclosed_checked_ < world_.ledger.disclosed.size(); ++disclosed_checked_) {
    CheckOne(world_.ledger.disclosed[disclosed_checked_]);
    if (world_.violated()) return;
  }
}

void Invariants::CheckOne(const Disclosed& one) {
  Expect(one.position.hub == hub_.hub() && one.position.epoch == 1,
         Where(one) + " names another hub or epoch");
  const mailbox::MailboxReader mailbox(hub_.log_store);
  const auto row = mailbox.Get(one.function, one.position.lane, one.position.sequence);
  Expect(row.ok() && row->has_value(), Where(one) + " was disclosed and has no mailbox row");
  if (!row.ok() || !*row) return;
  Expect((*row)->signal == one.signal,
         Where(one) + " was " + Short(one.signal) + " and is now " + Short((*row)->signal));
  const auto [at, first] = numbers_.emplace(
      Number(one.function, one.position.lane, one.position.sequence.value), one.signal);
  Expect(at->second == one.signal, Where(one) + " came as two signals");

  const Digest bytes = Sha256({AsDecided(one.bytes)});
  const std::vector<Decided>& decisions = decided_[one.signal];
  const bool decided = std::any_of(decisions.begin(), decisions.end(), [&](const Decided& d) {
    return d.deliver && d.grounded && d.receiver == one.function && d.bytes == bytes;
  });
  // An erased decision can not be compared any more, and an earlier one of the same signal, under
  // another identity of the child, may still be there.
  const auto record = hub_.reader().Read(Offset((*row)->decision));
  const bool erased = record.ok() && !record->payload;
  Expect(decided || erased || decisions.empty(),
         Where(one) + " was disclosed without a recorded decision on these bytes");
  Expect(!decisions.empty() || (*row)->decision < keys_to_,
         Where(one) + " was disclosed and no decision names it");
  if (first && disclosed_checked_ >= ordered_to_) {
    ordered_to_ = disclosed_checked_ + 1;
    CheckOrder(one, (*row)->subject);
  }
}

// Numbers of one child rise with its decisions; so the first arrivals do.
void Invariants::CheckOrder(const Disclosed& one, const SubjectId& subject) {
  if (!world_.fifo || one.replayed || one.late || subject.empty()) return;
  uint64_t& last = last_of_child_[{one.function, one.position.lane, subject}];
  Expect(one.position.sequence.value > last,
         Where(one) + " came after " + std::to_string(last) + " of the same child");
  last = std::max(last, one.position.sequence.value);
}

void Invariants::Ladders() {
  if (!hub_.up() || world_.violated()) return;
  const Status read = hub_.log_store.Scan(
      spaces::kSignal, "", "", [&](std::string_view key, std::string_view bytes) {
        const auto row = dispatch::DecodeSignal(bytes);
        Expect(row.ok(), "a signal's row cannot be read");
        if (!row.ok()) return false;
        const SignalId id = *SignalId::From(key);
        int highest = 0;
        for (const dispatch::LadderStep& step : row->ladder) {
          const int rank = RankOf(step.state);
          if (rank == 0) continue;  // beside the ladder
          Expect(rank > highest, "the ladder of " + Short(id) + " goes backwards");
          highest = rank;
        }
        int& before = ranks_[id];
        Expect(highest >= before, "the ladder of " + Short(id) + " lost a step");
        before = highest;
        return true;
      });
  Expect(read.ok(), "the signals cannot be scanned");
}

}  // namespace sam::sim
