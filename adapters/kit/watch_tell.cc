// The second half of Watch: telling people and programs.
#include <utility>

#include "adapters/kit/json_text.h"
#include "adapters/kit/watch.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

constexpr AlarmKind kKinds[] = {AlarmKind::kSilent, AlarmKind::kOutbox, AlarmKind::kErrors,
                                AlarmKind::kClock, AlarmKind::kCertificate,
                                AlarmKind::kOldQuarantine};

}  // namespace

const char* AlarmKindName(AlarmKind kind) {
  switch (kind) {
    case AlarmKind::kSilent: return "silent";
    case AlarmKind::kOutbox: return "outbox";
    case AlarmKind::kErrors: return "errors";
    case AlarmKind::kClock: return "clock";
    case AlarmKind::kCertificate: return "certificate";
    case AlarmKind::kOldQuarantine: return "old-quarantine";
  }
  return "silent";
}

std::optional<AlarmKind> AlarmKindFromName(std::string_view name) {
  for (const AlarmKind kind : kKinds)
    if (name == AlarmKindName(kind)) return kind;
  return std::nullopt;
}

void Watch::Show(AlarmKind kind, const std::string& source) {
  const char* name = AlarmKindName(kind);
  const WatchState::Alarm* alarm = Find(kind, source);
  metrics::Gauge("samsignal_adapter_alarm", "1 while the alarm goes on",
                 {{"kind", name}, {"source", source}})
      .Set(alarm != nullptr ? 1 : 0);
  metrics::Gauge("samsignal_adapter_alarm_since_seconds",
                 "When the alarm began, seconds since 1970; 0: none",
                 {{"kind", name}, {"source", source}})
      .Set(alarm != nullptr ? static_cast<double>(alarm->since.value) / 1000 : 0);
}

void Watch::Tell(const News& news) {
  Show(news.kind, news.source);
  if (!news.start) {
    log::Info("watch", "alarm-ended",
              {{"alarm", AlarmKindName(news.kind)}, {"source", news.source}});
    return;
  }
  const std::string& source = news.source;
  switch (news.kind) {
    case AlarmKind::kSilent:
      log::Error("watch", "feed-silent", {{"source", source}, {"seconds", news.value}});
      break;
    case AlarmKind::kOutbox:
      log::Error("watch", "outbox-grows", {{"source", source}, {"waiting", news.value}});
      break;
    case AlarmKind::kErrors:
      log::Error("watch", "many-errors", {{"source", source}, {"percent", news.value}});
      break;
    case AlarmKind::kClock:
      log::Error("watch", "clock-differs", {{"source", source}, {"seconds", news.value}});
      break;
    case AlarmKind::kCertificate:
      log::Error("watch", "certificate-ends", {{"name", source}, {"days", news.value}});
      break;
    case AlarmKind::kOldQuarantine:
      log::Error("watch", "quarantine-old", {{"source", source}, {"days_left", news.value}});
      break;
  }
}

// Who is next to be told: the oldest record with something untold; its start before its end.
WatchState::Alarm* Watch::NextUntold() {
  for (WatchState::Alarm& alarm : state_.alarms)
    if (!alarm.start_told || (!alarm.active() && !alarm.end_told)) return &alarm;
  return nullptr;
}

void Watch::StepHook() {
  const Hook::State state = hook_.Poll(clock_.SteadyMicros());
  if (state == Hook::State::kFailed) HookFailed(hook_.why());
  if (state == Hook::State::kDone) HookTold();
}

// The record is found again by what it is: others may have been put in or dropped meanwhile.
void Watch::HookTold() {
  tries_ = 0;
  for (WatchState::Alarm& alarm : state_.alarms) {
    if (alarm.kind != telling_.kind || alarm.source != telling_.source ||
        alarm.since != telling_.since)
      continue;
    (telling_end_ ? alarm.end_told : alarm.start_told) = true;
    dirty_ = true;
    return;
  }
}

void Watch::HookFailed(const std::string& why) {
  try_at_us_ = clock_.SteadyMicros() + kHookPauseMs * 1000;
  if (++tries_ < kHookTries) return;
  log::Error("watch", "hook-failed",
             {{"alarm", telling_.kind}, {"source", telling_.source}, {"why", why}});
  HookTold();
}

void Watch::StartHook() {
  if (!hook_.configured() || hook_.running() || clock_.SteadyMicros() < try_at_us_) return;
  const WatchState::Alarm* next = NextUntold();
  if (next == nullptr) return;
  telling_ = *next;
  telling_end_ = next->start_told;
  const Status started = hook_.Start({{"SAMSIGNAL_ALARM", next->kind},
                                      {"SAMSIGNAL_STATE", telling_end_ ? "end" : "start"},
                                      {"SAMSIGNAL_SOURCE", next->source},
                                      {"SAMSIGNAL_SINCE", ToIso(next->since)}},
                                     clock_.SteadyMicros());
  if (!started.ok()) HookFailed(started.error().message);
}

std::string AlarmsJson(const WatchState& state) {
  std::string out = "[";
  for (const WatchState::Alarm& alarm : state.alarms) {
    if (!alarm.active()) continue;
    if (out.size() > 1) out += ",";
    out.append("{\"kind\":").append(JsonText(alarm.kind));
    out += JsonField("source", JsonText(alarm.source));
    out += JsonField("since", JsonText(ToIso(alarm.since)));
    out += JsonField("told", alarm.start_told ? "true" : "false");
    out += "}";
  }
  out += "]";
  return out;
}

std::string HeardJson(const WatchState& state) {
  std::string out = "[";
  for (const WatchState::Heard& heard : state.heard) {
    if (out.size() > 1) out += ",";
    out.append("{\"source\":").append(JsonText(heard.source));
    out += JsonField("last_message", heard.ever ? JsonText(ToIso(heard.at)) : "null");
    out += "}";
  }
  out += "]";
  return out;
}

WatchState Watch::State() const {
  WatchState out = state_;
  out.heard.clear();
  for (const auto& [source, feed] : feeds_) out.heard.push_back({source, feed.heard, feed.ever});
  return out;
}

}  // namespace sam::kit
