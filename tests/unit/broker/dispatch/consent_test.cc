// Consents: who must give one, and what falls with it while it waits and where it was received.
#include "broker/dispatch/giver_marks.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = schema::ConsentChanged::State;

class ConsentTime : public Scene {
 protected:
  static constexpr char kSocial[] = "bollnas.forebyggande";
  static constexpr char kFirst[] = "190002020000";  // nobody: the check digit is wrong
  static constexpr char kFirstShort[] = "000202-0000";
  static constexpr char kSecond[] = "190003030000";
  static constexpr int64_t kEndMs = 22 * kHourMs;  // of the last day, as the gate counts it

  void SetUp() override {
    Scene::SetUp();
    Tick(Day(200));
  }
  void Given(const std::string& name, int last_day, int at = 199) {
    Tell(name, Day(at), [=](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId("consent-1");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(State::GIVEN);
      body.setAllGuardians(schema::YesNo::YES);
      body.setExpires(ToIso(Day(last_day)).substr(0, 10));
    });
  }
  // One giver's own telling of the same consent; `number`: an adult that does not exist.
  Offset Giver(const std::string& name, State state, int day, const std::string& number,
               const Fill& more = [](schema::Event::Builder) {}) {
    return Tell(name, Day(day), [=](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId("consent-1");
      body.initScope(1).set(0, "SIG-B1");
      body.setState(state);
      auto giver = body.initGivers(1)[0];
      giver.setRole("vårdnadshavare");
      giver.initIds(1)[0].setValue(number);
      more(e);
    });
  }
  static void NotAll(schema::Event::Builder e) {
    e.getBody().getConsentChanged().setAllGuardians(schema::YesNo::NO);
  }
  bool Stale(const Letter& letter) {
    return !(letter.row.versions == *VersionsNow(hub_.store_, letter.row.subject));
  }
  std::vector<std::string> HoldReasons() {
    std::vector<std::string> reasons;
    for (const Letter& letter : Mailbox("bvc.bollnas")) {
      if (letter.code() != "HOLD") continue;
      const auto signal = wire::Parse<schema::Signal>(letter.decision.bytes);
      EXPECT_TRUE(signal.ok());
      for (const auto reason : signal->get().getBody().getHold().getReasons())
        reasons.emplace_back(reason.cStr());
    }
    return reasons;
  }
};

TEST_F(ConsentTime, RunningOutInTheMailboxIsWithheldAtOnceAndItsSenderToldWhy) {
  Given("given", 210);
  Outcome("outcome");
  ASSERT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
  Tick(Millis(Day(210).value + kEndMs - 1));
  EXPECT_EQ(Mailbox(kSocial)[0].row.withheld, schema::WithheldCode::NONE) << "the last day is included";
  Tick(Millis(Day(210).value + kEndMs));
  const auto after = Mailbox(kSocial);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_TRUE(after[0].decision.bytes.empty());
  EXPECT_THAT(after[0].decision.reasons, ElementsAre("gate.consent.expired"));
  EXPECT_THAT(HoldReasons(), ElementsAre("gate.consent.expired"));
  ExpectRebuilds();
}

// Values of that space are sealed, keys are not; and a source may make a consent's id of the child's number.
TEST_F(ConsentTime, TheKeyOfItsTimerDoesNotHoldTheSourcesIdOfAConsent) {
  Given("given", 210);
  size_t timers = 0;
  ASSERT_TRUE(hub_.store_
                  .Scan(spaces::kTimer, "", "",
                        [&](std::string_view key, std::string_view) {
                          timers += key.find("consent") != std::string_view::npos ? 1 : 0;
                          EXPECT_EQ(key.find("consent-1"), std::string_view::npos);
                          return true;
                        })
                  .ok());
  EXPECT_EQ(timers, 1u);
  ExpectRebuilds();
}

