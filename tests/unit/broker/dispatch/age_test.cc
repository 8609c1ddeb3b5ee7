// The gate knows the age: what waits was decided by another one when a birth date becomes known, and when a birthday
// has been.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

class Age : public Scene {
 protected:
  // A child of whom nobody has told a birth date yet, with a prompt that waits.
  SignalId Waiting() {
    Told("registered", 3, [](schema::Event::Builder e) {
      auto body = e.getBody().initBvcChildRegistered();
      body.setUnitHsaId(kUnit);
      body.setFromDate(ToIso(Day(3)).substr(0, 10));
    });
    Told("m1", 100, MissedBody("a"));
    Told("m2", 150, MissedBody("b"));
    Tick(Day(155));
    return IdOf("SIG-E2", schema::Outcome::DELIVER);
  }
  void Told(const std::string& name, int day, const Fill& fill, const char* born = "") {
    Tell(name, Day(day), [&](schema::Event::Builder e) {
      fill(e);
      e.getHeader().getSubject().setBirthDate(born);
    });
  }
  std::optional<mailbox::Row> First() {
    return mailbox::MailboxReader(hub_.store_).Get("bvc.bollnas", Lane::kNormal, Sequence(1)).value();
  }
  uint32_t Version(const SignalId& id) { return VersionsNow(hub_.store_, Row(id)->subject)->protection; }
};

TEST_F(Age, APromptThatWaitsIsAskedForAgainAndGoesToNobodyWhenItsChildTurnsOutToBeGrownUp) {
  const SignalId id = Waiting();
  ASSERT_FALSE(id.empty());
  const uint32_t before = Version(id);
  Told("visit", 156, [](schema::Event::Builder e) { e.getBody().initBvcVisitBooked().setAppointmentId("z"); },
       "1999-01-01");
  EXPECT_NE(Version(id), before) << "delivery compares them";
  Recheck("bvc.bollnas", Lane::kNormal, Sequence(1));
  EXPECT_NE(First()->withheld, schema::WithheldCode::NONE);
  ExpectRebuilds();
}

TEST_F(Age, WhatTellsNoOtherBirthDateAsksForNothingAgain) {
  const SignalId id = Waiting();
  const uint32_t before = Version(id);
  Told("visit", 156, [](schema::Event::Builder e) { e.getBody().initBvcVisitBooked().setAppointmentId("z"); });
  EXPECT_EQ(Version(id), before);
  fold_ = 6;
  Config("older");
  Told("late", 157, [](schema::Event::Builder e) { e.getBody().initBvcVisitBooked().setAppointmentId("y"); },
       "1999-01-01");
  EXPECT_EQ(Version(id), before) << "a log of before gives what it gave";
}

// Told at once, so that nothing but the hour differs between the two.
TEST_F(Age, OfAgeIsFromSwedishMidnightOnAndInALogOfBeforeFromThatOfUtc) {
  for (const uint32_t fold : {7U, 8U}) {
    fold_ = fold;
    Config("fold " + std::to_string(fold));
    const std::string name = std::to_string(fold);
    const char* const person = fold == 7 ? "20210325K070" : "20210325K071";
    const Millis midnight(*rules::DateToMillis("2026-01-15"));
    Tick(Millis(midnight.value - kHourMs));
    Tell("report" + name, midnight, [](schema::Event::Builder e) {
      e.getHeader().getSubject().setBirthDate("2008-01-15");
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("x");
    }, person);
    IdOf("SIG-A1", fold == 7 ? schema::Outcome::DELIVER : schema::Outcome::HELD);
  }
  ExpectRebuilds();
}

// Somebody who is of age, or too old for `ages`, on the eighteenth or first birthday: 15 January 2026, in Swedish time.
class Birthday : public Age {
 protected:
  static constexpr char kBoard[] = "bollnas.mottagning";
  static constexpr char kUnitOf[] = "bollnas.forebyggande";
  const Millis midnight_{rules::DateToMillis("2026-01-15")->value - kHourMs};

  SignalId ReportOf(const char* born, Millis at) {
    Tick(at);
    Tell("report", at, [=](schema::Event::Builder e) {
      e.getHeader().getSubject().setBirthDate(born);
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("x");
    });
    return IdOf("SIG-A1", schema::Outcome::DELIVER);
  }
  std::vector<Millis> Timers() {
    std::vector<Millis> due;
    Must(hub_.store_.Scan(spaces::kTimer, "", "", [&](std::string_view key, std::string_view value) {
      const auto timer = DecodeTimer(key, value);
      EXPECT_TRUE(timer.ok());
      if (timer.ok() && timer->timer.kind == schema::TimerKind::BIRTHDAY) due.push_back(timer->timer.due);
      return true;
    }));
    return due;
  }
  bool Stale(const Letter& letter) {
    return !(letter.row.versions == *VersionsNow(hub_.store_, letter.row.subject));
  }
};

