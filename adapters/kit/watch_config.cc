#include "adapters/kit/watch_config.h"

#include <algorithm>
#include <utility>

namespace sam::kit {
namespace {

int64_t Duration(config::Table& table, const std::string& key, int64_t otherwise) {
  if (!table.Has(key)) return otherwise;
  const std::optional<int64_t> value = ParseDuration(table.Text(key));
  if (!value) table.Fail(key, "a time such as \"90s\", \"15m\", \"2h\" or \"30d\"");
  return value.value_or(otherwise);
}

FeedExpectation ReadFeed(config::Table& table, const std::string& source) {
  FeedExpectation out;
  out.source = table.TextOr("source", source);
  out.interval_ms = Duration(table, "interval", 0);
  if (!table.Has("interval")) table.Fail("interval", "a time such as \"60m\"");
  out.hours = table.TextList("hours");
  out.closed = table.TextList("closed");
  out.holidays = static_cast<OfficeHours::Holidays>(
      table.OneOf("holidays", {"closed", "as-sunday", "open"}, out.hours.empty() ? 2 : 0));
  const auto readable = [&](const std::vector<std::string>& hours, const std::string& day) {
    std::vector<std::string> closed;
    if (!day.empty()) closed.push_back(day);
    return OfficeHours::Make(hours, out.holidays, closed).ok();
  };
  bool each = true;
  for (const std::string& text : out.hours) {
    if (readable({text}, "")) continue;
    each = false;
    table.Fail("hours", "hours such as \"mon-fri 07:30-17:00\", not \"" + text + "\"");
  }
  if (each && !readable(out.hours, "")) table.Fail("hours", "hours that do not overlap");
  for (const std::string& text : out.closed)
    if (!readable({}, text)) table.Fail("closed", "days such as 2026-05-15, not \"" + text + "\"");
  return out;
}

}  // namespace

WatchConfig ReadWatch(config::Table& root, const std::string& source) {
  WatchConfig out;
  std::optional<config::Table> watch = root.Sub("watch");
  if (!watch) return out;
  out.hook = watch->TextList("hook");
  if (!out.hook.empty() && (out.hook[0].empty() || out.hook[0][0] != '/'))
    watch->Fail("hook", "a list that begins with the program's whole path; no shell reads it");
  out.hook_timeout_ms = Duration(*watch, "hook_timeout", out.hook_timeout_ms);
  out.outbox_events = static_cast<uint64_t>(
      watch->IntOr("outbox_events", static_cast<int64_t>(out.outbox_events), 1, 1'000'000'000));
  out.outbox_age_ms = Duration(*watch, "outbox_age", out.outbox_age_ms);
  out.error_percent = static_cast<int>(watch->IntOr("error_percent", out.error_percent, 1, 100));
  out.error_window = static_cast<int>(watch->IntOr("error_window", out.error_window, 10, 10'000));
  out.clock_skew_ms = Duration(*watch, "clock_skew", out.clock_skew_ms);
  out.certificate_ms = Duration(*watch, "certificate", out.certificate_ms);
  for (config::Table& table : watch->List("feed")) {
    FeedExpectation feed = ReadFeed(table, source);
    if (std::any_of(out.feeds.begin(), out.feeds.end(),
                    [&](const FeedExpectation& other) { return other.source == feed.source; }))
      table.Fail("source", "one [[watch.feed]] for each source");
    out.feeds.push_back(std::move(feed));
  }
  return out;
}

}  // namespace sam::kit
