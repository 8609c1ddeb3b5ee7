#include <gtest/gtest.h>

#include "adapters/hl7/identifier.h"
#include "adapters/hl7/personnummer.h"

namespace sam::hl7 {
namespace {

Message Parse(const std::string& pid3) {
  auto message = Message::Parse("MSH|^~\\&|A\rPID|1||" + pid3 + "\r", CharsetPolicy());
  EXPECT_TRUE(message.ok());
  return std::move(message).value();
}

std::vector<Identifier> Read(const std::string& pid3) {
  return ReadIdentifiers(Parse(pid3), *Selector::Parse("PID-3"));
}

const char* const kTwo = "X1^^^RG^PI~20210325K069^^^SKV&1.2.752.129.2.1.3.1&ISO^NNSWE";

TEST(Identifier, EachRepetitionHasValueAssignerAndType) {
  const auto ids = Read(kTwo);
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0].id.system(), "RG");
  EXPECT_EQ(ids[0].id.Reveal(), "X1");
  EXPECT_EQ(ids[0].type, "PI");
  EXPECT_EQ(ids[1].id.system(), kOidPersonnummer);
  EXPECT_EQ(ids[1].assigner_namespace, "SKV");
  EXPECT_EQ(ids[1].presence, Presence::kValue);
}

TEST(Identifier, PickedByOidThenTypeNeverByPlace) {
  const auto ids = Read(kTwo);
  EXPECT_EQ(PickIdentifier(ids, kOidPersonnummer, "PI")->id.Reveal(), "20210325K069");
  EXPECT_EQ(PickIdentifier(ids, "", "NNSWE")->id.Reveal(), "20210325K069");
  EXPECT_EQ(PickIdentifier(ids, "9.9", "PI")->id.Reveal(), "X1");
  EXPECT_FALSE(PickIdentifier(ids, "", "").has_value());
  EXPECT_FALSE(PickIdentifier(ids, "9.9", "ZZ").has_value());
}

TEST(Identifier, NullIsKeptAndEmptyIsLeftOut) {
  const auto ids = Read("~^^^^^^S~\"\"^^^RG^PI~\"\"");
  ASSERT_EQ(ids.size(), 2u);
  EXPECT_EQ(ids[0].presence, Presence::kNull);
  EXPECT_EQ(ids[0].type, "PI");
  EXPECT_EQ(ids[1].presence, Presence::kNull);
  EXPECT_TRUE(ids[1].id.empty());
  EXPECT_TRUE(Read("").empty());
}

TEST(Identifier, UniversalIdOfAnotherTypeIsNoOid) {
  EXPECT_EQ(Read("1^^^NS&host.example&DNS^MR").at(0).assigner_oid, "");
  EXPECT_EQ(Read("1^^^&1.2.3^MR").at(0).id.system(), "1.2.3");
}

TEST(Identifier, AMissingSegmentHasNone) {
  EXPECT_TRUE(ReadIdentifiers(Parse("1"), *Selector::Parse("MRG-1")).empty());
}

TEST(Identifier, OidAndUriOfOneSystemAreTheSameSystem) {
  for (const char* form : {"1.2.752.129.2.1.3.1", "urn:oid:1.2.752.129.2.1.3.1",
                           "http://electronichealth.se/identifier/personnummer"})
    EXPECT_EQ(CanonicalSystem(form), kOidPersonnummer) << form;
  EXPECT_EQ(CanonicalSystem("http://electronichealth.se/identifier/samordningsnummer"),
            kOidSamordningsnummer);
  EXPECT_EQ(CanonicalSystem("http://electronichealth.se/identifier/nationelltReservnummer"),
            kOidNationalReserve);
  EXPECT_EQ(CanonicalSystem(" urn:oid:1.2.752.29.4.19 "), kOidHsaId);
  EXPECT_EQ(CanonicalSystem("http://electronichealth.se/identifier/LMA-nummer"),
            "http://electronichealth.se/identifier/LMA-nummer");
  EXPECT_EQ(CanonicalSystem(""), "");
}

TEST(Identifier, AnAssignerMayBeNamedByItsUri) {
  EXPECT_EQ(Read("98240301AA06^^^&http://electronichealth.se/identifier/nationelltReservnummer&URI^NI")
                .at(0)
                .id.system(),
            kOidNationalReserve);
}

TEST(OrgNr, ComesInThreeFormsAndLeavesInOne) {
  for (const char* form : {"2321000198", "232100-0198", "162321000198", "16232100-0198", " 2321000198 "}) {
    const Result<std::string> number = NormaliseOrgNr(form);
    ASSERT_TRUE(number.ok()) << form;
    EXPECT_EQ(*number, "2321000198");
  }
}

TEST(OrgNr, WhatIsNoneIsRefusedWithoutBeingRepeated) {
  for (const char* form : {"", "-", "232100-0199", "2301000198", "232100019", "23210001988",
                           "232100+0198", "2321O00198", "172321000198"}) {
    const Result<std::string> number = NormaliseOrgNr(form);
    ASSERT_FALSE(number.ok()) << form;
  }
  EXPECT_EQ(NormaliseOrgNr("2321000199").error().message.find("2321000199"), std::string::npos);
}

TEST(HsaId, IsComparedInUpperCase) {
  EXPECT_EQ(*NormaliseHsaId(" se2321000198-BvcTest "), "SE2321000198-BVCTEST");
  for (const char* bad :
       {"", "SE2321000198", "SE2321000198-", "NO2321000198-A", "SE232100019-A1",
        "SE2321000198-\xc3\xa5", "SE2321000198-A B", "SE2321000198-1234567890123456789"}) {
    EXPECT_FALSE(NormaliseHsaId(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace sam::hl7