TEST_F(Birthday, AReportThatWaitsIsAskedForAgainWhenItsChildComesOfAgeAndIsHeld) {
  ReportOf("2008-01-15", Millis(midnight_.value - 20 * kDayMs));
  Tick(Millis(midnight_.value - 1));
  EXPECT_FALSE(Stale(Mailbox(kBoard)[0]));
  Tick(midnight_);
  ASSERT_TRUE(Stale(Mailbox(kBoard)[0])) << "delivery asks before it goes";
  EXPECT_TRUE(Timers().empty()) << "who is of age has no further one";
  Recheck(kBoard, Lane::kNormal, Sequence(1));
  EXPECT_EQ(Mailbox(kBoard)[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_EQ(Row(IdOf("SIG-A1", schema::Outcome::HELD))->reasons, std::vector<std::string>{"gate.age.adult"});
  ExpectRebuilds();
}

TEST_F(Birthday, WhatWaitsOfAChildThatHasGrownOutOfTheReceiversAgesIsRefusedAndItsSenderTold) {
  const std::string id = "id = \"bollnas.forebyggande\"\n";
  directory_.insert(directory_.find(id) + id.size(), "ages = [0, 0]\n");
  Config("2");
  const Millis before(midnight_.value - kDayMs);
  Tick(before);
  const auto born = [](schema::Event::Builder e) { e.getHeader().getSubject().setBirthDate("2025-01-15"); };
  Tell("consent", before, [&](schema::Event::Builder e) {
    born(e);
    auto body = e.getBody().initConsentChanged();
    body.setConsentId("consent-1");
    body.initScope(1).set(0, "SIG-B1");
    body.setState(schema::ConsentChanged::State::GIVEN);
    body.setAllGuardians(schema::YesNo::YES);
  });
  Tell("outcome", before, [&](schema::Event::Builder e) {
    born(e);
    e.getBody().initBvcBarnsakertOutcome().initOutcomes(1).set(
        0, schema::BarnSakertOutcome::Outcome::TALK_BVC_WITH_SOCIAL);
  });
  ASSERT_EQ(Codes(kUnitOf), std::vector<std::string>{"SIG-B1"});
  Tick(midnight_);
  ASSERT_TRUE(Stale(Mailbox(kUnitOf)[0]));
  Recheck(kUnitOf, Lane::kNormal, Sequence(1));
  const Letter letter = Mailbox(kUnitOf)[0];
  EXPECT_EQ(letter.row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_EQ(letter.decision.reasons, std::vector<std::string>{"gate.age.filtered"});
  EXPECT_THAT(Codes("bvc.bollnas"), testing::Contains("HOLD"));
  ExpectRebuilds();
}

// A report may lie for years; of each child there is one timer, a year ahead at most.
TEST_F(Birthday, OneThatChangesNothingAsksForNothingAndTheNextIsWaitedForWhileSomethingWaits) {
  const SignalId id = ReportOf("2025-01-15", Millis(midnight_.value - 20 * kDayMs));
  ReportOn(kChild, "another");
  EXPECT_EQ(Timers(), std::vector<Millis>{midnight_}) << "one a child, and never the eighteenth from the start";
  const uint32_t version = Version(id);
  Tick(midnight_);
  EXPECT_EQ(Version(id), version);
  EXPECT_EQ(Timers(), std::vector<Millis>{Millis(midnight_.value + 365 * kDayMs)});
  Progress(kBoard, 3);
  Tick(Timers()[0]);
  EXPECT_TRUE(Timers().empty()) << "nothing waits";
  EXPECT_EQ(Version(id), version);
  ExpectRebuilds();
}

TEST_F(Birthday, ALogOfAnEarlierEditionAsksForNothing) {
  fold_ = 7;
  Config("2");
  ReportOf("2008-01-15", Millis(midnight_.value - 20 * kDayMs));
  EXPECT_TRUE(Timers().empty());
  Tick(Millis(midnight_.value + kDayMs));
  EXPECT_FALSE(Stale(Mailbox(kBoard)[0]));
  fold_ = 8;
  Config("3");
  EXPECT_TRUE(Stale(Mailbox(kBoard)[0])) << "with the new edition everything that waits is asked for again";
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