// As builds decided that asked when the receiver came for it.
class ConsentAsBefore : public ConsentTime {
 protected:
  ConsentAsBefore() { fold_ = 1; }
};

TEST_F(ConsentAsBefore, OneGiversWordIsKeptAsTheWholeConsent) {
  Giver("first", State::GIVEN, 199, "190002020000");
  Outcome("outcome");
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
  ExpectRebuilds();
}

TEST_F(ConsentAsBefore, WithdrawnWhileQueuedIsWithheldOnRecheck) {
  Consent("given", State::GIVEN, 199);
  Outcome("outcome");
  Consent("withdrawn", State::WITHDRAWN, 202);
  EXPECT_TRUE(Stale(Mailbox(kSocial)[0]));
  EXPECT_EQ(Mailbox(kSocial)[0].row.withheld, schema::WithheldCode::NONE);
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  EXPECT_THAT(Mailbox(kSocial)[0].decision.reasons, ElementsAre("gate.consent.withdrawn"));
  ExpectRebuilds();
}

TEST_F(ConsentAsBefore, RunningOutInTheMailboxAsksAgainAndWithholdsWithTheReason) {
  Given("given", 210);
  Outcome("outcome");
  ASSERT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
  Tick(Millis(Day(210).value + kEndMs));
  EXPECT_TRUE(Stale(Mailbox(kSocial)[0]));
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  const auto after = Mailbox(kSocial);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_TRUE(after[0].decision.bytes.empty());
  EXPECT_THAT(after[0].decision.reasons, Contains("gate.consent.expired"));
  EXPECT_THAT(HoldReasons(), Contains("gate.consent.expired"));
}

TEST_F(ConsentTime, RunningOutWhileHeldTellsTheSenderWhatIsMissingNow) {
  municipality_ = "";
  Given("given", 210);
  Outcome("outcome");
  ASSERT_FALSE(HoldReasons().empty());
  EXPECT_THAT(HoldReasons(), ::testing::Not(Contains("gate.consent.expired")));
  Tick(Millis(Day(210).value + kEndMs));
  EXPECT_THAT(HoldReasons(), Contains("gate.consent.expired"));
  // Somewhere to send it to does not help any more; a new consent does.
  Tell("moved", Day(211), [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setNewMunicipality("2183");
  });
  EXPECT_THAT(Codes(kSocial), IsEmpty());
  Given("renewed", 400, 212);
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
}

TEST_F(ConsentTime, AReceiverThatHadItIsNotTouched) {
  Given("given", 210);
  Outcome("outcome");
  const Letter before = Mailbox(kSocial)[0];
  Progress(kSocial, 1);
  Tick(Millis(Day(210).value + kEndMs));
  // A question that was on its way when the acknowledgement came.
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  const auto after = Mailbox(kSocial);
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after[0].row, before.row);
  EXPECT_EQ(Row(before.decision.signal)->outcome, schema::Outcome::DELIVER);
  EXPECT_FALSE(Row(before.decision.signal)->withdrawn);
  EXPECT_THAT(HoldReasons(), IsEmpty());
}

TEST_F(ConsentTime, RenewedBeforeItRanOutGoesOn) {
  Given("given", 210);
  Given("renewed", 300, 205);
  Outcome("outcome");
  Tick(Day(250));
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  EXPECT_EQ(Mailbox(kSocial)[0].row.withheld, schema::WithheldCode::NONE);
}

TEST_F(ConsentTime, WithdrawnWhileQueuedAndGivenAgainTakesANewNumberOnce) {
  Consent("given", State::GIVEN, 199);
  Outcome("outcome");
  const SignalId id = Mailbox(kSocial)[0].decision.signal;
  Consent("withdrawn", State::WITHDRAWN, 201);
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  Consent("again", State::GIVEN, 202);
  const auto letters = Mailbox(kSocial);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_EQ(letters[1].row.withheld, schema::WithheldCode::NONE);
  EXPECT_EQ(letters[1].decision.signal, id) << "the same signal, so that it shows once";
  Consent("told again", State::GIVEN, 203);
  EXPECT_EQ(Mailbox(kSocial).size(), 2u);
}

