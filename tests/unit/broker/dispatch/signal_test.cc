#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using SignalFlow = Scene;

TEST_F(SignalFlow, ASignedReportGoesToTheReceptionAndTheSenderLearnsItIsStored) {
  Report("report");
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("RECEIPT"));
  const Letter letter = Mailbox("bollnas.mottagning").front();
  EXPECT_EQ(letter.sequence, Sequence(1));
  EXPECT_NE(letter.decision.bytes.find("canary-concern"), std::string::npos);
  EXPECT_EQ(letter.row.signal, letter.decision.signal);
}

TEST_F(SignalFlow, AnAcuteReportTakesTheAcuteLane) {
  Report("report", true);
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].lane, Lane::kAcute);
}

TEST_F(SignalFlow, AReportWithoutMunicipalityIsHeldAndTheSenderIsAskedThenReleasedByAMove) {
  municipality_ = "";
  Report("report");
  EXPECT_THAT(Codes("bollnas.mottagning"), IsEmpty());
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
  const SignalId held = IdOf("SIG-A1", schema::Outcome::HELD);
  Tell("moved", Day(201), [](schema::Event::Builder e) {
    e.getBody().initPersonMoved().setNewMunicipality("2183");
  });
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  EXPECT_EQ(Row(held)->outcome, schema::Outcome::SUPERSEDED);
  EXPECT_EQ(Row(held)->released_as, Mailbox("bollnas.mottagning")[0].decision.signal);
}

TEST_F(SignalFlow, AnOperatorHasNoSayInWhereAHeldReportGoes) {
  municipality_ = "";
  Report("report");
  const SignalId held = IdOf("SIG-A1", schema::Outcome::HELD);
  Release(held, "gavle.mottagning");
  EXPECT_THAT(Codes("gavle.mottagning"), IsEmpty());
  EXPECT_EQ(Row(held)->outcome, schema::Outcome::HELD);
  Name("named", held, "gavle.mottagning");
  EXPECT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
  ExpectRebuilds();
}

TEST_F(SignalFlow, InALogOfAnEarlierEditionAnOperatorReleasesIt) {
  fold_ = 7;
  Config("2");
  municipality_ = "";
  Report("report");
  Release(IdOf("SIG-A1", schema::Outcome::HELD), "gavle.mottagning");
  EXPECT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
  ExpectRebuilds();
}

TEST_F(SignalFlow, SupportWaitsForConsentAndGoesWhenItIsGiven) {
  Outcome("outcome");
  EXPECT_THAT(Codes("bollnas.forebyggande"), IsEmpty());
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
  Consent("given", schema::ConsentChanged::State::GIVEN, 201);
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B1"));
}

TEST_F(SignalFlow, WhatWasRefusedBeforeItWentIsNotWithdrawnFromAnybody) {
  agreements_.replace(agreements_.find("2099-12-31"), 10, "2026-01-01");
  Config("2");
  Tick(Day(199));
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Outcome("outcome");
  Tick(Day(300));  // the agreement is over
  Recheck("bollnas.forebyggande", Lane::kNormal, Sequence(1));
  EXPECT_THAT(Mailbox("bollnas.forebyggande")[0].decision.reasons,
              ElementsAre("gate.agreement.expired"));
  Retract("oops", "outcome",
          [](schema::Event::Builder e) { e.getBody().initBvcBarnsakertOutcome(); });
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B1"));
}

TEST_F(SignalFlow, WhatMayHaveBeenSeenIsWithdrawnThoughItWasGivenUpOrRefusedOnceMore) {
  Report("given up");
  Report("acknowledged");
  Progress("bollnas.mottagning", 0, {1});
  Progress("bollnas.mottagning", 2);
  const auto told = [](schema::Event::Builder e) { e.getBody().initReportSigned(); };
  Retract("oops", "given up", told);
  Retract("oops too", "acknowledged", told);
  EXPECT_THAT(Codes("bollnas.mottagning"),
              ElementsAre("SIG-A1", "SIG-A1", "WITHDRAWN", "WITHDRAWN"));
}

TEST_F(SignalFlow, RecheckRenewsVersionsAndMasksAnew) {
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Outcome("outcome");
  Tell("protected", Day(202), [](schema::Event::Builder e) {
    e.getHeader().getSubject().setProtection(schema::Protection::UNKNOWN);
    e.getBody().initPersonProtectionChanged().setNew(schema::Protection::SEKRETESSMARKERING);
  });
  Recheck("bollnas.forebyggande", Lane::kNormal, Sequence(1));
  const Letter after = Mailbox("bollnas.forebyggande")[0];
  EXPECT_EQ(after.row.withheld, schema::WithheldCode::NONE);
  EXPECT_EQ(after.row.versions, *VersionsNow(hub_.store_, after.row.subject));
  EXPECT_THAT(after.decision.masked, Contains("senderFunction"));
}

