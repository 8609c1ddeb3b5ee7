#include "adapters/mllp/sender_pins.h"

#include <gtest/gtest.h>

#include <string>

namespace sam::mllp {
namespace {

tls::Certificate Named(const std::string& name) {
  tls::Certificate out;
  out.names = {name};
  return out;
}

SenderPin Pin(const std::string& application, const std::string& facility,
              const std::string& certificate) {
  SenderPin out{application, facility, std::nullopt};
  if (!certificate.empty()) out.certificate = tls::CertificatePin::Parse(certificate).value();
  return out;
}

TEST(SenderPins, WithoutPinsThereIsNothingToAsk) {
  EXPECT_TRUE(SenderPins({}).empty());
  const SenderPins pins({Pin("A", "", ""), Pin("B", "", "")});
  EXPECT_TRUE(pins.empty());
  EXPECT_TRUE(pins.MaySpeak(nullptr, "A", "x"));
  EXPECT_TRUE(pins.MaySpeak(nullptr, "C", "x"));
}

TEST(SenderPins, ASenderWithAPinSpeaksOverItsOwnCertificateOnly) {
  const SenderPins pins({Pin("A", "", "a.example"), Pin("B", "", "b.example"), Pin("C", "", "")});
  const tls::Certificate a = Named("a.example"), b = Named("b.example"), c = Named("c.example");
  EXPECT_FALSE(pins.empty());
  EXPECT_TRUE(pins.MaySpeak(&a, "A", "x"));
  EXPECT_TRUE(pins.MaySpeak(&b, "B", "x"));
  EXPECT_FALSE(pins.MaySpeak(&b, "A", "x"));
  EXPECT_FALSE(pins.MaySpeak(&c, "A", "x"));
  EXPECT_FALSE(pins.MaySpeak(nullptr, "A", "x"));
}

TEST(SenderPins, TheCertificateOfOneSenderDoesNotSpeakForAnybodyElse) {
  const SenderPins pins({Pin("A", "", "a.example"), Pin("C", "", "")});
  const tls::Certificate a = Named("a.example"), c = Named("c.example");
  EXPECT_FALSE(pins.MaySpeak(&a, "C", "x"));
  EXPECT_FALSE(pins.MaySpeak(&a, "unknown", "x"));
  EXPECT_TRUE(pins.MaySpeak(&c, "C", "x"));
}

// A certificate of the same issuer that was nobody's, and a name that stood nowhere, were let in.
TEST(SenderPins, WherePinsAreASenderOfNoEntryDoesNotSpeak) {
  const SenderPins pins({Pin("A", "", "a.example"), Pin("C", "1", "")});
  const tls::Certificate other = Named("other.example");
  EXPECT_FALSE(pins.MaySpeak(&other, "unknown", "x"));
  EXPECT_FALSE(pins.MaySpeak(nullptr, "unknown", "x"));
  EXPECT_FALSE(pins.MaySpeak(&other, "C", "2"));
  EXPECT_FALSE(pins.MaySpeak(&other, "", ""));
  EXPECT_TRUE(pins.MaySpeak(&other, "C", "1"));
}

TEST(SenderPins, TheFacilityCountsToo) {
  const SenderPins pins({Pin("A", "1", "one.example"), Pin("A", "2", "two.example")});
  const tls::Certificate one = Named("one.example");
  EXPECT_TRUE(pins.MaySpeak(&one, "A", "1"));
  EXPECT_FALSE(pins.MaySpeak(&one, "A", "2"));
  EXPECT_FALSE(pins.MaySpeak(&one, "A", "3"));
}

TEST(SenderPins, TwoCertificatesForOneSenderWhileOneReplacesTheOther) {
  const SenderPins pins({Pin("A", "", "old.example"), Pin("A", "", "new.example")});
  for (const char* name : {"old.example", "new.example"}) {
    const tls::Certificate certificate = Named(name);
    EXPECT_TRUE(pins.MaySpeak(&certificate, "A", "x")) << name;
  }
}

}  // namespace
}  // namespace sam::mllp
