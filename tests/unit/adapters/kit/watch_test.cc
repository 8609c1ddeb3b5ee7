#include "adapters/kit/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "broker/base/text.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
const char* const kOwn = "cosmic.bollnas";

ObservedMessage Message(bool failed = false, const char* source = kOwn) {
  return {source, failed ? "quarantined" : "taken", failed, std::nullopt};
}

// A watch over a rig's store, with a program that writes down what it was told.
struct Scene : Rig {
  sam::test::TempDir folder;
  WatchConfig settings;
  std::unique_ptr<Watch> watch;

  explicit Scene(const char* now = "2026-11-23T09:00:00Z") {  // a Monday, 10:00 in Sweden
    clock.JumpWall(FromIso(now)->value - clock.Now().value);
    FeedExpectation feed;
    feed.source = kOwn;
    feed.interval_ms = 60 * kMinute;
    feed.hours = {"mon-fri 08:00-17:00"};
    settings.feeds.push_back(feed);
  }
  std::string told_path() const { return folder.path() + "/told"; }
  void WithHook(const std::string& then = "") {
    settings.hook = {
        "/bin/sh", "-c",
        "echo $SAMSIGNAL_ALARM $SAMSIGNAL_STATE $SAMSIGNAL_SOURCE >> " + told_path() + "; " + then};
  }
  void Start() {
    Result<std::unique_ptr<Watch>> made = Watch::Make(settings, {kOwn}, *store, clock);
    ASSERT_TRUE(made.ok()) << made.error().message;
    watch = std::move(made).value();
  }
  void Restart() {
    watch.reset();
    Crash();
    Start();
  }
  // Time passes, a minute at a time as a running adapter sees it.
  void Pass(int64_t minutes) {
    for (int64_t i = 0; i < minutes; ++i) {
      clock.Advance(kMinute);
      Settle();
    }
  }
  // Until the programs that are due have ended, without time passing.
  void Settle() {
    do ASSERT_TRUE(watch->Step().ok());
    while (watch->hook_running());
  }
  bool Silent() const { return watch->Active(AlarmKind::kSilent, kOwn); }
  std::vector<std::string> Told() const {
    std::ifstream in(told_path());
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
};

TEST(Watch, AFeedIsSilentWhenItsIntervalHasPassedAndNoMinuteBefore) {
  Scene scene;
  scene.Start();
  scene.watch->Observe(Message());
  scene.Pass(59);
  EXPECT_FALSE(scene.Silent());
  scene.Pass(1);
  EXPECT_TRUE(scene.Silent());
  EXPECT_THAT(metrics::Expose(),
              HasSubstr("samsignal_adapter_alarm{kind=\"silent\",source=\"cosmic.bollnas\"} 1"));
  scene.watch->Observe(Message());
  scene.Pass(1);
  EXPECT_FALSE(scene.Silent());
  EXPECT_THAT(metrics::Expose(),
              HasSubstr("samsignal_adapter_alarm{kind=\"silent\",source=\"cosmic.bollnas\"} 0"));
}

TEST(Watch, AMessageThatNobodyComesForIsToldWhenHalfOfItsTimeIsLeftAndWhenItIsDealtWith) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Take(Fixture("oru_unknown_enum"));
  const auto old = [&] { return scene.watch->Active(AlarmKind::kOldQuarantine, kOwn); };
  scene.clock.Advance(182 * kDayMs);
  scene.watch->Observe(Message());
  scene.Settle();
  EXPECT_FALSE(old());
  scene.clock.Advance(kDayMs);
  scene.watch->Observe(Message());
  testing::internal::CaptureStderr();
  scene.Settle();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("event=quarantine-old source=cosmic.bollnas days_left=182"));
  EXPECT_TRUE(old());
  EXPECT_THAT(scene.Told(), ElementsAre("old-quarantine start cosmic.bollnas"));
  EXPECT_THAT(metrics::Expose(),
              HasSubstr("samsignal_adapter_alarm{kind=\"old-quarantine\",source=\"cosmic.bollnas\"} 1"));
  scene.Restart();
  scene.Settle();
  EXPECT_EQ(scene.Told().size(), 1U) << "a restart tells nobody twice";
  ASSERT_TRUE(scene.pipeline->Resend(1, Fixture("siu_s26_missed"), "anna").ok());
  scene.Settle();
  EXPECT_FALSE(old());
  EXPECT_THAT(scene.Told(), ElementsAre("old-quarantine start cosmic.bollnas",
                                        "old-quarantine end cosmic.bollnas"));
}

