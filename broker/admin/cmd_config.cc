// config check, list, diff, rollback: the files on disk, and the versions that the log has run with. A
// rollback puts the texts of a version in place of the files and has them loaded as any change is: as a new
// record, with who asked and why. The files on disk are the configuration, so they are what changes; what
// stood there is in the log, and a rollback to it brings it back.
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/config_history.h"
#include "broker/admin/configuration.h"
#include "broker/admin/line_diff.h"
#include "broker/admin/log_view.h"
#include "broker/admin/scratch_folder.h"
#include "broker/base/durable_file.h"
#include "broker/base/text.h"

namespace sam::admin {
namespace {

constexpr const char* kFiles = "files";  // in place of a version: as they are on disk

struct NamedFile {
  const char* name;  // in the record
  std::string config::HubFiles::*path;
};
// hub.toml is not among them: of it only the environment and the edition are journaled.
constexpr NamedFile kRolledBack[] = {{"directory.toml", &config::HubFiles::directory},
                                     {"agreements.toml", &config::HubFiles::agreements},
                                     {"programmes.toml", &config::HubFiles::programmes},
                                     {"rules.toml", &config::HubFiles::rules},
                                     {"retention.toml", &config::HubFiles::retention}};

// Those that hub.toml names. Of a version that had no retention.toml an empty one is written: nothing is disposed of.
std::vector<NamedFile> RolledBack(const config::HubConfig& config) {
  std::vector<NamedFile> files;
  for (const NamedFile& file : kRolledBack)
    if (!(config.files.*file.path).empty()) files.push_back(file);
  return files;
}

struct Side {
  std::string name;
  ConfigTexts texts;
};

Result<std::vector<LoadedVersion>> History(Context& context) {
  SAM_ASSIGN(const std::unique_ptr<LogView> view, LogView::Open(context.config));
  SAM_ASSIGN(std::vector<LoadedVersion> history, ConfigHistory(view->store(), view->reader()));
  if (history.empty()) return NotFound("this log has never run with a configuration");
  return history;
}

// Empty: the newest version of the log.
Result<Side> SideOf(Context& context, const std::vector<LoadedVersion>& history, const std::string& name) {
  if (name == kFiles) {
    SAM_ASSIGN(ConfigTexts texts, ReadConfigTexts(context.config));
    return Side{"the files on disk", std::move(texts)};
  }
  if (name.empty()) return Side{history.back().version, history.back().texts};
  SAM_ASSIGN(const LoadedVersion* found, FindVersion(history, name));
  return Side{found->version, found->texts};
}

std::string TextOf(const ConfigTexts& texts, const std::string& name) {
  const auto found = texts.find(name);
  return found == texts.end() ? "" : found->second;
}

bool SameFiles(const ConfigTexts& a, const ConfigTexts& b) {
  for (const NamedFile& file : kRolledBack)
    if (TextOf(a, file.name) != TextOf(b, file.name)) return false;
  return true;
}

void TellDiff(Output& out, const Side& from, const Side& to) {
  ConfigTexts names = from.texts;
  names.insert(to.texts.begin(), to.texts.end());
  bool same = true;
  for (const auto& [name, text] : names) {
    const auto lines = LineDiff(TextOf(from.texts, name), TextOf(to.texts, name));
    if (lines.empty()) continue;
    same = false;
    out.Object("file", {{"name", name}, {"diff", lines}});
    out.Line("--- " + name + "  (" + from.name + ")");
    out.Line("+++ " + name + "  (" + to.name + ")");
    for (const std::string& line : lines) out.Line(line);
  }
  out.Object("diff", {{"from", from.name}, {"to", to.name}, {"same", same}});
  if (same) out.Line(from.name + " and " + to.name + " are the same");
}

// Whether today's program takes the texts, with today's peers; nothing on disk is touched.
Status CheckTexts(const config::HubConfig& config, const ConfigTexts& texts) {
  const ScratchFolder scratch(config.data_dir + "/snapshots/config-" + std::to_string(getpid()));
  std::error_code error;
  std::filesystem::create_directories(scratch.path(), error);
  if (error) return Unavailable("cannot make " + scratch.path() + ": " + error.message());
  config::HubConfig there = config;
  for (const NamedFile& file : RolledBack(config)) {
    there.files.*file.path = scratch.path() + "/" + file.name;
    SAM_TRY(ReplaceSynced(there.files.*file.path, TextOf(texts, file.name), 0600));
  }
  const auto loaded = LoadConfiguration(there);
  return loaded.ok() ? Ok() : Status(loaded.error());
}

Status WriteFiles(const config::HubConfig& config, const ConfigTexts& texts) {
  for (const NamedFile& file : RolledBack(config))
    SAM_TRY(ReplaceSynced(config.files.*file.path, TextOf(texts, file.name), 0640));
  return Ok();
}

// Either all files and the running hub are of that version, or all is as it was.
Status Load(Context& context, const Side& now, const Side& wanted, const std::string& reason) {
  Status done = WriteFiles(context.config, wanted.texts);
  if (done.ok()) done = AskReload(context, "rollback to " + wanted.name + ": " + reason);
  if (done.ok()) return done;
  // Silence is no refusal: the hub may have taken it by now, and then these are its files.
  if (done.error().code == Code::kUnavailable)
    return Wrap("whether the hub has loaded " + wanted.name + " is not known yet (samsignal config list); its files are in place",
                done.error());
  const Status back = WriteFiles(context.config, now.texts);
  if (back.ok()) return Wrap("nothing was changed", done.error());
  return Wrap("it failed, and so did putting the files back (" + back.error().message +
                  "): look at samsignal config diff " + now.name + " files before the hub is started",
              done.error());
}

}  // namespace

int ConfigCheck(Context& context) {
  auto loaded = LoadConfiguration(context.config);
  if (!loaded.ok()) return context.out.Fail(loaded.error());
  context.out.Line("the configuration is sound, version " + loaded->version);
  context.out.Object("config", {{"version", loaded->version}, {"ok", true}});
  return kOk;
}

int ConfigList(Context& context) {
  const auto history = History(context);
  if (!history.ok()) return context.out.Fail(history.error());
  std::vector<std::vector<std::string>> rows;
  for (const LoadedVersion& one : *history)
    rows.push_back({one.version, std::to_string(one.place.value), ToIso(one.loaded),
                    one.by.empty() ? "at a start" : one.by, one.reason});
  context.out.Table("config", {"version", "offset", "loaded", "by", "reason"}, rows);
  context.out.Line("the last one is in force");
  return kOk;
}

int ConfigDiff(Context& context, const std::string& from, const std::string& to) {
  const auto history = History(context);
  if (!history.ok()) return context.out.Fail(history.error());
  const auto before = SideOf(context, *history, from);
  if (!before.ok()) return context.out.Fail(before.error());
  const auto after = SideOf(context, *history, to.empty() ? kFiles : to);
  if (!after.ok()) return context.out.Fail(after.error());
  TellDiff(context.out, *before, *after);
  return kOk;
}

int ConfigRollback(Context& context, const RollbackOptions& options) {
  const auto history = History(context);
  if (!history.ok()) return context.out.Fail(history.error());
  const auto wanted = SideOf(context, *history, options.version);
  const auto running = SideOf(context, *history, "");
  const auto disk = SideOf(context, *history, kFiles);
  for (const auto* side : {&wanted, &running, &disk})
    if (!side->ok()) return context.out.Fail(side->error());
  // What nobody has loaded stands nowhere else: it would be lost without a word.
  if (!SameFiles(running->texts, disk->texts))
    return context.out.Fail(Conflict("the files on disk are not what the hub runs with (samsignal config diff); "
                                     "reload them, or set them aside, and then roll back"));
  if (SameFiles(wanted->texts, running->texts))
    return context.out.Fail(Conflict("the hub runs with these files already"));
  for (const NamedFile& file : kRolledBack)
    if ((context.config.files.*file.path).empty() && !TextOf(wanted->texts, file.name).empty())
      return context.out.Fail(Conflict("that version has " + std::string(file.name) +
                                       ", and hub.toml names none: name one under [files] and restart the hub first"));
  TellDiff(context.out, *running, *wanted);
  if (const Status sound = CheckTexts(context.config, wanted->texts); !sound.ok())
    return context.out.Fail(Wrap("this version does not go with today's program or peers.toml; nothing was changed",
                                 sound.error()));
  if (!options.yes) return context.out.Fail(Invalid("add --yes to put these files in place and load them"));
  if (options.reason.empty()) return context.out.Fail(Invalid("a rollback needs a reason for the audit: --reason TEXT"));
  if (const auto up = AskStatus(context); !up.ok())
    return context.out.Fail(Wrap("nothing was changed", up.error()));
  const Status done = Load(context, *running, *wanted, options.reason);
  if (!done.ok()) return context.out.Fail(done.error());
  context.out.Object("rollback", {{"from", running->name}, {"to", wanted->name}});
  context.out.Line("the files are those of " + wanted->name + ", and the hub has loaded them; " + running->name +
                   " stays in the log");
  return kOk;
}

}  // namespace sam::admin
