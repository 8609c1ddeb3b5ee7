// What waits and must go elsewhere gets another id; what comes back has its old one. Neither way may
// lose it: a report goes, or is held and somebody is told.
#include "broker/dispatch/part_rows.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::testing::ElementsAre;
using schema::WithheldCode;

class Return : public Scene {
 protected:
  static constexpr char kBollnas[] = "bollnas.mottagning";
  static constexpr char kGavle[] = "gavle.mottagning";

  void Move(const std::string& name, int day, const std::string& to) {
    Tell(name, Day(day), [=](schema::Event::Builder e) {
      e.getHeader().initSubject();
      e.getBody().initPersonMoved().setNewMunicipality(to);
    });
  }
  void Mark(const std::string& name, int day, schema::Protection protection) {
    Tell(name, Day(day), [=](schema::Event::Builder e) {
      e.getHeader().getSubject().setProtection(schema::Protection::UNKNOWN);
      e.getBody().initPersonProtectionChanged().setNew(protection);
    });
  }
  void Ask(const std::string& subscription, uint64_t sequence) {
    Recheck(subscription, Lane::kNormal, Sequence(sequence));
  }
  // How many letters with this code stand to go.
  size_t Going(const std::string& subscription, const std::string& code = "SIG-A1") {
    size_t count = 0;
    for (const Letter& letter : Mailbox(subscription))
      if (letter.code() == code && letter.row.withheld == WithheldCode::NONE) ++count;
    return count;
  }
};

TEST_F(Return, AReportWhoseChildMovesAwayAndBackGoesToTheFirstReceiver) {
  Report("report");
  Move("away", 201, "2180");
  Ask(kBollnas, 1);
  EXPECT_EQ(Going(kGavle), 1u);
  Move("back", 202, "2183");
  Ask(kGavle, 1);
  EXPECT_EQ(Going(kGavle), 0u);
  EXPECT_EQ(Going(kBollnas), 1u);
  ExpectRebuilds();
}

TEST_F(Return, ItMayGoThereAndBackAgainAndAgain) {
  Report("report");
  for (uint64_t turn = 1; turn <= 3; ++turn) {
    Move("away " + std::to_string(turn), 200 + 2 * static_cast<int>(turn), "2180");
    Ask(kBollnas, turn);
    EXPECT_EQ(Going(kBollnas) * 10 + Going(kGavle), 1u) << turn;
    Move("back " + std::to_string(turn), 201 + 2 * static_cast<int>(turn), "2183");
    Ask(kGavle, turn);
    EXPECT_EQ(Going(kBollnas) * 10 + Going(kGavle), 10u) << turn;
  }
  ExpectRebuilds();
}

TEST_F(Return, AReportHeldForAMarkingGoesWhenTheMarkingIsTakenBack) {
  Report("report");
  Mark("hidden", 201, schema::Protection::SKYDDAD_FOLKBOKFORING);
  Ask(kBollnas, 1);
  EXPECT_EQ(Going(kBollnas), 0u);
  Mark("shown", 202, schema::Protection::NONE);
  EXPECT_EQ(Going(kBollnas), 1u);
  ExpectRebuilds();
}

TEST_F(Return, AReportHeldForAMarkingGoesWhereItsSenderNamesTheFirstReceiver) {
  Report("report");
  Mark("hidden", 201, schema::Protection::SKYDDAD_FOLKBOKFORING);
  Ask(kBollnas, 1);
  const SignalId held = IdOf("SIG-A1", schema::Outcome::HELD);
  Name("named", held, kBollnas);
  EXPECT_EQ(Going(kBollnas), 1u);
  ExpectRebuilds();
}

TEST_F(Return, AReportThatMustWaitAgainIsHeldAgainAndItsSenderIsTold) {
  municipality_ = "";
  Report("report");
  const size_t told = Codes("bvc.bollnas").size();
  Move("found", 201, "2183");
  EXPECT_EQ(Going(kBollnas), 1u);
  Mark("hidden", 202, schema::Protection::SKYDDAD_FOLKBOKFORING);
  Ask(kBollnas, 1);
  EXPECT_EQ(Going(kBollnas), 0u);
  EXPECT_FALSE(IdOf("SIG-A1", schema::Outcome::HELD).empty());
  EXPECT_GT(Codes("bvc.bollnas").size(), told);
  ExpectRebuilds();
}

TEST_F(Return, SupportThatConsentAllowsComesBackWithTheChild) {
  Consent("given", schema::ConsentChanged::State::GIVEN, 199);
  Outcome("outcome");
  Move("away", 201, "2180");
  Ask("bollnas.forebyggande", 1);
  Move("back", 202, "2183");
  Ask("gavle.forebyggande", 1);
  EXPECT_EQ(Going("bollnas.forebyggande", "SIG-B1") + Going("gavle.forebyggande", "SIG-B1"), 1u);
}

TEST_F(Return, WhatItsSenderTookBackNeverComesBack) {
  Report("report");
  Move("away", 201, "2180");
  Ask(kBollnas, 1);
  Retract("oops", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  Move("back", 202, "2183");
  Ask(kGavle, 1);
  EXPECT_EQ(Going(kBollnas), 0u);
}

TEST_F(Return, AWithdrawalByTheFirstIdReachesWhoeverHasTheReportNow) {
  municipality_ = "";
  Report("report");
  const SignalId held = IdOf("SIG-A1", schema::Outcome::HELD);
  Move("found", 201, "2183");
  Move("on", 202, "2180");
  Ask(kBollnas, 1);
  Progress(kGavle, 1);
  Tell("withdrawn", Day(203), [&](schema::Event::Builder e) {
    auto body = e.getBody().initSignalWithdrawn();
    body.setSignalId(wire::AsData(held.view()));
    body.setReason("fel barn");
  });
  EXPECT_THAT(Codes(kGavle), ElementsAre("SIG-A1", "WITHDRAWN"));
}

TEST_F(Return, PartsRefusedWhileTheirReportWasHeldFollowItWhenItGoes) {
  Tell("report", Day(200), [](schema::Event::Builder e) {
    auto body = e.getBody().initReportSigned();
    body.setSignerFunction("bvc.bollnas");
    body.setConcern("canary-concern");
    body.initAttachments(1);
  });
  about_ = jt::KeyOf("report");
  for (const uint16_t index : {0, 1, 2})
    Tell("part " + std::to_string(index), Day(200), [=](schema::Event::Builder e) {
      auto body = e.getBody().initReportAttachment();
      body.setReportMessageId("report");
      body.setDigest(wire::AsData(std::string(32, 'd')));
      body.setSize(9);
      body.setIndex(index);
      body.setCount(3);
      body.setBytes(wire::AsData("xyz"));
    });
  about_.clear();
  const std::string right = directory_;
  const std::string id = "id = \"bvc.bollnas\"";
  directory_.replace(directory_.find(id), id.size(), "id = \"bvc.bollnaz\"");
  Config("2");
  for (uint64_t sequence = 1; sequence <= 4; ++sequence) Ask(kBollnas, sequence);
  EXPECT_EQ(Going(kBollnas) + Going(kBollnas, "ATTACHMENT"), 0u);
  directory_ = right;
  Config("3");
  EXPECT_EQ(Going(kBollnas), 1u);
  EXPECT_EQ(Going(kBollnas, "ATTACHMENT"), 3u);
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
