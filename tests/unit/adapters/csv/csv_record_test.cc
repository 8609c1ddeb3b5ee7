#include "adapters/csv/csv_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::csv {
namespace {

using kit::Scope;
using kit::TimeNote;
using kit::TimePrecision;

struct OneRow {
  CsvFormat format;
  CsvRow row;

  kit::Selector At(const std::string& text) {
    Result<kit::Selector> selector = format.Compile(text);
    EXPECT_TRUE(selector.ok()) << text;
    return selector.ok() ? *selector : kit::Selector();
  }
  CsvRecord Record() {
    return CsvRecord(format, row, hl7::Zone::Find("Europe/Stockholm").value(),
                     *FromIso("2026-03-02T12:00:00Z"));
  }
  std::string Get(const std::string& place) {
    const kit::Selector at = At(place);
    return Record().Get(at, Scope()).text;
  }
};

TEST(CsvRecord, AColumnByNameInAnyCaseAndSeveralJoined) {
  OneRow one;
  one.row.values = {{"datum", "2026-03-02"}, {"tid", " 09:30 "}, {"orsak", ""}};
  EXPECT_EQ(one.Get("datum"), "2026-03-02");
  EXPECT_EQ(one.Get("Datum"), "2026-03-02");
  EXPECT_EQ(one.Get("datum+tid"), "2026-03-02 09:30");
  EXPECT_EQ(one.Get("orsak+tid"), "09:30");
}

TEST(CsvRecord, EmptyAndUnknownColumnsSayNothing) {
  OneRow one;
  one.row.values = {{"orsak", "  "}};
  for (const char* place : {"orsak", "saknas", "number(orsak)", "orsak:1"}) {
    const kit::Selector at = one.At(place);
    EXPECT_EQ(one.Record().Get(at, Scope()).presence, kit::Presence::kAbsent) << place;
    EXPECT_TRUE(one.Record().All(at, Scope()).empty()) << place;
  }
}

TEST(CsvRecord, WholeNumbersWithADecimalComma) {
  OneRow one;
  for (const auto& [text, number] : std::map<std::string, std::string>{
           {"2", "2"}, {"2,0", "2"}, {"12.00", "12"}, {"2,5", "2,5"}, {",0", ",0"}, {"2,", "2,"}}) {
    one.row.values["dft"] = text;
    EXPECT_EQ(one.Get("number(dft)"), number);
  }
}

TEST(CsvRecord, SmallAndCapitalLettersCanBeToldApart) {
  OneRow one;
  one.row.values = {{"a", "dft"}, {"b", "DFT"}, {"c", ""}};
  EXPECT_EQ(one.Get("cased(a)"), "dft/small");
  EXPECT_EQ(one.Get("cased(b)"), "DFT/capital");
  EXPECT_EQ(one.Get("cased(c)"), "");
}

TEST(CsvRecord, AListInOneCellIsAUnit) {
  OneRow one;
  one.row.values = {{"forsok", "brev/2026-01-12/SKICKAT, sms/2026-02-01 ,,"},
                    {"koder", "4002, 4022"}};
  EXPECT_EQ(one.Record().Count("forsok"), 2U);
  EXPECT_EQ(one.Record().Count("saknas"), 0U);
  const kit::Selector kind = one.At("forsok:1"), day = one.At("forsok:2"), out = one.At("forsok:3");
  EXPECT_EQ(one.Record().Get(kind, {"forsok", 2}).text, "sms");
  EXPECT_EQ(one.Record().Get(day, {"forsok", 2}).text, "2026-02-01");
  EXPECT_FALSE(one.Record().Get(out, {"forsok", 2}).has_value());
  EXPECT_FALSE(one.Record().Get(out, {"forsok", 9}).has_value());
  EXPECT_EQ(one.Record().Get(out, {"forsok", 1}).text, "SKICKAT");
  const kit::Selector codes = one.At("list(koder)");
  ASSERT_EQ(one.Record().All(codes, Scope()).size(), 2U);
  EXPECT_EQ(one.Record().All(codes, Scope())[1].text, "4022");
}

TEST(CsvRecord, TimesInTheFormsMet) {
  OneRow one;
  const CsvRecord record = one.Record();
  const auto iso = [&](const char* text) {
    const Result<kit::TimeValue> time = record.Time(text);
    return time.ok() ? ToIso(time->instant) : time.error().message;
  };
  for (const char* text :
       {"2026-03-02 09:30", "2026-03-02 9:30", "2026-03-02 09.30", "20260302 0930",
        "2026-03-02T09:30", "2026-03-02T08:30Z", "2026-03-02 09:30:00+01:00", "20260302093000"})
    EXPECT_EQ(iso(text), "2026-03-02T08:30:00.000Z") << text;
  EXPECT_EQ(iso("2026-03-02"), "2026-03-01T23:00:00.000Z");
  EXPECT_EQ(record.Time("2026-03-02")->precision, TimePrecision::kDay);
  EXPECT_EQ(record.Time("2026-03-02 09:30")->precision, TimePrecision::kMinute);
  EXPECT_EQ(record.Time("2026-03-02 09:30:15")->precision, TimePrecision::kMs);
  EXPECT_EQ(record.Time("2026-03-02 09:30")->note, TimeNote::kAssumed);
  EXPECT_EQ(record.Time("2026-03-02 09:30+01:00")->note, TimeNote::kStated);
  EXPECT_EQ(record.Time("2026-10-25 02:30")->note, TimeNote::kAmbiguous);
  EXPECT_EQ(record.Time("2026-03-29 02:30")->note, TimeNote::kNonexistent);
}

TEST(CsvRecord, WhatIsNoTimeIsRefusedWithoutRepeatingIt) {
  OneRow one;
  const CsvRecord record = one.Record();
  for (const char* text :
       {"", "i g\xc3\xa5r", "2026-13-02", "2026-02-30", "02/03/2026", "2026-03-02 25:00",
        "2026-03-02 09:30:15:10:11x", "2026-03-02 9", "20210325K069"}) {
    const Result<kit::TimeValue> time = record.Time(text);
    EXPECT_FALSE(time.ok()) << text;
    if (!time.ok() && text[0] != 0) {
      EXPECT_EQ(time.error().message.find(text), std::string::npos);
    }
  }
  EXPECT_EQ(record.Date("20260302").value(), "2026-03-02");
  EXPECT_EQ(record.Date("2026-03-02 09:30").value(), "2026-03-02");
}

TEST(CsvRecord, NumbersOfChildrenAdultsAndTheSourceItself) {
  OneRow one;
  one.row.patient_system = "1.2.3";
  one.row.values = {{"barn", "210325K069"},
                    {"vh", "610118-2803"},
                    {"nr", "P-77"},
                    {"helt", "20210325K069"},
                    {"fel", "202512012384"}};
  const auto ids = [&](const std::string& place) {
    const kit::Selector at = one.At(place);
    return one.Record().Identifiers(at, Scope());
  };
  ASSERT_EQ(ids("helt").size(), 1U);
  EXPECT_EQ(ids("helt")[0].id, PersonId("1.2.752.113.11.0.2.1.1.1", "20210325K069"));
  ASSERT_EQ(ids("adult(vh)").size(), 1U);
  EXPECT_EQ(ids("adult(vh)")[0].id.Reveal(), "196101182803");
  ASSERT_EQ(ids("local(nr)").size(), 1U);
  EXPECT_EQ(ids("local(nr)")[0].id, PersonId("1.2.3", "P-77"));
  EXPECT_EQ(ids("fel")[0].flag, "check-digit");
  ASSERT_EQ(ids("nr").size(), 1U);
  EXPECT_TRUE(kit::NamesNobody(ids("nr")[0])) << "of no known form: as sent, and flagged";
  EXPECT_EQ(ids("nr")[0].id, PersonId("", "P-77"));
  EXPECT_EQ(ids("helt+adult").size(), 1U);
}

TEST(CsvRecord, ANumberInAListIsThatOfItsEntryAndNeedsItsCentury) {
  OneRow one;
  one.row.lenient_numbers = true;
  one.row.values = {{"vh", "MOR/195009072553, FAR, VH/6101182803, VH/610118-2803"}};
  const kit::Selector at = one.At("vh:2");
  std::vector<std::string> found;
  for (unsigned n = 1; n <= 4; ++n) {
    const auto ids = one.Record().Identifiers(at, Scope{"vh", n});
    found.push_back(ids.empty() ? "none" : ids[0].flag);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"", "none", kit::kNumberForm, ""}));
  EXPECT_EQ(one.Record().Identifiers(at, Scope{"vh", 1})[0].id.Reveal(), "195009072553");
}