// What decides who may get it, besides consent and marking: each change makes what waits be asked for
// anew before it goes.
TEST_F(SignalFlow, WhatWaitsWhenTheChildMovesIsAskedForAgainAndGoesElsewhere) {
  Report("report");
  const SubjectId subject = Mailbox("bollnas.mottagning")[0].row.subject;
  Tell("moved", Day(201), [](schema::Event::Builder e) {
    e.getHeader().initSubject();
    e.getBody().initPersonMoved().setNewMunicipality("2180");
  });
  EXPECT_NE(Mailbox("bollnas.mottagning")[0].row.versions, *VersionsNow(hub_.store_, subject));
  Recheck("bollnas.mottagning", Lane::kNormal, Sequence(1));
  EXPECT_EQ(Mailbox("bollnas.mottagning")[0].row.withheld,
            schema::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_THAT(Codes("gavle.mottagning"), ElementsAre("SIG-A1"));
}

TEST_F(SignalFlow, ANewUnitATransferAndADeathMakeWhatWaitsBeAskedForAgain) {
  const SubjectId subject = hub_.Read(Registered()).header.subject;
  auto before = *VersionsNow(hub_.store_, subject);
  const auto changed = [&] {
    const auto now = *VersionsNow(hub_.store_, subject);
    const bool differs = now != before;
    before = now;
    return differs;
  };
  Registered("told again", 3);
  EXPECT_FALSE(changed());
  Tell("other unit", Day(150), [](schema::Event::Builder e) {
    auto body = e.getBody().initBvcChildRegistered();
    body.setUnitHsaId("SE2321000198-BVCGAVLE");
    body.setFromDate(ToIso(Day(150)).substr(0, 10));
  });
  EXPECT_TRUE(changed());
  Tell("transferred", Day(160), [](schema::Event::Builder e) {
    e.getBody().initBvcChildTransferred().setReason(schema::ChildTransferred::Reason::MOVED);
  });
  EXPECT_TRUE(changed());
  Tell("deceased", Day(170), [](schema::Event::Builder e) { e.getBody().initPersonDeceased(); });
  EXPECT_TRUE(changed());
  Tell("deceased too", Day(170),
       [](schema::Event::Builder e) { e.getBody().initPersonDeceased(); });
  EXPECT_FALSE(changed());
}

TEST_F(SignalFlow, TheSameReportByTwoSourcesGoesOnce) {
  auto told = [](schema::Event::Builder e) {
    e.getHeader().setEpisodeKey("report-77");
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("x");
  };
  Tell("one", Day(200), told);
  Tell("two", Day(200), told);
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
}

TEST_F(SignalFlow, ARetractedReportIsWithdrawnFromWhoeverGotIt) {
  Report("report");
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1", "WITHDRAWN"));
}

TEST_F(SignalFlow, ACorrectedReportNamesTheOneThatReplacesIt) {
  Report("report");
  Tell("report-2", Day(201), [](schema::Event::Builder e) {
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("right");
    e.getHeader().setStatus(schema::EventStatus::CORRECTED);
    e.getHeader().setReplaces(wire::AsData(jt::EventOf("report").view()));
  });
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 3u);
  EXPECT_EQ(letters[2].code(), "WITHDRAWN");
  const auto signal = wire::Parse<schema::Signal>(letters[2].decision.bytes);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(wire::View(signal->get().getBody().getWithdrawn().getReplacedBy()),
            letters[1].decision.signal.view());
}

TEST_F(SignalFlow, NumbersOfALaneHaveNoGapsAndKeepTheOrderOfTheJournal) {
  for (int i = 0; i < 5; ++i) Report("report-" + std::to_string(i));
  const auto letters = Mailbox("bollnas.mottagning");
  ASSERT_EQ(letters.size(), 5u);
  for (size_t i = 0; i < letters.size(); ++i) {
    EXPECT_EQ(letters[i].sequence.value, i + 1);
    if (i == 0) continue;
    EXPECT_GT(letters[i].row.decision, letters[i - 1].row.decision);
  }
}

TEST_F(SignalFlow, AConfigRecordThatDoesNotParseStopsTheHub) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schema::ConfigLoaded>();
  auto file = root.initFiles(1)[0];
  file.setName("rules.toml");
  file.setText("[[rule]\n");
  hub_.Input(DraftOf(journal::Kind::CONFIG, message));
  const auto done = stage_->Work();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, Code::kInternal);
}

TEST_F(SignalFlow, RulesWithoutTransportAreRefused) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::ConfigLoaded>();
  const auto settings = ParseSettings(wire::Flatten(message));
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, ::testing::HasSubstr("transport"));
}

}  // namespace
}  // namespace sam::dispatch::test