TEST(Watch, TheNightAndMidsummerAreNoSilence) {
  Scene scene("2026-06-18T14:30:00Z");  // 16:30, the day before Midsummer Eve
  scene.Start();
  scene.watch->Observe(Message());
  scene.Pass(3 * 24 * 60 + 15 * 60 + 58);  // to Monday 08:28
  EXPECT_FALSE(scene.Silent());
  scene.Pass(5);
  EXPECT_TRUE(scene.Silent());
}

TEST(Watch, AfterAStartSendersHaveTimeToComeBack) {
  Scene scene;
  scene.Start();
  scene.watch->Observe(Message());
  scene.Pass(2);
  scene.watch.reset();
  scene.clock.Advance(int64_t{5} * 60 * kMinute);  // the adapter was down
  scene.Restart();
  scene.Pass(4);
  EXPECT_FALSE(scene.Silent());
  scene.Pass(1);
  EXPECT_TRUE(scene.Silent());
}

TEST(Watch, AFeedThatNeverSendsIsSilentAlsoOverRestarts) {
  Scene scene;
  scene.Start();
  for (int i = 0; i < 5; ++i) {
    scene.Pass(11);
    scene.Restart();
  }
  scene.Pass(6);
  EXPECT_TRUE(scene.Silent());
  EXPECT_THAT(HeardJson(scene.watch->State()), HasSubstr("\"last_message\":null"));
}

TEST(Watch, WithoutAnExpectationNothingIsSilent) {
  Scene scene;
  scene.settings.feeds.clear();
  scene.Start();
  scene.Pass(int64_t{24} * 60);
  EXPECT_FALSE(scene.Silent());
}

TEST(Watch, OneCallAtTheStartAndOneAtTheEndAndNoneAgainAfterARestart) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Pass(61);
  scene.Settle();
  EXPECT_THAT(scene.Told(), ElementsAre("silent start cosmic.bollnas"));
  scene.Restart();
  scene.Pass(30);
  scene.Settle();
  EXPECT_THAT(scene.Told(), ElementsAre("silent start cosmic.bollnas"));
  EXPECT_TRUE(scene.Silent());
  scene.watch->Observe(Message());
  scene.Settle();
  EXPECT_THAT(scene.Told(),
              ElementsAre("silent start cosmic.bollnas", "silent end cosmic.bollnas"));
  scene.Restart();
  scene.Settle();
  EXPECT_EQ(scene.Told().size(), 2U);
}

TEST(Watch, AKillRightAfterTheProgramEndedRingsNobodyAnew) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Pass(59);
  scene.clock.Advance(kMinute);
  ASSERT_TRUE(scene.watch->Step().ok());
  while (scene.watch->hook_running()) ASSERT_TRUE(scene.watch->PollHook().ok());
  scene.Restart();
  scene.Pass(10);
  EXPECT_EQ(scene.Told().size(), 1U);
}

TEST(Watch, AKillWhileTheProgramRunsLetsItRunOnceMore) {
  Scene scene;
  scene.WithHook("exec sleep 20");
  scene.Start();
  scene.watch->NoteCertificate("listener", scene.clock.Now());
  ASSERT_TRUE(scene.watch->Step().ok());
  ASSERT_TRUE(scene.watch->hook_running());
  while (scene.Told().empty()) {
  }
  scene.settings.hook.clear();
  scene.WithHook();
  scene.Restart();
  scene.watch->NoteCertificate("listener", scene.clock.Now());
  scene.Settle();
  EXPECT_THAT(scene.Told(),
              ElementsAre("certificate start listener", "certificate start listener"));
}

TEST(Watch, AnAlarmIsKeptBeforeAnybodyIsTold) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Pass(59);
  scene.clock.Advance(kMinute);
  scene.faults.FailNextApply(Unavailable("the disk is gone"));
  EXPECT_FALSE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->hook_running());
  EXPECT_TRUE(scene.Told().empty());
}

