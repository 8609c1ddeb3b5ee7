// Watch: notices when a feed is not well and says so once at the start and once at the end: silent
// feed, outbox that grows, too many messages put aside, a clock that is wrong, a certificate that
// ends, a message that nobody comes for. Each alarm goes to the metrics, the log and the operator's program (hook.h). What is going
// on is kept in the store before anybody is told, so that a restart tells nobody a second time;
// only a crash while the program runs lets it run again. Threads: one, the store's writer; Observe
// within a group, Step between groups. Owned by the adapter. All time comes from the Clock. Limits:
// kMaxSources, kMaxRecords.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/feed_observer.h"
#include "adapters/kit/hook.h"
#include "adapters/kit/office_hours.h"
#include "adapters/kit/watch_config.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"

namespace sam::kit {

enum class AlarmKind { kSilent, kOutbox, kErrors, kClock, kCertificate, kOldQuarantine };
const char* AlarmKindName(AlarmKind kind);
std::optional<AlarmKind> AlarmKindFromName(std::string_view name);

// When the oldest event was made that the hub has not taken yet; empty optional: none waits.
Result<std::optional<Millis>> OldestWaiting(AdapterStore& store);

// Lists of JSON: the alarms that go on, and when each source was last heard.
std::string AlarmsJson(const WatchState& state);
std::string HeardJson(const WatchState& state);

class Watch final : public FeedObserver {
 public:
  static constexpr size_t kMaxSources = 64;
  static constexpr size_t kMaxRecords = 64;     // alarms kept until they are told
  static constexpr size_t kClockMessages = 5;   // so many in a row make a wrong clock
  static constexpr int64_t kSaveMs = 60'000;    // how old the kept time of a last message may be
  static constexpr int64_t kGraceMs = 300'000;  // senders have so long to come back after a start
  static constexpr int kHookTries = 3;
  static constexpr int64_t kHookPauseMs = 10'000;  // after a try that failed

  // sources: the system ids of the configuration, the adapter's own first. Config, store and clock
  // must outlive the watch. kInvalid: hours that cannot be read; kCorrupt as the store.
  static Result<std::unique_ptr<Watch>> Make(const WatchConfig& config,
                                             const std::vector<std::string>& sources,
                                             AdapterStore& store, const Clock& clock);

  void Observe(const ObservedMessage& message) override;
  void NoteCertificate(const std::string& name, Millis not_after) override;
  // Once a second. Errors are the store's; without space the state is kept later.
  Status Step();

  // Each turn: notes at once that the program has ended, so that a crash after it rings nobody
  // anew.
  Status PollHook();

  // As it is now, for status. The alarms that go on are those without an end.
  WatchState State() const;
  const std::map<std::string, uint64_t>& outcomes() const { return outcomes_; }  // since the start
  Millis began() const { return began_; }
  bool Active(AlarmKind kind, const std::string& source) const;
  bool hook_running() const { return hook_.running(); }

 private:
  struct Feed {
    FeedExpectation expectation;  // interval 0: none
    std::optional<OfficeHours> hours;
    Millis heard;  // its last message; none yet: when it was first waited for
    bool ever = false;
    Millis saved;               // `heard` as it stands in the store
    std::deque<bool> failures;  // the last messages, newest last
    size_t failed = 0;
    std::deque<bool> skewed;
    int64_t skew_ms = 0;
    std::optional<metrics::Gauge> heard_gauge;
  };
  struct News {
    AlarmKind kind;
    std::string source;
    bool start;
    int64_t value;
  };

  Watch(const WatchConfig& config, AdapterStore& store, const Clock& clock);
  Status Load(const std::vector<std::string>& sources);
  Feed* FeedOf(const std::string& source);  // null: there are too many
  void Judge(AlarmKind kind, const std::string& source, bool bad, bool good, int64_t value);
  void JudgeFeed(const std::string& source, Feed& feed);
  Status JudgeOutbox();
  Status JudgeQuarantine();
  Result<int64_t> OldestMs();
  void EndUnwatched();
  WatchState::Alarm* Find(AlarmKind kind, const std::string& source);
  Status Save();
  void Show(AlarmKind kind, const std::string& source);
  void Tell(const News& news);
  WatchState::Alarm* NextUntold();
  void StepHook();
  void StartHook();
  void HookTold();
  void HookFailed(const std::string& why);

  const WatchConfig& config_;
  AdapterStore& store_;
  const Clock& clock_;
  Hook hook_;
  WatchState state_;  // `heard` is filled when it is saved
  std::map<std::string, Feed> feeds_;
  std::string own_;  // the adapter's own system id
  std::map<std::string, Millis> certificates_;
  std::map<std::string, uint64_t> outcomes_;
  std::set<std::pair<AlarmKind, std::string>> judged_;  // in this step
  std::vector<News> news_;                              // of this step
  metrics::Gauge oldest_gauge_;
  Millis began_;
  int64_t began_us_ = 0;
  uint64_t oldest_number_ = 0;  // of the event whose time is oldest_at_
  Millis oldest_at_;
  bool dirty_ = false;
  int64_t saved_us_ = 0;
  int tries_ = 0;
  int64_t try_at_us_ = 0;
  WatchState::Alarm telling_;  // what the program is told of
  bool telling_end_ = false;
};

}  // namespace sam::kit
