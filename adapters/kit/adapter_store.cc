#include "adapters/kit/adapter_store.h"

#include <algorithm>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

const std::string kMarkPrefix = "mark/";

constexpr size_t kTimeBytes = 8;
constexpr size_t kReadStep = 256;  // rows fetched at a time while the size limit is not reached

constexpr size_t kUnreadableTold = 1000;  // rows named in the log by one process

constexpr const char* kOpenUntil = "open-until";
constexpr const char* kWatchKey = "watch";
constexpr const char* kOrders = "#order";  // in place of a type of event; none is called so

std::string RefusedKey(uint64_t number) { return "refused/" + BigEndian64(number); }
std::string RowKey(const Mac16& key) { return "k" + std::string(key.view()); }
std::string TimeBytes(Millis at) {
  return BigEndian64(static_cast<uint64_t>(std::max<int64_t>(0, at.value)));
}
// Beside each point row lies its key by time, so that pruning reads only what is old.
std::string TimeKey(Millis at, const std::string& key) { return "t" + TimeBytes(at) + key; }

}  // namespace

AdapterStore::AdapterStore(Store& store, SecretKey key, const Clock& clock, KeepDays keep,
                           DurableSequence raw, DurableSequence outbox, DurableSequence quarantine,
                           DurableSequence audit)
    : store_(store),
      rows_(std::move(key)),
      clock_(clock),
      keep_(keep),
      raw_(std::move(raw)),
      outbox_(std::move(outbox)),
      quarantine_(std::move(quarantine)),
      audit_(std::move(audit)),
      expired_total_("samsignal_adapter_quarantine_expired_total",
                     "Open entries of the quarantine whose content went because nobody came") {}

Result<std::unique_ptr<AdapterStore>> AdapterStore::Open(Store& store, SecretKey store_key,
                                                         const Clock& clock, KeepDays keep) {
  const Cursor format(store, spaces::kMeta, "format");
  const Cursor accepted(store, spaces::kCursor, "accepted");
  SAM_ASSIGN(const uint64_t found, format.Get());
  if (found > kFormat)
    return Corrupt("the adapter's store has format " + std::to_string(found) +
                   ", this program knows " + std::to_string(kFormat) + ": use the newer program");
  SAM_ASSIGN(DurableSequence raw, DurableSequence::Open(store, spaces::kRaw, "raw"));
  SAM_ASSIGN(DurableSequence outbox, DurableSequence::Open(store, spaces::kOutbox, "outbox"));
  SAM_ASSIGN(DurableSequence quarantine,
             DurableSequence::Open(store, spaces::kQuarantine, "quarantine"));
  SAM_ASSIGN(DurableSequence audit, DurableSequence::Open(store, spaces::kAudit, "audit"));
  std::unique_ptr<AdapterStore> out(new AdapterStore(store, std::move(store_key), clock, keep,
                                                     std::move(raw), std::move(outbox),
                                                     std::move(quarantine), std::move(audit)));
  SAM_ASSIGN(out->accepted_, accepted.Get());
  SAM_ASSIGN(out->refused_before_, Cursor(store, spaces::kCursor, "refused").Get());
  out->committed_accepted_ = out->accepted_;
  // An older build gave numbers again when the newest events had been erased; the hub has those.
  out->outbox_.SkipTo(out->accepted_);
  const Mac16 canary_key = out->rows_.MessageKey("", "canary");
  const std::string canary = "c" + std::string(canary_key.view());
  if (found == 0) {
    format.Put(out->batch_, kFormat);
    out->batch_.Put(spaces::kMeta, canary, out->rows_.SealMark("canary", "canary"));
    SAM_TRY(out->Commit());
  } else {
    // The canary's own name depends on the key, so a wrong key does not even find it.
    SAM_ASSIGN(const std::optional<std::string> row, store.Get(spaces::kMeta, canary));
    if (!row)
      return Denied("the store key does not belong to this store: give the one it was made with");
  }
  if (found == 1) SAM_TRY(out->MakeHeads());
  const Cursor open_until(store, spaces::kMeta, kOpenUntil);
  if (found != 0 && found < kFormat) {
    open_until.Put(out->batch_, static_cast<uint64_t>(clock.Now().value + kGraceDays * kDayMs));
    format.Put(out->batch_, kFormat);
    SAM_TRY(out->Commit());
  }
  SAM_ASSIGN(const uint64_t until, open_until.Get());
  out->open_until_ = Millis(static_cast<int64_t>(until));
  SAM_TRY(out->CountQuarantine());
  return out;
}

