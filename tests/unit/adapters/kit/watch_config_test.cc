#include "adapters/kit/watch_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::kit::test {
namespace {

using testing::HasSubstr;

Result<WatchConfig> Read(const std::string& text) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, "adapter.toml"));
  config::Table root = document.Root();
  WatchConfig out = ReadWatch(root, "own");
  SAM_TRY(document.Done());
  return out;
}

TEST(WatchConfig, WithoutTheSectionNothingIsExpectedAndNobodyIsCalled) {
  const Result<WatchConfig> config = Read("");
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config->feeds.empty());
  EXPECT_TRUE(config->hook.empty());
  EXPECT_EQ(config->error_percent, 5);
}

TEST(WatchConfig, ReadsAllThatCanBeSaid) {
  const Result<WatchConfig> config = Read(R"(
[watch]
hook = ["/usr/local/sbin/ring", "samsignal"]
hook_timeout = "10s"
outbox_events = 500
outbox_age = "15m"
error_percent = 10
error_window = 50
clock_skew = "5m"
certificate = "60d"
[[watch.feed]]
interval = "2h"
hours = ["mon-fri 07:30-17:00"]
closed = ["2026-05-15"]
[[watch.feed]]
source = "other"
interval = "1d"
)");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->hook.size(), 2U);
  EXPECT_EQ(config->hook_timeout_ms, 10'000);
  EXPECT_EQ(config->outbox_events, 500U);
  EXPECT_EQ(config->outbox_age_ms, 900'000);
  EXPECT_EQ(config->clock_skew_ms, 300'000);
  ASSERT_EQ(config->feeds.size(), 2U);
  EXPECT_EQ(config->feeds[0].source, "own");
  EXPECT_EQ(config->feeds[0].interval_ms, 7'200'000);
  EXPECT_EQ(config->feeds[0].holidays, OfficeHours::Holidays::kClosed);
  EXPECT_EQ(config->feeds[1].source, "other");
  EXPECT_EQ(config->feeds[1].holidays, OfficeHours::Holidays::kOpen);  // around the clock
}

TEST(WatchConfig, MistakesAreToldWithTheirPlaceAndWhatWasExpected) {
  struct Case {
    const char* text;
    const char* told;
  };
  for (const Case& one : std::vector<Case>{
           {"[watch]\nhok = []", "hook"},
           {"[watch]\nhook = [\"ring.sh\"]", "whole path"},
           {"[watch]\noutbox_age = \"soon\"", "\"15m\""},
           {"[watch]\nerror_percent = 0", "error_percent"},
           {"[[watch.feed]]\nhours = []", "interval"},
           {"[[watch.feed]]\ninterval = \"1h\"\nhours = [\"man-fre 8-17\"]", "mon-fri 07:30-17:00"},
           {"[[watch.feed]]\ninterval = \"1h\"\nhours = [\"mon 08:00-12:00\", \"mon 11:00-13:00\"]",
            "overlap"},
           {"[[watch.feed]]\ninterval = \"1h\"\nclosed = [\"klämdag\"]", "2026-05-15"},
           {"[[watch.feed]]\ninterval = \"1h\"\nholidays = \"red\"", "as-sunday"},
           {"[[watch.feed]]\ninterval = \"1h\"\n[[watch.feed]]\ninterval = \"2h\"",
            "for each source"},
       }) {
    const Result<WatchConfig> config = Read(one.text);
    ASSERT_FALSE(config.ok()) << one.text;
    EXPECT_THAT(config.error().message, HasSubstr(one.told)) << one.text;
    EXPECT_THAT(config.error().message, HasSubstr("adapter.toml:")) << one.text;
  }
}

}  // namespace
}  // namespace sam::kit::test
