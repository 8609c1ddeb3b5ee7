#include "adapters/program/adapter_main.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/program/adapter.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/dry_run.h"
#include "adapters/kit/dynamic.h"
#include "adapters/mllp/probe.h"
#include "adapters/program/quarantine_cli.h"
#include "adapters/tls/context.h"
#include "adapters/program/cmd_map.h"
#include "adapters/program/file_cli.h"
#include "adapters/program/hub_gate.h"
#include "adapters/program/sources.h"
#include "adapters/program/tool.h"
#include "broker/base/durable_file.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/wire/curve.h"

namespace sam::program {
namespace {

constexpr const char* kVersion = "samsignal-adapter 0.1.0";
constexpr int kDrainMs = 3'000;

struct Options {
  std::string config;
  std::vector<std::string> files;
  std::string address;
  std::string language = "en";
  std::string folder;
  std::string check;
  QuarantineOptions quarantine;
  FileOptions file;
  std::string reason;
  bool json = false;
  bool dry_run = false;
  bool with_gate = false;
  int answer_ms = 10'000;
  tls::ClientOptions tls;  // of a probe; without ca_file: plain
  MapOptions map;
};

int DaemonExit(Code code) {
  switch (code) {
    case Code::kInvalid:
    case Code::kDenied:
    case Code::kNotFound: return 65;
    case Code::kUnavailable: return 69;
    case Code::kCorrupt: return 70;
    default: return 75;
  }
}

// Signals are read from a descriptor in the loop, so that no handler runs in between.
class StopSignal {
 public:
  StopSignal() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~StopSignal() {
    if (fd_ >= 0) ::close(fd_);
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool Came() const {
    signalfd_siginfo info{};
    return ::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  }

  bool Within(int ms) const {
    pollfd waits{fd_, POLLIN, 0};
    return ::poll(&waits, 1, ms) > 0 && Came();
  }

 private:
  int fd_;
};

// A command such as `status` opens the store where it finds nobody at the door, and holds it for a moment: one that
// was asked while this adapter starts must not end it. No value: told to stop meanwhile.
std::optional<Result<std::unique_ptr<Adapter>>> StartPatiently(const kit::AdapterConfig& config, const Clock& clock,
                                                               const StopSignal& stop) {
  constexpr int64_t kPatienceUs = 10'000'000;
  constexpr int kPauseMs = 200;
  const int64_t until = clock.SteadyMicros() + kPatienceUs;
  for (;;) {
    Result<std::unique_ptr<Adapter>> adapter = Adapter::Start(config, Sources(), clock);
    const bool busy = !adapter.ok() && adapter.error().code == Code::kUnavailable;
    if (!busy || clock.SteadyMicros() >= until) return adapter;
    if (stop.Within(kPauseMs)) return std::nullopt;
  }
}

int Daemon(const Error& error) {
  log::Error("adapter", "failed", {{"code", error.code}, {"message", error.message}});
  return DaemonExit(error.code);
}

int Run(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error to handle, in any library
  const StopSignal stop;  // before any thread is made, so that all of them leave the signals to us
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(options.config, Sources());
  log::Init("samsignal-adapter", config.ok() ? config->log_level : log::Level::kInfo);
  if (!config.ok()) return Daemon(config.error());
  const SystemClock clock;
  const auto started = StartPatiently(*config, clock, stop);
  if (!started) return 0;
  const Result<std::unique_ptr<Adapter>>& adapter = *started;
  if (!adapter.ok()) return Daemon(adapter.error());
  while (!stop.Came()) {
    const Status turn = (*adapter)->Turn();
    if (!turn.ok()) return Daemon(turn.error());
  }
  const Status drained = (*adapter)->Drain(kDrainMs);
  if (!drained.ok()) return Daemon(drained.error());
  log::Info("adapter", "stopped");
  return 0;
}

int Check(const std::string& path) {
  const kit::SourceKinds kinds = Sources();
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(path, kinds);
  if (!config.ok()) {
    std::cerr << config.error().message << "\n";
    return 65;
  }
  const Result<std::unique_ptr<kit::Mapping>> mapping = kit::Mapping::Load(config->mapping_file, kinds);
  if (!mapping.ok()) {
    std::cerr << mapping.error().message << "\n";
    return 65;
  }
  const Status carries = kit::CheckCarries(kinds, *config, **mapping);
  if (!carries.ok()) {
    std::cerr << carries.error().message << "\n";
    return 65;
  }
  const Status keys = CheckKeys(*config);
  if (!keys.ok()) std::cerr << keys.error().message << "\n";
  const kit::ConnectorKind* connector = kinds.ConnectorOf(config->connector);
  Status files = Ok();
  if (connector != nullptr && connector->check) files = connector->check(*config->connector_settings);
  if (!files.ok())
    std::cerr << path << ": [" << config->connector << "] " << files.error().message << "\n";
  if (!keys.ok() || !files.ok()) return 65;
  Print("ok  " + path + "\nok  " + config->mapping_file + "  " + (*mapping)->id() + " " +
        (*mapping)->version() + "  " + std::to_string((*mapping)->rules().size()) + " events  " +
        ToHex((*mapping)->digest().view()).substr(0, 16) + "\n");
  return 0;
}

int Test(const Options& options) {
  if (!options.map.against.empty()) {
    MapOptions map = options.map;
    map.config = options.config;
    map.files = options.files;
    if (options.with_gate) return Usage("test --against compares mappings; it asks no hub (--with-gate)");
    return TestAgainst(map);
  }
  if (options.files.empty()) {
    std::cerr << "samsignal-adapter: test wants files\n";
    return 2;
  }
  CryptoInit();
  log::Init("samsignal-adapter", log::Level::kError);  // the report says it all
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(options.config, Sources());
  if (!config.ok()) return Fail(config.error());
  const SystemClock clock;
  kit::DryRunOptions dry;
  dry.language = contract::LanguageFromName(options.language);
  dry.json = options.map.json;
  std::unique_ptr<HubGate> gate;
  if (options.with_gate) {
    Result<std::unique_ptr<HubGate>> opened = HubGate::Open(*config, dry.language, clock);
    if (!opened.ok()) return Fail(opened.error());
    gate = std::move(*opened);
    dry.gate = [&gate](const std::string& event) { return gate->Ask(event); };
  }
  std::ostringstream out;
  const Result<kit::DryRunReport> report = kit::DryRun(*config, options.files, Sources(), clock, dry, out);
  Print(out.str());
  if (!report.ok()) return Fail(report.error());
  return report->bad == 0 ? 0 : 8;
}

int ProbeCommand(const Options& options) {
  const SystemClock clock;
  mllp::ProbeOptions probe;
  probe.answer_ms = options.answer_ms;
  if (!options.tls.ca_file.empty()) probe.tls = options.tls;
  if (probe.tls && probe.tls->server_name.empty())
    probe.tls->server_name = options.address.substr(0, options.address.rfind(':'));
  const Status status = mllp::Probe(options.address, options.files.front(), clock, probe,
                              [](const std::string& line) { Print(line + "\n"); });
  return status.ok() ? 0 : Fail(status.error());
}

// The numbers come on standard input: a command line is seen by every user of the machine and kept in
// histories.
int Erase(const Options& options) {
  constexpr size_t kMostBytes = 4096;
  std::string numbers;
  for (std::string line; numbers.size() <= kMostBytes && std::getline(std::cin, line);)
    numbers.append(line).append("\n");
  if (numbers.find_first_not_of(" \t\r\n") == std::string::npos || numbers.size() > kMostBytes) {
    std::cerr << "samsignal-adapter: write the person's numbers on standard input, one a line, as in:\n"
                 "  samsignal-adapter erase adapter.toml --reason \"...\" < file-with-the-numbers\n";
    return kUsageExit;
  }
  kit::Words words{"erase", numbers, options.reason};
  if (options.dry_run) words.push_back("dry-run");
  return AskErase(options.config, words);
}

int KeysNew(const Options& options) {
  CryptoInit();
  if (const Status made = MakeClosedFolder(options.folder); !made.ok()) return Fail(made.error());
  const Status store = SecretKey::Random().ToFile(options.folder + "/adapter-store.key");
  if (!store.ok()) return Fail(store.error());
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  const Status curve = keys.ToFile(options.folder + "/adapter-curve.key");
  if (!curve.ok()) return Fail(curve.error());
  Print("store key:   " + options.folder + "/adapter-store.key\nsecret key:  " + options.folder +
        "/adapter-curve.key\npublic key:  " + keys.public_key() +
        "   (for the hub's peers.toml)\nfingerprint: " + wire::KeyFingerprint(keys.public_key()) +
        "   (compare it by phone)\n");
  return 0;
}

int Dispatch(CLI::App& app, const Options& options) {
  if (!options.check.empty()) return Check(options.check);
  if (app.got_subcommand("run")) return Run(options);
  if (app.got_subcommand("test")) return Test(options);
  if (const std::optional<int> map = RunMap(app, options.map)) return *map;
  if (app.got_subcommand("probe")) return ProbeCommand(options);
  if (app.got_subcommand("status"))
    return AskAndPrint(options.config,
                       options.json ? kit::Words{"status", "json"} : kit::Words{"status"});
  if (app.got_subcommand("audit"))
    return AskPages(options.config,
                    options.json ? kit::Words{"audit", "json"} : kit::Words{"audit"}, "");
  if (app.got_subcommand("erase")) return Erase(options);
  if (app.got_subcommand("keys")) return KeysNew(options);
  if (app.got_subcommand("quarantine")) return RunQuarantine(app, options.quarantine);
  if (app.got_subcommand("file")) return RunFile(app, options.file);
  std::cerr << app.help();
  return kUsageExit;
}

}  // namespace

int AdapterMain(int argc, char** argv) {
  Options options;
  CLI::App app(
      "samsignal-adapter: takes a source system's messages and ships them as events.\n"
      "Examples:\n"
      "  samsignal-adapter --check adapter.toml\n"
      "  samsignal-adapter test adapter.toml sample.hl7\n"
      "  samsignal-adapter test adapter.toml sample.hl7 --with-gate\n"
      "  samsignal-adapter map check adapter.toml\n"
      "  samsignal-adapter map explain adapter.toml sample.hl7\n"
      "  samsignal-adapter probe 127.0.0.1:2575 sample.hl7\n"
      "  samsignal-adapter run adapter.toml");
  app.set_version_flag("--version", kVersion);
  app.add_option("--check", options.check, "checks a configuration, its mapping, and the keys and other files that it names, and exits");
  app.add_subcommand("run", "Listens and ships until it is told to stop")
      ->add_option("config", options.config)
      ->required();
  CLI::App* test =
      app.add_subcommand("test", "What would become of these files; nothing is kept or sent");
  test->add_option("config", options.config)->required();
  test->add_option("files", options.files);
  AddAgainst(*test, options.map);
  test->add_option("--lang", options.language, "sv or en")->capture_default_str();
  test->add_flag("--with-gate", options.with_gate,
                 "asks the hub, with this adapter's key, what its rules and gate would make of each "
                 "event alone; the hub keeps and sends nothing");
  CLI::App* probe =
      app.add_subcommand("probe", "Sends one file to an MLLP listener and tells each step");
  probe->add_option("address", options.address, "host:port; a name is tried at each of its addresses")->required();
  probe->add_option("file", options.files)->required()->expected(1);
  probe->add_option("--wait-ms", options.answer_ms, "for the answer");
  CLI::Option* ca = probe->add_option("--ca", options.tls.ca_file,
                                      "over TLS: who issued the listener's certificate (PEM)");
  probe->add_option("--name", options.tls.server_name, "in the listener's certificate")->needs(ca);
  CLI::Option* key = probe->add_option("--key", options.tls.key_file, "the own key (PEM)");
  CLI::Option* own =
      probe->add_option("--cert", options.tls.certificate_file, "the own certificate (PEM)");
  key->needs(own);
  own->needs(key, ca);
  CLI::App* status = app.add_subcommand("status", "Feeds, alarms, outbox, quarantine, mapping");
  CLI::App* audit = app.add_subcommand("audit", "Who looked at or changed what");
  for (CLI::App* one : {status, audit}) {
    one->add_option("config", options.config)->required();
    one->add_flag("--json", options.json, "one object of JSON a line");
  }
  CLI::App* erase = app.add_subcommand(
      "erase", "Erases one person, whose numbers it reads from standard input (one a line), from all that is kept");
  erase->add_option("config", options.config)->required();
  erase->add_option("--reason", options.reason, "goes into the adapter's audit")->required();
  erase->add_flag("--dry-run", options.dry_run, "counts only");
  CLI::App* keys = app.add_subcommand("keys", "Key files")->require_subcommand(1);
  keys->add_subcommand("new", "Makes the adapter's keys in a folder")
      ->add_option("folder", options.folder)
      ->required();
  AddQuarantine(app, options.quarantine);
  AddFile(app, options.file);
  AddMap(app, options.map);
  const int parsed = kit::ParseCommandLine(app, argc, argv);
  if (parsed >= 0) return parsed;
  return Dispatch(app, options);
}

}  // namespace sam::program
