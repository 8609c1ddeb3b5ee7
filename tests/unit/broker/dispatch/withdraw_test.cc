// What is taken back while it lies in a mailbox: its number is filled, and its receiver is told only
// when it may have left.
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using schema::WithheldCode;

constexpr const char* kMailboxOf = "bollnas.mottagning";

class InMailbox : public Scene {
 protected:
  InMailbox() { connected_ = false; }

  void Withdrawn(const std::string& name, const std::string& report) {
    Retract(name, report, [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  }
  std::vector<WithheldCode> Numbers() {
    std::vector<WithheldCode> out;
    for (const Letter& letter : Mailbox(kMailboxOf)) out.push_back(letter.row.withheld);
    return out;
  }
};

TEST_F(InMailbox, WhatNobodyWasOfferedIsFilledAndNobodyIsToldOfTheChild) {
  Report("report");
  const SignalId id = IdOf("SIG-A1", schema::Outcome::DELIVER);
  Withdrawn("oops", "report");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1"));
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::WITHDRAWN));
  const Letter letter = Mailbox(kMailboxOf).front();
  EXPECT_EQ(letter.decision.outcome, schema::Outcome::WITHHELD);
  EXPECT_TRUE(letter.decision.bytes.empty());
  EXPECT_TRUE(Row(id)->withdrawn);
}

TEST_F(InMailbox, WhileAConnectionStandsItIsFilledAndTold) {
  Connected(kMailboxOf);
  Report("report");
  Withdrawn("oops", "report");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::WITHDRAWN, WithheldCode::NONE));
}

TEST_F(InMailbox, OfThoseThatWaitOnlyTheOnesOfferedByTheLastConnectionAreTold) {
  Connected(kMailboxOf);
  Report("offered");
  Offered(kMailboxOf, 2);  // the connection has ended: number 1 may have left
  Report("waited");
  Withdrawn("oops", "offered");
  Withdrawn("oops too", "waited");
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::WITHDRAWN, WithheldCode::WITHDRAWN,
                                     WithheldCode::NONE));
}

TEST_F(InMailbox, WhatWasAcknowledgedKeepsItsNumberAndIsTold) {
  Report("report");
  Progress(kMailboxOf, 1);
  Withdrawn("oops", "report");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::NONE, WithheldCode::NONE));
}

TEST_F(InMailbox, AnAcuteReportIsJudgedByItsOwnLane) {
  Connected(kMailboxOf);
  Report("acute", true);
  Offered(kMailboxOf, 1);                 // of the normal lane, nothing left
  Offered(kMailboxOf, 2, Lane::kAcute);
  Tell("oops", Day(200), [](schema::Event::Builder e) {
    e.getBody().initReportSigned().setAcute(true);
    e.getHeader().setStatus(schema::EventStatus::RETRACTED);
    e.getHeader().setReplaces(wire::AsData(jt::EventOf("acute").view()));
  });
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1", "WITHDRAWN"));
  for (const Letter& letter : Mailbox(kMailboxOf)) EXPECT_EQ(letter.lane, Lane::kAcute);
}

TEST_F(InMailbox, AReplayOfItIsFilledToo) {
  Report("report");
  Withdrawn("oops", "report");
  Replay(kMailboxOf);
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::WITHDRAWN, WithheldCode::WITHDRAWN));
}

TEST_F(InMailbox, RebuildGivesTheSame) {
  Report("waits");
  Withdrawn("oops", "waits");
  Connected(kMailboxOf);
  Report("told");
  Withdrawn("oops too", "told");
  ::sam::test::FaultStore fresh;
  const RebuildReport report = RebuildNow(fresh);
  EXPECT_EQ(report.different_count, 0u);
  EXPECT_EQ(report.not_recorded, 0u);
  EXPECT_EQ(report.digest, LiveDigest());
}

// The receiver's function ends after it got the report.
class EndedSince : public InMailbox {
 protected:
  void ReportedThenEnded(const std::string& heir) {
    const std::string id = "id = \"bollnas.mottagning\"\n";
    const size_t at = directory_.find(id);
    directory_.replace(at, id.size(), id + "valid_to = 2026-01-01\n");
    if (!heir.empty())
      directory_ += "\n[[function]]\nid = \"" + heir + "\"\nrole = \"social.reception\"\n"
                    "authority = \"bollnas.socialnamnd\"\nmunicipality = \"2183\"\n"
                    "name = \"Nya mottagningen\"\nvalid_from = 2026-01-02\n";
    Config("2");
    Tick(Day(200));
    Report("report");
    Progress(kMailboxOf, 1);
    Tick(Day(230));
    Withdrawn("oops", "report");
  }
};

