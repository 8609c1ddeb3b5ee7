#include "adapters/kit/watch.h"

#include <algorithm>
#include <cstdlib>

#include "broker/base/text.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"

namespace sam::kit {
namespace {

constexpr size_t kErrorsFewest = 3;      // fewer bad messages are bad messages, not a bad feed
constexpr size_t kErrorsJudgeable = 20;  // fewer messages prove no recovery
constexpr int64_t kSavesPerInterval = 10;

// The time in an event's id (UUIDv7): when the adapter made it.
Result<Millis> MadeAt(std::string_view event) {
  return wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<Millis> {
    std::string id(wire::View(reader.getHeader().getEventId()));
    if (id.size() < 6) return Corrupt("an event in the outbox has no id");
    return Millis(static_cast<int64_t>(ReadBigEndian64(std::string(2, '\0').append(id, 0, 6))));
  });
}

}  // namespace

Result<std::optional<Millis>> OldestWaiting(AdapterStore& store) {
  std::optional<Result<Millis>> made;
  SAM_TRY(store.ReadOutbox(store.accepted() + 1, 1, [&](uint64_t, std::string_view event) {
    made = MadeAt(event);
    return false;
  }));
  if (!made) return std::optional<Millis>();
  if (!made->ok()) return made->error();
  return std::optional<Millis>(**made);
}

Watch::Watch(const WatchConfig& config, AdapterStore& store, const Clock& clock)
    : config_(config),
      store_(store),
      clock_(clock),
      hook_(config.hook, config.hook_timeout_ms),
      oldest_gauge_("samsignal_adapter_outbox_oldest_seconds",
                    "Age of the oldest event that the hub has not taken yet"),
      began_(clock.Now()),
      began_us_(clock.SteadyMicros()) {}

Result<std::unique_ptr<Watch>> Watch::Make(const WatchConfig& config,
                                           const std::vector<std::string>& sources,
                                           AdapterStore& store, const Clock& clock) {
  std::unique_ptr<Watch> out(new Watch(config, store, clock));
  SAM_TRY(out->Load(sources));
  return out;
}

Status Watch::Load(const std::vector<std::string>& sources) {
  own_ = sources.empty() ? "" : sources.front();
  for (const std::string& source : sources) FeedOf(source);
  for (const FeedExpectation& expectation : config_.feeds) {
    Feed* feed = FeedOf(expectation.source);
    if (feed == nullptr) return Invalid("[watch] names more than 64 sources");
    feed->expectation = expectation;
    SAM_ASSIGN(OfficeHours hours,
               OfficeHours::Make(expectation.hours, expectation.holidays, expectation.closed));
    feed->hours = std::move(hours);
  }
  SAM_ASSIGN(std::optional<WatchState> kept, store_.Watch());
  if (kept) state_ = std::move(*kept);
  dirty_ = !kept;  // from when on a feed has been waited for is worth keeping
  for (const WatchState::Heard& heard : state_.heard) {
    if (Feed* feed = FeedOf(heard.source)) {
      feed->heard = heard.at;
      feed->ever = heard.ever;
      if (heard.ever) feed->heard_gauge->Set(static_cast<double>(heard.at.value) / 1000);
    }
  }
  for (const auto& [source, feed] : feeds_) {
    Show(AlarmKind::kErrors, source);
    Show(AlarmKind::kClock, source);
    if (feed.hours) Show(AlarmKind::kSilent, source);
  }
  Show(AlarmKind::kOutbox, own_);
  Show(AlarmKind::kOldQuarantine, own_);
  return Ok();
}

Watch::Feed* Watch::FeedOf(const std::string& source) {
  const auto found = feeds_.find(source);
  if (found != feeds_.end()) return &found->second;
  if (source.empty() || feeds_.size() >= kMaxSources) return nullptr;
  Feed& feed = feeds_[source];
  feed.heard = clock_.Now();
  feed.heard_gauge.emplace("samsignal_adapter_last_message_seconds",
                           "When the source was last heard, seconds since 1970",
                           metrics::Labels{{"source", source}});
  return &feed;
}

