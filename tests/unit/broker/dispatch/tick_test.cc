// Time in production: ticks come from the stage itself, out of its clock.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProductionTime : public Scene {
 protected:
  void SetUp() override {
    environment_ = "production";
    Scene::SetUp();
    SetWall(Day(200));
  }
  void SetWall(Millis time) { hub_.clock_.JumpWall(time.value - hub_.clock_.Now().value); }
  void Pass(int64_t ms) {
    hub_.clock_.Advance(ms);
    Settle();
  }
  std::vector<Millis> Ticks() {
    std::vector<Millis> out;
    Must(reader_->Scan(Offset(0), reader_->durable(), 100'000, [&](journal::Record&& record) {
      if (record.header.kind != journal::Kind::TICK) return true;
      const auto tick = wire::Parse<schema::Tick>(*record.payload);
      EXPECT_TRUE(tick.ok());
      out.emplace_back(tick->get().getTime());
      return true;
    }));
    return out;
  }
  // Waits for the home visit of month eight until day 306; seen as newborn.
  void Listed() {
    Completed("first", 10, "bhv.w1-3");
    Registered();
  }
};

TEST_F(ProductionTime, ATickIsAskedForOnlyWhenSomethingFallsDue) {
  Listed();
  Pass(5000);
  SetWall(Millis(Day(306).value - 1));
  Pass(0);
  EXPECT_THAT(Ticks(), IsEmpty());
  Pass(1);
  EXPECT_THAT(Ticks(), ElementsAre(Day(306)));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  Pass(100'000);
  EXPECT_EQ(Ticks().size(), 1u) << "nothing more is due";
}

TEST_F(ProductionTime, AtMostOneTickASecond) {
  SetWall(Day(306));
  Listed();  // is due at once, and told after its time
  EXPECT_EQ(Ticks().size(), 1u);
  Tell("other", Day(3), [](schema::Event::Builder e) {
    auto body = e.getBody().initBvcChildRegistered();
    body.setUnitHsaId(kUnit);
    body.setFromDate(ToIso(Day(3)).substr(0, 10));
  }, "98240301AA06");
  Pass(999);
  EXPECT_EQ(Ticks().size(), 1u);
  Pass(1);
  EXPECT_EQ(Ticks().size(), 2u);
}

TEST_F(ProductionTime, AClockThatJumpsADayAheadAndBackFiresOnceAndKeepsWhatIsStillToCome) {
  Listed();
  SetWall(Day(305));
  Pass(2000);
  hub_.clock_.JumpWall(kDayMs);
  Pass(2000);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
  hub_.clock_.JumpWall(-kDayMs);
  // Told while the clock is right again: what it waits for lies in the future of that clock.
  Consent("given", schema::ConsentChanged::State::GIVEN, 305);
  Pass(2000);
  SetWall(Day(307));
  Pass(2000);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(ProductionTime, AClockThatJumpsADayBackDelaysAndLosesNothing) {
  Listed();
  SetWall(Millis(Day(306).value - 1000));
  Pass(0);
  hub_.clock_.JumpWall(-kDayMs);
  Pass(3000);
  EXPECT_THAT(Ticks(), IsEmpty());
  hub_.clock_.JumpWall(kDayMs);
  Pass(1000);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(ProductionTime, AClockThatStandsStillAsksForOneTickAndDoesNotSpin) {
  SetWall(Day(306));
  Listed();
  for (int i = 0; i < 50; ++i) Settle();
  EXPECT_EQ(Ticks().size(), 1u);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(ProductionTime, ATickLostBetweenSubmitAndCrashIsAskedForAgain) {
  Listed();
  SetWall(Day(306));
  const auto asked = stage_->Work();  // handed in, and the journal never gets to it
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(*asked, 1);
  Must(hub_.CrashAndStart());
  Restart();
  EXPECT_THAT(Ticks(), IsEmpty());
  Settle();
  EXPECT_EQ(Ticks().size(), 1u);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(ProductionTime, ATickThatWasWrittenAndNotFoldedBeforeTheCrashFiresOnce) {
  Listed();
  SetWall(Day(306));
  ASSERT_TRUE(stage_->Work().ok());
  Must(hub_.Work());  // on disk; dispatch has not heard of it
  Must(hub_.CrashAndStart());
  Restart();
  Settle();
  Pass(2000);
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

TEST_F(ProductionTime, TimeGoesOnWhileInputsNeverCease) {
  Listed();
  SetWall(Day(306));
  settle_ = false;
  for (int i = 0; i < 20; ++i) {
    Completed("busy-" + std::to_string(i), 250, "bhv.m6");
    ASSERT_TRUE(stage_->Work().ok());
    Must(hub_.Work());
  }
  EXPECT_EQ(Ticks().size(), 1u);
}

TEST_F(ProductionTime, NoSecondTickWhileTheFirstWaitsBehindOtherInputs) {
  Listed();
  SetWall(Day(306));
  settle_ = false;
  for (int i = 0; i < 600; ++i) Completed("old-" + std::to_string(i), 250, "bhv.m6");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(stage_->Work().ok());
    Must(hub_.Work());
    hub_.clock_.Advance(2000);
  }
  EXPECT_EQ(Ticks().size(), 1u);
  Settle();
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("SIG-E1"));
}

// All of a large area's children at once were one submission of minutes and gigabytes.
TEST_F(ProductionTime, WhatFallsDueAtOnceIsToldBitByBitAndNothingTwice) {
  stage_->FireAtOnce(4);
  std::vector<Offset> told;
  for (int i = 0; i < 11; ++i) {
    const std::string child = "2021032" + std::to_string(i % 10) + "K" + std::to_string(100 + i);
    const auto listed = [&](schema::Event::Builder e) {
      auto body = e.getBody().initBvcChildRegistered();
      body.setUnitHsaId(kUnit);
      body.setFromDate(ToIso(Day(3)).substr(0, 10));
    };
    const auto seen = [](schema::Event::Builder e) { e.getBody().initBvcVisitCompleted().setVisitCode("bhv.w1-3"); };
    Tell("seen " + child, Day(10), seen, child.c_str());
    told.push_back(Tell("listed " + child, Day(3), listed, child.c_str()));
  }
  SetWall(Day(306));
  Pass(0);
  EXPECT_EQ(Ticks().size(), 1u);
  EXPECT_EQ(Codes("bvc.bollnas").size(), 4u);
  for (int i = 0; i < 4; ++i) Pass(20);
  EXPECT_EQ(Ticks().size(), 3u);
  EXPECT_EQ(Codes("bvc.bollnas").size(), 11u);
  ExpectRebuilds();
  // Where the next tick begins does not rest on how many are left.
  Must(hub_.vault_->Erase(hub_.Read(told[0]).header.subject));
  Must(hub_.vault_->Commit());
  ExpectRebuilds(1);
}

TEST_F(ProductionTime, InATestEnvironmentTheClockAsksForNothing) {
  environment_ = "test";
  Config("2");
  Listed();
  SetWall(Day(400));
  Pass(5000);
  EXPECT_THAT(Ticks(), IsEmpty());
}

}  // namespace
}  // namespace sam::dispatch::test
