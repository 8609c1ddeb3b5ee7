#include "adapters/program/cmd_map.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <utility>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/raw_pages.h"
#include "adapters/maptool/check.h"
#include "adapters/maptool/compare.h"
#include "adapters/maptool/coverage.h"
#include "adapters/maptool/explain.h"
#include "adapters/program/sources.h"
#include "adapters/program/tool.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"

namespace sam::program {
namespace {

constexpr int kMistakes = 65;
constexpr int kPartial = 8;
constexpr int kMaxLast = 100'000;

Result<kit::AdapterConfig> Load(const MapOptions& options) {
  CryptoInit();
  log::Init("samsignal-adapter", log::Level::kError);  // the report says it all
  return kit::AdapterConfig::Load(options.config, Sources());
}

int CheckCommand(const MapOptions& options) {
  const SystemClock clock;
  const Result<maptool::CheckReport> report = maptool::Check(options.config, Sources(), clock);
  if (!report.ok()) return Fail(report.error());
  Print(options.json ? maptool::JsonOf(*report) : maptool::TextOf(*report));
  return report->ok() ? 0 : kMistakes;
}

int ExplainCommand(const MapOptions& options) {
  const Result<kit::AdapterConfig> config = Load(options);
  if (!config.ok()) return Fail(config.error());
  const SystemClock clock;
  maptool::ExplainOptions how;
  how.mask = options.mask;
  how.json = options.json;
  std::ostringstream out;
  const Result<maptool::ExplainReport> report =
      maptool::Explain(*config, options.files, Sources(), clock, how, out);
  Print(out.str());
  if (!report.ok()) return Fail(report.error());
  return report->bad == 0 ? 0 : kPartial;
}

int CoverageCommand(const MapOptions& options) {
  const Result<kit::AdapterConfig> config = Load(options);
  if (!config.ok()) return Fail(config.error());
  const SystemClock clock;
  const Result<maptool::CoverageReport> report =
      maptool::Cover(*config, options.files, Sources(), clock);
  if (!report.ok()) return Fail(report.error());
  Print(options.json ? maptool::JsonOf(*report) : maptool::TextOf(*report));
  return 0;
}

// The last N messages that the adapter keeps, oldest first: a correction comes after what it
// corrects.
Result<std::vector<maptool::Sample>> LastKept(const MapOptions& options) {
  SAM_ASSIGN(const std::unique_ptr<Desk> desk, Desk::Open(options.config));
  std::vector<maptool::Sample> out;
  uint64_t before = 0, too_large = 0;
  const auto wanted = static_cast<uint64_t>(options.last);
  do {
    const uint64_t left = wanted - out.size() - too_large;
    SAM_ASSIGN(const std::string text,
               desk->Ask({"raw", "last", std::to_string(left), std::to_string(before),
                          options.reveal ? "reveal" : "masked", options.reason}));
    SAM_ASSIGN(kit::RawPage page, kit::ParseRawPage(text));
    too_large += page.too_large;
    for (auto& [number, bytes] : page.messages)
      out.push_back({"kept message " + std::to_string(number), std::move(bytes), true, {}});
    before = page.next;
  } while (before != 0 && out.size() + too_large < wanted);
  if (too_large > 0)
    std::cerr << "samsignal-adapter: " << too_large
              << " messages are larger than the door takes and were left out\n";
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

int TestAgainst(const MapOptions& options) {
  if (options.files.empty() == (options.last == 0))
    return Usage("test --against wants files, or --last N for the messages the adapter keeps");
  if (options.reveal && options.reason.empty() && options.last > 0)
    return Usage("--reveal of kept messages wants --reason \"...\"; it goes into the audit");
  const Result<kit::AdapterConfig> config = Load(options);
  if (!config.ok()) return Fail(config.error());
  const SystemClock clock;
  Result<maptool::Comparer> comparer =
      maptool::Comparer::Open(*config, options.against, Sources(), clock);
  if (!comparer.ok()) return Fail(comparer.error());
  const Result<std::vector<maptool::Sample>> samples =
      options.last > 0 ? LastKept(options) : comparer->Read(options.files);
  if (!samples.ok()) return Fail(samples.error());
  maptool::CompareOptions how;
  how.reveal = options.reveal;
  how.json = options.json;
  std::ostringstream out;
  const Result<maptool::CompareReport> report = comparer->Run(*samples, how, out);
  Print(out.str());
  if (!report.ok()) return Fail(report.error());
  std::cerr << report->messages << " messages, " << report->different << " different\n";
  return report->different == 0 ? 0 : kPartial;
}

void AddMap(CLI::App& app, MapOptions& options) {
  CLI::App* map = app.add_subcommand("map", "For whoever writes a mapping");
  map->require_subcommand(1);
  CLI::App* check = map->add_subcommand(
      "check", "Everything wrong with a mapping, or an adapter.toml and its mapping");
  check->add_option("file", options.config, "adapter.toml or a mapping")->required();
  CLI::App* explain = map->add_subcommand(
      "explain", "Which rule told what of these samples, from which place, and why not");
  CLI::App* coverage = map->add_subcommand(
      "coverage", "What these samples hold that no rule reads, and fields that were never set");
  for (CLI::App* one : {explain, coverage}) {
    one->add_option("config", options.config)->required();
    one->add_option("files", options.files, "files, or folders of them")->required();
  }
  explain->add_flag("--mask", options.mask, "hides values, for a report that leaves the room");
  for (CLI::App* one : {check, explain, coverage}) one->add_flag("--json", options.json);
}

void AddAgainst(CLI::App& test, MapOptions& options) {
  CLI::Option* against = test.add_option(
      "--against", options.against,
      "another mapping: tells only what it would make different; exit 8 if anything");
  CLI::Option* last =
      test.add_option("--last", options.last, "with --against: the last N messages the adapter keeps")
          ->check(CLI::Range(1, kMaxLast))
          ->needs(against);
  test.add_flag("--json", options.json, "one object of JSON a line");
  test.add_flag("--reveal", options.reveal, "with --against: shows personal values")->needs(against);
  test.add_option("--reason", options.reason, "goes into the adapter's audit, with --last")->needs(last);
}

std::optional<int> RunMap(const CLI::App& app, const MapOptions& options) {
  if (!app.got_subcommand("map")) return std::nullopt;
  const CLI::App* map = app.get_subcommand("map");
  if (map->got_subcommand("check")) return CheckCommand(options);
  if (map->got_subcommand("explain")) return ExplainCommand(options);
  return CoverageCommand(options);
}

}  // namespace sam::program
