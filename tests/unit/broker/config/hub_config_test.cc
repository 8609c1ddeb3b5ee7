#include "broker/config/hub_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::config {
namespace {

using ::testing::HasSubstr;

constexpr char kHead[] =
    "environment = 'test'\ndata_dir = 'data'\ningress_endpoint = 'tcp://127.0.0.1:5570'\n"
    "delivery_endpoint = 'tcp://127.0.0.1:5571'\nadmin_socket = '/run/x/admin.sock'\n";
constexpr char kTail[] =
    "[files]\ndirectory = 'd.toml'\nagreements = 'a.toml'\nprogrammes = 'p.toml'\n"
    "rules = '/abs/r.toml'\npeers = 'x.toml'\n[keys]\ncurve_secret = 'c'\nkek = 'k'\n"
    "checkpoint_signing = 's'\n";

Result<HubConfig> Parse(const std::string& top, const std::string& tables = "") {
  return ParseHubConfig(kHead + top + kTail + tables, "/etc/sam/hub.toml");
}

std::string ErrorOf(const std::string& top, const std::string& tables = "") {
  const auto config = Parse(top, tables);
  return config.ok() ? "" : config.error().message;
}

TEST(HubConfig, TheSmallestFileTakesTheDocumentedDefaults) {
  const auto config = Parse("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_TRUE(config->test());
  EXPECT_EQ(config->http_endpoint, "127.0.0.1:9464");
  EXPECT_EQ(config->limits.max_event_bytes, 131072u);
  EXPECT_EQ(config->limits.max_batch_bytes, 262144u);
  EXPECT_EQ(config->limits.credit_messages, 512u);
  EXPECT_EQ(config->limits.credit_bytes, 4194304u);
  EXPECT_EQ(config->limits.messages_per_second, 50'000u);
  EXPECT_EQ(config->limits.bytes_per_second, 67108864u);
  EXPECT_EQ(config->disk.low_water_mb, 1024u);
  EXPECT_EQ(config->disk.reserve_mb, 64u);
  EXPECT_EQ(config->trim, TrimPolicy::kBackup);
  EXPECT_EQ(config->redelivery.attempts, 20u);
  EXPECT_EQ(config->silent_hours, 24u);
  EXPECT_EQ(Parse("", "[receivers]\nsilent_hours = 6\n")->silent_hours, 6u);
  EXPECT_FALSE(config->replay_second_person);
  EXPECT_TRUE(Parse("", "[replay]\nsecond_person = true\n")->replay_second_person);
  EXPECT_EQ(config->checkpoint.every_records, 1000u);
  EXPECT_EQ(config->statistics, StatisticsPer::kQuarter);
  EXPECT_EQ(config->heartbeat_ms, 10'000u);
  EXPECT_EQ(config->log_level, "info");
}

TEST(HubConfig, RelativePathsAreTakenFromTheFilesFolder) {
  const auto config = Parse("");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->data_dir, "/etc/sam/data");
  EXPECT_EQ(config->files.directory, "/etc/sam/d.toml");
  EXPECT_EQ(config->files.rules, "/abs/r.toml");
  EXPECT_EQ(config->keys.kek, "/etc/sam/k");
}

TEST(HubConfig, EachLimitIsCheckedAtItsKey) {
  EXPECT_THAT(ErrorOf("heartbeat_ms = 99\n"), HasSubstr("hub.toml:6:16: 'heartbeat_ms'"));
  EXPECT_THAT(ErrorOf("log_level = 'loud'\n"), HasSubstr("'log_level'"));
  EXPECT_THAT(ErrorOf("trim = 'now'\n"), HasSubstr("'trim'"));
  EXPECT_THAT(ErrorOf("statistics = 'week'\n"), HasSubstr("'statistics'"));
  EXPECT_THAT(ErrorOf("http_endpoint = 'localhost'\n"), HasSubstr("'http_endpoint'"));
  EXPECT_THAT(ErrorOf("", "[limits]\nmax_event_bytes = 1\n"), HasSubstr("limits.max_event_bytes"));
  EXPECT_THAT(ErrorOf("", "[limits]\nmax_event_bytes = 100000\nmax_batch_bytes = 90000\n"),
              HasSubstr("at least max_event_bytes"));
  EXPECT_THAT(ErrorOf("", "[limits]\nmax_event_bytes = 131073\n"),
              HasSubstr("hub.toml:17:19: 'limits.max_event_bytes'"));
  EXPECT_THAT(ErrorOf("", "[limits]\nmax_batch_bytes = 262145\n"),
              HasSubstr("limits.max_batch_bytes"));
  EXPECT_THAT(ErrorOf("", "[limits]\nmessages_per_second = 0\n"),
              HasSubstr("limits.messages_per_second"));
  EXPECT_THAT(ErrorOf("", "[limits]\nbytes_per_second = 100\n"),
              HasSubstr("limits.bytes_per_second"));
  EXPECT_THAT(ErrorOf("", "[limits]\ncredit_bytes = 2000\n"),
              HasSubstr("at least max_batch_bytes"));
  EXPECT_THAT(ErrorOf("", "[disk]\nlow_water_mb = 20\nreserve_mb = 21\n"),
              HasSubstr("at most low_water_mb"));
  EXPECT_THAT(ErrorOf("", "[redelivery]\nfirst_ms = 500\nmax_ms = 400\n"),
              HasSubstr("at least first_ms"));
  EXPECT_THAT(ErrorOf("", "[checkpoint]\nevery_seconds = 0\n"),
              HasSubstr("checkpoint.every_seconds"));
}

TEST(HubConfig, AMissingTableIsNamed) {
  const auto config = ParseHubConfig(kHead, "hub.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, HasSubstr("'files'"));
  EXPECT_THAT(config.error().message, HasSubstr("'keys'"));
}

TEST(HubConfig, AddressesMustBeTcpWithAPort) {
  for (const char* bad : {"127.0.0.1:1", "tcp://host", "tcp://:1", "tcp://h:99999", "tcp://h:x"}) {
    std::string text = std::string(kHead) + kTail;
    const size_t at = text.find("tcp://127.0.0.1:5570");
    text.replace(at, 20, bad);
    EXPECT_FALSE(ParseHubConfig(text, "hub.toml").ok()) << bad;
  }
}

TEST(HubConfig, TheTwoEndpointsMustDiffer) {
  std::string text = std::string(kHead) + kTail;
  text.replace(text.find(":5571"), 5, ":5570");
  const auto config = ParseHubConfig(text, "hub.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, HasSubstr("another address than ingress_endpoint"));
}

TEST(HubConfig, ASocketPathLongerThanTheSystemAllowsIsRefused) {
  std::string text = std::string(kHead) + kTail;
  text.replace(text.find("/run/x"), 6, "/run/" + std::string(100, 'x'));
  EXPECT_FALSE(ParseHubConfig(text, "hub.toml").ok());
}

TEST(HubConfig, TheShippedExampleIsValid) {
  const auto config = LoadHubConfig(SAM_SOURCE_DIR "/deploy/config/hub.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->environment, Environment::kProduction);
}

TEST(HubConfig, EveryDefaultShownInTheExampleIsTheDefaultInCode) {
  auto document = Document::Load(SAM_SOURCE_DIR "/deploy/config/hub.toml");
  ASSERT_TRUE(document.ok());
  // Uncommenting a line "# key = value" must change nothing.
  std::string text;
  size_t shown = 0;
  for (std::string_view rest = document->text(); !rest.empty();) {
    const size_t end = rest.find('\n');
    std::string line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.rfind("# ", 0) == 0 && line.find(" = ") != std::string::npos &&
        line.find(' ', 2) == line.find(" = ")) {
      line = line.substr(2);
      ++shown;
    }
    text += line + "\n";
  }
  EXPECT_EQ(shown, 20u);
  const auto with = ParseHubConfig(text, "/x/hub.toml");
  const auto without = ParseHubConfig(document->text(), "/x/hub.toml");
  ASSERT_TRUE(with.ok()) << with.error().message;
  ASSERT_TRUE(without.ok());
  EXPECT_EQ(with->limits.credit_bytes, without->limits.credit_bytes);
  EXPECT_EQ(with->limits.max_event_bytes, without->limits.max_event_bytes);
  EXPECT_EQ(with->limits.max_batch_bytes, without->limits.max_batch_bytes);
  EXPECT_EQ(with->limits.credit_messages, without->limits.credit_messages);
  EXPECT_EQ(with->limits.messages_per_second, without->limits.messages_per_second);
  EXPECT_EQ(with->limits.bytes_per_second, without->limits.bytes_per_second);
  EXPECT_EQ(with->disk.low_water_mb, without->disk.low_water_mb);
  EXPECT_EQ(with->disk.reserve_mb, without->disk.reserve_mb);
  EXPECT_EQ(with->redelivery.first_ms, without->redelivery.first_ms);
  EXPECT_EQ(with->redelivery.max_ms, without->redelivery.max_ms);
  EXPECT_EQ(with->redelivery.attempts, without->redelivery.attempts);
  EXPECT_EQ(with->checkpoint.every_records, without->checkpoint.every_records);
  EXPECT_EQ(with->checkpoint.every_seconds, without->checkpoint.every_seconds);
  EXPECT_EQ(with->heartbeat_ms, without->heartbeat_ms);
  EXPECT_EQ(with->trim, without->trim);
  EXPECT_EQ(with->http_endpoint, without->http_endpoint);
  EXPECT_EQ(with->log_level, without->log_level);
}

}  // namespace
}  // namespace sam::config
