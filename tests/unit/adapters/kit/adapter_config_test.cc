#include "adapters/kit/adapter_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;

constexpr const char* kGood = R"([source]
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
[listen]
)";

TEST(AdapterConfig, RelativePathsAreRelativeToTheFile) {
  const Result<AdapterConfig> config = AdapterConfig::Parse(kGood, "/etc/samsignal/a.toml", TestKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->store_path, "/etc/samsignal/store");
  EXPECT_EQ(config->store_key_file, "/keys/store.key");
  EXPECT_EQ(config->mapping_file, "/etc/samsignal/m.toml");
  EXPECT_FALSE(config->production);
}

TEST(AdapterConfig, AnUnknownKeyIsRefusedWithItsPlace) {
  const Result<AdapterConfig> config =
      AdapterConfig::Parse(std::string(kGood) + "adress = \"x\"\n", "a.toml", TestKinds());
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, HasSubstr("a.toml:14:1"));
}

TEST(AdapterConfig, TheWatchIsReadAndItsFeedIsTheSourceUnlessNamed) {
  const std::string text =
      std::string(kGood) + "[watch]\nhook = [\"/bin/true\"]\n[[watch.feed]]\ninterval = \"1h\"\n";
  const Result<AdapterConfig> config = AdapterConfig::Parse(text, "a.toml", TestKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  ASSERT_EQ(config->watch.feeds.size(), 1U);
  EXPECT_EQ(config->watch.feeds[0].source, "cosmic");
  EXPECT_FALSE(AdapterConfig::Parse(std::string(kGood) + "[watch]\nhok = []\n", "a.toml",
                                    TestKinds())
                   .ok());
}

TEST(AdapterConfig, ASenderMayHaveItsOwnAnswerToQuarantineAndItsOwnSystem) {
  const std::string text = std::string(kGood) +
                           "[[sender]]\napplication = \"A\"\nquarantine_answer = \"error\"\n"
                           "[[sender]]\napplication = \"B\"\nsystem_id = \"b\"\n";
  const Result<AdapterConfig> config = AdapterConfig::Parse(text, "a.toml", TestKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->SenderFor("A", "")->quarantine_accepts, false);
  EXPECT_EQ(config->SenderFor("B", "")->quarantine_accepts, std::nullopt);
  EXPECT_EQ(config->SenderFor("C", ""), nullptr);
  EXPECT_EQ(config->SystemIds(), (std::vector<std::string>{"cosmic", "b"}));
}

TEST(AdapterConfig, TheWindowOfSeenMessagesIsAtLeastAWeek) {
  std::string text = kGood;
  text.replace(text.find("path = \"store\""), 14, "seen_days = 6\npath = \"store\"");
  EXPECT_FALSE(AdapterConfig::Parse(text, "a.toml", TestKinds()).ok());
}

TEST(AdapterConfig, OpenQuarantineIsKeptAMonthAtLeastAndAsLongAsMessagesAreKnown) {
  const auto with = [](const std::string& lines) {
    std::string text = kGood;
    text.replace(text.find("path = \"store\""), 14, lines + "\npath = \"store\"");
    return AdapterConfig::Parse(text, "a.toml", TestKinds());
  };
  EXPECT_EQ(with("")->keep.open, 365);
  EXPECT_EQ(with("open_days = 30")->keep.open, 30);
  EXPECT_FALSE(with("open_days = 0").ok());
  EXPECT_FALSE(with("open_days = 29").ok());
  EXPECT_EQ(with("seen_days = 400")->keep.open, 400);
  const auto shorter = with("seen_days = 60\nopen_days = 59");
  ASSERT_FALSE(shorter.ok());
  EXPECT_NE(shorter.error().message.find("at least seen_days (60)"), std::string::npos);
}

TEST(AdapterConfig, TheQuarantineHasABoundOfItsOwn) {
  const auto with = [](const std::string& line) {
    std::string text = kGood;
    text.replace(text.find("path = \"store\""), 14, line + "\npath = \"store\"");
    return AdapterConfig::Parse(text, "a.toml", TestKinds());
  };
  EXPECT_EQ(with("")->keep.quarantine_bytes, uint64_t{4} << 30);
  EXPECT_EQ(with("quarantine_mb = 100")->keep.quarantine_bytes, uint64_t{100} << 20);
  EXPECT_FALSE(with("quarantine_mb = 0").ok());
}

TEST(AdapterConfig, RefusingStrangersNeedsKnownSenders) {
  std::string text = kGood;
  text.replace(text.find("environment"), 0, "unknown_senders = \"refuse\"\n");
  EXPECT_FALSE(AdapterConfig::Parse(text, "a.toml", TestKinds()).ok());
}

// Every 85th key begins so; it was taken for the name of a file.
TEST(AdapterConfig, AHubKeyThatBeginsWithAnAtSignIsAKey) {
  std::string text = kGood;
  text.replace(text.find("public_key = \"k\""), 16, "public_key = \"@k\"");
  const auto key = AdapterConfig::Parse(text, "/etc/a.toml", TestKinds());
  ASSERT_TRUE(key.ok()) << key.error().message;
  EXPECT_EQ(key->hub_public_key, "@k");
  EXPECT_EQ(key->hub_public_key_file, "");
  text.replace(text.find("public_key = \"@k\""), 17, "public_key_file = \"hub.pub\"");
  const auto file = AdapterConfig::Parse(text, "/etc/a.toml", TestKinds());
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->hub_public_key, "");
  EXPECT_EQ(file->hub_public_key_file, "/etc/hub.pub");
}