void Watch::Observe(const ObservedMessage& message) {
  ++outcomes_[message.outcome];
  if (Feed* feed = FeedOf(message.source)) {
    feed->heard = clock_.Now();
    feed->ever = true;
    feed->heard_gauge->Set(static_cast<double>(feed->heard.value) / 1000);
    if (message.sent_at) {
      feed->skew_ms = message.sent_at->value - feed->heard.value;
      feed->skewed.push_back(std::llabs(feed->skew_ms) > config_.clock_skew_ms);
      if (feed->skewed.size() > kClockMessages) feed->skewed.pop_front();
    }
  }
  // What names no system is put down to the adapter's own source: somebody has to look at it.
  Feed* blamed = FeedOf(message.source.empty() ? own_ : message.source);
  if (blamed == nullptr) return;
  blamed->failures.push_back(message.failed);
  blamed->failed += message.failed ? 1 : 0;
  if (blamed->failures.size() <= static_cast<size_t>(config_.error_window)) return;
  blamed->failed -= blamed->failures.front() ? 1 : 0;
  blamed->failures.pop_front();
}

void Watch::NoteCertificate(const std::string& name, Millis not_after) {
  const auto known = certificates_.find(name);
  if (known != certificates_.end() ? known->second == not_after
                                   : certificates_.size() >= kMaxSources)
    return;
  certificates_[name] = not_after;
  metrics::Gauge("samsignal_adapter_certificate_ends_seconds",
                 "When a certificate ends, seconds since 1970", {{"name", name}})
      .Set(static_cast<double>(not_after.value) / 1000);
  Show(AlarmKind::kCertificate, name);
}

Status Watch::Step() {
  StepHook();
  for (auto& [source, feed] : feeds_) JudgeFeed(source, feed);
  for (const auto& [name, ends] : certificates_) {
    const int64_t left = ends.value - clock_.Now().value;
    const bool bad = left <= config_.certificate_ms;
    Judge(AlarmKind::kCertificate, name, bad, !bad, left / kDayMs);
  }
  SAM_TRY(JudgeOutbox());
  SAM_TRY(JudgeQuarantine());
  EndUnwatched();
  SAM_TRY(Save());
  for (const News& news : news_) Tell(news);
  news_.clear();
  StartHook();
  return Ok();
}

Status Watch::PollHook() {
  if (!hook_.running()) return Ok();
  StepHook();
  return hook_.running() ? Ok() : Save();
}

void Watch::JudgeFeed(const std::string& source, Feed& feed) {
  const Millis now = clock_.Now();
  if (feed.hours) {
    const int64_t interval = feed.expectation.interval_ms;
    const bool silent = feed.hours->OpenMs(feed.heard, now, interval) >= interval;
    // A program that was down has not heard what its senders still hold.
    const int64_t running_ms = (clock_.SteadyMicros() - began_us_) / 1000;
    const bool patient = running_ms < std::min(interval, kGraceMs);
    Judge(AlarmKind::kSilent, source, silent && !patient, !silent,
          (now.value - feed.heard.value) / 1000);
  }
  const size_t seen = feed.failures.size();
  const size_t percent = static_cast<size_t>(config_.error_percent);
  const size_t enough = std::min(kErrorsJudgeable, static_cast<size_t>(config_.error_window));
  Judge(AlarmKind::kErrors, source,
        feed.failed >= kErrorsFewest && feed.failed * 100 >= percent * seen,
        seen >= enough && feed.failed * 200 < percent * seen,
        seen == 0 ? 0 : static_cast<int64_t>(feed.failed * 100 / seen));
  const auto wrong = std::count(feed.skewed.begin(), feed.skewed.end(), true);
  const bool full = feed.skewed.size() == kClockMessages;
  Judge(AlarmKind::kClock, source, full && wrong == static_cast<ptrdiff_t>(kClockMessages),
        full && wrong == 0, feed.skew_ms / 1000);
}

Status Watch::JudgeOutbox() {
  const uint64_t waiting = store_.outbox_next() - 1 - store_.accepted();
  SAM_ASSIGN(const int64_t oldest_ms, OldestMs());
  oldest_gauge_.Set(static_cast<double>(oldest_ms) / 1000);
  const bool many = waiting >= config_.outbox_events;
  const bool old = oldest_ms >= config_.outbox_age_ms;
  const bool drained = waiting < (config_.outbox_events + 1) / 2;
  Judge(AlarmKind::kOutbox, own_, many || old, (waiting == 0 || drained) && !old,
        static_cast<int64_t>(waiting));
  return Ok();
}

