#include "adapters/kit/rows.h"

#include <algorithm>
#include <utility>

#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "schemas/adapter.capnp.h"

namespace sam::kit {
namespace {

using wire::AsData;
using wire::View;

constexpr size_t kMaxStoredErrors = 50;  // an answer with more lines helps nobody

SecretKey Derive(const SecretKey& key, std::string_view use) {
  const Digest digest = KeyedHash(key, {use});
  return std::move(SecretKey::FromBytes(digest.view())).value();  // always 32 bytes
}

std::string Text(capnp::Text::Reader text) { return std::string(View(text)); }
std::string Bytes(capnp::Data::Reader data) { return std::string(View(data)); }

void FillHead(schema::QuarantineRow::Builder root, const QuarantineHead& row) {
  root.setAt(row.at.value);
  root.setReason(row.reason);
  root.setDetail(row.detail);
  root.setPeer(row.peer);
  root.setSource(row.source);
  root.setTrigger(row.trigger);
  root.setMapping(row.mapping);
  root.setState(static_cast<schema::QuarantineRow::State>(row.state));
  root.setFixOf(row.fix_of);
  root.setFixedBy(row.fixed_by);
  root.setResends(row.resends);
  root.setClosedAt(row.closed_at.value);
  root.setOperator(row.operator_name);
  root.setFullSize(row.full_size);
  root.setRawBytes(row.raw_bytes);
  root.setEventBytes(row.event_bytes);
  root.setDiskBytes(row.disk_bytes);
}

void TakeHead(schema::QuarantineRow::Reader row, uint64_t seq, QuarantineHead& out) {
  out.number = seq;
  out.at = Millis(row.getAt());
  out.reason = Text(row.getReason());
  out.detail = Text(row.getDetail());
  out.peer = Text(row.getPeer());
  out.source = Text(row.getSource());
  out.trigger = Text(row.getTrigger());
  out.mapping = Text(row.getMapping());
  out.state = static_cast<QuarantineState>(std::min<int>(static_cast<int>(row.getState()), 4));
  out.fix_of = row.getFixOf();
  out.fixed_by = row.getFixedBy();
  out.resends = row.getResends();
  out.closed_at = Millis(row.getClosedAt());
  out.operator_name = Text(row.getOperator());
  out.full_size = row.getFullSize();
  out.raw_bytes = row.getRawBytes();
  out.event_bytes = row.getEventBytes();
  out.disk_bytes = row.getDiskBytes();
}

}  // namespace

const char* QuarantineStateName(QuarantineState state) {
  switch (state) {
    case QuarantineState::kOpen: return "open";
    case QuarantineState::kResent: return "resent";
    case QuarantineState::kFixed: return "fixed";
    case QuarantineState::kDiscarded: return "discarded";
    case QuarantineState::kExpired: return "expired";
  }
  return "open";
}

RowCodec::RowCodec(SecretKey store_key)
    : seal_key_(Derive(store_key, "samsignal adapter rows")),
      place_key_(Derive(store_key, "samsignal adapter places")),
      index_key_(Derive(store_key, "samsignal adapter index")),
      file_key_(Derive(store_key, "samsignal adapter files")) {}

std::string RowCodec::CloseWith(const SecretKey& key, const char* space, std::string_view row,
                                std::string_view plain) {
  return Seal(key, compressor_.Compress(plain), std::string(space) + ":" + std::string(row));
}

Result<std::string> RowCodec::OpenWith(const SecretKey& key, const char* space,
                                       std::string_view row, std::string_view sealed) {
  SAM_ASSIGN(const std::string packed,
             Open(key, sealed, std::string(space) + ":" + std::string(row)));
  return compressor_.Decompress(packed, kMaxRowBytes);
}

std::string RowCodec::Encode(const SeenMessage& row, const Mac16& key) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::SeenRow>();
  root.setDigest(AsData(row.digest.view()));
  root.setSeenAt(row.seen_at.value);
  root.setOutcome(static_cast<uint8_t>(row.answer.outcome));
  root.setEvents(row.events);
  root.setRawRef(row.raw_ref);
  root.setQuarantine(row.quarantine);
  const size_t count = std::min(row.answer.errors.size(), kMaxStoredErrors);
  auto errors = root.initErrors(static_cast<unsigned>(count));
  for (unsigned i = 0; i < count; ++i) {
    const hl7::AckError& error = row.answer.errors[i];
    errors[i].setLocation(error.location);
    errors[i].setCode(static_cast<uint16_t>(error.code));
    errors[i].setSeverity(static_cast<uint8_t>(error.severity));
    errors[i].setText(error.text);
  }
  return Close("seen", key.view(), wire::Flatten(message));
}