TEST_F(ConsentAsBefore, AnExpiryUnderAnIdentityThatWasMergedStillCounts) {
  Given("given", 210);
  Outcome("outcome");
  linked_ = {jt::Person(kChild)};
  Tell("link", Day(201), [](schema::Event::Builder e) {
    e.getBody().initPersonIdLinked().initOldIds(1)[0].setValue(kChild);
  }, "98240301AA06");
  linked_.clear();
  Recheck(kSocial, Lane::kNormal, Sequence(1));
  ASSERT_FALSE(Stale(Mailbox(kSocial)[0]));
  Tick(Millis(Day(210).value + kEndMs));
  EXPECT_TRUE(Stale(Mailbox(kSocial)[0]));
}

TEST_F(ConsentTime, OneOfTwoGuardiansIsHeldInWordsAndTheSecondCompletesIt) {
  Giver("mother", State::GIVEN, 199, kFirst, NotAll);
  Outcome("outcome");
  EXPECT_THAT(Codes(kSocial), IsEmpty());
  EXPECT_THAT(HoldReasons(), ElementsAre("gate.consent.one-of-two"));
  Giver("mother again", State::GIVEN, 200, kFirst, NotAll);
  EXPECT_THAT(Codes(kSocial), IsEmpty()) << "the same guardian twice is one";
  Giver("mother's other spelling", State::GIVEN, 201, kFirstShort);
  EXPECT_THAT(Codes(kSocial), IsEmpty());
  Giver("father", State::GIVEN, 202, kSecond);
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
  ExpectRebuilds();
}

TEST_F(ConsentTime, OneWhoOnlyConsentsAloneIsHeldUntilItIsStatedWhyThatIsEnough) {
  Giver("one", State::GIVEN, 199, kFirst);
  Outcome("outcome");
  EXPECT_THAT(HoldReasons(), ElementsAre("gate.consent.guardians-unknown"));
  Giver("one, and why", State::GIVEN, 200, kFirst, [](schema::Event::Builder e) {
    e.getBody().getConsentChanged().setSingle(schema::ConsentChanged::SingleGiver::SOLE_CUSTODY);
  });
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
}

TEST_F(ConsentTime, EitherGuardiansWithdrawalTakesBackWhatWasReceivedAlsoOffline) {
  Giver("mother", State::GIVEN, 199, kFirst, NotAll);
  Giver("father", State::GIVEN, 199, kSecond);
  Outcome("outcome");
  const SignalId id = Mailbox(kSocial)[0].decision.signal;
  Progress(kSocial, 1);
  Giver("father's no", State::WITHDRAWN, 203, kSecond);
  ASSERT_THAT(Codes(kSocial), ElementsAre("SIG-B1", "WITHDRAWN"));
  const auto notice = wire::Parse<schema::Signal>(Mailbox(kSocial)[1].decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getBody().getWithdrawn().getReason(), "consent-withdrawn");
  EXPECT_TRUE(Row(id)->withdrawn);
  EXPECT_THAT(Row(id)->reasons, ElementsAre("gate.consent.withdrawn", "gate.consent.taken-back"));
  EXPECT_THAT(HoldReasons(), ElementsAre("gate.consent.withdrawn", "gate.consent.taken-back"))
      << "the sender is told";
  // Given again: what was taken back stays so; what is agreed anew goes.
  Giver("father's yes", State::GIVEN, 204, kSecond);
  EXPECT_EQ(Codes(kSocial).size(), 2u);
  Outcome("agreed anew");
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1", "WITHDRAWN", "SIG-B1"));
  ExpectRebuilds();
}