TEST_F(EndedSince, WhoHasItsPartAtTheBoardNowIsTold) {
  ReportedThenEnded("bollnas.nya");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("bollnas.nya"), ElementsAre("WITHDRAWN"));
  ExpectRebuilds();
}

TEST_F(EndedSince, ElseTheSenderWhoCanPhone) {
  ReportedThenEnded("");
  const auto letters = Mailbox("bvc.bollnas");
  ASSERT_FALSE(letters.empty());
  ASSERT_EQ(letters.back().code(), "HOLD");
  const auto notice = wire::Parse<schema::Signal>(letters.back().decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getBody().getHold().getAboutCode(), "WITHDRAWN");
  EXPECT_THAT(wire::TextsOf(notice->get().getBody().getHold().getReasons()),
              ElementsAre("gate.receiver.unknown"));
  ExpectRebuilds();
}

// Nobody is reminded of what they were to do for a child that has died; a board keeps its report.
class Deceased : public InMailbox {
 protected:
  void Died() {
    for (const char* function : {kMailboxOf, "bollnas.forebyggande"}) Connected(function);
    Tick(Day(200));
    Consent("yes", schema::ConsentChanged::State::GIVEN, 190);
    Outcome("talk");
    Report("report");
    Tell("died", Day(201), [](schema::Event::Builder e) { e.getBody().initPersonDeceased(); });
  }
};

TEST_F(Deceased, WhatIsStillToBeDoneIsTakenBackAndAReportStays) {
  Died();
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B1", "WITHDRAWN"));
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1"));
  const auto notice =
      wire::Parse<schema::Signal>(Mailbox("bollnas.forebyggande")[1].decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->get().getBody().getWithdrawn().getReason(), "deceased");
  ExpectRebuilds();
}

TEST_F(Deceased, InALogOfBeforeItsTimeRanOn) {
  fold_ = 6;
  Config("older");
  Died();
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B1"));
}

class BeforeTheFirstEdition : public InMailbox {
 protected:
  BeforeTheFirstEdition() { fold_ = 0; }
};

TEST_F(BeforeTheFirstEdition, ALogGoesOnGivingWhatItGave) {
  Report("report");
  Withdrawn("oops", "report");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::NONE, WithheldCode::NONE));
}

TEST_F(BeforeTheFirstEdition, WhatThatBuildHadInAMailboxMayHaveLeftAndWhatComesAfterHasNot) {
  Report("old");
  fold_ = kFoldEdition;
  Config("2");
  Withdrawn("oops", "old");
  EXPECT_THAT(Codes(kMailboxOf), ElementsAre("SIG-A1", "WITHDRAWN"));
  EXPECT_THAT(Numbers(), ElementsAre(WithheldCode::WITHDRAWN, WithheldCode::NONE));
  ::sam::test::FaultStore fresh;
  EXPECT_EQ(RebuildNow(fresh).digest, LiveDigest());
}

// Delivery waits until the log has the word of its own connection. A new edition wrote over it, and so did
// the first configuration of a new log: nothing went out until the receiver connected anew.
TEST_F(BeforeTheFirstEdition, AConnectionThatHasToldOfItselfIsNotForgotten) {
  const uint64_t word = mailbox::kAnyOffered | 4711;
  Offered(kMailboxOf, word);
  fold_ = kFoldEdition;
  Config("2");
  const auto told = mailbox::MailboxReader(hub_.store_).OfferedBelow(kMailboxOf, Lane::kNormal);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(*told, word);
  ExpectRebuilds();
}

TEST(FoldEdition, AConfigurationOfANewerBuildIsRefusedWithWhatToDo) {
  capnp::MallocMessageBuilder message;
  auto files = message.initRoot<schema::ConfigLoaded>().initFiles(1);
  files[0].setName("hub.toml");
  files[0].setText(("environment = \"test\"\nfold = " + std::to_string(kFoldEdition + 1)).c_str());
  const auto settings = ParseSettings(wire::Flatten(message));
  ASSERT_FALSE(settings.ok());
  EXPECT_NE(settings.error().message.find("newer build"), std::string::npos);
}

}  // namespace
}  // namespace sam::dispatch::test
