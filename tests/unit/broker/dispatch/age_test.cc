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

}  // namespace
}  // namespace sam::dispatch::test