TEST(Watch, AFullDiskDelaysNoAlarm) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Pass(1);
  scene.faults.SetFull(true);
  scene.Pass(60);
  scene.Settle();
  EXPECT_THAT(scene.Told(), ElementsAre("silent start cosmic.bollnas"));
  scene.faults.SetFull(false);
  scene.Pass(1);
  scene.Restart();
  scene.Pass(6);
  scene.Settle();
  EXPECT_EQ(scene.Told().size(), 1U);
}

TEST(Watch, AProgramThatHangsIsKilledAndTriedThreeTimesAndThenTheNextIsTold) {
  Scene scene;
  scene.WithHook("test $SAMSIGNAL_ALARM = clock || exec sleep 1000");
  scene.settings.hook_timeout_ms = 30 * kSecond;
  scene.Start();
  scene.watch->NoteCertificate("listener", scene.clock.Now());
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_TRUE(scene.watch->hook_running());
  for (int i = 0; i < 5; ++i) {
    ObservedMessage message = Message();
    message.sent_at = Millis(scene.clock.Now().value + 20 * kMinute);
    scene.watch->Observe(message);
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    ASSERT_TRUE(scene.watch->hook_running()) << attempt;
    while (scene.Told().size() < static_cast<size_t>(attempt) + 1) {
    }  // it hangs only after it has written
    scene.clock.Advance(30 * kSecond);
    while (scene.watch->hook_running()) ASSERT_TRUE(scene.watch->Step().ok());
    scene.clock.Advance(Watch::kHookPauseMs);
    ASSERT_TRUE(scene.watch->Step().ok());
  }
  scene.Settle();
  const std::vector<std::string> told = scene.Told();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[2], "certificate start listener");
  EXPECT_EQ(told[3], "clock start cosmic.bollnas");
}

TEST(Watch, AProgramThatIsNotThereStopsNothing) {
  Scene scene;
  scene.settings.hook = {"/nowhere/ring"};
  scene.Start();
  scene.Pass(120);
  EXPECT_TRUE(scene.Silent());
  EXPECT_FALSE(scene.watch->hook_running());
}

TEST(Watch, ThreeBadMessagesInARowAreManyAndGoodOnesEndIt) {
  Scene scene;
  scene.Start();
  for (int i = 0; i < 2; ++i) scene.watch->Observe(Message(true));
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kErrors, kOwn));
  scene.watch->Observe(Message(true));
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kErrors, kOwn));
  for (int i = 0; i < 97; ++i) scene.watch->Observe(Message());
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kErrors, kOwn)) << "3 % is above half of 5 %";
  scene.watch->Observe(Message());
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kErrors, kOwn));
}

TEST(Watch, ThreeBadMessagesInAHundredAreNotMany) {
  Scene scene;
  scene.Start();
  for (int i = 0; i < 1000; ++i) {
    scene.watch->Observe(Message(i % 34 == 33));
    ASSERT_TRUE(scene.watch->Step().ok());
    ASSERT_FALSE(scene.watch->Active(AlarmKind::kErrors, kOwn)) << i;
  }
}

TEST(Watch, AnEmptyWindowAfterARestartProvesNoRecovery) {
  Scene scene;
  scene.Start();
  for (int i = 0; i < 3; ++i) scene.watch->Observe(Message(true));
  ASSERT_TRUE(scene.watch->Step().ok());
  scene.Restart();
  for (int i = 0; i < 19; ++i) scene.watch->Observe(Message());
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kErrors, kOwn));
  scene.watch->Observe(Message());
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kErrors, kOwn));
}

TEST(Watch, MessagesThatNameNoSystemBreakNoSilenceButAreErrorsOfThisAdapter) {
  Scene scene;
  scene.Start();
  scene.Pass(59);
  for (int i = 0; i < 3; ++i) scene.watch->Observe(Message(true, ""));
  scene.Pass(1);
  EXPECT_TRUE(scene.Silent());
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kErrors, kOwn));
}

