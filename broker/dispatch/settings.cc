#include "broker/dispatch/settings.h"

#include <map>

#include "broker/config/toml.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::dispatch {
namespace {

std::string BaseName(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// Only these keys: what else stands in hub.toml is main's business.
Status ReadHub(const std::string& text, Settings& settings) {
  SAM_ASSIGN(config::Document document, config::Document::Parse(text, "hub.toml"));
  settings.test = document.Root().TextOr("environment", "production") == "test";
  const int64_t fold = document.Root().IntOr("fold", 0, 0, UINT32_MAX);
  if (fold > kFoldEdition)
    return Invalid("hub.toml: fold = " + std::to_string(fold) +
                   ": a newer build has gone on with this log; use that one");
  settings.fold = static_cast<uint32_t>(fold);
  return Ok();
}

}  // namespace

std::string JournaledHubToml(bool test) {
  std::string text = "environment = \"";
  text.append(test ? "test" : "production").append("\"\nfold = ");
  text.append(std::to_string(kFoldEdition)).append("\n");
  return text;
}

Result<Settings> ParseSettings(std::string_view config_loaded) {
  Settings settings;
  std::map<std::string, std::string> files;
  SAM_TRY(wire::ReadOwn<schema::ConfigLoaded>(
      config_loaded, [&](schema::ConfigLoaded::Reader root) -> Status {
        settings.version = root.getVersion().cStr();
        for (auto file : root.getFiles())
          files[BaseName(file.getName().cStr())] = std::string(wire::View(file.getText()));
        return Ok();
      }));
  SAM_TRY(ReadHub(files["hub.toml"], settings));
  const routing::Days days = settings.fold >= 5 ? routing::Days::kSwedish : routing::Days::kCautious;
  SAM_ASSIGN(settings.directory,
             routing::ParseDirectory(files["directory.toml"], "directory.toml", days));
  SAM_ASSIGN(settings.agreements,
             routing::ParseAgreements(files["agreements.toml"], "agreements.toml",
                                      settings.directory, days));
  SAM_ASSIGN(settings.programmes,
             rules::ParseProgrammes(files["programmes.toml"], "programmes.toml"));
  SAM_ASSIGN(settings.rules, rules::ParseRules(files["rules.toml"], "rules.toml", settings.fold >= 7));
  bool carries_reports = false;
  for (const rules::Rule& rule : settings.rules.all)
    if (rule.enabled && rule.pattern == rules::Pattern::kTransport) carries_reports = true;
  if (!carries_reports)
    return Invalid("rules.toml: no enabled rule has pattern \"transport\"; signed reports would be "
                   "stored and never carried");
  SAM_ASSIGN(settings.retention, ParseRetention(files["retention.toml"], "retention.toml"));
  settings.retention.look_back_days = LookBackDays(settings.rules);
  settings.rules.reminders.exams = settings.fold >= 4;
  settings.rules.reminders.inquiries = settings.fold >= 7;
  settings.rules.since_fold_5 = settings.fold >= 5;
  settings.rules.since_fold_6 = settings.fold >= 6;
  settings.rules.since_fold_7 = settings.fold >= 7;
  settings.rules.since_fold_8 = settings.fold >= 8;
  SAM_TRY(rules::Connect(settings.programmes, settings.rules));
  return settings;
}

Result<std::string> CurrentConfig(const Store& store) {
  std::string bytes;
  SAM_TRY(store.ScanBack(spaces::kConfig, "", "", [&](std::string_view, std::string_view value) {
    bytes = std::string(value);
    return false;
  }));
  return bytes;
}

Result<std::string> CurrentConfigVersion(const Store& store) {
  SAM_ASSIGN(const std::string bytes, CurrentConfig(store));
  if (bytes.empty()) return std::string();
  return wire::ReadOwn<schema::ConfigLoaded>(
      bytes, [](schema::ConfigLoaded::Reader root) -> Result<std::string> {
        return std::string(root.getVersion().cStr());
      });
}

}  // namespace sam::dispatch
