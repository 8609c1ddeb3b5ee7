#include "adapters/inbox/rows.h"

#include <capnp/message.h>

#include <algorithm>

#include "broker/base/text.h"
#include "broker/wire/codec.h"

namespace sam::inbox {

namespace {

using wire::AsData;

std::string Plain(capnp::Text::Reader text) { return std::string(wire::View(text)); }
std::string Plain(capnp::Data::Reader data) { return std::string(wire::View(data)); }

template <typename Id>
Result<Id> IdOf(capnp::Data::Reader data) {
  if (data.size() == 0) return Id{};
  const auto id = Id::From(wire::View(data));
  if (!id) return Corrupt("an id in the inbox has a wrong length");
  return *id;
}

void Put(schema::Position::Builder to, const Position& from) {
  to.setHub(AsData(from.hub.view()));
  to.setEpoch(from.epoch);
  to.setLane(static_cast<uint8_t>(from.lane));
  to.setSequence(from.sequence.value);
}

Result<Position> PositionOf(schema::Position::Reader from) {
  Position out;
  SAM_ASSIGN(out.hub, IdOf<HubId>(from.getHub()));
  out.epoch = from.getEpoch();
  if (from.getLane() >= kLanes) return Corrupt("a lane in the inbox does not exist");
  out.lane = static_cast<Lane>(from.getLane());
  out.sequence = Sequence(from.getSequence());
  return out;
}

// Own bytes that do not read are damage, not bad input.
template <typename R>
Result<R> AsCorrupt(const char* what, Result<R> result) {
  if (result.ok()) return result;
  std::string said = "inbox row '";
  said.append(what).append("': ").append(result.error().message);
  return Corrupt(said);
}

}  // namespace

bool LaneRow::Has(uint64_t sequence) const { return HasAll(sequence, sequence); }

bool LaneRow::HasAll(uint64_t first, uint64_t last) const {
  if (last <= floor) return true;
  first = std::max(first, floor + 1);
  const auto after = runs.upper_bound(first);
  return after != runs.begin() && std::prev(after)->second >= last;
}

void LaneRow::Add(uint64_t sequence) {
  if (sequence == 0 || Has(sequence)) return;
  uint64_t first = sequence;
  uint64_t last = sequence;
  auto after = runs.upper_bound(sequence);
  if (after != runs.end() && after->first == sequence + 1) {
    last = after->second;
    after = runs.erase(after);
  }
  if (after != runs.begin() && std::prev(after)->second == sequence - 1) {
    first = std::prev(after)->first;
    runs.erase(std::prev(after));
  }
  if (first == floor + 1)
    floor = last;
  else
    runs[first] = last;
}

std::string Encode(const Row& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxRow>();
  out.setSignalId(AsData(row.id.view()));
  out.setNumber(row.number);
  Put(out.initPosition(), row.position);
  out.setReceivedAt(row.received_at.value);
  out.setSignal(AsData(row.signal));
  out.setUnreadable(row.unreadable);
  out.setLate(row.late);
  out.setReplayed(row.replayed);
  out.setCopies(row.copies);
  if (!row.withdrawn_by.empty()) out.setWithdrawnBy(AsData(row.withdrawn_by.view()));
  out.setWithdrawnReason(row.withdrawn_reason);
  auto steps = out.initSteps(static_cast<unsigned>(row.steps.size()));
  for (unsigned i = 0; i < steps.size(); ++i) {
    const Step& step = row.steps[i];
    steps[i].setState(step.state);
    steps[i].setAt(step.at.value);
    steps[i].setReference(step.reference);
    steps[i].setAnswer(step.answer);
    steps[i].setEventId(AsData(step.event.view()));
    steps[i].setOutbox(step.outbox);
    steps[i].setBy(step.by);
    steps[i].setWay(step.told.way);
    steps[i].setSaidBy(step.told.by);
    steps[i].setSaidAt(step.told.at.value);
  }
  auto views = out.initViews(static_cast<unsigned>(row.views.size()));
  for (unsigned i = 0; i < views.size(); ++i) {
    views[i].setAt(row.views[i].at.value);
    views[i].setBy(row.views[i].by);
  }
  out.setDecision(row.decision);
  out.setDecisionReason(row.decision_reason);
  out.setDecidedAt(row.decided_at.value);
  out.setDecidedBy(row.decided_by);
  out.setRemindedPercent(static_cast<uint8_t>(row.reminded_percent));
  out.setRemindedClock(row.reminded_clock);
  out.setDisposedAt(row.disposed_at.value);
  out.setDisposedBy(row.disposed_by);
  return wire::Flatten(message);
}

Result<Row> DecodeRow(std::string_view bytes) {
  return AsCorrupt("signal", wire::ReadOwn<schema::InboxRow>(
      bytes, [](schema::InboxRow::Reader in) -> Result<Row> {
    Row row;
    SAM_ASSIGN(row.id, IdOf<SignalId>(in.getSignalId()));
    row.number = in.getNumber();
    SAM_ASSIGN(row.position, PositionOf(in.getPosition()));
    row.received_at = Millis(in.getReceivedAt());
    row.signal = Plain(in.getSignal());
    row.unreadable = in.getUnreadable();
    row.late = in.getLate();
    row.replayed = in.getReplayed();
    row.copies = in.getCopies();
    SAM_ASSIGN(row.withdrawn_by, IdOf<SignalId>(in.getWithdrawnBy()));
    row.withdrawn_reason = Plain(in.getWithdrawnReason());
    for (const auto from : in.getSteps()) {
      Step step;
      step.state = from.getState();
      step.at = Millis(from.getAt());
      step.reference = Plain(from.getReference());
      step.answer = from.getAnswer();
      SAM_ASSIGN(step.event, IdOf<EventId>(from.getEventId()));
      step.outbox = from.getOutbox();
      step.by = Plain(from.getBy());
      // A step of a build that knew no other way.
      const Way way = from.getWay() == Way::UNKNOWN ? Way::DIRECT : from.getWay();
      step.told = {way, Plain(from.getSaidBy()), Millis(from.getSaidAt())};
      row.steps.push_back(std::move(step));
    }
    for (const auto from : in.getViews())
      row.views.push_back({Millis(from.getAt()), Plain(from.getBy())});
    row.decision = in.getDecision();
    row.decision_reason = Plain(in.getDecisionReason());
    row.decided_at = Millis(in.getDecidedAt());
    row.decided_by = Plain(in.getDecidedBy());
    row.reminded_percent = in.getRemindedPercent();
    row.reminded_clock = Plain(in.getRemindedClock());
    row.disposed_at = Millis(in.getDisposedAt());
    row.disposed_by = Plain(in.getDisposedBy());
    return row;
  }));
}

std::string Encode(const LaneRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxLane>();
  out.setFloor(row.floor);
  auto runs = out.initRuns(static_cast<unsigned>(row.runs.size()));
  unsigned i = 0;
  for (const auto& run : row.runs) {
    runs[i].setFirst(run.first);
    runs[i].setLast(run.second);
    ++i;
  }
  return wire::Flatten(message);
}

Result<LaneRow> DecodeLane(std::string_view bytes) {
  return AsCorrupt("lane", wire::ReadOwn<schema::InboxLane>(
      bytes, [](schema::InboxLane::Reader in) -> Result<LaneRow> {
    LaneRow row;
    row.floor = in.getFloor();
    for (const auto run : in.getRuns()) row.runs[run.getFirst()] = run.getLast();
    return row;
  }));
}

std::string Encode(const NumberRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxNumber>();
  Put(out.initPosition(), row.position);
  out.setLast(row.last);
  out.setWithheld(row.withheld);
  out.setAt(row.at.value);
  return wire::Flatten(message);
}

Result<NumberRow> DecodeNumber(std::string_view bytes) {
  return AsCorrupt("number", wire::ReadOwn<schema::InboxNumber>(
      bytes, [](schema::InboxNumber::Reader in) -> Result<NumberRow> {
    NumberRow row;
    SAM_ASSIGN(row.position, PositionOf(in.getPosition()));
    row.last = in.getLast();
    row.withheld = in.getWithheld();
    row.at = Millis(in.getAt());
    return row;
  }));
}

std::string Encode(const RefusalRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxRefusal>();
  out.setCode(row.code);
  out.setField(row.field);
  out.setAt(row.at.value);
  return wire::Flatten(message);
}

Result<RefusalRow> DecodeRefusal(std::string_view bytes) {
  return AsCorrupt("refusal", wire::ReadOwn<schema::InboxRefusal>(
      bytes, [](schema::InboxRefusal::Reader in) -> Result<RefusalRow> {
    return RefusalRow{in.getCode(), Plain(in.getField()), Millis(in.getAt())};
  }));
}

std::string Encode(const intake::Entry& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxIntake>();
  out.setSignalId(AsData(row.signal.view()));
  out.setState(row.state);
  out.setWhy(row.why);
  out.setStatus(static_cast<uint16_t>(row.status));
  out.setTheirId(row.their_id);
  out.setFirstPostedAt(row.first_posted_at.value);
  out.setTriedAt(row.tried_at.value);
  out.setAttempts(row.attempts);
  out.setAcute(row.acute);
  auto files = out.initFiles(static_cast<unsigned>(row.files.size()));
  for (unsigned i = 0; i < files.size(); ++i) {
    const intake::File& file = row.files[i];
    files[i].setState(file.state);
    files[i].setMissing(file.missing);
    files[i].setStatus(static_cast<uint16_t>(file.status));
    files[i].setTheirId(file.their_id);
    files[i].setTriedAt(file.tried_at.value);
    files[i].setAttempts(file.attempts);
  }
  return wire::Flatten(message);
}

Result<intake::Entry> DecodeIntake(std::string_view bytes) {
  return AsCorrupt("intake", wire::ReadOwn<schema::InboxIntake>(
      bytes, [](schema::InboxIntake::Reader in) -> Result<intake::Entry> {
    intake::Entry row;
    SAM_ASSIGN(row.signal, IdOf<SignalId>(in.getSignalId()));
    row.state = in.getState();
    row.why = in.getWhy();
    row.status = in.getStatus();
    row.their_id = Plain(in.getTheirId());
    row.first_posted_at = Millis(in.getFirstPostedAt());
    row.tried_at = Millis(in.getTriedAt());
    row.attempts = in.getAttempts();
    row.acute = in.getAcute();
    for (const auto from : in.getFiles())
      row.files.push_back({from.getState(), from.getMissing(), from.getStatus(),
                           Plain(from.getTheirId()), Millis(from.getTriedAt()),
                           from.getAttempts()});
    return row;
  }));
}

std::string Encode(const IdentityRow& row) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::InboxIdentity>();
  out.setFormat(row.format);
  out.setWrappedKey(AsData(row.wrapped_key));
  out.setFunction(row.function);
  return wire::Flatten(message);
}