TEST_F(ConsentTime, WithdrawnWhileQueuedIsWithheldAtOnceAndWhatIsNotOfTheScopeStays) {
  Consent("given", State::GIVEN, 199);
  Outcome("outcome");
  Report("report");
  Consent("withdrawn", State::WITHDRAWN, 202);
  const auto after = Mailbox(kSocial);
  ASSERT_EQ(after.size(), 1u) << "it has left for nobody: there is nothing to take back";
  EXPECT_EQ(after[0].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_TRUE(after[0].decision.bytes.empty());
  EXPECT_THAT(after[0].decision.reasons, ElementsAre("gate.consent.withdrawn"));
  EXPECT_THAT(HoldReasons(), ElementsAre("gate.consent.withdrawn"));
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  EXPECT_EQ(Mailbox("bollnas.mottagning")[0].row.withheld, schema::WithheldCode::NONE)
      << "a statutory report rests on no consent";
  ExpectRebuilds();
}

TEST_F(ConsentTime, WhatMayHaveLeftIsWithdrawnAtItsReceiverToo) {
  Connected(kSocial);
  Consent("given", State::GIVEN, 199);
  Outcome("outcome");
  Consent("withdrawn", State::WITHDRAWN, 202);
  const auto after = Mailbox(kSocial);
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].row.withheld, schema::WithheldCode::WITHDRAWN);
  EXPECT_EQ(after[1].code(), "WITHDRAWN");
}

TEST_F(ConsentTime, AConsentToldInErrorTakesBackWhatRestedOnIt) {
  Consent("given", State::GIVEN, 199);
  Outcome("outcome");
  Progress(kSocial, 1);
  Retract("never given", "given", [](schema::Event::Builder e) {
    auto body = e.getBody().initConsentChanged();
    body.setConsentId("consent-1");
    body.initScope(1).set(0, "SIG-B1");
    body.setState(State::WITHDRAWN);
  });
  EXPECT_THAT(Codes(kSocial), ElementsAre("SIG-B1", "WITHDRAWN"));
  EXPECT_THAT(HoldReasons(), Contains("gate.consent.missing"));
}

TEST_F(ConsentTime, ARepetitionThatWaitsWhenItRunsOutIsWithheldAndWhatWasReceivedStays) {
  Given("given", 210);
  Outcome("outcome");
  Progress(kSocial, 1);
  Replay(kSocial);
  ASSERT_THAT(Codes(kSocial), ElementsAre("SIG-B1", "SIG-B1"));
  Tick(Millis(Day(210).value + kEndMs));
  const auto after = Mailbox(kSocial);
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].row.withheld, schema::WithheldCode::NONE);
  EXPECT_EQ(after[1].row.withheld, schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_FALSE(Row(after[0].decision.signal)->withdrawn);
  EXPECT_THAT(HoldReasons(), IsEmpty());
}

TEST_F(ConsentTime, AGiverIsKnownAsThePersonConcernedAndStateNamesNobody) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  event.initHeader().initSubject().initIds(1)[0].setValue("19900222-2397");
  auto body = event.initBody().initConsentChanged();
  body.setConsentId("consent-2");
  auto givers = body.initGivers(5);
  givers[0].initIds(1)[0].setValue("199002222397");
  givers[1].setName("Anna Ek");
  givers[2].setName(" Anna Ek ");
  givers[3].setRole("far");
  const auto marks = GiverMarks(event.getHeader().getSubject(), body);
  ASSERT_EQ(marks.size(), 3u) << "the same name twice is one; who has nothing is nobody";
  EXPECT_TRUE(marks[0].own);
  EXPECT_FALSE(marks[1].own);
  EXPECT_NE(marks[1].tag, marks[2].tag);
  body.setConsentId("consent-3");
  EXPECT_NE(GiverMarks(event.getHeader().getSubject(), body)[0].tag, marks[0].tag)
      << "one consent's marks say nothing of another's";
}

}  // namespace
}  // namespace sam::dispatch::test
