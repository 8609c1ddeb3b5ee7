// [fhir] of adapter.toml: what it takes, and what it refuses with a place.
#include "adapters/fhir/fhir_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::fhir::test {
namespace {

using testing::HasSubstr;

constexpr char kGood[] = R"([fhir]
address = "0.0.0.0:8443"
base = "/fhir"
certificate = "server.pem"
key = "/etc/keys/server.key"
client_ca = "ca.pem"
queue = 100
[[fhir.client]]
name = "cosmic"
fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"
system_id = "cosmic.bollnas"
[[fhir.client]]
name = "other"
certificate = "DNS:other.example"
regime = "private"
)";

struct Read {
  std::unique_ptr<kit::ConnectorSettings> settings;
  std::string errors;
  const FhirSettings& fhir() const { return dynamic_cast<const FhirSettings&>(*settings); }
};

Read Of(const std::string& text) {
  Read out;
  Result<config::Document> document = config::Document::Parse(text, "adapter.toml");
  EXPECT_TRUE(document.ok());
  out.settings = ReadFhir(*document->Root().Sub("fhir"), "/conf/");
  const Status done = document->Done();
  if (!done.ok()) out.errors = done.error().message;
  return out;
}

std::string With(const std::string& from, const std::string& to) {
  std::string out = kGood;
  out.replace(out.find(from), from.size(), to);
  return out;
}

TEST(FhirSettings, ReadsListenerAndClients) {
  const Read read = Of(kGood);
  EXPECT_EQ(read.errors, "");
  EXPECT_EQ(read.fhir().tls.certificate, "/conf/server.pem");
  EXPECT_EQ(read.fhir().tls.key, "/etc/keys/server.key");
  EXPECT_EQ(read.fhir().queue, 128U);
  ASSERT_EQ(read.fhir().clients.size(), 2U);
  EXPECT_EQ(read.fhir().ByName("cosmic")->identity.system_id, "cosmic.bollnas");
  EXPECT_EQ(read.fhir().ByName("nobody"), nullptr);
  EXPECT_EQ(read.fhir().ByName("cosmic")->quarantine_accepts, std::nullopt);
  const Read own = Of(With("regime = \"private\"", "quarantine_answer = \"error\""));
  EXPECT_EQ(own.errors, "");
  EXPECT_EQ(own.fhir().ByName("other")->quarantine_accepts, false);
  EXPECT_THAT(Of(With("regime = \"private\"", "quarantine_answer = \"maybe\"")).errors,
              HasSubstr("quarantine_answer"));
}

TEST(FhirSettings, AClientIsKnownByItsFingerprintOrAVouchedName) {
  const Read read = Of(kGood);
  edge::HttpPeer peer;
  EXPECT_EQ(read.fhir().ByCertificate(peer), nullptr);
  peer.fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  ASSERT_NE(read.fhir().ByCertificate(peer), nullptr);
  EXPECT_EQ(read.fhir().ByCertificate(peer)->name, "cosmic");
  peer.fingerprint = std::string(64, '0');
  EXPECT_EQ(read.fhir().ByCertificate(peer), nullptr);
  peer.names = {"DNS:other.example"};
  ASSERT_NE(read.fhir().ByCertificate(peer), nullptr);
  EXPECT_EQ(read.fhir().ByCertificate(peer)->name, "other");
  peer.fingerprint.clear();
  EXPECT_EQ(read.fhir().ByCertificate(peer), nullptr);
}

// /metadata gave the bare path.
TEST(FhirSettings, TheUrlOfTheBaseIsStatedOrMadeOrNotKnown) {
  EXPECT_EQ(Of(kGood).fhir().PublicUrl(), "") << "every address of this machine is none";
  EXPECT_EQ(Of(With("0.0.0.0", "10.1.2.3")).fhir().PublicUrl(), "https://10.1.2.3:8443/fhir");
  EXPECT_EQ(Of("[fhir]\nplain = true\n").fhir().PublicUrl(), "");
  const Read stated = Of(With("base =", "public_url = \"https://fhir.example/r4\"\nbase ="));
  EXPECT_EQ(stated.errors, "");
  EXPECT_EQ(stated.fhir().PublicUrl(), "https://fhir.example/r4");
  for (const char* wrong : {"fhir.example", "https://", "https:///x", "https://x/", "https://x y"})
    EXPECT_THAT(Of(With("base =", std::string("public_url = \"") + wrong + "\"\nbase =")).errors,
                HasSubstr("https://host/fhir"))
        << wrong;
}

TEST(FhirSettings, MistakesAreRefusedWithTheirPlace) {
  EXPECT_THAT(Of(With("base = \"/fhir\"", "base = \"fhir/\"")).errors, HasSubstr("adapter.toml:3"));
  EXPECT_THAT(Of(With("client_ca = \"ca.pem\"\n", "")).errors, HasSubstr("client_ca"));
  EXPECT_THAT(Of(With("00:11:22", "00:11")).errors, HasSubstr("64 hex"));
  EXPECT_THAT(Of(With("name = \"other\"", "name = \"cosmic\"")).errors, HasSubstr("no other client"));
  EXPECT_THAT(Of(With("name = \"other\"", "name = \"å\"")).errors, HasSubstr("letters"));
  EXPECT_THAT(Of(With("certificate = \"server.pem\"\n", "")).errors, HasSubstr("certificate and key"));
  EXPECT_THAT(Of(With("queue", "queu")).errors, HasSubstr("queu"));
  EXPECT_THAT(Of(With("base =", "plain = true\nbase =")).errors, HasSubstr("proxy"));
  EXPECT_THAT(Of("[fhir]\ncertificate = \"a\"\nkey = \"b\"\n").errors, HasSubstr("client"));
  EXPECT_EQ(Of("[fhir]\nplain = true\n").errors, "");
}

}  // namespace
}  // namespace sam::fhir::test