Result<IdentityRow> DecodeIdentity(std::string_view bytes) {
  return AsCorrupt("identity", wire::ReadOwn<schema::InboxIdentity>(
      bytes, [](schema::InboxIdentity::Reader in) -> Result<IdentityRow> {
    return IdentityRow{in.getFormat(), Plain(in.getWrappedKey()), Plain(in.getFunction())};
  }));
}

std::string LaneKey(const Position& position) {
  std::string key(position.hub.view());
  for (int shift = 24; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(position.epoch >> shift & 0xff));
  key.push_back(static_cast<char>(position.lane));
  return key;
}

std::string NumberKey(const Position& position) {
  return LaneKey(position) + BigEndian64(position.sequence.value);
}

Result<Position> ParseLaneKey(std::string_view key) {
  constexpr size_t kHub = HubId::kSize;
  if (key.size() != kHub + 5 || static_cast<uint8_t>(key[kHub + 4]) >= kLanes)
    return Corrupt("a lane's key in the inbox has a wrong form");
  Position out;
  out.hub = *HubId::From(key.substr(0, kHub));
  out.epoch = 0;
  for (size_t i = 0; i < 4; ++i)
    out.epoch = out.epoch << 8 | static_cast<uint8_t>(key[kHub + i]);
  out.lane = static_cast<Lane>(key[kHub + 4]);
  return out;
}

}  // namespace sam::inbox
