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
)";

TEST(AdapterConfig, RelativePathsAreRelativeToTheFile) {
  const Result<AdapterConfig> config = AdapterConfig::Parse(kGood, "/etc/samsignal/a.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->store_path, "/etc/samsignal/store");
  EXPECT_EQ(config->store_key_file, "/keys/store.key");
  EXPECT_EQ(config->mapping_file, "/etc/samsignal/m.toml");
  EXPECT_FALSE(config->production);
}

TEST(AdapterConfig, AnUnknownKeyIsRefusedWithItsPlace) {
  const Result<AdapterConfig> config =
      AdapterConfig::Parse(std::string(kGood) + "[listen]\nadress = \"x\"\n", "a.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, HasSubstr("a.toml:14:1"));
}

TEST(AdapterConfig, TheWindowOfSeenMessagesIsAtLeastAWeek) {
  std::string text = kGood;
  text.replace(text.find("path = \"store\""), 14, "seen_days = 6\npath = \"store\"");
  EXPECT_FALSE(AdapterConfig::Parse(text, "a.toml").ok());
}

TEST(AdapterConfig, RefusingStrangersNeedsKnownSenders) {
  std::string text = kGood;
  text.replace(text.find("environment"), 0, "unknown_senders = \"refuse\"\n");
  EXPECT_FALSE(AdapterConfig::Parse(text, "a.toml").ok());
}

TEST(AdapterConfig, TheShippedExampleLoads) {
  const Result<AdapterConfig> config =
      AdapterConfig::Load(Source("deploy/config/demo/adapter-bvc.toml"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_TRUE(Mapping::Load(config->mapping_file).ok());
}

}  // namespace
}  // namespace sam::kit::test