Result<SeenMessage> RowCodec::DecodeSeen(std::string_view bytes, const Mac16& key) {
  SAM_ASSIGN(const std::string plain, OpenRow("seen", key.view(), bytes));
  return wire::ReadOwn<schema::SeenRow>(
      plain, [](schema::SeenRow::Reader row) -> Result<SeenMessage> {
        SeenMessage out;
        const std::optional<Digest> digest = Digest::From(View(row.getDigest()));
        if (!digest) return Corrupt("seen row: digest of wrong length");
        out.digest = *digest;
        out.seen_at = Millis(row.getSeenAt());
        out.answer.outcome = static_cast<hl7::Outcome>(std::min<int>(row.getOutcome(), 2));
        out.events = row.getEvents();
        out.raw_ref = row.getRawRef();
        out.quarantine = row.getQuarantine();
        for (const auto error : row.getErrors())
          out.answer.errors.push_back(
              {Text(error.getLocation()), static_cast<hl7::ErrorCode>(error.getCode()),
               static_cast<hl7::Severity>(std::min<int>(error.getSeverity(), 3)),
               Text(error.getText())});
        return out;
      });
}

std::string RowCodec::EncodeHead(const QuarantineHead& row, uint64_t seq) {
  capnp::MallocMessageBuilder message;
  FillHead(message.initRoot<schema::QuarantineRow>(), row);
  return Close("quarantine-head", BigEndian64(seq), wire::Flatten(message));
}

Result<QuarantineHead> RowCodec::HeadOfEntry(std::string_view bytes, uint64_t seq) {
  using Row = schema::QuarantineRow;
  SAM_ASSIGN(const std::string plain, OpenRow("quarantine", BigEndian64(seq), bytes));
  const auto read = [seq](Row::Reader row) -> Result<QuarantineHead> {
    QuarantineHead out;
    TakeHead(row, seq, out);
    out.raw_bytes = row.getRaw().size();
    out.event_bytes = row.getEvent().size();
    return out;
  };
  SAM_ASSIGN(QuarantineHead out, wire::ReadOwn<Row>(plain, read, kMaxRowBytes));
  out.disk_bytes = bytes.size();
  return out;
}

Result<QuarantineHead> RowCodec::DecodeHead(std::string_view bytes, uint64_t seq) {
  using Row = schema::QuarantineRow;
  SAM_ASSIGN(const std::string plain, OpenRow("quarantine-head", BigEndian64(seq), bytes));
  return wire::ReadOwn<Row>(plain, [seq](Row::Reader row) -> Result<QuarantineHead> {
    QuarantineHead out;
    TakeHead(row, seq, out);
    return out;
  });
}

std::string RowCodec::Encode(const Access& row, uint64_t seq) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::AccessRow>();
  root.setAt(row.at.value);
  root.setOperator(row.operator_name);
  root.setAction(row.action);
  root.setSubject(row.subject);
  root.setReason(row.reason);
  return Close("audit", BigEndian64(seq), wire::Flatten(message));
}

Result<Access> RowCodec::DecodeAccess(std::string_view bytes, uint64_t seq) {
  SAM_ASSIGN(const std::string plain, OpenRow("audit", BigEndian64(seq), bytes));
  return wire::ReadOwn<schema::AccessRow>(
      plain, [](schema::AccessRow::Reader row) -> Result<Access> {
        return Access{Millis(row.getAt()), Text(row.getOperator()), Text(row.getAction()),
                      Text(row.getSubject()), Text(row.getReason())};
      });
}

std::string RowCodec::EncodeEpisode(const EventId& id, Millis told_at, const Mac16& key) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::EpisodeRow>();
  root.setEventId(AsData(id.view()));
  root.setToldAt(told_at.value);
  return Close("episode", key.view(), wire::Flatten(message));
}