// Half of the time is left then.
Status Watch::JudgeQuarantine() {
  SAM_ASSIGN(const std::optional<QuarantineHead> oldest, store_.OldestOpen());
  const Millis now = clock_.Now();
  const bool old = oldest && now.value - oldest->at.value > store_.open_ms() / 2;
  const int64_t left = oldest ? store_.ExpiresAt(*oldest).value - now.value : 0;
  Judge(AlarmKind::kOldQuarantine, own_, old, !old, std::max<int64_t>(0, left) / kDayMs);
  return Ok();
}

Result<int64_t> Watch::OldestMs() {
  const uint64_t first = store_.accepted() + 1;
  if (first >= store_.outbox_next()) return int64_t{0};
  if (first != oldest_number_) {
    SAM_ASSIGN(const std::optional<Millis> made, OldestWaiting(store_));
    if (!made) return int64_t{0};
    oldest_number_ = first;
    oldest_at_ = *made;
  }
  return std::max<int64_t>(0, clock_.Now().value - oldest_at_.value);
}

WatchState::Alarm* Watch::Find(AlarmKind kind, const std::string& source) {
  for (WatchState::Alarm& alarm : state_.alarms)
    if (alarm.active() && alarm.kind == AlarmKindName(kind) && alarm.source == source)
      return &alarm;
  return nullptr;
}

bool Watch::Active(AlarmKind kind, const std::string& source) const {
  return std::any_of(state_.alarms.begin(), state_.alarms.end(), [&](const auto& alarm) {
    return alarm.active() && alarm.kind == AlarmKindName(kind) && alarm.source == source;
  });
}

void Watch::Judge(AlarmKind kind, const std::string& source, bool bad, bool good, int64_t value) {
  judged_.emplace(kind, source);
  WatchState::Alarm* alarm = Find(kind, source);
  if (alarm == nullptr && bad) {
    WatchState::Alarm fresh;
    fresh.kind = AlarmKindName(kind);
    fresh.source = source;
    fresh.since = clock_.Now();
    fresh.start_told = fresh.end_told = !hook_.configured();
    state_.alarms.push_back(std::move(fresh));
    news_.push_back({kind, source, true, value});
  } else if (alarm != nullptr && good) {
    alarm->ended = clock_.Now();
    news_.push_back({kind, source, false, value});
  } else {
    return;
  }
  dirty_ = true;
}

// An alarm about what is watched no longer (the configuration has changed) ends.
void Watch::EndUnwatched() {
  for (WatchState::Alarm& alarm : state_.alarms) {
    if (!alarm.active()) continue;
    const std::optional<AlarmKind> kind = AlarmKindFromName(alarm.kind);
    if (kind && judged_.contains({*kind, alarm.source})) continue;
    alarm.ended = clock_.Now();
    dirty_ = true;
    if (kind) news_.push_back({*kind, alarm.source, false, 0});
  }
  judged_.clear();
}

Status Watch::Save() {
  const int64_t now_us = clock_.SteadyMicros();
  bool heard = false;
  int64_t every_ms = kSaveMs;
  for (const auto& [source, feed] : feeds_) {
    heard = heard || feed.heard != feed.saved;
    if (feed.hours) every_ms = std::min(every_ms, feed.expectation.interval_ms / kSavesPerInterval);
  }
  if (!dirty_ && !(heard && now_us - saved_us_ >= every_ms * 1000)) return Ok();
  auto& alarms = state_.alarms;
  const auto over = [](const auto& alarm) { return !alarm.active() && alarm.end_told; };
  alarms.erase(std::remove_if(alarms.begin(), alarms.end(), over), alarms.end());
  // A program that cannot keep up is told of the newest.
  while (alarms.size() > kMaxRecords) {
    const auto ended = std::find_if(alarms.begin(), alarms.end(),
                                    [](const auto& alarm) { return !alarm.active(); });
    if (ended == alarms.end()) break;
    alarms.erase(ended);
  }
  state_.heard.clear();
  for (const auto& [source, feed] : feeds_) state_.heard.push_back({source, feed.heard, feed.ever});
  SAM_TRY(store_.Begin());
  store_.PutWatch(state_);
  const Status saved = store_.Commit();
  // Without space: told all the same, kept as soon as there is room again.
  if (!saved.ok()) return saved.error().code == Code::kExhausted ? Ok() : saved;
  for (auto& [source, feed] : feeds_) feed.saved = feed.heard;
  saved_us_ = now_us;
  dirty_ = false;
  return Ok();
}

}  // namespace sam::kit