Status AdapterStore::Begin() {
  const bool dropped = !batch_.empty();
  batch_.Clear();
  DropCursors();
  if (!dropped) return Ok();
  SAM_TRY(raw_.Reload());
  SAM_TRY(outbox_.Reload());
  outbox_.SkipTo(accepted_);
  SAM_TRY(quarantine_.Reload());
  return audit_.Reload();
}

Status AdapterStore::Commit() {
  if (batch_.empty()) return Ok();
  Status applied = store_.Apply(batch_, Durability::kNow);
  if (!applied.ok()) {
    // Who asks before the next Begin must not hear of what is not on the disk.
    DropCursors();
    return applied;
  }
  batch_.Clear();
  pending_.clear();
  committed_accepted_ = accepted_;
  committed_aside_ = aside_;
  TellExpired();
  return Ok();
}

void AdapterStore::DropCursors() {
  accepted_ = committed_accepted_;
  aside_ = committed_aside_;
  pending_.clear();
  expired_.clear();
}

uint64_t AdapterStore::KeepRaw(const std::string& peer, std::string_view bytes) {
  const Millis now = clock_.Now();
  RawMessage row{now, Millis(now.value + keep_.raw * kDayMs), peer, "", 0};
  if (bytes.size() > keep_.message_bytes) {
    row.full_size = bytes.size();
    bytes = bytes.substr(0, kKeptBeginning);
  }
  row.bytes.assign(bytes);
  return raw_.Append(batch_, rows_.Encode(row, raw_.Next()));
}

uint64_t AdapterStore::AppendEvent(std::string_view event) {
  return outbox_.Append(batch_, rows_.EncodeEvent(event, outbox_.Next()));
}

Result<std::optional<std::string>> AdapterStore::Find(Space space, const std::string& key) const {
  const auto pending = pending_.find({space.index, key});
  std::optional<std::string> row;
  if (pending != pending_.end()) {
    row = pending->second;
  } else {
    SAM_ASSIGN(row, store_.Get(space, key));
  }
  if (!row) return row;
  if (row->size() < kTimeBytes) return Corrupt("a row of the adapter's store is too short");
  return std::optional<std::string>(row->substr(kTimeBytes));
}

void AdapterStore::PutByTime(Space space, Millis at, std::string key, std::string value) {
  batch_.Put(space, TimeKey(at, key), "");
  // The row begins with its time, so that an old time key does not take a younger row with it.
  value.insert(0, TimeBytes(at));
  pending_[{space.index, key}] = value;
  batch_.Put(space, std::move(key), std::move(value));
}

Result<std::optional<SeenMessage>> AdapterStore::FindSeen(const Mac16& key) {
  SAM_ASSIGN(const std::optional<std::string> row, Find(spaces::kSeen, RowKey(key)));
  if (!row) return std::optional<SeenMessage>();
  SAM_ASSIGN(SeenMessage seen, rows_.DecodeSeen(*row, key));
  return std::optional<SeenMessage>(std::move(seen));
}

void AdapterStore::PutSeen(const Mac16& key, const SeenMessage& seen) {
  PutByTime(spaces::kSeen, seen.seen_at, RowKey(key), rows_.Encode(seen, key));
}

Result<std::optional<EventId>> AdapterStore::FindEpisode(const std::string& type,
                                                         const std::string& episode) {
  const Mac16 key = rows_.EpisodeKey(type, episode);
  SAM_ASSIGN(const std::optional<std::string> row, Find(spaces::kEpisode, RowKey(key)));
  if (!row) return std::optional<EventId>();
  SAM_ASSIGN(const EventId id, rows_.DecodeEpisode(*row, key));
  return std::optional<EventId>(id);
}

void AdapterStore::PutEpisode(const std::string& type, const std::string& episode,
                              const EventId& id) {
  const Mac16 key = rows_.EpisodeKey(type, episode);
  PutByTime(spaces::kEpisode, clock_.Now(), RowKey(key),
            rows_.EncodeEpisode(id, clock_.Now(), key));
}

Result<ToldOrders> AdapterStore::FindOrders(const std::string& episode) {
  const Mac16 key = rows_.EpisodeKey(kOrders, episode);
  SAM_ASSIGN(const std::optional<std::string> row, Find(spaces::kEpisode, RowKey(key)));
  if (!row) return ToldOrders();
  return rows_.DecodeOrders(*row, key);
}

