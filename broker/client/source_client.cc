#include "broker/client/source_client.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/base/log.h"

namespace sam::client {
namespace {

constexpr int kBatchesPerStep = 16;
constexpr int64_t kHelloRetryMicros = 1'000'000;
constexpr int64_t kWaitMicrosMax = 60'000'000;
constexpr size_t kRecordOverhead = 32;  // of one record in its frame

}  // namespace

SourceClient::SourceClient(wire::ClientLink& link, OutboxSource& outbox, SourceOptions options)
    : link_(link), outbox_(outbox), options_(std::move(options)) {
  hello_wait_us_ = kHelloRetryMicros;
  resend_wait_us_ = options_.resend_us;
}

Result<int> SourceClient::Step(int64_t now_us) {
  int done = 0;
  const uint64_t generation = link_.generation();
  if (generation == 0) return 0;
  if (generation != generation_) {
    generation_ = generation;
    hello_wait_us_ = kHelloRetryMicros;
    Forget();
  }
  for (int i = 0; i < kFramesPerStep; ++i) {
    auto bytes = link_.Receive();
    if (!bytes) break;
    ++done;
    SAM_TRY(Handle(*bytes, now_us));
  }
  if (!status_.welcomed) {
    const bool due = !said_hello_ || now_us - hello_at_ >= hello_wait_us_;
    if (due) SayHello(now_us);
    return done;
  }
  if (in_flight_records_ > 0 && now_us - last_progress_us_ >= resend_wait_us_) {
    ++status_.resends;
    resend_wait_us_ = std::min(resend_wait_us_ * 2, kWaitMicrosMax);
    last_progress_us_ = now_us;
    status_.sent_to = status_.accepted_to;
    in_flight_.clear();
    in_flight_bytes_ = in_flight_records_ = 0;
  }
  for (int i = 0; i < kBatchesPerStep; ++i) {
    SAM_ASSIGN(const int sent, SendBatch(now_us));
    if (sent == 0) break;
    done += sent;
  }
  KeepAlive(now_us);
  return done;
}

void SourceClient::Forget() {
  said_hello_ = false;
  status_.welcomed = false;
  status_.window = 0;
  in_flight_.clear();
  in_flight_bytes_ = in_flight_records_ = 0;
}

void SourceClient::SayHello(int64_t now_us) {
  wire::Hello hello;
  hello.software = options_.software;
  hello.role = wire::Role::kSource;
  hello.system_id = options_.system_id;
  hello.last_accepted = outbox_.accepted().value;
  hello.last_hub = status_.hub;
  hello.last_epoch = status_.epoch;
  if (link_.Send(wire::Encode(hello)).ok()) {
    if (said_hello_) hello_wait_us_ = std::min(hello_wait_us_ * 2, kWaitMicrosMax);
    said_hello_ = true;
    last_sent_us_ = now_us;
  }
  hello_at_ = now_us;
}

Status SourceClient::Handle(std::string_view bytes, int64_t now_us) {
  const auto parsed = wire::ParseFrame(bytes);
  if (!parsed.ok()) {
    log::Warn("source", "unreadable-frame", {{"why", parsed.error().message}});
    return Ok();
  }
  const wire::AnyFrame& frame = *parsed;
  if (const auto* welcome = std::get_if<wire::Welcome>(&frame))
    return TakeWelcome(*welcome, now_us);
  if (const auto* ack = std::get_if<wire::Ack>(&frame)) return TakeAck(*ack, now_us);
  if (const auto* credit = std::get_if<wire::Credit>(&frame)) TakeCredit(*credit, now_us);
  if (std::holds_alternative<wire::Bye>(frame)) Forget();
  if (const auto* refused = std::get_if<wire::RefusedFrame>(&frame)) {
    status_.denied = refused->refused.code;
    status_.denied_field = refused->refused.field;
    // Rights change at the hub, so it is asked again, ever more seldom.
    Forget();
    said_hello_ = true;
    hello_at_ = now_us;
    hello_wait_us_ = std::min(hello_wait_us_ * 2, kWaitMicrosMax);
  }
  return Ok();
}

Status SourceClient::TakeWelcome(const wire::Welcome& welcome, int64_t now_us) {
  // A late copy of a Welcome must not rewind a conversation that runs.
  if (status_.welcomed && welcome.hub == status_.hub && welcome.epoch == status_.epoch)
    return Ok();
  const uint64_t known = outbox_.accepted().value;
  if (welcome.accepted_to < known) {
    log::Warn("source", "hub-is-behind", {{"hub_has", welcome.accepted_to}, {"told", known}});
  }
  status_.welcomed = true;
  status_.test_hub = welcome.test;
  status_.hub = welcome.hub;
  status_.epoch = welcome.epoch;
  status_.denied = wire::Refusal::NONE;
  status_.denied_field.clear();
  // Never above what this outbox was told itself: another outbox of the same name may have been
  // here before, and its numbers say nothing about ours.
  status_.accepted_to = std::min(welcome.accepted_to, known);
  status_.sent_to = status_.accepted_to;
  max_batch_bytes_ = std::clamp<uint64_t>(welcome.max_batch_bytes, 1024, wire::kMaxBatchBytes);
  hello_wait_us_ = kHelloRetryMicros;
  resend_wait_us_ = options_.resend_us;
  last_progress_us_ = now_us;
  return Ok();
}

Status SourceClient::TakeAck(const wire::Ack& ack, int64_t now_us) {
  if (!status_.welcomed) return Ok();  // of an earlier conversation
  status_.duplicates = std::max<uint64_t>(status_.duplicates, ack.duplicates);
  const uint64_t durable = outbox_.accepted().value;
  if (ack.accepted_to > status_.accepted_to) {
    // An answer about numbers never sent is another conversation's.
    if (ack.accepted_to > std::max(status_.sent_to, durable)) return Ok();
    for (const wire::RefusedRecord& refused : ack.refused) {
      // Also of what an earlier hub had accepted: one restored from a backup judges for itself.
      if (refused.sequence <= status_.accepted_to || refused.sequence > ack.accepted_to) continue;
      ++status_.refused;
      SAM_TRY(outbox_.Refused(OutboxSeq(refused.sequence), refused.code, refused.field));
    }
    if (ack.accepted_to > durable) SAM_TRY(outbox_.AcceptedTo(OutboxSeq(ack.accepted_to)));
    status_.accepted_to = ack.accepted_to;
    status_.sent_to = std::max(status_.sent_to, ack.accepted_to);
    while (!in_flight_.empty() && in_flight_.front().upto <= ack.accepted_to) {
      in_flight_bytes_ -= in_flight_.front().bytes;
      in_flight_records_ -= in_flight_.front().records;
      in_flight_.erase(in_flight_.begin());
    }
    last_progress_us_ = now_us;
    resend_wait_us_ = options_.resend_us;
  }
  const uint64_t trim = std::min({ack.trim_to, status_.accepted_to, ack.accepted_to});
  if (trim > status_.trim_to) {
    SAM_TRY(outbox_.TrimTo(OutboxSeq(trim)));
    status_.trim_to = trim;
  }
  return Ok();
}

void SourceClient::TakeCredit(const wire::Credit& credit, int64_t now_us) {
  status_.window = credit.messages;
  window_bytes_ = credit.bytes;
  busy_until_us_ = credit.messages == 0 ? now_us + int64_t{credit.retry_after_ms} * 1000 : 0;
}

Result<int> SourceClient::SendBatch(int64_t now_us) {
  if (in_flight_records_ >= status_.window || in_flight_bytes_ >= window_bytes_) return 0;
  const uint64_t room_records = status_.window - in_flight_records_;
  const uint64_t room_bytes = std::min(window_bytes_ - in_flight_bytes_, max_batch_bytes_);
  wire::Publish publish;
  uint64_t bytes = 0;
  uint64_t next = status_.sent_to + 1;
  const Status read = outbox_.Read(
      OutboxSeq(next), room_bytes, [&](OutboxSeq seq, std::string_view event) {
        if (publish.records.size() >= room_records) return false;
        const uint64_t size = event.size() + kRecordOverhead;
        // The first record always goes: what is too large shall be refused, not stand in the way.
        if (!publish.records.empty() && bytes + size > room_bytes) return false;
        if (seq.value > next) publish.records.push_back({seq.value - 1, {}, next});
        // A record without content is a hole of one.
        publish.records.push_back({seq.value, std::string(event), seq.value});
        bytes += size;
        next = seq.value + 1;
        return bytes < room_bytes;
      });
  SAM_TRY(read);
  if (publish.records.empty()) return 0;
  std::string frame = wire::Encode(publish);
  if (frame.size() > wire::kMaxFrameBytes) {
    // One event that no frame can carry: the hub could never be asked about it.
    const uint64_t seq = publish.records.back().sequence;
    ++status_.refused;
    SAM_TRY(outbox_.Refused(OutboxSeq(seq), wire::Refusal::TOO_LARGE, ""));
    publish.records.back() = {seq, {}, seq};
    frame = wire::Encode(publish);
    bytes = frame.size();
  }
  if (!link_.Send(frame).ok()) return 0;  // full or gone: later
  if (in_flight_records_ == 0) last_progress_us_ = now_us;
  last_sent_us_ = now_us;
  const auto records = static_cast<uint32_t>(publish.records.size());
  status_.sent_to = publish.records.back().sequence;
  in_flight_.push_back({status_.sent_to, bytes, records});
  in_flight_bytes_ += bytes;
  in_flight_records_ += records;
  return static_cast<int>(records);
}

// A heartbeat is answered with Ack and Credit, so it also is how a busy hub is asked again and how
// a lost answer is found.
void SourceClient::KeepAlive(int64_t now_us) {
  const bool ask_again = status_.window == 0 && busy_until_us_ != 0 && now_us >= busy_until_us_;
  if (!ask_again && now_us - last_sent_us_ < options_.heartbeat_us) return;
  if (link_.Send(wire::Encode(wire::Heartbeat{})).ok()) last_sent_us_ = now_us;
  if (ask_again) busy_until_us_ = now_us + kHelloRetryMicros;
}

}  // namespace sam::client