Result<EventId> RowCodec::DecodeEpisode(std::string_view bytes, const Mac16& key) {
  SAM_ASSIGN(const std::string plain, OpenRow("episode", key.view(), bytes));
  return wire::ReadOwn<schema::EpisodeRow>(
      plain, [](schema::EpisodeRow::Reader row) -> Result<EventId> {
        const std::optional<EventId> id = EventId::From(View(row.getEventId()));
        if (!id) return Corrupt("episode row: event id of wrong length");
        return *id;
      });
}

std::string RowCodec::Encode(const ToldOrders& row, const Mac16& key) {
  capnp::MallocMessageBuilder message;
  auto orders = message.initRoot<schema::EpisodeOrderRow>().initOrders(
      static_cast<unsigned>(row.size()));
  unsigned i = 0;
  for (const auto& [type, order] : row) {
    auto out = orders[i++];
    out.setType(type);
    out.setObject(AsData(order.object));
    out.setVersion(order.version);
    out.setFrom(order.from.value);
    out.setUntil(order.until.value);
  }
  return Close("episode-order", key.view(), wire::Flatten(message));
}

Result<ToldOrders> RowCodec::DecodeOrders(std::string_view bytes, const Mac16& key) {
  SAM_ASSIGN(const std::string plain, OpenRow("episode-order", key.view(), bytes));
  return wire::ReadOwn<schema::EpisodeOrderRow>(
      plain, [](schema::EpisodeOrderRow::Reader row) -> Result<ToldOrders> {
        ToldOrders out;
        for (const auto order : row.getOrders())
          out[Text(order.getType())] = {Bytes(order.getObject()), order.getVersion(),
                                        Millis(order.getFrom()), Millis(order.getUntil())};
        return out;
      });
}

std::string RowCodec::Encode(const WatchState& row) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::WatchRow>();
  auto alarms = root.initAlarms(static_cast<unsigned>(row.alarms.size()));
  for (unsigned i = 0; i < alarms.size(); ++i) {
    const WatchState::Alarm& alarm = row.alarms[i];
    alarms[i].setKind(alarm.kind);
    alarms[i].setSource(alarm.source);
    alarms[i].setSince(alarm.since.value);
    alarms[i].setEnded(alarm.ended.value);
    alarms[i].setStartTold(alarm.start_told);
    alarms[i].setEndTold(alarm.end_told);
  }
  auto feeds = root.initFeeds(static_cast<unsigned>(row.heard.size()));
  for (unsigned i = 0; i < feeds.size(); ++i) {
    feeds[i].setSource(row.heard[i].source);
    feeds[i].setLastMessage(row.heard[i].at.value);
    feeds[i].setEver(row.heard[i].ever);
  }
  return Close("meta", "watch", wire::Flatten(message));
}

Result<WatchState> RowCodec::DecodeWatch(std::string_view bytes) {
  SAM_ASSIGN(const std::string plain, OpenRow("meta", "watch", bytes));
  return wire::ReadOwn<schema::WatchRow>(
      plain, [](schema::WatchRow::Reader root) -> Result<WatchState> {
        WatchState out;
        for (const auto alarm : root.getAlarms())
          out.alarms.push_back({Text(alarm.getKind()), Text(alarm.getSource()),
                                Millis(alarm.getSince()), Millis(alarm.getEnded()),
                                alarm.getStartTold(), alarm.getEndTold()});
        for (const auto feed : root.getFeeds())
          out.heard.push_back(
              {Text(feed.getSource()), Millis(feed.getLastMessage()), feed.getEver()});
        return out;
      });
}

Mac16 RowCodec::MessageKey(std::string_view system_id, std::string_view message_id) const {
  return KeyedHash16(index_key_, {"message", system_id, message_id});
}
Mac16 RowCodec::EpisodeKey(std::string_view type, std::string_view episode) const {
  return KeyedHash16(index_key_, {"episode", type, episode});
}
Digest RowCodec::ContentDigest(std::string_view bytes) const {
  return KeyedHash(index_key_, {"content", bytes});
}

}  // namespace sam::kit
