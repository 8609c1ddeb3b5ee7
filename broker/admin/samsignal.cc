// samsignal: the operator's tool. Only the command line is here; each command is a function in
// commands.h. Exit codes: output.h and deploy/OPERATING.md.
#include <CLI/CLI.hpp>

#include <cstdlib>

#include "broker/admin/commands.h"
#include "broker/base/version.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"

namespace sam::admin {
namespace {

struct Arguments {
  std::string config = "/etc/samsignal/hub.toml";
  bool json = false;
  std::string language = "en";
  std::string role = "operator";
  uint64_t count = 20, offset = 0;
  bool reveal = false, check = false, yes = false, receivers = false;
  std::string reason, id, name, time;
  FindOptions find;
  NewKeys keys;
  ReplayOptions replay;
  RollbackOptions rollback;
  StatisticsOptions statistics;
  SubjectOptions subject;
  EraseOptions erase;
};

using Command = std::function<int(Context&)>;

void AddLog(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* log = app.add_subcommand("log", "The journal: look at it, look through it, verify it");
  log->require_subcommand(1);
  CLI::App* tail = log->add_subcommand("tail", "The newest records");
  tail->add_option("-n,--count", a.count, "How many")->capture_default_str();
  tail->callback([&] { chosen = [&](Context& c) { return LogTail(c, a.count); }; });
  CLI::App* show = log->add_subcommand("show", "One record; personal values are hidden");
  show->add_option("offset", a.offset, "Place in the log")->required();
  show->add_flag("--reveal", a.reveal, "Show the payload (role privacy-officer; audited)");
  show->add_option("--reason", a.reason, "Why, for the audit");
  show->callback([&] { chosen = [&](Context& c) { return LogShow(c, a.offset, a.reveal, a.reason); }; });
  CLI::App* find = log->add_subcommand("find", "Records by what is known of them");
  find->add_option("--event", a.find.event, "Event id");
  find->add_option("--kind", a.find.kind, "event, decision, progress, config, tick, command, audit, conflict, disposed");
  find->add_option("--peer", a.find.peer, "Who handed it in");
  find->add_option("--since", a.find.since, "Received at or after");
  find->add_option("--until", a.find.until, "Received before");
  find->add_option("--limit", a.find.limit, "At most so many")->capture_default_str();
  find->callback([&] { chosen = [&](Context& c) { return LogFind(c, a.find); }; });
  CLI::App* verify = log->add_subcommand("verify", "Records, tree, payloads, checkpoints, mailboxes");
  verify->add_option("--against", a.id, "A checkpoint that an agency kept (samsignal-inbox checkpoint > FILE)");
  verify->callback([&] { chosen = [&](Context& c) { return LogVerify(c, a.id); }; });
}

void AddKeys(CLI::App& app, Arguments& a, Command& chosen, bool& needs_config) {
  CLI::App* keys = app.add_subcommand("keys", "Keys: make, list, revoke");
  keys->require_subcommand(1);
  CLI::App* make = keys->add_subcommand("new", "Make a key pair and a sealing key");
  make->add_option("name", a.keys.name, "Whose, as in peers.toml")->required();
  make->add_option("--dir", a.keys.folder, "Where the files go; made if it is not there")->capture_default_str();
  make->add_option("--role", a.keys.role, "Which entry for peers.toml is printed")->capture_default_str()
      ->check(CLI::IsMember({"source", "subscriber", "operator"}));
  make->add_flag("--hub", a.keys.for_hub, "For the hub itself: a signing key as well");
  make->callback([&] {
    needs_config = false;
    chosen = [&](Context& c) { return KeysNew(c.out, a.keys); };
  });
  keys->add_subcommand("list", "Who may connect")->callback([&] {
    chosen = [](Context& c) { return KeysList(c); };
  });
  CLI::App* revoke = keys->add_subcommand("revoke", "Take a peer out and throw its connections out");
  revoke->add_option("name", a.name, "Whose")->required();
  revoke->callback([&] { chosen = [&](Context& c) { return KeysRevoke(c, a.name); }; });
}

void AddBackup(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* backup = app.add_subcommand("backup", "Backups: make, verify, restore");
  backup->require_subcommand(1);
  CLI::App* create = backup->add_subcommand("create", "Copy the running hub's log and vault, verify the copy, let the sources forget");
  create->add_option("folder", a.id, "On another disk; the backup gets a folder of its own in it")->required();
  create->callback([&] { chosen = [&](Context& c) { return BackupCreate(c, a.id); }; });
  CLI::App* verify = backup->add_subcommand("verify", "Is this backup whole and readable?");
  verify->add_option("folder", a.id, "The backup")->required();
  verify->callback([&] { chosen = [&](Context& c) { return BackupVerify(c, a.id); }; });
  CLI::App* restore = backup->add_subcommand("restore", "With the hub stopped: put this backup in place and begin a new epoch");
  restore->add_option("folder", a.id, "The backup")->required();
  restore->add_option("--erasures", a.name, "A list of who was erased since, kept with newer backups (ERASED)");
  restore->add_flag("--yes", a.yes, "Do it");
  restore->callback([&] { chosen = [&](Context& c) { return BackupRestore(c, a.id, a.name, a.yes); }; });
  CLI::App* recover = app.add_subcommand("recover", "With the hub stopped: begin a new epoch from the store as it is");
  recover->add_flag("--accept-loss", a.yes, "Records that were promised are gone, and no backup has them");
  recover->callback([&] { chosen = [&](Context& c) { return Recover(c, a.yes); }; });
}

void AddReplay(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* replay = app.add_subcommand("replay", "Send a subscription's signals again, each after a new decision");
  replay->add_option("subscription", a.replay.subscription, "Function id");
  replay->add_option("--from", a.replay.from, "First offset");
  replay->add_option("--to", a.replay.to, "Last offset (default: the newest)");
  replay->add_option("--since", a.replay.since, "Received at or after, instead of --from");
  replay->add_option("--reason", a.replay.reason, "Why, for the audit");
  replay->add_option("--at-once", a.replay.at_once, "Signals a step; each step is decided and on disk before the next")
      ->capture_default_str()->check(CLI::Range(uint64_t{1}, kReplayStep));
  replay->add_option("--agree", a.replay.agree, "Run what somebody else has asked for: the request's number")
      ->check(CLI::NonNegativeNumber);
  replay->add_flag("--waiting", a.replay.waiting, "Requests that wait for a second person");
  replay->add_flag("--dry-run", a.replay.dry_run, "Count only");
  replay->add_flag("--yes", a.replay.yes, "Do it");
  replay->callback([&] { chosen = [&](Context& c) { return Replay(c, a.replay); }; });
}

void AddGate(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* gate = app.add_subcommand("gate", "What the gate decided, and why");
  gate->require_subcommand(1);
  CLI::App* explain = gate->add_subcommand(
      "explain", "Every decision about a signal in order, in words, with what each rested on; no content");
  explain->add_option("signal", a.id, "Signal id")->required();
  explain->callback([&] { chosen = [&](Context& c) { return GateExplain(c, a.id); }; });
  CLI::App* simulate = gate->add_subcommand(
      "simulate", "What rules and gate would make of the events in a file, one after the other, with this "
                  "configuration and an empty memory; no hub is asked");
  simulate->add_option("file", a.name, "Events as JSON: one, a list, or one a line")->required();
  simulate->add_option("--until", a.time, "Then let time go on till here, so that what falls due does");
  simulate->callback([&] { chosen = [&](Context& c) { return GateSimulate(c, a.name, a.time); }; });
  CLI::App* held = app.add_subcommand("held", "What waits until its sender says where it is to go");
  held->require_subcommand(1);
  held->add_subcommand("list", "By sending authority: why, since when, how often they were called")
      ->callback([&] { chosen = [](Context& c) { return HeldList(c); }; });
}

void AddStatistics(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* statistics = app.add_subcommand("statistics", "Counts, times and rates of a whole period, without people");
  statistics->add_option("--period", a.statistics.period, "2026-Q1, 2026-03 or 2026: whichever length hub.toml says")->required();
  statistics->add_option("--format", a.statistics.format, "text, csv or html")->capture_default_str()
      ->check(CLI::IsMember({"text", "csv", "html"}));
  statistics->add_option("-o,--output", a.statistics.output, "Into this file");
  statistics->callback([&] { chosen = [&](Context& c) { return Statistics(c, a.statistics); }; });
}

void AddSubject(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* subject = app.add_subcommand("subject", "Access for the person concerned");
  subject->require_subcommand(1);
  CLI::App* report = subject->add_subcommand(
      "report", "What is held of one person and who got what: the number is read from standard input (role privacy-officer; audited)");
  report->add_option("--authority", a.subject.authority, "Which authority is asked, as in directory.toml");
  report->add_option("--system", a.subject.system, "Of a local number: the identifier system (OID) of its source");
  report->add_option("--reason", a.subject.reason, "Why, for the audit");
  report->callback([&] { chosen = [&](Context& c) { return MakeSubjectReport(c, a.subject); }; });
}

void AddErase(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* erase = app.add_subcommand(
      "erase", "Forget one person: what would go is counted; --confirm does it (role privacy-officer; audited)");
  erase->add_option("--authority", a.erase.authority,
                    "Whose: the person's number is read from standard input");
  erase->add_option("--system", a.erase.system, "Of a local number: the identifier system (OID) of its source");
  erase->add_option("--signal", a.erase.signal, "Whom this signal is about, in place of a number");
  erase->add_option("--subject", a.erase.token, "The log's own random number of the person (log show), in place of a number");
  erase->add_option("--reason", a.erase.reason, "Why, for the audit");
  erase->add_flag("--despite-report", a.erase.despite_report,
                  "Although a report of concern is held, not delivered or not answered");
  erase->add_flag("--confirm", a.erase.confirm, "Do it; it cannot be undone");
  erase->callback([&] { chosen = [&](Context& c) { return Erase(c, a.erase); }; });
  CLI::App* retention = app.add_subcommand("retention", "What the hub disposes of by itself, and by which decision");
  retention->require_subcommand(1);
  retention->add_subcommand("show", "The policy in force, and what it would dispose of now")
      ->callback([&] { chosen = [](Context& c) { return RetentionShow(c, false); }; });
  retention->add_subcommand("export", "The same as a paper to sign")
      ->callback([&] { chosen = [](Context& c) { return RetentionShow(c, true); }; });
}

void AddRest(CLI::App& app, Arguments& a, Command& chosen) {
  const auto simple = [&](CLI::App& parent, const char* name, const char* help, int (*run)(Context&)) {
    parent.add_subcommand(name, help)->callback([&chosen, run] { chosen = run; });
  };
  CLI::App* status = app.add_subcommand("status", "What the hub is doing");
  status->add_flag("--receivers", a.receivers, "Only who receives: software, when seen last, what waits");
  status->callback([&] { chosen = [&](Context& c) { return a.receivers ? ShowReceivers(c) : ShowStatus(c); }; });
  simple(app, "signals", "All signals with their ladder; no content", Signals);
  simple(app, "doctor", "Is this installation healthy? One line each, with what to do", Doctor);
  CLI::App* reload = app.add_subcommand("reload", "Read the configuration again; the log notes who asked");
  reload->add_option("--reason", a.reason, "Why, for the audit");
  reload->callback([&] { chosen = [&](Context& c) { return Reload(c, a.reason); }; });
  CLI::App* trace = app.add_subcommand("trace", "From raw message to answer, with the gate's decision");
  trace->add_option("id", a.id, "Event or signal id")->required();
  trace->callback([&] { chosen = [&](Context& c) { return Trace(c, a.id); }; });
  CLI::App* rebuild = app.add_subcommand("rebuild", "Derive all state from the log again");
  rebuild->add_flag("--check", a.check, "Into a scratch store, and compare")->required();
  rebuild->callback([&] { chosen = [](Context& c) { return RebuildCheck(c); }; });
  CLI::App* clock = app.add_subcommand("clock", "The hub's clock (environment = \"test\" only)");
  clock->require_subcommand(1);
  CLI::App* set = clock->add_subcommand("set", "Let the hub's time be this");
  set->add_option("time", a.time, "2026-03-02T09:15:00Z")->required();
  set->callback([&] { chosen = [&](Context& c) { return ClockSet(c, a.time); }; });
}

void AddConfig(CLI::App& app, Arguments& a, Command& chosen) {
  CLI::App* config = app.add_subcommand("config", "The configuration files, and the versions that were loaded");
  config->require_subcommand(1);
  config->add_subcommand("check", "Are they sound? Names file, line and column")->callback([&] {
    chosen = [](Context& c) { return ConfigCheck(c); };
  });
  config->add_subcommand("list", "Each version that was loaded: when, by whom, why")->callback([&] {
    chosen = [](Context& c) { return ConfigList(c); };
  });
  CLI::App* diff = config->add_subcommand("diff", "What two versions differ in; without any: the hub's from the files");
  diff->add_option("from", a.id, "A version, or files (default: what the hub runs with)");
  diff->add_option("to", a.name, "A version, or files (default: files)");
  diff->callback([&] { chosen = [&](Context& c) { return ConfigDiff(c, a.id, a.name); }; });
  CLI::App* back = config->add_subcommand(
      "rollback", "Put the files of a version in place of those on disk, and load them as a new version");
  back->add_option("version", a.rollback.version, "As list names it, or its first digits")->required();
  back->add_option("--reason", a.rollback.reason, "Why, for the audit");
  back->add_flag("--yes", a.rollback.yes, "Do it; without it only the difference is told");
  back->callback([&] { chosen = [&](Context& c) { return ConfigRollback(c, a.rollback); }; });
}

int Main(int argc, char** argv) {
  Arguments a;
  Command chosen;
  bool needs_config = true;
  CLI::App app("samsignal: the operator's tool of a Samsignal hub", "samsignal");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("-c,--config", a.config, "The hub's configuration")->envname("SAMSIGNAL_CONFIG")->capture_default_str();
  app.add_flag("--json", a.json, "One JSON object per line");
  app.add_option("--lang", a.language, "sv or en")->capture_default_str();
  app.add_option("--role", a.role, "In a test environment: act as viewer, operator or privacy-officer")->capture_default_str();
  app.footer("Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 denied, 5 conflict, 6 unavailable,\n"
             "7 integrity, 8 partly done.");
  AddLog(app, a, chosen);
  AddKeys(app, a, chosen, needs_config);
  AddBackup(app, a, chosen);
  AddReplay(app, a, chosen);
  AddGate(app, a, chosen);
  AddStatistics(app, a, chosen);
  AddSubject(app, a, chosen);
  AddErase(app, a, chosen);
  AddConfig(app, a, chosen);
  AddRest(app, a, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }

  log::Init("samsignal", log::Level::kWarn);
  CryptoInit();
  Context context{.config = {}, .out = Output(a.json),
                  .language = contract::LanguageFromName(a.language), .role = a.role};
  if (needs_config) {
    auto config = config::LoadHubConfig(a.config);
    if (!config.ok()) return context.out.Fail(config.error());
    context.config = std::move(*config);
  }
  return chosen(context);
}

}  // namespace
}  // namespace sam::admin

int main(int argc, char** argv) { return sam::admin::Main(argc, argv); }
