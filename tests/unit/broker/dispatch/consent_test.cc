// Consent that runs out or is taken back while a signal waits.
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

TEST_F(ConsentTime, RunningOutInTheMailboxAsksAgainAndWithholdsWithTheReason) {
  Given("given", 210);
  Outcome("outcome");
  ASSERT_THAT(Codes(kSocial), ElementsAre("SIG-B1"));
  Tick(Millis(Day(210).value + kEndMs - 1));
  EXPECT_FALSE(Stale(Mailbox(kSocial)[0])) << "the last day is included";
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
  ASSERT_EQ(after.size(), 1u);
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

TEST_F(ConsentTime, AnExpiryUnderAnIdentityThatWasMergedStillCounts) {
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

}  // namespace
}  // namespace sam::dispatch::test