TEST(Watch, FiveMessagesInARowFromAWrongClockAndFiveFromARightOne) {
  Scene scene;
  scene.Start();
  const auto send = [&](int64_t off_ms, int times) {
    for (int i = 0; i < times; ++i) {
      ObservedMessage message = Message();
      message.sent_at = Millis(scene.clock.Now().value + off_ms);
      scene.watch->Observe(message);
      ASSERT_TRUE(scene.watch->Step().ok());
    }
  };
  send(-16 * kMinute, 4);
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kClock, kOwn));
  send(16 * kMinute, 1);
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kClock, kOwn));
  send(15 * kMinute, 4);
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kClock, kOwn));
  send(0, 1);
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kClock, kOwn));
}

TEST(Watch, ACertificateIsToldThirtyDaysBeforeItEndsAndNoMoreWhenItIsRenewed) {
  Scene scene;
  scene.settings.feeds.clear();
  scene.Start();
  const int64_t ends = scene.clock.Now().value + 31 * kDayMs;
  scene.watch->NoteCertificate("listener", Millis(ends));
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kCertificate, "listener"));
  scene.clock.Advance(kDayMs);
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kCertificate, "listener"));
  scene.watch->NoteCertificate("listener", Millis(ends + 365 * kDayMs));
  ASSERT_TRUE(scene.watch->Step().ok());
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kCertificate, "listener"));
}

TEST(Watch, AnOutboxThatWaitsAnHourOrHoldsTooManyIsTold) {
  Scene scene;
  scene.settings.feeds.clear();
  scene.settings.outbox_events = 3;
  scene.Start();
  scene.Take(Fixture("siu_s26_missed"));
  scene.Pass(59);
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kOutbox, kOwn));
  scene.Pass(1);
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kOutbox, kOwn));
  EXPECT_THAT(metrics::Expose(), HasSubstr("samsignal_adapter_outbox_oldest_seconds 3600"));
  ASSERT_TRUE(scene.store->Begin().ok());
  scene.store->PutAccepted(scene.store->outbox_next() - 1);
  ASSERT_TRUE(scene.store->Commit().ok());
  scene.Pass(1);
  EXPECT_FALSE(scene.watch->Active(AlarmKind::kOutbox, kOwn));
  for (const char* name : {"siu_s12_booked", "oru_growth", "oru_vaccination", "adt_a31_moved"})
    scene.Take(Fixture(name));
  scene.Pass(1);
  EXPECT_TRUE(scene.watch->Active(AlarmKind::kOutbox, kOwn));
}

TEST(Watch, AnAlarmEndsWhenItsFeedIsWatchedNoLonger) {
  Scene scene;
  scene.WithHook();
  scene.Start();
  scene.Pass(61);
  scene.Settle();
  scene.settings.feeds.clear();
  scene.Restart();
  scene.Settle();
  EXPECT_FALSE(scene.Silent());
  EXPECT_EQ(scene.Told().size(), 2U);
}

TEST(Watch, KeptTimesAreWrittenSeldom) {
  Scene scene;
  scene.Start();
  ASSERT_TRUE(scene.watch->Step().ok());
  const uint64_t before = scene.faults.applies();
  for (int i = 0; i < 600; ++i) {
    scene.clock.Advance(100);
    scene.watch->Observe(Message());
    ASSERT_TRUE(scene.watch->Step().ok());
  }
  EXPECT_LE(scene.faults.applies() - before, 1U);
}

TEST(Watch, TheListsForStatusNameWhatGoesOnAndWhoWasHeard) {
  Scene scene;
  scene.Start();
  scene.watch->Observe(Message());
  scene.Pass(60);
  const WatchState state = scene.watch->State();
  EXPECT_EQ(AlarmsJson(state),
            "[{\"kind\":\"silent\",\"source\":\"cosmic.bollnas\",\"since\":"
            "\"2026-11-23T10:00:00.000Z\",\"told\":true}]");
  EXPECT_EQ(HeardJson(state),
            "[{\"source\":\"cosmic.bollnas\",\"last_message\":"
            "\"2026-11-23T09:00:00.000Z\"}]");
}

}  // namespace
}  // namespace sam::kit::test