void AdapterStore::PutOrders(const std::string& episode, const ToldOrders& orders) {
  const Mac16 key = rows_.EpisodeKey(kOrders, episode);
  PutByTime(spaces::kEpisode, clock_.Now(), RowKey(key), rows_.Encode(orders, key));
}

void AdapterStore::PutAccess(const Access& row) {
  audit_.Append(batch_, rows_.Encode(row, audit_.Next()));
}

Result<std::optional<WatchState>> AdapterStore::Watch() {
  SAM_ASSIGN(const std::optional<std::string> row, store_.Get(spaces::kMeta, kWatchKey));
  if (!row) return std::optional<WatchState>();
  SAM_ASSIGN(WatchState state, rows_.DecodeWatch(*row));
  return std::optional<WatchState>(std::move(state));
}

void AdapterStore::PutWatch(const WatchState& state) {
  batch_.Put(spaces::kMeta, kWatchKey, rows_.Encode(state));
}

Result<std::optional<RawMessage>> AdapterStore::Raw(uint64_t number) {
  SAM_ASSIGN(const std::optional<std::string> row, raw_.Get(number));
  if (!row) return std::optional<RawMessage>();
  SAM_ASSIGN(RawMessage raw, rows_.DecodeRaw(*row, number));
  return std::optional<RawMessage>(std::move(raw));
}

void AdapterStore::TellUnreadable(const char* what, uint64_t number, const Error& error) {
  if (unreadable_.size() >= kUnreadableTold || !unreadable_.emplace(what, number).second) return;
  log::Error("adapter", "row-unreadable",
             {{"what", what}, {"number", number}, {"why", error.message}});
}

Status AdapterStore::EachRaw(const std::function<bool(uint64_t, const RawMessage&)>& visit) {
  return raw_.Read(1, SIZE_MAX, [&](uint64_t seq, std::string_view bytes) {
    const Result<RawMessage> row = rows_.DecodeRaw(bytes, seq);
    if (row.ok()) return visit(seq, *row);
    TellUnreadable("raw", seq, row.error());
    return true;
  });
}

Status AdapterStore::EraseEvent(uint64_t number) {
  if (number > accepted_)
    return Conflict("the hub has not taken event " + std::to_string(number) + " yet");
  outbox_.Erase(batch_, number);
  return Ok();
}

Status AdapterStore::EachAccess(const std::function<bool(uint64_t, const Access&)>& visit) {
  Status inner = Ok();
  SAM_TRY(audit_.Read(1, SIZE_MAX, [&](uint64_t seq, std::string_view bytes) {
    Result<Access> row = rows_.DecodeAccess(bytes, seq);
    if (!row.ok()) {
      inner = row.error();
      return false;
    }
    return visit(seq, *row);
  }));
  return inner;
}

Status AdapterStore::ReadEvents(uint64_t from, size_t max_bytes, OpenEvent open,
                                const std::function<bool(uint64_t, std::string_view)>& visit) {
  Status inner = Ok();
  size_t given = 0;
  SAM_TRY(outbox_.Read(from, kReadStep, [&](uint64_t seq, std::string_view bytes) {
    const Result<std::string> event = (rows_.*open)(bytes, seq);
    if (!event.ok()) {
      inner = event.error();
      return false;
    }
    given += event->size();
    return visit(seq, *event) && given < max_bytes;
  }));
  return inner;
}

Result<std::optional<std::string>> AdapterStore::EventAt(uint64_t number, OpenEvent open) {
  SAM_ASSIGN(const std::optional<std::string> row, outbox_.Get(number));
  if (!row) return std::optional<std::string>();
  SAM_ASSIGN(std::string event, (rows_.*open)(*row, number));
  return std::optional<std::string>(std::move(event));
}

Status AdapterStore::ReadOutbox(uint64_t from, size_t max_bytes,
                                const std::function<bool(uint64_t, std::string_view)>& visit) {
  return ReadEvents(from, max_bytes, &RowCodec::DecodeEvent, visit);
}

Result<std::optional<std::string>> AdapterStore::OutboxEvent(uint64_t number) {
  return EventAt(number, &RowCodec::DecodeEvent);
}

