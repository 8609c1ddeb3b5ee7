// Counts of other happenings than signals: the same rules, and no way from one table to another.
#include <gmock/gmock.h>

#include <random>

#include "broker/statistics/report.h"
#include "broker/statistics/sheet.h"
#include "tests/unit/broker/statistics/attacker.h"

namespace sam::statistics {
namespace {

class Happened {
 public:
  // `children` happenings, each about a person of its own.
  Happened& Add(uint32_t children, const std::string& code, const std::string& age = "0",
                const std::string& municipality = "2183") {
    for (uint32_t i = 0; i < children; ++i) {
      Fact fact;
      fact.child = next_++;
      fact.code = code;
      fact.age = age;
      fact.municipality = municipality;
      all_.push_back(fact);
    }
    return *this;
  }
  const std::vector<Fact>& all() const { return all_; }

 private:
  std::vector<Fact> all_;
  uint32_t next_ = 0;
};

std::vector<Fact> Reports() {
  std::vector<Fact> facts = Happened().Add(20, "SIG-A1").all();
  for (Fact& fact : facts) {
    fact.legal_class = "A";
    fact.outcome = kInTime;
  }
  return facts;
}
Report Made(const Happened& activities, const Happened& offers = {}) {
  return MakeReport(*ParsePeriod("2026-Q1", Length::kQuarter), false, Reports(), activities.all(),
                    offers.all());
}
Sheets SheetsOf(const Report& report) { return MakeSheets(report, {}, contract::Language::kEnglish); }

TEST(Activities, AreCountedByKindAgeAndMunicipality) {
  const Report report = Made(Happened().Add(7, "epds", "18").Add(8, "visit.missed", "3-5", "2180"),
                             Happened().Add(13, "accepted", "18").Add(12, "declined", "18"));
  EXPECT_EQ(report.activities.total, 15U);
  EXPECT_EQ(report.activities.ages.Shown(0, "18"), 7U);
  EXPECT_EQ(report.activities.municipalities.Shown(1, "2180"), 8U);
  const Sheets sheets = SheetsOf(report);
  const Sheet& kinds = *sheets.Find("activities");
  EXPECT_EQ(kinds.rows[0].label, "EPDS talk held");
  EXPECT_EQ(kinds.rows[0].cells[0].value, 7);
  EXPECT_FALSE(kinds.classes);
  const Sheet& offers = *sheets.Find("offers");
  ASSERT_EQ(offers.rows.size(), 3U);
  EXPECT_EQ(offers.rows[0].label, "Accepted");
  EXPECT_EQ(offers.rows[2].cells[0].value, 25) << "all that were offered";
}

TEST(Activities, EveryKindHasAName) {
  for (const char* kind : {"epds", "barnsakert.answered", "barnsakert.declined", "homevisit.declined",
                           "visit.missed", "dental.missed"})
    EXPECT_TRUE(contract::HasText(std::string("stat.activity.") + kind)) << kind;
  for (const char* kind : {"accepted", "declined", "open"})
    EXPECT_TRUE(contract::HasText(std::string("stat.offer.") + kind)) << kind;
  for (const char* sheet : {"activities", "activity-ages", "activity-municipalities", "offers"})
    for (const char* what : {"stat.title.", "stat.about."})
      EXPECT_TRUE(contract::HasText(std::string(what) + sheet)) << what << sheet;
}

TEST(Activities, OfFewPersonsNothingIsTold) {
  const Report report = Made(Happened().Add(4, "epds"), Happened().Add(2, "accepted").Add(2, "declined"));
  EXPECT_EQ(report.activities.total, 0U);
  EXPECT_EQ(report.offers.total, 0U);
  for (const char* sheet : {"activities", "activity-ages", "activity-municipalities", "offers"})
    EXPECT_EQ(SheetsOf(report).Find(sheet), nullptr) << sheet;
}

TEST(Activities, ASmallKindGoesTogetherWithOthers) {
  const Report report = Made(Happened().Add(3, "epds").Add(9, "visit.missed").Add(4, "homevisit.declined"),
                             Happened().Add(3, "accepted").Add(9, "declined"));
  for (const auto* rows : {&report.activities.rows, &report.offers.rows})
    for (const Group& row : *rows) EXPECT_GE(row.children.size(), kFewest) << row.key;
  ASSERT_EQ(report.offers.rows.size(), 1U) << "three who accepted would be told by the rest";
  EXPECT_EQ(report.offers.rows[0].key, "");
}

// Whoever accepts is told of in a signal too: a second table of the same numbers by municipality, with another
// ring hidden, would give away what the first one hides.
TEST(Activities, OffersAreNotBrokenDown) {
  const Report report = Made({}, Happened().Add(9, "accepted").Add(9, "declined", "18", "2180"));
  EXPECT_TRUE(report.offers.ages.columns.empty());
  EXPECT_TRUE(report.offers.municipalities.columns.empty());
  EXPECT_EQ(SheetsOf(report).Find("offers")->columns.size(), 1U);
}

TEST(Activities, NoReportOfHundredsGivesASmallCellAway) {
  std::mt19937 random(4711);
  int hidden = 0;
  for (int round = 0; round < 400; ++round) {
    Happened happened;
    for (const char* kind : {"epds", "homevisit.declined", "visit.missed"})
      for (const char* age : {"0", "1-2", "18"})
        for (const char* place : {"2183", "2180"})
          happened.Add(random() % 2 == 0 ? random() % 4 : random() % 8, kind, age, place);
    const Report report = Made(happened);
    for (const Breakdown* broken : {&report.activities.ages, &report.activities.municipalities}) {
      for (const Group& column : broken->columns) EXPECT_GE(column.children.size(), kFewest);
      test::NothingSmallCanBeWorkedOut(broken->table);
      for (size_t r = 0; r < broken->table.rows(); ++r)
        for (size_t c = 0; c < broken->table.columns(); ++c) hidden += broken->table.Small(r, c) ? 1 : 0;
    }
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(hidden, 100);
}

}  // namespace
}  // namespace sam::statistics
