// The gate knows the age: what waits was decided by another one when a birth date becomes known.
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

}  // namespace
}  // namespace sam::dispatch::test