TEST(CsvRecord, CoverageSeesFilledColumnsButThoseOfTheDecoder) {
  OneRow one;
  one.row.values = {{"handelse", "UB"}, {"datum", "2026-03-02"}, {"tid", " "}, {"orsak", "FLYTT"}};
  const std::vector<std::string> own = {"handelse"};
  one.row.own = &own;
  EXPECT_THAT(one.Record().Places(), testing::ElementsAre("datum", "orsak"));
  const kit::Selector at = one.At("Datum+tid");
  EXPECT_THAT(one.Record().Touched(at, Scope()), testing::ElementsAre("datum", "tid"));
}

TEST(CsvRecord, PlacesUnitsAndTriggersThatAreNoneAreRefused) {
  CsvFormat format;
  for (const char* place : {"", "+", "datum+", "sum(a)", "a(b", "a|b", "a:0", "a:12", "(a)"})
    EXPECT_FALSE(format.Compile(place).ok()) << place;
  EXPECT_TRUE(format.CheckUnit("forsok").ok());
  EXPECT_FALSE(format.CheckUnit("a+b").ok());
  EXPECT_TRUE(format.CheckTrigger("UB").ok());
  EXPECT_FALSE(format.CheckTrigger("ub").ok());
  EXPECT_FALSE(format.CheckTrigger("").ok());
}

}  // namespace
}  // namespace sam::csv
