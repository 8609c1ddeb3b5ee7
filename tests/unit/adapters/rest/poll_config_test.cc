#include "adapters/rest/poll_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/rest/kind.h"
#include "tests/support/temp_dir.h"

namespace sam::rest {
namespace {

using testing::HasSubstr;

Result<std::unique_ptr<PollConfig>> Read(const std::string& text) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, "adapter.toml"));
  std::optional<config::Table> poll = document.Root().Sub("poll");
  EXPECT_TRUE(poll);
  std::unique_ptr<PollConfig> out = ReadPollConfig(*poll, "/etc/samsignal/");
  SAM_TRY(document.Done());
  return out;
}

const char* kGood = R"([poll]
base_url = "https://ifo.example.se/apifc/v1/Extract/"
keys_file = "keys/lifecare.keys"
[[poll.endpoint]]
name = "Actualisations"
modified = "ModifiedDate"
[[poll.endpoint]]
name = "Decisions"
path = "Decisions/All"
type = "Type"
every_s = 300
)";

TEST(PollConfig, ReadsEndpointsAndDefaults) {
  const Result<std::unique_ptr<PollConfig>> read = Read(kGood);
  ASSERT_TRUE(read.ok()) << read.error().message;
  const std::unique_ptr<PollConfig>& config = *read;
  EXPECT_EQ(config->base.text, "https://ifo.example.se/apifc/v1/Extract");
  EXPECT_EQ(config->keys_file, "/etc/samsignal/keys/lifecare.keys");
  EXPECT_EQ(config->overlap_ms, 5 * kMinuteMs);
  ASSERT_EQ(config->endpoints.size(), 2U);
  EXPECT_EQ(config->endpoints[0].path, "Actualisations");
  EXPECT_EQ(config->endpoints[0].every_ms, 60'000);
  EXPECT_EQ(config->endpoints[1].path, "Decisions/All");
  EXPECT_EQ(config->endpoints[1].every_ms, 300'000);
  EXPECT_EQ(config->fields().at("Decisions").type, "Type");
}

TEST(PollConfig, MistakesAreToldWithTheirPlace) {
  struct Case {
    std::string from, to, expect;
  };
  for (const Case& one : std::vector<Case>{
           {"https://", "http://", "an https address"},
           {"https://ifo", "ftp://ifo", "an https address"},
           {"https://ifo", "https://me:secret@ifo", "without user"},
           {"Extract/", "Extract?key=abc", "keys belong in keys_file"},
           {"keys_file =", "overlap_s = 0\nkeys_file =", "overlap_s"},
           {"keys_file", "key_file", "keys_file"},
           {"modified =", "modifed =", "modified"},
           {"name = \"Decisions\"", "name = \"Actualisations\"", "no other endpoint has"},
           {"name = \"Decisions\"", "name = \"De cisions\"", "letters, digits"},
           {"Decisions/All", "Decisions?x=1", "a path without query"}}) {
    std::string text = kGood;
    const size_t at = text.find(one.from);
    ASSERT_NE(at, std::string::npos) << one.from;
    text.replace(at, one.from.size(), one.to);
    const Result<std::unique_ptr<PollConfig>> config = Read(text);
    ASSERT_FALSE(config.ok()) << one.to;
    EXPECT_THAT(config.error().message, HasSubstr(one.expect));
    EXPECT_THAT(config.error().message, HasSubstr("adapter.toml:"));
    EXPECT_THAT(config.error().message, testing::Not(HasSubstr("secret")));
  }
}

TEST(PollConfig, AFirstLoadIsABaselineOnlyWhenItReachesBack) {
  const std::string start = "keys_file = \"k\"\nstart = \"2026-01-01\"\n";
  const auto with = [](const std::string& more) {
    std::string text = kGood;
    const std::string keys = "keys_file = \"keys/lifecare.keys\"\n";
    return Read(text.replace(text.find(keys), keys.size(), more));
  };
  EXPECT_TRUE((*with(start))->baseline);
  EXPECT_FALSE((*with(start + "first_load = \"live\"\n"))->baseline);
  EXPECT_FALSE((*Read(kGood))->baseline);
}

TEST(PollConfig, PlainHttpIsForThisMachineOnlyAndHasToBeAllowed) {
  EXPECT_FALSE(CheckBaseAddress("http://127.0.0.1:8080/x", false).ok());
  EXPECT_FALSE(CheckBaseAddress("http://10.0.0.1/x", true).ok());
  EXPECT_FALSE(CheckBaseAddress("http://localhost.example.se/x", true).ok());
  EXPECT_FALSE(CheckBaseAddress("http://127.0.0.1@evil.example/x", true).ok());
  for (const char* good : {"http://127.0.0.1:8080/x", "http://[::1]:8080", "http://localhost/x"}) {
    const Result<BaseAddress> base = CheckBaseAddress(good, true);
    ASSERT_TRUE(base.ok()) << good;
    EXPECT_TRUE(base->plain);
  }
  EXPECT_FALSE(CheckBaseAddress("https://example.se/x", true)->plain);
  EXPECT_FALSE(CheckBaseAddress("", true).ok());
}

class Keys : public testing::Test {
 protected:
  Result<HttpPull::Query> Read(const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_.path() + "/keys";
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return ReadKeys(path);
  }
  test::TempDir folder_;
};

TEST_F(Keys, AreReadInOrder) {
  const auto keys = Read("# Lifecare\ndomain = \"bollnas\"\n\nkey = \"a=b&c\"\n");
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  const HttpPull::Query expected = {{"domain", "bollnas"}, {"key", "a=b&c"}};
  EXPECT_EQ(*keys, expected);
}

TEST_F(Keys, OfAFileThatOthersMayReadAreRefused) {
  const auto keys = Read("key = \"geheim\"\n", 0644);
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().code, Code::kDenied);
  EXPECT_THAT(keys.error().message, HasSubstr("chmod 600"));
}

TEST_F(Keys, MistakesNameTheLineAndNeverWhatStandsThere) {
  for (const char* text : {"key = geheim\n", "geheim\n", "= \"geheim\"\n", "key = \"geheim\n"}) {
    const auto keys = Read(text);
    ASSERT_FALSE(keys.ok()) << text;
    EXPECT_THAT(keys.error().message, HasSubstr("line 1"));
    EXPECT_THAT(keys.error().message, testing::Not(HasSubstr("geheim")));
  }
  EXPECT_FALSE(Read("").ok());
  EXPECT_FALSE(Read("key = \"" + std::string(5000, 'x') + "\"").ok());
  EXPECT_EQ(ReadKeys("/nowhere/keys").error().code, Code::kNotFound);
}

// `--check` was content with a source whose keys were nowhere; it failed at its start.
TEST(PollConfig, TheCheckLooksAtTheFilesThatItNames) {
  test::TempDir dir;
  const Result<std::unique_ptr<PollConfig>> read = Read(kGood);
  ASSERT_TRUE(read.ok());
  PollConfig& config = **read;
  const kit::ConnectorKind kind = PollKind();
  ASSERT_TRUE(kind.check);
  config.keys_file = dir.path() + "/keys";
  EXPECT_THAT(kind.check(config).error().message, HasSubstr("keys file " + config.keys_file));
  std::ofstream(config.keys_file) << "key = \"x\"\n";
  ASSERT_EQ(::chmod(config.keys_file.c_str(), 0600), 0);
  EXPECT_TRUE(kind.check(config).ok());
  config.http.ca_file = dir.path() + "/ca.pem";
  EXPECT_THAT(kind.check(config).error().message, HasSubstr("ca_file " + config.http.ca_file));
}

}  // namespace
}  // namespace sam::rest
