// The shipped BVC mapping on messages of several OBR: what stands under one says nothing of another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Report(const std::string& rest) {
  return "MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|S|H|20260305101500+0100||ORU^R01^ORU_R01|G1|T|2.5.1\r"
         "PID|1||20210325K069^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR||Testsson^Barn||20210325\r"
         "PD1||||||||||||N\r" +
         rest;
}
std::string Order(const std::string& day) {
  return "OBR|1|||FORM^Formulär^LOCAL|||" + day + "094500+0100\r";
}
std::string Line(const std::string& code, const std::string& value, const std::string& flag = "") {
  return "OBX|1|CE|" + code + "^text^LOCAL||" + value + "|||" + flag + "|||F\r";
}

// Midday of the two orders, as milliseconds: 08:45 UTC.
const char* const kFirstDay = "occurredAt = 1772354700000";   // 2026-03-01
const char* const kSecondDay = "occurredAt = 1772441100000";  // 2026-03-02

TEST(BvcGroups, AFindingHasTheDayVisitAndReferralOfItsOwnOrder) {
  Rig rig;
  const Verdict verdict = rig.Take(Report(Order("20260301") + Line("SYN4", "1.0", "N") + Line("BESOK", "M8") +
                                          Line("REMISS", "N") + Order("20260302") +
                                          Line("SPRAK3", "1", "A") + Line("BESOK", "M18") +
                                          Line("REMISS", "J")));
  ASSERT_EQ(verdict.events.size(), 1U) << verdict.reason;
  const std::string text = TextOf(verdict.events[0].bytes);
  EXPECT_THAT(text, HasSubstr(kSecondDay));
  EXPECT_THAT(text, HasSubstr("visitCode = \"bhv.m18\""));
  EXPECT_THAT(text, HasSubstr("referralSent = yes"));
}

TEST(BvcGroups, AFindingWithoutQualifiersOfItsOwnIsToldWithout) {
  Rig rig;
  const Verdict verdict = rig.Take(Report(Order("20260301") + Line("SYN4", "0.4", "A") +
                                          Order("20260302") + Line("BESOK", "M18") + Line("REMISS", "J")));
  ASSERT_EQ(verdict.events.size(), 1U) << verdict.reason;
  const std::string text = TextOf(verdict.events[0].bytes);
  EXPECT_THAT(text, HasSubstr(kFirstDay));
  EXPECT_THAT(text, Not(HasSubstr("bhv.m18")));
  EXPECT_THAT(text, Not(HasSubstr("referralSent = yes")));
}

TEST(BvcGroups, AFormIsReadFromItsOwnOrderAndEachFormByItself) {
  Rig rig;
  const Verdict verdict = rig.Take(
      Report(Order("20260301") + Line("BSU", "SAMT") + Line("BSS", "N") + Line("BSO", "VLD") +
             Order("20260302") + Line("BSU", "SAMTSOC") + Line("BSS", "J") + Line("BSO", "EKO")));
  ASSERT_EQ(verdict.events.size(), 2U) << verdict.reason;
  const std::string with = TextOf(verdict.events[0].bytes);
  const std::string without = TextOf(verdict.events[1].bytes);
  EXPECT_THAT(with, HasSubstr(kSecondDay));
  EXPECT_THAT(with, HasSubstr("consentGiven = yes"));
  EXPECT_THAT(without, HasSubstr(kFirstDay));
  EXPECT_THAT(without, HasSubstr("consentGiven = no"));
  EXPECT_THAT(without, Not(HasSubstr("areas = [")));
}

TEST(BvcGroups, SeveralFormsOfOneRuleHaveKeysOfTheirOwn) {
  Rig rig;
  const std::string declined = Line("AVBOJ", "VACC");
  const Verdict verdict = rig.Take(Report(Order("20260301") + declined + Order("20260302") + declined));
  ASSERT_EQ(verdict.events.size(), 2U) << verdict.reason << verdict.detail;
  EXPECT_THAT(TextOf(verdict.events[0].bytes), HasSubstr("|20260305101500+0100\""));
  EXPECT_THAT(TextOf(verdict.events[1].bytes), HasSubstr("#care-declined.2\""));
}

TEST(BvcGroups, AFormWhoseConsentStandsUnderAnotherOrderWaitsForAPerson) {
  Rig rig;
  const Verdict verdict = rig.Take(Report(Order("20260301") + Line("BSU", "SAMTSOC") + Line("BSO", "EKO") +
                                          Order("20260302") + Line("BSS", "J")));
  EXPECT_EQ(verdict.reason, "groups-disagree") << verdict.events.size();
  EXPECT_TRUE(rig.Outbox().empty());
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_THAT(rig.Quarantine()[0].detail, HasSubstr("barnsakert-outcome-no-consent"));
  EXPECT_THAT(rig.Quarantine()[0].detail, HasSubstr("in one group"));
}

TEST(BvcGroups, AReportThatIsSpreadOverSeveralOrdersWaitsForAPersonUnlessTheySayTheSame) {
  const std::string report = Fixture("mdm_t02_report");
  const size_t results = report.find("OBX|");
  ASSERT_NE(results, std::string::npos);
  // Orders before the TXA: what follows it is the document's own.
  std::string before = report;
  before.insert(before.find("TXA|"), Order("20260301") + Order("20260302"));
  Rig document;
  EXPECT_EQ(document.Take(before).events.size(), 1U);
  // Its own lines under two orders.
  const size_t middle = report.find("OBX|", report.find("OBX|", results + 4) + 4);
  std::string spread = report;
  spread.insert(middle, Order("20260302"));
  spread.insert(results, Order("20260301"));
  Rig rig;
  EXPECT_EQ(rig.Take(spread).reason, "groups-disagree");
}

}  // namespace
}  // namespace sam::kit::test
