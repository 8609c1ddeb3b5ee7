#include "broker/mailbox/mailbox.h"

#include <capnp/any.h>

#include <algorithm>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"

namespace sam::mailbox {
namespace {

// Segment table and root pointer stand before the struct's data, `decision` is its first word.
constexpr size_t kDecisionPosition = 16;

Error AsCorrupt(const char* what, const Error& error) {
  return Corrupt(std::string(what) + " is not readable: " + error.message +
                 "; run 'samsignal rebuild' on a copy of the store");
}

}  // namespace

bool LaneState::Acked(Sequence sequence) const {
  return sequence <= ack_floor || std::binary_search(also.begin(), also.end(), sequence);
}

EncodedRow EncodeRow(const Row& row) {
  capnp::MallocMessageBuilder message(64);
  auto root = message.initRoot<schema::MailboxRow>();
  root.setDecision(row.decision);
  root.setSignalId(wire::AsData(row.signal.view()));
  root.setSubject(wire::AsData(row.subject.view()));
  root.setWithheldCode(row.withheld);
  auto versions = root.initVersions();
  versions.setConfig(row.versions.config);
  versions.setConsent(row.versions.consent);
  versions.setProtection(row.versions.protection);
  root.setReplayed(row.replayed);
  root.setLate(row.late);
  root.setDecidedAt(row.decided_at.value);
  return {wire::Flatten(message), kDecisionPosition};
}

Result<Row> DecodeRow(std::string_view bytes) {
  auto row = wire::ReadOwn<schema::MailboxRow>(
      bytes, [](schema::MailboxRow::Reader root) -> Result<Row> {
        Row out;
        out.decision = root.getDecision();
        out.signal = wire::IdOf<SignalId>(root.getSignalId());
        out.subject = wire::IdOf<SubjectId>(root.getSubject());
        out.withheld = root.getWithheldCode();
        out.versions.config = root.getVersions().getConfig().cStr();
        out.versions.consent = root.getVersions().getConsent();
        out.versions.protection = root.getVersions().getProtection();
        out.replayed = root.getReplayed();
        out.late = root.getLate();
        out.decided_at = Millis(root.getDecidedAt());
        return out;
      });
  if (!row.ok()) return AsCorrupt("a mailbox row", row.error());
  return row;
}

std::string EncodeLane(const LaneState& lane) {
  capnp::MallocMessageBuilder message(64);
  auto root = message.initRoot<schema::LaneState>();
  root.setNext(lane.next.value);
  root.setAckFloor(lane.ack_floor.value);
  auto also = root.initAlso(static_cast<unsigned>(lane.also.size()));
  for (unsigned i = 0; i < also.size(); ++i) also.set(i, lane.also[i].value);
  return wire::Flatten(message);
}

Result<LaneState> DecodeLane(std::string_view bytes) {
  auto lane = wire::ReadOwn<schema::LaneState>(
      bytes, [](schema::LaneState::Reader root) -> Result<LaneState> {
        LaneState out;
        out.next = Sequence(root.getNext());
        out.ack_floor = Sequence(root.getAckFloor());
        for (uint64_t number : root.getAlso()) out.also.emplace_back(number);
        return out;
      });
  if (!lane.ok()) return AsCorrupt("a lane's state", lane.error());
  return lane;
}

std::string LaneKey(std::string_view subscription, Lane lane) {
  SAM_CHECK(!subscription.empty() && subscription.size() <= 255);
  std::string key(1, static_cast<char>(subscription.size()));
  key += subscription;
  key += static_cast<char>(lane);
  return key;
}

std::string RowKey(std::string_view subscription, Lane lane, Sequence sequence) {
  return LaneKey(subscription, lane) + BigEndian64(sequence.value);
}

Sequence SequenceOfKey(std::string_view row_key) {
  SAM_CHECK(row_key.size() > 8);
  return Sequence(ReadBigEndian64(row_key.substr(row_key.size() - 8)));
}

std::string EndOfLane(std::string_view subscription, Lane lane) {
  std::string key = LaneKey(subscription, lane);
  key.back() = static_cast<char>(static_cast<uint8_t>(lane) + 1);
  return key;
}

Status MailboxReader::Scan(std::string_view subscription, Lane lane, Sequence from, size_t limit,
                           const std::function<bool(Sequence, const Row&)>& visit) const {
  Status inner = Ok();
  size_t seen = 0;
  if (limit == 0) return Ok();
  SAM_TRY(store_.Scan(spaces::kMailbox, RowKey(subscription, lane, from),
                      EndOfLane(subscription, lane),
                      [&](std::string_view key, std::string_view value) {
                        Result<Row> row = DecodeRow(value);
                        if (!row.ok()) {
                          inner = row.error();
                          return false;
                        }
                        return visit(SequenceOfKey(key), *row) && ++seen < limit;
                      }));
  return inner;
}

Result<std::optional<Row>> MailboxReader::Get(std::string_view subscription, Lane lane,
                                              Sequence sequence) const {
  SAM_ASSIGN(auto bytes, store_.Get(spaces::kMailbox, RowKey(subscription, lane, sequence)));
  if (!bytes) return std::optional<Row>();
  SAM_ASSIGN(Row row, DecodeRow(*bytes));
  return std::optional<Row>(std::move(row));
}

Result<LaneState> MailboxReader::StateOf(std::string_view subscription, Lane lane) const {
  SAM_ASSIGN(auto bytes, store_.Get(spaces::kLane, LaneKey(subscription, lane)));
  if (!bytes) return LaneState{};
  return DecodeLane(*bytes);
}

Result<std::optional<uint64_t>> MailboxReader::OfferedBelow(std::string_view subscription,
                                                            Lane lane) const {
  SAM_ASSIGN(const auto bytes, store_.Get(spaces::kOffered, LaneKey(subscription, lane)));
  if (!bytes) return std::optional<uint64_t>();
  if (bytes->size() != 8) return Corrupt("a row of the space offered is not 8 bytes long");
  return std::optional<uint64_t>(ReadBigEndian64(*bytes));
}

Result<std::vector<std::string>> MailboxReader::Subscriptions() const {
  std::vector<std::string> names;
  SAM_TRY(store_.Scan(spaces::kLane, "", "", [&](std::string_view key, std::string_view) {
    if (key.size() < 2) return true;
    const std::string name(key.substr(1, key.size() - 2));
    if (names.empty() || names.back() != name) names.push_back(name);
    return true;
  }));
  return names;
}

}  // namespace sam::mailbox
