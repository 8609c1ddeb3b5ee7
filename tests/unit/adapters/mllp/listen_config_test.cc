#include "adapters/mllp/listen_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

constexpr const char* kRest = R"([source]
system_id = "cosmic"
environment = "test"
[store]
path = "store"
key_file = "/keys/store.key"
[mapping]
file = "m.toml"
[hub]
endpoint = "tcp://127.0.0.1:7411"
public_key = "k"
key_file = "curve.key"
)";

Result<AdapterConfig> Parse(const std::string& listen) {
  return AdapterConfig::Parse(kRest + listen, "/etc/samsignal/a.toml", TestKinds());
}

std::string Refusal(const std::string& listen) {
  const Result<AdapterConfig> config = Parse(listen);
  EXPECT_FALSE(config.ok()) << listen;
  return config.ok() ? "" : config.error().message;
}

TEST(ListenConfig, WithoutATableForTlsThePortIsPlain) {
  Result<AdapterConfig> config = Parse("[listen]\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_FALSE(ListenOf(*config).tls.has_value());
  EXPECT_EQ(ListenOf(*config).application_ack.where, ApplicationAck::Where::kSameConnection);
}

TEST(ListenConfig, ABatchIsAnsweredMessageByMessageUnlessSaidOtherwise) {
  Result<AdapterConfig> each = Parse("[listen]\n");
  Result<AdapterConfig> batch = Parse("[listen]\nbatch_answer = \"batch\"\n");
  ASSERT_TRUE(each.ok() && batch.ok());
  EXPECT_FALSE(ListenOf(*each).batch_answer);
  EXPECT_TRUE(ListenOf(*batch).batch_answer);
  EXPECT_THAT(Refusal("[listen]\nbatch_answer = \"one\"\n"), HasSubstr("batch_answer"));
}

TEST(ListenConfig, TheFilesOfTlsAreRelativeToTheFile) {
  Result<AdapterConfig> config = Parse(
      "[listen]\n[listen.tls]\ncertificate = \"a.pem\"\nkey = \"/k/a.key\"\nclient_ca = \"ca.pem\"\n"
      "min_version = \"1.3\"\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  const tls::ServerOptions& files = ListenOf(*config).tls->files;
  EXPECT_EQ(files.certificate_file, "/etc/samsignal/a.pem");
  EXPECT_EQ(files.key_file, "/k/a.key");
  EXPECT_EQ(files.client_ca_file, "/etc/samsignal/ca.pem");
  EXPECT_TRUE(files.require_client_certificate);
  EXPECT_TRUE(files.only_tls13);
}

TEST(ListenConfig, ACertificateCanOnlyBeRequiredWhenItsIssuerIsKnown) {
  const std::string tls = "[listen]\n[listen.tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n";
  EXPECT_TRUE(Parse(tls).ok());
  EXPECT_THAT(Refusal(tls + "require_client_certificate = true\n"), HasSubstr("client_ca"));
  EXPECT_THAT(Refusal(tls + "certificat = \"b.pem\"\n"), HasSubstr("a.toml:17:1"));
  EXPECT_THAT(Refusal("[listen]\n[listen.tls]\ncertificate = \"a.pem\"\n"), HasSubstr("key"));
  EXPECT_FALSE(Parse(tls + "min_version = \"1.1\"\n").ok());
}

TEST(ListenConfig, AnApplicationAcknowledgementGoesWhereItCanGo) {
  Result<AdapterConfig> config = Parse("[listen]\napplication_ack = \"10.1.2.3:2576\"\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(ListenOf(*config).application_ack.where, ApplicationAck::Where::kElsewhere);
  EXPECT_EQ(ListenOf(*config).application_ack.address, "10.1.2.3:2576");
  EXPECT_TRUE(ListenOf(*config).application_ack.confirmed);
  for (const char* wrong : {"elsewhere", "10.1.2.3", "10.1.2.3:", "10.1.2.3:70000", ""})
    EXPECT_THAT(Refusal("[listen]\napplication_ack = \"" + std::string(wrong) + "\"\n"),
                HasSubstr("a.toml:14:1"))
        << wrong;
}

TEST(ListenConfig, TlsForApplicationAcknowledgementsNeedsAnAddressAndBothOfItsOwnFiles) {
  const std::string at = "[listen]\napplication_ack = \"10.1.2.3:2576\"\n";
  const std::string tls = "[listen.application_ack_tls]\nca = \"ca.pem\"\nserver_name = \"his.example\"\n";
  Result<AdapterConfig> config = Parse(at + tls);
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(ListenOf(*config).application_ack.tls->ca_file, "/etc/samsignal/ca.pem");
  EXPECT_FALSE(Parse("[listen]\n" + tls).ok());
  EXPECT_FALSE(Parse(at + tls + "key = \"a.key\"\n").ok());
}

TEST(ListenConfig, ASendersCertificateIsOneOfThreeForms) {
  const std::string sender = "[listen]\n[[sender]]\napplication = \"COSMIC\"\ncertificate = ";
  Result<AdapterConfig> config = Parse(sender + "\"serialNumber=SE2321000198-A1\"\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_TRUE(config->senders[0].certificate.has_value());
  const std::string refusal = Refusal(sender + "\"sha256:12\"\n");
  EXPECT_THAT(refusal, HasSubstr("a.toml:16:1"));
  EXPECT_THAT(refusal, HasSubstr("fingerprint"));
}

}  // namespace
}  // namespace sam::mllp::test