Result<std::optional<std::string>> AdapterStore::Mark(const std::string& name) {
  const auto pending = pending_.find({spaces::kCursor.index, kMarkPrefix + name});
  std::optional<std::string> row;
  if (pending != pending_.end()) {
    row = pending->second;
  } else {
    SAM_ASSIGN(row, store_.Get(spaces::kCursor, kMarkPrefix + name));
  }
  if (!row || row->empty()) return std::optional<std::string>();  // empty: dropped in this group
  SAM_ASSIGN(std::string bytes, rows_.OpenMark(name, *row));
  return std::optional<std::string>(std::move(bytes));
}

void AdapterStore::PutMark(const std::string& name, std::string_view bytes) {
  std::string row = rows_.SealMark(name, bytes);
  pending_[{spaces::kCursor.index, kMarkPrefix + name}] = row;
  batch_.Put(spaces::kCursor, kMarkPrefix + name, std::move(row));
}

void AdapterStore::DropMark(const std::string& name) {
  pending_[{spaces::kCursor.index, kMarkPrefix + name}].clear();
  batch_.Delete(spaces::kCursor, kMarkPrefix + name);
}

Status AdapterStore::EachMark(
    const std::string& prefix,
    const std::function<bool(const std::string& name, const std::string&)>& visit) {
  const std::string from = kMarkPrefix + prefix;
  Status inner = Ok();
  SAM_TRY(store_.Scan(spaces::kCursor, from, from + "\x7f",
                      [&](std::string_view key, std::string_view row) {
                        const std::string name(key.substr(kMarkPrefix.size()));
                        const Result<std::string> bytes = rows_.OpenMark(name, row);
                        if (!bytes.ok()) inner = bytes.error();
                        return bytes.ok() && visit(name, *bytes);
                      }));
  return inner;
}

void AdapterStore::PutAccepted(uint64_t number) {
  accepted_ = number;
  Cursor(store_, spaces::kCursor, "accepted").Put(batch_, number);
}

Result<bool> AdapterStore::WasRefused(uint64_t number) {
  if (number > accepted_ && number <= refused_before_) return true;
  SAM_ASSIGN(const std::optional<std::string> row, store_.Get(spaces::kCursor, RefusedKey(number)));
  return row.has_value();
}

void AdapterStore::PutRefused(uint64_t number, uint64_t quarantine) {
  batch_.Put(spaces::kCursor, RefusedKey(number), BigEndian64(quarantine));
}

Status AdapterStore::TrimOutbox(uint64_t upto) {
  const uint64_t limit = std::min(upto, accepted_);
  if (limit <= outbox_.Floor()) return Ok();
  const uint64_t floor = outbox_.Trim(batch_, limit);
  return store_.Scan(spaces::kCursor, RefusedKey(0), RefusedKey(floor + 1),
                     [&](std::string_view key, std::string_view) {
                       batch_.Delete(spaces::kCursor, std::string(key));
                       return true;
                     });
}

Status AdapterStore::Prune() {
  SAM_TRY(PruneByTime(spaces::kSeen, keep_.seen));
  SAM_TRY(PruneByTime(spaces::kEpisode, keep_.episode));
  SAM_TRY(PruneRaw());
  return PruneQuarantine();
}

Status AdapterStore::PruneByTime(Space space, int days) {
  const std::string until = TimeKey(DaysAgo(days), "");
  std::vector<std::string> old;
  SAM_TRY(store_.Scan(space, "t", until, [&](std::string_view key, std::string_view) {
    old.emplace_back(key);
    return old.size() < kPruneMax;
  }));
  for (const std::string& key : old) {
    const std::string row_key = key.substr(1 + kTimeBytes);
    SAM_ASSIGN(const std::optional<std::string> row, store_.Get(space, row_key));
    if (row && row->substr(0, kTimeBytes) == key.substr(1, kTimeBytes))
      batch_.Delete(space, row_key);
    batch_.Delete(space, key);
  }
  return Ok();
}

Status AdapterStore::PruneRaw() {
  uint64_t upto = 0;
  SAM_TRY(raw_.Read(raw_.Floor() + 1, kPruneMax, [&](uint64_t seq, std::string_view bytes) {
    const Result<Millis> expires_at = rows_.DecodeRawExpiry(bytes, seq);
    if (!expires_at.ok()) {
      // It goes with the first younger one that has expired.
      TellUnreadable("raw", seq, expires_at.error());
      return true;
    }
    if (*expires_at > clock_.Now()) return false;
    upto = seq;
    return true;
  }));
  if (upto > 0) raw_.Trim(batch_, upto);
  return Ok();
}

}  // namespace sam::kit
