// A channel that guardians read: what tells of a report or of what is S4 never goes there, and what went there
// is taken back there.
#include "tests/support/shipped.h"
#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {
namespace {

using ::sam::test::Shipped;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using schema::Outcome;

class GuardiansRead : public Scene {
 protected:
  static constexpr char kPortal[] = "bvc.bollnas";

  void SetUp() override {
    const std::string id = "id = \"bvc.bollnas\"\n";
    directory_.replace(directory_.find(id), id.size(), id + "guardians_read = true\n");
    CryptoInit();
    log::Init("dispatch_test", log::Level::kError);
    Must(hub_.Start());
    Restart();
    programmes_ = Shipped("programmes.toml");
    Config("1", Shipped("rules.toml"));
    for (const char* function : {"bollnas.mottagning", kPortal}) Connected(function);
  }
  void SignedThatMustNotBeTold(const std::string& name) {
    Tell(name, Day(200), [](schema::Event::Builder e) {
      auto body = e.getBody().initReportSigned();
      body.setSignerFunction("bvc.bollnas");
      body.setConcern("canary-concern");
      body.initGuardians(2)[1].setInformed(schema::Informed::MUST_NOT);
    });
  }
  // Of prompts with this rule: held or delivered.
  std::vector<schema::Outcome> Of(const std::string& rule) {
    std::vector<schema::Outcome> out;
    EXPECT_TRUE(hub_.store_
                    .Scan(spaces::kSignal, "", "",
                          [&](std::string_view, std::string_view value) {
                            const auto row = DecodeSignal(value);
                            if (row.ok() && row->rule == rule) out.push_back(row->outcome);
                            return true;
                          })
                    .ok());
    return out;
  }
};

TEST_F(GuardiansRead, APromptThatAReportIsNotAnsweredWaitsAndOthersGo) {
  Registered();
  Tick(Day(200));
  ASSERT_THAT(Codes(kPortal), Contains("SIG-E1"));
  Report("report");
  Tick(Day(203));
  EXPECT_THAT(Of("P8-RECEIPT"), ElementsAre(Outcome::HELD));
  Tick(Day(306));
  EXPECT_THAT(Of("P8-FEEDBACK"), ElementsAre(Outcome::HELD));
  EXPECT_THAT(Of("P2"), ElementsAre(Outcome::DELIVER));
  ExpectRebuilds();
}

TEST_F(GuardiansRead, InALogOfBeforeItWent) {
  fold_ = 6;
  Config("older", Shipped("rules.toml"));
  Registered();
  Tick(Day(200));
  Report("report");
  Tick(Day(203));
  EXPECT_THAT(Of("P8-RECEIPT"), ElementsAre(Outcome::DELIVER));
}

TEST_F(GuardiansRead, EveryShippedRuleIsKnownForWhatItAsksAfter) {
  const auto rules = rules::ParseRules(Shipped("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok());
  size_t prompts = 0;
  for (const rules::Rule& rule : rules->all) {
    const std::string code = rules::CodeOf(rule.pattern);
    if (code != "SIG-E1" && code != "SIG-E2") continue;
    ++prompts;
    const bool secret = rule.id.starts_with("P7") || rule.id.starts_with("P8");
    EXPECT_EQ(Dispatcher::AsksAfterSecret(&rule), secret) << rule.id;
  }
  EXPECT_GT(prompts, 15u);
}

TEST_F(GuardiansRead, WhatWentThereIsTakenBackThere) {
  Registered();
  Tick(Day(36));
  ASSERT_EQ(Codes(kPortal).back(), "SIG-E1");
  Progress(kPortal, Codes(kPortal).size());
  Completed("told late", 10, "bhv.w1-3");
  ASSERT_EQ(Codes(kPortal).back(), "WITHDRAWN");
  const auto notice = wire::Parse<schema::Signal>(Mailbox(kPortal).back().decision.bytes);
  ASSERT_TRUE(notice.ok());
  EXPECT_FALSE(notice->get().getBody().getWithdrawn().hasReason()) << "it may say that the child is protected";
  ExpectRebuilds();
}

TEST_F(GuardiansRead, WhenTheGuardiansMayNotKnowNothingAboutTheChildGoesThereUntilThatIsTakenBack) {
  Registered();
  Tick(Day(199));
  const size_t before = Codes(kPortal).size();
  SignedThatMustNotBeTold("report");
  Report("later one");
  Tick(Day(306));
  EXPECT_EQ(Codes(kPortal).size(), before);
  EXPECT_THAT(Of("P2"), ElementsAre(Outcome::HELD));
  EXPECT_THAT(Codes("bollnas.mottagning"), Contains("SIG-A1"));
  Retract("wrong child", "report", [](schema::Event::Builder e) { e.getBody().initReportSigned(); });
  EXPECT_THAT(Of("P2"), ElementsAre(Outcome::DELIVER));
  ExpectRebuilds();
}

}  // namespace
}  // namespace sam::dispatch::test
