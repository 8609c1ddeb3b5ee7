#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "adapters/hl7/personnummer.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

PersonNumberOptions Options(PersonRole role = PersonRole::kChild, bool lenient = false) {
  PersonNumberOptions options;
  options.role = role;
  options.today = *FromIso("2026-03-02T00:00:00Z");
  options.lenient = lenient;
  return options;
}

PersonNumber Read(std::string_view text, const PersonNumberOptions& options = Options()) {
  auto number = ReadPersonNumber(text, options);
  EXPECT_TRUE(number.ok()) << text;
  return number.ok() ? *number : PersonNumber();
}

TEST(Personnummer, PublishedTestPersonsAreRight) {
  for (const char* text : {"195009072553", "196101182803", "189002029800", "200302022389",
                           "199002222397", "200001252386", "189602029812"}) {
    const PersonNumber n = Read(text);
    EXPECT_EQ(n.kind, NumberKind::kPersonnummer);
    EXPECT_EQ(n.id.Reveal(), text);
    EXPECT_EQ(n.id.system(), kOidPersonnummer);
    EXPECT_TRUE(n.check_digit_ok) << text;
    EXPECT_FALSE(n.century_assumed);
  }
  EXPECT_EQ(Read("195009072553").birth, (BirthDate{1950, 9, 7}));
}

TEST(Personnummer, WrongCheckDigitIsAFlagNotARefusal) {
  const PersonNumber n = Read("202512012384");
  EXPECT_FALSE(n.check_digit_ok);
  EXPECT_EQ(n.id.Reveal(), "202512012384");
}

TEST(Personnummer, EveryFormBecomesTwelveCharacters) {
  EXPECT_EQ(Read("19500907-2553").id.Reveal(), "195009072553");
  EXPECT_EQ(Read("500907-2553").id.Reveal(), "195009072553");
  EXPECT_EQ(Read(" 195009072553 ").id.Reveal(), "195009072553");
  EXPECT_EQ(Read("18900202+9800").id.Reveal(), "189002029800");
  EXPECT_EQ(Read("5009072553", Options(PersonRole::kAdult, true)).id.Reveal(), "195009072553");
}

TEST(Personnummer, PlusMeansTheYearOfTheHundredthBirthdayOrLater) {
  EXPECT_EQ(Read("900202+9800").id.Reveal(), "189002029800");
  EXPECT_EQ(Read("960202+9812").id.Reveal(), "189602029812");
  // Turns 100 in December 2026: the sign is + from January on.
  EXPECT_EQ(Read("261231+0000").birth.year, 1926);
  EXPECT_EQ(Read("271231+0000").birth.year, 1827);
}

TEST(Personnummer, MinusMeansTheLatestCenturyNotInTheFuture) {
  EXPECT_EQ(Read("030202-2389").id.Reveal(), "200302022389");
  EXPECT_EQ(Read("260302-0000").birth.year, 2026);
  EXPECT_EQ(Read("260303-0000").birth.year, 1926);
  EXPECT_FALSE(Read("030202-2389").century_assumed);
}

TEST(Personnummer, TenDigitsNeedTheSourcesConsent) {
  auto refused = ReadPersonNumber("2512012384", Options());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("lenient"), std::string::npos);
}

TEST(Personnummer, CenturyOfTenDigitsFollowsTheRole) {
  const PersonNumber child = Read("2512012384", Options(PersonRole::kChild, true));
  EXPECT_EQ(child.birth.year, 2025);
  EXPECT_TRUE(child.century_assumed);
  EXPECT_EQ(Read("2512012384", Options(PersonRole::kAdult, true)).birth.year, 1925);
  EXPECT_EQ(Read("0302022389", Options(PersonRole::kAdult, true)).birth.year, 2003);
  EXPECT_EQ(Read("1303020000", Options(PersonRole::kAdult, true)).birth.year, 2013);
  EXPECT_EQ(Read("1303030000", Options(PersonRole::kAdult, true)).birth.year, 1913);
}

TEST(Personnummer, CoordinationNumberHasItsDayPlusSixty) {
  const PersonNumber n = Read("196109732393");
  EXPECT_EQ(n.kind, NumberKind::kSamordningsnummer);
  EXPECT_EQ(n.id.system(), kOidSamordningsnummer);
  EXPECT_TRUE(n.check_digit_ok);
  EXPECT_EQ(n.birth, (BirthDate{1961, 9, 13}));
  EXPECT_EQ(Read("610973-2393").id.Reveal(), "196109732393");
}

TEST(Personnummer, ReserveNumbersAreKnownByTheirForm) {
  const PersonNumber vgr = Read("20210325K069");
  EXPECT_EQ(vgr.kind, NumberKind::kReserveVgr);
  EXPECT_EQ(vgr.id.system(), kOidReserveVgr);
  EXPECT_TRUE(vgr.check_digit_ok);
  EXPECT_EQ(vgr.birth, (BirthDate{2021, 3, 25}));
  EXPECT_FALSE(Read("20210325K068").check_digit_ok);
  EXPECT_EQ(Read("20210325k069").id.Reveal(), "20210325K069");

  const PersonNumber national = Read("98240301AA06");
  EXPECT_EQ(national.kind, NumberKind::kNationalReserve);
  EXPECT_EQ(national.id.system(), kOidNationalReserve);
  EXPECT_EQ(national.birth, (BirthDate{2024, 3, 1}));
  EXPECT_EQ(Read("22500907AA06").birth.year, 1950);
  EXPECT_EQ(Read("21500907AA06").birth.year, 1850);
  EXPECT_EQ(Read("00002040AA06").birth, BirthDate());

  const PersonNumber stockholm = Read("992021000010");
  EXPECT_EQ(stockholm.kind, NumberKind::kReserveStockholm);
  EXPECT_EQ(stockholm.birth, BirthDate());
}

TEST(Personnummer, WhatIsNoNumberIsRefusedWithoutRepeatingIt) {
  for (const char* text : {"",
                           "1",
                           "abc",
                           "20251301238",
                           "202513012384",
                           "202502302384",
                           "202512002384",
                           "202512922384",
                           "170001012384",
                           "2025120123845",
                           "20251201 2384",
                           "20210325Q069",
                           "98240301AI06",
                           "20240301AA06",
                           "98241301AA06",
                           "00001940AA06",
                           "00002060AA06",
                           "98240301A-06",
                           "20251301K069",
                           "2512A12384",
                           "210212293844444"}) {
    auto number = ReadPersonNumber(text, Options(PersonRole::kChild, true));
    ASSERT_FALSE(number.ok()) << text;
    if (std::string(text).size() > 4) {
      EXPECT_EQ(number.error().message.find(text), std::string::npos);
    }
  }
}

TEST(Personnummer, LuhnNeedsDigits) {
  EXPECT_TRUE(LuhnOk("5009072553"));
  EXPECT_FALSE(LuhnOk("5009072554"));
  EXPECT_FALSE(LuhnOk("50090725K3"));
  EXPECT_FALSE(LuhnOk(""));
  EXPECT_FALSE(LuhnOk("0"));
}

RC_GTEST_PROP(PersonnummerProperty, AnyTextIsANumberOfTwelveOrRefused, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::element('0', '1', '2', '9', '6', '-', '+', 'K', 'A', ' ', '\xe5'));
  const auto number = ReadPersonNumber(text, Options(PersonRole::kAdult, true));
  if (number.ok()) RC_ASSERT(number->id.Reveal().size() == 12u);
}

}  // namespace
}  // namespace sam::hl7
