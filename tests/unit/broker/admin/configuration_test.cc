// The configuration as a whole: what would stop a hub for good never reaches its log.
#include "broker/admin/configuration.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "broker/dispatch/settings.h"
#include "tests/support/temp_dir.h"

namespace sam::admin {
namespace {

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string Replaced(std::string text, const std::string& old, const std::string& other) {
  const size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return at == std::string::npos ? text : text.replace(at, old.size(), other);
}

void Put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

class WholeConfiguration : public testing::Test {
 protected:
  WholeConfiguration() {
    for (const char* name : {"directory.toml", "agreements.toml", "programmes.toml", "rules.toml"})
      std::filesystem::copy(std::string(SAM_CONFIG_DIR "/") + name, folder_ / name);
    Put(folder_ / "peers.toml", "");
    config_.files = {folder_ / "directory.toml", folder_ / "agreements.toml", folder_ / "programmes.toml",
                     folder_ / "rules.toml", folder_ / "peers.toml"};
  }
  std::string WhyNot() {
    const auto loaded = LoadConfiguration(config_);
    return loaded.ok() ? "" : loaded.error().message;
  }

  test::TempDir folder_;
  config::HubConfig config_;
};

TEST_F(WholeConfiguration, WhatIsLoadedIsWhatDispatchReads) {
  const auto loaded = LoadConfiguration(config_);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_TRUE(dispatch::ParseSettings(loaded->record).ok());
}

TEST_F(WholeConfiguration, RulesThatCarryNoReportsAreRefusedBeforeTheyReachTheLog) {
  Put(folder_ / "rules.toml", Replaced(TextOf(folder_ / "rules.toml"), "pattern = \"transport\"\nenabled = true",
                                       "pattern = \"transport\"\nenabled = false"));
  EXPECT_NE(WhyNot().find("signed reports would be"), std::string::npos) << WhyNot();
}

TEST_F(WholeConfiguration, ARuleAboutAStepThatNoProgrammeHasIsRefusedBeforeItReachesTheLog) {
  Put(folder_ / "programmes.toml",
      Replaced(TextOf(folder_ / "programmes.toml"), "code = \"bhv.m8\"", "code = \"bhv.m80\""));
  EXPECT_NE(WhyNot().find("bhv.m8"), std::string::npos) << WhyNot();
}

TEST_F(WholeConfiguration, WhatIsDisposedOfBelongsToTheVersionAndIsCheckedWithTheRest) {
  const auto without = LoadConfiguration(config_);
  config_.files.retention = folder_ / "retention.toml";
  EXPECT_NE(WhyNot(), "");  // named, and not there
  Put(folder_ / "retention.toml", "[[retention]]\nrule = \"reports\"\ndays = 2\n");
  EXPECT_NE(WhyNot().find("retention.toml:3"), std::string::npos) << WhyNot();
  std::filesystem::copy(SAM_SHIPPED_DIR "/retention.toml", folder_ / "retention.toml",
                        std::filesystem::copy_options::overwrite_existing);
  const auto shipped = LoadConfiguration(config_);
  ASSERT_TRUE(shipped.ok() && without.ok()) << WhyNot();
  EXPECT_NE(shipped->version, without->version);
  const auto settings = dispatch::ParseSettings(shipped->record);
  ASSERT_TRUE(settings.ok());
  EXPECT_FALSE(settings->retention.decided());  // as shipped nobody has decided anything
  EXPECT_EQ(settings->retention.Of(dispatch::RetentionRule::kReports).days, 30);
  EXPECT_GE(settings->retention.DaysOf(dispatch::RetentionRule::kPayload), 90);
}

}  // namespace
}  // namespace sam::admin