TEST(AdapterConfig, OneAdapterHasExactlyOneWayIn) {
  SourceKinds kinds = TestKinds();
  ConnectorKind other = mllp::ListenKind();
  other.section = "files";
  other.formats = {"csv"};
  kinds.connectors.push_back(other);
  const auto both = AdapterConfig::Parse(std::string(kGood) + "[files]\n", "a.toml", kinds);
  ASSERT_FALSE(both.ok());
  EXPECT_THAT(both.error().message, HasSubstr("a.toml:14:1"));
  EXPECT_THAT(both.error().message, HasSubstr("[listen] is there already"));
  std::string text = kGood;
  text.replace(text.find("[listen]"), 8, "");
  const auto none = AdapterConfig::Parse(text, "a.toml", kinds);
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, HasSubstr("one of [listen], [files]"));
}

TEST(AdapterConfig, AMappingWhoseFormatTheConnectorDoesNotCarryIsRefused) {
  SourceKinds kinds = TestKinds();
  kinds.connectors.front().formats = {"csv"};
  const std::unique_ptr<Mapping> mapping = BvcMapping();
  const Status carries = CheckCarries(kinds, TestConfig(), *mapping);
  ASSERT_FALSE(carries.ok());
  EXPECT_THAT(carries.error().message, HasSubstr("is for the format hl7v2, and [listen] takes csv"));
}

// [source] charset_force beside a CSV mapping was read and did nothing; so did unknown_senders.
TEST(AdapterConfig, ASettingThatTheFormatDoesNotReadIsRefusedWithItsPlace) {
  std::string text = kGood;
  text.replace(text.find("environment"), 0,
               "charset_force = \"WINDOWS-1252\"\nunknown_senders = \"refuse\"\n");
  text += "[[sender]]\napplication = \"A\"\n";
  SourceKinds kinds = TestKinds();
  const Result<AdapterConfig> config = AdapterConfig::Parse(text, "a.toml", kinds);
  ASSERT_TRUE(config.ok()) << config.error().message;
  const std::unique_ptr<Mapping> mapping = BvcMapping();
  EXPECT_TRUE(CheckCarries(kinds, *config, *mapping).ok());
  kinds.formats.front().settings = {"unknown_senders"};
  kinds.formats.front().instead = "See [files.csv].";
  const Status refused = CheckCarries(kinds, *config, *mapping);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("a.toml:3:1: charset_force has no effect"));
  EXPECT_THAT(refused.error().message, HasSubstr("take it out. See [files.csv]."));
  EXPECT_THAT(refused.error().message, HasSubstr("a.toml:16:1: sender has no effect"));
  EXPECT_THAT(refused.error().message, testing::Not(HasSubstr("unknown_senders")));
}

// A sender bound to a certificate that nobody asks for was bound to nothing: files, a port without
// client_ca.
TEST(AdapterConfig, ACertificateOfASenderNeedsADoorThatAsksForOne) {
  const std::string pin = "[[sender]]\napplication = \"A\"\ncertificate = \"sha256:" +
                          std::string(64, 'a') + "\"\n";
  const std::unique_ptr<Mapping> mapping = BvcMapping();
  SourceKinds kinds = TestKinds();
  const auto with = [&](const std::string& more) {
    const Result<AdapterConfig> config = AdapterConfig::Parse(kGood + more, "a.toml", kinds);
    EXPECT_TRUE(config.ok()) << config.error().message;
    return CheckCarries(kinds, *config, *mapping);
  };
  const std::string tls = "[listen.tls]\ncertificate = \"c.pem\"\nkey = \"c.key\"\n";
  EXPECT_TRUE(with(tls + "client_ca = \"ca.pem\"\n" + pin).ok());
  EXPECT_TRUE(with("[[sender]]\napplication = \"A\"\n").ok());
  const Status open = with(tls + pin);
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().message, HasSubstr("a.toml:19:1: certificate has no effect"));
  EXPECT_THAT(open.error().message, HasSubstr("client_ca"));
  kinds.connectors.front().sees_certificates = nullptr;
  kinds.connectors.front().instead_of_pins = "Set the rights of the folder.";
  const Status files = with(pin + "[[sender]]\napplication = \"B\"\n");
  ASSERT_FALSE(files.ok());
  EXPECT_THAT(files.error().message,
              HasSubstr("a.toml:16:1: certificate has no effect, since nobody shows one to [listen]"));
  EXPECT_THAT(files.error().message, HasSubstr("take it out. Set the rights of the folder."));
}

TEST(AdapterConfig, WhatASuspectCharacterSetIsReadAsIsTheSourcesToSay) {
  std::string text = kGood;
  EXPECT_EQ(AdapterConfig::Parse(text, "a.toml", TestKinds())->charset.on_suspect,
            hl7::OnSuspect::kFollowBytes);
  text.replace(text.find("environment"), 0, "charset_suspect = \"as-declared\"\n");
  const Result<AdapterConfig> config = AdapterConfig::Parse(text, "a.toml", TestKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->charset.on_suspect, hl7::OnSuspect::kFollowDeclared);
}

TEST(AdapterConfig, TheShippedExampleLoads) {
  const Result<AdapterConfig> config =
      AdapterConfig::Load(Source("deploy/config/demo/adapter-bvc.toml"), TestKinds());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_TRUE(Mapping::Load(config->mapping_file, TestKinds()).ok());
}

}  // namespace
}  // namespace sam::kit::test
