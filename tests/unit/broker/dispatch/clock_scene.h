// A report and its time limits: what the receiver is reminded of, and what those in charge are told. One thread.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/text.h"
#include "broker/dispatch/clocks.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {

inline constexpr const char* kBoard = "bollnas.mottagning";
inline constexpr const char* kClinic = "bvc.bollnas";
inline constexpr const char* kManager = "bollnas.ledning";
inline constexpr const char* kDesk = "gavleborg.signaldisk";

// What a reminder says: which limit, and how much of it has gone.
struct Reminded {
  std::string clock;
  int percent;
  bool operator==(const Reminded&) const = default;
};

class ClockFlow : public Scene {
 protected:
  void SetUp() override {
    Scene::SetUp();
    Tick(Day(200));
  }
  // Receipt 8 hours (acute 1), assessment 24 hours, decision 14 days.
  SignalId Sent(bool acute = false) {
    Report("report", acute);
    Progress(kBoard, 1, {}, acute ? Lane::kAcute : Lane::kNormal);
    return IdOf("SIG-A1", schema::Outcome::DELIVER);
  }
  void After(int64_t minutes) { Tick(Millis(Day(200).value + minutes * kMinuteMs)); }
  void AfterHours(int64_t hours) { After(hours * 60); }

  template <typename Say>
  void EachOf(const std::string& function, const std::string& code, const Say& say) {
    for (const Letter& letter : Mailbox(function)) {
      if (letter.code() != code) continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      ASSERT_TRUE(signal.ok());
      say(signal->get());
    }
  }
  std::vector<Reminded> Reminders(const std::string& function = kBoard) {
    std::vector<Reminded> out;
    EachOf(function, "REMINDER", [&](schema::Signal::Reader signal) {
      const auto body = signal.getBody().getReminder();
      out.push_back({body.getClock().cStr(), body.getPercent()});
    });
    return out;
  }
  // Step and age in minutes of what those in charge were told.
  std::vector<std::pair<std::string, uint32_t>> Told(const std::string& function) {
    std::vector<std::pair<std::string, uint32_t>> out;
    EachOf(function, "SIG-E3", [&](schema::Signal::Reader signal) {
      const auto body = signal.getBody().getDeadline();
      out.emplace_back(body.getStep().cStr(), body.getAgeMinutes());
    });
    return out;
  }
  size_t Timers() {
    size_t count = 0;
    EXPECT_TRUE(hub_.store_
                    .Scan(spaces::kTimer, "", "",
                          [&](std::string_view key, std::string_view value) {
                            const auto timer = DecodeTimer(key, value);
                            if (timer.ok() && timer->timer.kind == schema::TimerKind::CLOCK_MARK)
                              ++count;
                            return true;
                          })
                    .ok());
    return count;
  }
  std::map<std::string, uint64_t> Overdue() {
    const auto counts = CountOverdue(hub_.store_);
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? *counts : std::map<std::string, uint64_t>();
  }
};

}  // namespace sam::dispatch::test
