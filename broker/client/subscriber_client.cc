#include "broker/client/subscriber_client.h"

#include <algorithm>
#include <utility>

#include "broker/base/log.h"

namespace sam::client {
namespace {

// Numbers told in one DeliverAck besides the floor; the rest is told when it is delivered again.
constexpr size_t kAlsoMax = 1024;
constexpr size_t kRunsToldMax = 16;

Position At(const std::tuple<HubId, uint32_t, Lane>& key, uint64_t sequence) {
  return {std::get<0>(key), std::get<1>(key), std::get<2>(key), Sequence(sequence)};
}

}  // namespace

bool SubscriberClient::LaneView::Has(uint64_t sequence) const {
  if (sequence <= floor) return true;
  auto run = runs.upper_bound(sequence);
  if (run == runs.begin()) return false;
  --run;
  return sequence <= run->second;
}

void SubscriberClient::LaneView::Add(uint64_t sequence) {
  if (Has(sequence)) return;
  uint64_t first = sequence;
  uint64_t last = sequence;
  auto next = runs.find(sequence + 1);
  if (next != runs.end()) {
    last = next->second;
    runs.erase(next);
  }
  auto before = runs.lower_bound(sequence);
  if (before != runs.begin()) {
    --before;
    if (before->second + 1 == sequence) {
      first = before->first;
      runs.erase(before);
    }
  }
  if (first == floor + 1) {
    floor = last;
    based = true;
  } else {
    runs[first] = last;
  }
}

SubscriberClient::SubscriberClient(wire::ClientLink& link, InboxSink& sink,
                                   SubscriberOptions options, OnGap on_gap)
    : link_(link), sink_(sink), options_(std::move(options)), on_gap_(std::move(on_gap)) {}

Result<int> SubscriberClient::Step(int64_t now_us) {
  const uint64_t generation = link_.generation();
  if (generation == 0) return 0;
  if (generation != generation_) {
    generation_ = generation;
    said_hello_ = false;
    status_.welcomed = false;
  }
  int done = 0;
  for (int i = 0; i < kFramesPerStep; ++i) {
    auto bytes = link_.Receive();
    if (!bytes) break;
    ++done;
    const Status handled = Handle(*bytes, now_us);
    if (!handled.ok()) return DropTaken(handled.error());
  }
  SAM_TRY(CommitAndAck(now_us));
  if (!status_.welcomed && (!said_hello_ || now_us - hello_at_ >= options_.hello_retry_us))
    Greet(now_us);
  WatchHoles(now_us);
  AskCheckpoint(now_us);
  KeepAlive(now_us);
  return done;
}

void SubscriberClient::Send(const std::string& bytes, int64_t now_us) {
  // A full queue or a lost connection: everything said here is said again.
  if (link_.Send(bytes).ok()) last_sent_us_ = now_us;
}

void SubscriberClient::Greet(int64_t now_us) {
  wire::Hello hello;
  hello.software = options_.software;
  hello.role = wire::Role::kSubscriber;
  hello.last_hub = status_.hub;
  hello.last_epoch = status_.epoch;
  Send(wire::Encode(hello), now_us);
  said_hello_ = true;
  hello_at_ = now_us;
}

Status SubscriberClient::Handle(std::string_view bytes, int64_t now_us) {
  const auto parsed = wire::ParseFrame(bytes);
  if (!parsed.ok()) {
    log::Warn("subscriber", "unreadable-frame", {{"why", parsed.error().message}});
    return Ok();
  }
  const wire::AnyFrame& frame = *parsed;
  if (const auto* deliver = std::get_if<wire::Deliver>(&frame)) return TakeDeliver(*deliver);
  if (const auto* welcome = std::get_if<wire::Welcome>(&frame)) {
    status_.welcomed = true;
    status_.hub = welcome->hub;
    status_.epoch = welcome->epoch;
    status_.checkpoint = welcome->checkpoint;
    status_.denied = wire::Refusal::NONE;
    status_.denied_field.clear();
    wire::Subscribe subscribe;
    subscribe.subscription = options_.subscription;
    subscribe.seen = sink_.Seen();
    for (const Position& seen : subscribe.seen) {
      LaneView& view = lanes_[{seen.hub, seen.epoch, seen.lane}];
      view.based = true;
      while (view.floor < seen.sequence.value) {
        view.floor = seen.sequence.value;
        auto run = view.runs.begin();
        while (run != view.runs.end() && run->first <= view.floor + 1) {
          view.floor = std::max(view.floor, run->second);
          run = view.runs.erase(run);
        }
      }
    }
    if (subscribe.seen.empty() && sink_.IsEmpty())
      for (const Lane lane : {Lane::kNormal, Lane::kAcute})
        subscribe.seen.push_back({welcome->hub, welcome->epoch, lane, Sequence(0)});
    Send(wire::Encode(subscribe), now_us);
    Send(wire::Encode(wire::Credit{options_.window_messages, options_.window_bytes, 0}), now_us);
    checkpoint_at_ = now_us;
  } else if (const auto* told = std::get_if<wire::CheckpointWord>(&frame)) {
    if (options_.keeper != nullptr) return options_.keeper->TakeCheckpoint(*told);
  } else if (std::holds_alternative<wire::Bye>(frame)) {
    // After a refusal the wait stands: saying hello at once would only be refused again, in a loop as
    // fast as the line.
    if (status_.denied == wire::Refusal::NONE) said_hello_ = false;
    status_.welcomed = false;
  } else if (const auto* refused = std::get_if<wire::RefusedFrame>(&frame)) {
    status_.denied = refused->refused.code;
    status_.denied_field = refused->refused.field;
    status_.welcomed = false;
    said_hello_ = true;
    hello_at_ = now_us;
  }
  return Ok();
}

Status SubscriberClient::TakeDeliver(const wire::Deliver& deliver) {
  if (deliver.subscription != options_.subscription) return Ok();
  for (const wire::Delivery& item : deliver.items) {
    const Position& at = item.position;
    const LaneKey key{at.hub, at.epoch, at.lane};
    const uint64_t number = at.sequence.value;
    auto& fresh = fresh_[key];
    const bool here = std::find(fresh.begin(), fresh.end(), number) != fresh.end();
    if (here || lanes_[key].Has(number)) {
      // Our acknowledgement was lost: it is given again, the content is not looked at.
      ++status_.duplicates;
      if (!here) again_[key].push_back(number);
      continue;
    }
    SAM_TRY(sink_.Take(at, item.signal, item.withheld,
                       DeliveryFlags{item.late, item.replayed, item.attempt}));
    fresh.push_back(number);
    ++(item.withheld == wire::WithheldCode::NONE ? status_.taken : status_.withheld);
  }
  return Ok();
}

// What was taken is not committed and not acknowledged, here and in the sink: it comes again.
Error SubscriberClient::DropTaken(const Error& why) {
  fresh_.clear();
  again_.clear();
  const Status dropped = sink_.Drop();
  return dropped.ok() ? why : dropped.error();
}

Status SubscriberClient::CommitAndAck(int64_t now_us) {
  bool any = false;
  for (const auto& each : fresh_) any = any || !each.second.empty();
  if (any) {
    const Status committed = sink_.Commit();
    if (!committed.ok()) return DropTaken(committed.error());
  }
  for (auto& [key, numbers] : fresh_) {
    if (numbers.empty()) continue;
    LaneView& view = lanes_[key];
    for (const uint64_t number : numbers) view.Add(number);
    auto& told = again_[key];
    told.insert(told.end(), numbers.begin(), numbers.end());
  }
  fresh_.clear();
  for (auto& [key, numbers] : again_) {
    if (numbers.empty()) continue;
    SendAck(key, lanes_[key], numbers);
    last_sent_us_ = now_us;
  }
  again_.clear();
  return Ok();
}

void SubscriberClient::SendAck(const LaneKey& key, const LaneView& view,
                               std::vector<uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  wire::DeliverAck ack;
  ack.subscription = options_.subscription;
  ack.lane = std::get<2>(key);
  ack.epoch = std::get<1>(key);
  ack.floor = view.floor;
  for (const uint64_t number : numbers) {
    if (number > view.floor) ack.also.push_back(number);
    if (ack.also.size() < kAlsoMax) continue;
    (void)link_.Send(wire::Encode(ack)).ok();
    ack.also.clear();
  }
  (void)link_.Send(wire::Encode(ack)).ok();
}

// A number is missing for good when everything else went on for so long: children's redelivery
// times are shorter, and each withheld number is said.
void SubscriberClient::WatchHoles(int64_t now_us) {
  for (auto& [key, view] : lanes_) {
    // Without a known floor the lowest run is where this receiver came in.
    auto run = view.runs.begin();
    uint64_t from = view.floor;
    if (!view.based && run != view.runs.end()) {
      from = run->second;
      ++run;
    }
    while (run != view.runs.end() && run->first <= view.reported_to + 1) {
      from = run->second;
      ++run;
    }
    if (run == view.runs.end()) {
      view.hole_since_us = -1;
      continue;
    }
    if (view.hole_since_us < 0 || view.hole_after != from) {
      view.hole_since_us = now_us;
      view.hole_after = from;
    }
    if (now_us - view.hole_since_us < options_.gap_patience_us) continue;
    const Gap gap{At(key, std::max(from, view.reported_to) + 1), run->first - 1};
    view.reported_to = gap.last;
    view.hole_since_us = -1;
    ++status_.gaps;
    if (on_gap_) on_gap_(gap);
  }
}

// An older hub does not know the question and says nothing.
void SubscriberClient::AskCheckpoint(int64_t now_us) {
  if (options_.keeper == nullptr || !status_.welcomed || now_us < checkpoint_at_) return;
  checkpoint_at_ = now_us + options_.checkpoint_us;
  wire::CheckpointWord asked;
  asked.from = options_.keeper->KeptRecords();
  Send(wire::Encode(asked), now_us);
}

void SubscriberClient::KeepAlive(int64_t now_us) {
  if (!status_.welcomed || now_us - last_sent_us_ < options_.heartbeat_us) return;
  Send(wire::Encode(wire::Heartbeat{}), now_us);
  last_sent_us_ = now_us;  // also when it could not be sent: no flood of attempts
  Send(wire::Encode(wire::Credit{options_.window_messages, options_.window_bytes, 0}), now_us);
  for (const auto& [key, view] : lanes_) {
    if (std::get<0>(key) != status_.hub || std::get<1>(key) != status_.epoch) continue;
    std::vector<uint64_t> also;
    size_t runs = 0;
    for (auto run = view.runs.begin(); run != view.runs.end() && ++runs <= kRunsToldMax; ++run) {
      for (uint64_t n = run->first; n <= run->second && also.size() < kAlsoMax; ++n)
        also.push_back(n);
    }
    SendAck(key, view, std::move(also));
  }
}

}  // namespace sam::client
