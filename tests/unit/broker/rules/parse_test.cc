#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "broker/rules/programmes.h"
#include "broker/rules/rule_set.h"
#include "tests/support/shipped.h"

namespace sam::rules {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Demo(const std::string& name) {
  std::ifstream in(std::string(SAM_CONFIG_DIR) + "/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}
std::string RuleError(const std::string& text) {
  const auto rules = ParseRules(text, "rules.toml");
  return rules.ok() ? "" : rules.error().message;
}
std::string StepError(const std::string& step) {
  const auto parsed = ParseProgrammes("[[programme]]\nid = 'p'\nversion = '1'\n[[programme.step]]\n" +
                                          step, "programmes.toml");
  return parsed.ok() ? "" : parsed.error().message;
}
constexpr char kRule[] = "[[rule]]\nid = 'X'\nversion = '1'\nowner = 'bvc.unit'\n"
                         "ground = 'ground.own-unit'\nvalid_from = 2026-01-01\n";

TEST(RulesFile, TheDemonstrationFilesParse) {
  const auto programmes = ParseProgrammes(Demo("programmes.toml"), "programmes.toml");
  ASSERT_TRUE(programmes.ok()) << programmes.error().message;
  ASSERT_NE(programmes->Find("bhv.m8").step, nullptr);
  EXPECT_EQ(programmes->Find("bhv.m8").step->overdue_days, 305);
  EXPECT_EQ(programmes->Find("nothing").step, nullptr);
  const auto rules = ParseRules(Demo("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  ASSERT_NE(rules->Find("P2"), nullptr);
  EXPECT_EQ(rules->Find("TRANSPORT-A1")->clocks[0].acute_hours, 1);
}

TEST(RulesFile, FaultsAreNamedWithTheirPlace) {
  EXPECT_THAT(RuleError(std::string(kRule) + "pattern = 'expectatoin'\nstep = 'bhv.m8'\n"),
              HasSubstr("rules.toml:7:"));
  EXPECT_THAT(RuleError(std::string(kRule) + "pattern = 'transport'\ntreshold = 2\n"),
              AllOf(HasSubstr("rules.toml:8:1"), HasSubstr("treshold")));
  EXPECT_THAT(RuleError(std::string(kRule) + "pattern = 'repeated-miss'\nwindow_days = 10\n"
                                             "threshold = 0\nclear_events = []\n"),
              AllOf(HasSubstr("threshold"), HasSubstr("clear_events")));
  EXPECT_THAT(RuleError(std::string(kRule) + "pattern = 'transport'\n" + kRule +
                        "pattern = 'transport'\n"),
              HasSubstr("no other rule has"));
}

TEST(RulesFile, ARuleThatLeavesItsDomainNeedsAnApproval) {
  const std::string misses = "pattern = 'repeated-miss'\nwindow_days = 10\nthreshold = 2\n"
                             "clear_events = ['bvc.visit.completed']\nscope = 'cross-domain'\n";
  EXPECT_EQ(RuleError(kRule + misses), "");
  EXPECT_THAT(RuleError(kRule + misses + "enabled = true\n"), HasSubstr("approved_by"));
}

// One other side's facts are no facts of the owner's own domain, though they are of one side.
TEST(RulesFile, OwnDomainIsTheOwnersDomain) {
  const std::string order = std::string(kRule) + "enabled = true\npattern = 'absence'\nstep = 'x'\nwait_days = 5\n"
                            "after = ['social.exam.requested']\nanswers = ['signal.receipt:answered']\n";
  EXPECT_THAT(RuleError(order), AllOf(HasSubstr("rules.toml:"), HasSubstr("another side")));
  EXPECT_THAT(RuleError(order + "scope = 'cross-domain'\n"), HasSubstr("approval_record"));
  EXPECT_TRUE(ParseRules(order, "rules.toml", false).ok()) << "a log of before is still read";
}

TEST(RulesFile, NorIsWhatCompletesAStepOrEndsTheWaitingForIt) {
  const std::string rule = std::string(kRule) + "enabled = true\npattern = 'expectation'\nstep = 's'\n";
  const auto connect = [&](const std::string& cancel, const std::string& done, const std::string& scope) {
    const auto programmes = ParseProgrammes(
        "[[programme]]\nid = 'p'\nversion = '1'\n" + cancel + "[[programme.step]]\ncode = 's'\nkind = 'visit'\n"
        "due_days = 1\noverdue_days = 2\nvisits = ['s']\n" + done, "programmes.toml");
    EXPECT_TRUE(programmes.ok()) << programmes.error().message;
    auto rules = ParseRules(rule + scope, "rules.toml");
    if (!rules.ok()) return rules.error().message;
    rules->since_fold_7 = true;
    const Status status = Connect(*programmes, *rules);
    return status.ok() ? std::string() : status.error().message;
  };
  const std::string dental = "done = ['dental.visit.completed']\n";
  const std::string placed = "[[programme.cancel]]\nreason = 'moved'\nfacts = ['social.placement.changed']\n";
  EXPECT_EQ(connect("", "done = ['bvc.visit.booked']\n", ""), "");
  EXPECT_THAT(connect("", dental, ""), HasSubstr("another side"));
  EXPECT_THAT(connect(placed, "", ""), HasSubstr("another side"));
  EXPECT_THAT(connect("", dental, "scope = 'same-region'\n"),
              AllOf(HasSubstr("approved_by"), HasSubstr("approval_record"), HasSubstr("ground")));
}

TEST(RulesFile, AnotherOwnerScopeOrAgeIsAnotherMeaningSinceFoldEdition7) {
  const auto rules = ParseRules(Demo("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok());
  const Rule& rule = *rules->Find("REPEATED-MISS");
  Rule owner = rule, scope = rule, age = rule, version = rule;
  owner.owner = "dental.clinic";
  scope.scope = "same-region";
  ++age.min_age_hours;
  version.version += "1";
  for (const Rule* other : {&owner, &scope, &age}) {
    EXPECT_FALSE(SameMeaning(rule, *other));
    EXPECT_TRUE(SameMeaning(rule, *other, false));
  }
  EXPECT_TRUE(SameMeaning(rule, version));
}

TEST(RulesFile, FactsOfTwoSidesNeedAScopeAGroundAndARecordedApproval) {
  const std::string need = "\n[[rule.need]]\nfacts = ['dental.visit.missed']\ncount = 2\n"
                           "[[rule.need]]\nfacts = ['bvc.visit.missed']\n";
  const std::string rule = std::string(kRule) + "pattern = 'facts'\nwindow_days = 183\n";
  EXPECT_THAT(RuleError(rule + need), AllOf(HasSubstr("rules.toml:"), HasSubstr("two sides")))
      << "also while it is disabled";
  EXPECT_EQ(RuleError(rule + "scope = 'same-region'\n" + need), "");
  EXPECT_THAT(RuleError(rule + "scope = 'same-region'\nenabled = true\n" + need),
              AllOf(HasSubstr("rules.toml:1:"), HasSubstr("approved_by"), HasSubstr("approved_on"),
                    HasSubstr("approval_record"), HasSubstr("ground")));
  std::string approved = rule + "scope = 'same-region'\nenabled = true\napproved_by = 'the board'\n"
                         "approved_on = 2026-02-01\napproval_record = '2026/17'\n" + need;
  EXPECT_THAT(RuleError(approved), HasSubstr("ground.own-unit")) << "no ground for another side";
  approved.replace(approved.find("ground.own-unit"), 15, "ground.same-region");
  EXPECT_EQ(RuleError(approved), "");
}

TEST(RulesFile, FactsAndAbsencesThatCanNotBeAreRefused) {
  const std::string facts = std::string(kRule) + "pattern = 'facts'\nwindow_days = 10\n";
  EXPECT_THAT(RuleError(facts), HasSubstr("[[rule.need]]"));
  const auto need = [&](const std::string& text) {
    return RuleError(facts + "[[rule.need]]\n" + text);
  };
  EXPECT_EQ(need("facts = ['bvc.visit.missed']\n"), "");
  EXPECT_THAT(need("facts = ['bvc.visit.mised']\n"), HasSubstr("rules.toml:10:"));
  EXPECT_THAT(need("facts = ['bvc.care.declined:nothing']\n"), HasSubstr("facts such as"));
  EXPECT_THAT(need("facts = ['bvc.visit.completed']\n"), HasSubstr("may clear a rule"));
  EXPECT_THAT(need("facts = ['bvc.visit.missed']\nrise = 2\n"), HasSubstr("caries"));
  EXPECT_THAT(need("facts = ['dental.visit.missed']\n"), HasSubstr("owner"));
  const std::string absence = std::string(kRule) + "pattern = 'absence'\nstep = 's'\n"
                              "after = ['report.signed']\nanswers = ['signal.receipt:answered']\n";
  EXPECT_EQ(RuleError(absence + "wait_days = 3\n"), "");
  EXPECT_THAT(RuleError(absence), HasSubstr("wait_days"));
  EXPECT_THAT(RuleError(absence + "wait_days = 3\nwait_percent = 50\n"), HasSubstr("wait_days"));
  EXPECT_THAT(RuleError(absence + "wait_percent = 50\n"), HasSubstr("names a day"));
}

TEST(RulesFile, WhoeverWasSentAnOrderIsAskedOnTheOrdersGroundAlone) {
  const auto rule = [](const std::string& ground) {
    return "[[rule]]\nid = 'x'\nversion = '1'\nvalid_from = 2000-01-01\nowner = 'order.receiver'\nground = '" + ground +
           "'\npattern = 'absence'\nscope = 'cross-domain'\nstep = 's'\nsame_key = true\nwait_percent = 50\n"
           "after = ['social.exam.requested']\nanswers = ['health.exam.reported']\n";
  };
  EXPECT_EQ(RuleError(rule("ground.order")), "");
  EXPECT_THAT(RuleError(rule("ground.same-region")), AllOf(HasSubstr("rules.toml:6:"), HasSubstr("ground.order")));
}

TEST(RulesFile, NoShippedRuleOverTwoSidesIsEnabledAndNoneMakesAReport) {
  const auto rules = ParseRules(::sam::test::Shipped("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok()) << rules.error().message;
  for (const Rule& rule : rules->all) {
    EXPECT_FALSE(rule.enabled && rule.scope != "own-domain") << rule.id;
    if (rule.pattern == Pattern::kTransport) continue;  // carries what a person has signed
    EXPECT_NE(std::string(CodeOf(rule.pattern)).substr(0, 5), "SIG-A") << rule.id;
  }
  for (const char* id : {"P1", "P2", "P3", "P4", "P5", "P6", "P7-BOOKING", "P7-DONE", "P8-RECEIPT",
                         "P8-FEEDBACK", "P9", "P10", "DENTAL-NOT-REACHED"})
    EXPECT_NE(rules->Find(id), nullptr) << id;
}

TEST(RulesFile, AttendanceCarriesWhatOneOfTwoSidesDecides) {
  const std::string rule = std::string(kRule) + "pattern = 'attendance'\nenabled = true\n";
  EXPECT_EQ(RuleError(rule), "");
  EXPECT_EQ(RuleError(rule + "window_days = 10\nthreshold = 2\nclear_events = ['bvc.visit.completed']\n"), "")
      << "as files of earlier builds have it";
}

TEST(ProgrammesFile, ImpossibleStepsAreRefused) {
  const std::string good = "code = 'c'\nkind = 'home'\ndue_days = 10\noverdue_days = 20\n";
  EXPECT_EQ(StepError(good + "visits = ['c']\n"), "");
  EXPECT_THAT(StepError(good), HasSubstr("visits"));
  EXPECT_THAT(StepError("code = 'c'\nkind = 'home'\ndue_days = 30\noverdue_days = 20\n"
                        "visits = ['c']\n"),
              HasSubstr("programmes.toml:8:"));
  EXPECT_THAT(StepError(good + "home_visits = ['m9']\n"), HasSubstr("a kind of home visit"));
  EXPECT_THAT(StepError(good + "visits = ['c']\nrestart_after_day = 5\n"),
              HasSubstr("restart_days"));
  EXPECT_THAT(StepError(good + "visits = ['c']\n[[programme.step]]\n" + good +
                        "visits = ['c']\n"),
              HasSubstr("no other step"));
}

}  // namespace
}  // namespace sam::rules
