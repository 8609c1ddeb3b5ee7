#include "broker/statistics/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "broker/base/ids.h"
#include "broker/statistics/sheet.h"

namespace sam::statistics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Period Quarter() { return *ParsePeriod("2026-Q1", Length::kQuarter); }

class Facts {
 public:
  // `children` signals, each about a child of its own.
  Facts& Add(uint32_t children, const std::string& code, const std::string& age = "1-2",
             const std::string& municipality = "2183", std::string_view outcome = kInTime) {
    for (uint32_t i = 0; i < children; ++i) {
      Fact fact;
      fact.child = next_++;
      fact.code = code;
      fact.legal_class = code.substr(4, 1);
      fact.age = age;
      fact.municipality = municipality;
      fact.outcome = std::string(outcome);
      all_.push_back(fact);
    }
    return *this;
  }
  Facts& Reason(const std::string& reason) {
    for (Fact& fact : all_)
      if (fact.outcome == kStopped && fact.reason.empty()) fact.reason = reason;
    return *this;
  }
  std::vector<Fact>& all() { return all_; }
  Report Made() const { return MakeReport(Quarter(), false, all_); }

 private:
  std::vector<Fact> all_;
  uint32_t next_ = 0;
};

TEST(Percentile, IsAValueThatWasMeasured) {
  EXPECT_EQ(Percentile({7}, 50), 7);
  EXPECT_EQ(Percentile({3, 1, 2}, 50), 2);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 50), 2);
  EXPECT_EQ(Percentile({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 90), 9);
  EXPECT_EQ(Percentile({5, 5, 5}, 90), 5);
}

TEST(Report, FewerThanFiveChildrenAreNotToldOfAtAll) {
  const Report report = Facts().Add(4, "SIG-A1").Made();
  EXPECT_EQ(report.signals, 0U);
  const Sheets sheets = MakeSheets(report, {}, contract::Language::kEnglish);
  EXPECT_TRUE(sheets.all.empty());
  EXPECT_THAT(sheets.empty, HasSubstr("Fewer than 5"));
}

TEST(Report, ManySignalsAboutFewChildrenAreFew) {
  Facts facts;
  facts.Add(20, "SIG-A1");
  for (Fact& fact : facts.all()) fact.child %= 4;
  EXPECT_EQ(facts.Made().signals, 0U);
}

TEST(Report, TypesAgesAndMunicipalitiesAreCounted) {
  const Report report = Facts().Add(7, "SIG-A1", "0").Add(8, "SIG-E1", "3-5", "2180").Made();
  ASSERT_EQ(report.rows.size(), 2U);
  EXPECT_EQ(report.rows[0].key, "SIG-A1");
  EXPECT_EQ(report.rows[0].parent, "A");
  EXPECT_EQ(report.ages.Shown(0, "0"), 7U);
  EXPECT_EQ(report.ages.Shown(0, "3-5"), 0U);
  EXPECT_EQ(report.municipalities.Shown(1, "2180"), 8U);
  EXPECT_EQ(report.ages.Shown(0, "18"), 0U) << "nobody of that age at all";
}

TEST(Report, EveryTotalHasFiveChildrenBehindIt) {
  const Report report = Facts().Add(9, "SIG-A1", "0").Add(2, "SIG-B1", "1-2", "2180")
                            .Add(1, "SIG-C1", "3-5", "").Add(6, "SIG-E1", "3-5", "2161").Made();
  for (const auto* groups : {&report.rows, &report.ages.columns, &report.municipalities.columns,
                             &report.outcomes.columns})
    for (const Group& group : *groups) EXPECT_GE(group.children.size(), kFewest) << group.key;
}

TEST(Report, ClocksNeedFiveChildrenAndTheNinthDecileTen) {
  Facts facts;
  facts.Add(12, "SIG-A1").Add(9, "SIG-E1");
  for (size_t i = 0; i < facts.all().size(); ++i) {
    facts.all()[i].after_ms[kDelivered] = static_cast<int64_t>(i + 1) * 1000;
    if (i < 4) facts.all()[i].after_ms[kAnswered] = kDayMs;
  }
  const Report report = facts.Made();
  EXPECT_EQ(report.clocks[0][kDelivered].median_ms, 6000);
  EXPECT_EQ(report.clocks[0][kDelivered].decile_ms, 11000);
  EXPECT_TRUE(report.clocks[1][kDelivered].median_ms.has_value());
  EXPECT_FALSE(report.clocks[1][kDelivered].decile_ms.has_value());
  EXPECT_FALSE(report.clocks[0][kAnswered].median_ms.has_value()) << "four answers";
  EXPECT_FALSE(report.all_clocks[kAnswered].median_ms.has_value());
}

