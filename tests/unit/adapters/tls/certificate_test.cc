#include "adapters/tls/certificate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sam::tls {
namespace {

const std::string kHex =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

Certificate Example() {
  Certificate out;
  out.fingerprint = kHex;
  out.names = {"cosmic.region.example", "other.example"};
  out.subject = {{"C", "SE"}, {"O", "Region, Norr"}, {"CN", "Cosmic"},
                 {"serialNumber", "SE2321000198-A1"}};
  return out;
}

bool Matches(const std::string& pin, const Certificate& certificate = Example()) {
  const Result<CertificatePin> parsed = CertificatePin::Parse(pin);
  EXPECT_TRUE(parsed.ok()) << pin;
  return parsed.ok() && parsed->Matches(certificate);
}

TEST(CertificatePin, AFingerprintIsWrittenInAnyUsualWay) {
  EXPECT_TRUE(Matches(kHex));
  EXPECT_TRUE(Matches("sha256:" + kHex));
  std::string colons;
  for (size_t i = 0; i < kHex.size(); i += 2) {
    if (i > 0) colons += ':';
    for (size_t j = i; j < i + 2; ++j)
      colons += static_cast<char>(std::toupper(static_cast<unsigned char>(kHex[j])));
  }
  EXPECT_TRUE(Matches(colons));
  EXPECT_TRUE(Matches("SHA256:" + colons));
  Certificate other = Example();
  other.fingerprint.back() = '0';
  EXPECT_FALSE(Matches(kHex, other));
}

TEST(CertificatePin, PartsOfTheSubjectMustAllBeThere) {
  EXPECT_TRUE(Matches("serialNumber=SE2321000198-A1"));
  EXPECT_TRUE(Matches("CN=Cosmic, serialNumber=SE2321000198-A1"));
  EXPECT_TRUE(Matches("O=Region\\, Norr, C=SE"));
  EXPECT_FALSE(Matches("CN=Cosmic, serialNumber=SE2321000198-A2"));
  EXPECT_FALSE(Matches("CN=cosmic"));  // a value is compared as it stands
}

TEST(CertificatePin, ANameIsAmongTheAlternativeNamesWithoutRegardToCase) {
  EXPECT_TRUE(Matches("Cosmic.Region.example"));
  EXPECT_TRUE(Matches("other.example"));
  EXPECT_FALSE(Matches("region.example"));
}

TEST(CertificatePin, TheCommonNameCountsOnlyWithoutAlternativeNames) {
  EXPECT_FALSE(Matches("cosmic"));
  Certificate old = Example();
  old.names.clear();
  EXPECT_TRUE(Matches("cosmic", old));
}

TEST(CertificatePin, WhatIsNoneOfTheThreeIsRefused) {
  for (const char* text : {"", "  ", "sha256:00ff", "sha256:", "CN=", "=x", "CN=a,,C=b", "a b",
                           "*.region.example", "a,b"})
    EXPECT_FALSE(CertificatePin::Parse(text).ok()) << text;
}

TEST(CertificatePin, NothingMatchesAnEmptyCertificate) {
  for (const char* text : {"CN=a", "a.example"}) EXPECT_FALSE(Matches(text, Certificate()));
}

}  // namespace
}  // namespace sam::tls