TEST(Report, AMedianOfManySignalsAboutFewChildrenIsNotShown) {
  Facts facts;
  facts.Add(12, "SIG-A1");
  for (size_t i = 0; i < 12; ++i)
    if (i < 8) {
      facts.all()[i].child %= 4;
      facts.all()[i].after_ms[kRegistered] = 1000;
    }
  EXPECT_FALSE(facts.Made().all_clocks[kRegistered].median_ms.has_value());
}

TEST(Report, RatesAreOfWhatWasDueAndComeFromShownCellsOnly) {
  Report report = Facts().Add(15, "SIG-A1").Add(5, "SIG-A1", "0", "2183", kOverdue)
                      .Add(6, "SIG-A1", "0", "2183", kOpen).Made();
  ASSERT_TRUE(report.rates[0].has_value());
  EXPECT_DOUBLE_EQ(*report.rates[0], 0.75);
  report = Facts().Add(15, "SIG-A1").Add(2, "SIG-A1", "0", "2183", kOverdue)
               .Add(6, "SIG-A1", "0", "2183", kOpen).Made();
  EXPECT_FALSE(report.rates[0].has_value()) << "two that were overdue would be told by the share";
  EXPECT_FALSE(report.rate.has_value());
}

TEST(Report, ReasonsAreToldOnlyWhereTheTableTellsHowManyWereStopped) {
  Report report = Facts().Add(9, "SIG-A1").Add(6, "SIG-B1", "0", "2183", kStopped)
                      .Reason("gate.consent.missing").Made();
  ASSERT_EQ(report.reasons.size(), 1U);
  EXPECT_EQ(report.reasons[0].key, "gate.consent.missing");
  EXPECT_EQ(report.reasons[0].count, 6U);
  // Two reports are stopped too. Consent is a matter of B alone: its number would give theirs away.
  report = Facts().Add(9, "SIG-A1").Add(9, "SIG-B1").Add(6, "SIG-B1", "0", "2183", kStopped)
               .Reason("gate.consent.missing").Add(2, "SIG-A1", "0", "2183", kStopped)
               .Reason("gate.municipality.unknown").Made();
  EXPECT_TRUE(report.reasons.empty());
  EXPECT_TRUE(Facts().Add(9, "SIG-A1").Add(3, "SIG-B1", "0", "2183", kStopped).Made().reasons.empty());
}

TEST(Sheets, TextCsvAndJsonLeaveOutTheSame) {
  const Report report = Facts().Add(2, "SIG-A1", "0").Add(20, "SIG-A1").Add(10, "SIG-E1", "0")
                            .Add(40, "SIG-E1").Made();
  const Sheets sheets = MakeSheets(report, {{"2183", "Bollnäs"}}, contract::Language::kEnglish);
  const Sheet& ages = *sheets.Find("ages");
  EXPECT_FALSE(ages.rows[0].cells[0].value.has_value());
  EXPECT_EQ(CellText(ages.rows[0].cells[0], Unit::kCount, contract::Language::kEnglish), "..");
  const std::string csv = Csv(sheets, "2026-Q1");
  EXPECT_THAT(csv, HasSubstr("2026-Q1;ages;Statutory report of concern (SIG-A1);A;under 1 year;..;count\r\n"));
  EXPECT_THAT(csv, HasSubstr(";municipalities;Total;;Bollnäs;72;count"));
  EXPECT_THAT(csv, Not(HasSubstr(";2;count")));
  const nlohmann::json json = Json(sheets, report);
  for (const auto& table : json["tables"])
    if (table["table"] == "ages") {
      EXPECT_TRUE(table["rows"][0]["values"][0].is_null());
    }
}

TEST(Sheets, NumbersAreWrittenAsPeopleWriteThem) {
  using contract::Language;
  EXPECT_EQ(CellText({1234567, false}, Unit::kCount, Language::kSwedish), "1\u00a0234\u00a0567");
  EXPECT_EQ(CellText({0.834, false}, Unit::kShare, Language::kSwedish), "83 %");
  EXPECT_EQ(CellText({27, false}, Unit::kTime, Language::kSwedish), "< 1 s");
  EXPECT_EQ(CellText({5.4e6, false}, Unit::kTime, Language::kSwedish), "1,5 tim");
  EXPECT_EQ(CellText({2.5 * kDayMs, false}, Unit::kTime, Language::kEnglish), "2.5 d");
}

}  // namespace
}  // namespace sam::statistics
