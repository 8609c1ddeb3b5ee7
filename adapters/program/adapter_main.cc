#include "adapters/program/adapter_main.h"

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/program/adapter.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/commands.h"
#include "adapters/kit/dry_run.h"
#include "adapters/kit/dynamic.h"
#include "adapters/mllp/probe.h"
#include "adapters/tls/context.h"
#include "adapters/program/sources.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/wire/curve.h"

namespace sam::program {
namespace {

// Data goes to standard output, talk to standard error.
void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

constexpr const char* kVersion = "samsignal-adapter 0.1.0";
constexpr int kDoorMs = 10'000;
constexpr int kDrainMs = 3'000;

struct Options {
  std::string config;
  std::vector<std::string> files;
  std::string address;
  std::string language = "sv";
  std::string number;
  std::string reason;
  std::string fixed;
  std::string folder;
  std::string check;
  bool reveal = false;
  bool dry_run = false;
  int answer_ms = 10'000;
  tls::ClientOptions tls;  // of a probe; without ca_file: plain
};

int ToolExit(Code code) {
  switch (code) {
    case Code::kNotFound: return 3;
    case Code::kDenied: return 4;
    case Code::kConflict: return 5;
    case Code::kUnavailable: return 6;
    case Code::kCorrupt: return 7;
    default: return 1;
  }
}

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

int Fail(const Error& error) {
  std::cerr << "samsignal-adapter: " << error.message << "\n";
  return ToolExit(error.code);
}

std::string OperatorName() {
  const char* user = std::getenv("SUDO_USER");
  if (user == nullptr) user = std::getenv("USER");
  return user != nullptr ? user : "uid " + std::to_string(::getuid());
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

 private:
  int fd_;
};

int Daemon(const Error& error) {
  log::Error("adapter", "failed", {{"code", error.code}, {"message", error.message}});
  return DaemonExit(error.code);
}

int Run(const Options& options) {
  const StopSignal stop;  // before any thread is made, so that all of them leave the signals to us
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(options.config, Sources());
  log::Init("samsignal-adapter", config.ok() ? config->log_level : log::Level::kInfo);
  if (!config.ok()) return Daemon(config.error());
  const SystemClock clock;
  const Result<std::unique_ptr<Adapter>> adapter = Adapter::Start(*config, Sources(), clock);
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
  Print("ok  " + path + "\nok  " + config->mapping_file + "  " + (*mapping)->id() + " " +
        (*mapping)->version() + "  " + std::to_string((*mapping)->rules().size()) + " events  " +
        ToHex((*mapping)->digest().view()).substr(0, 16) + "\n");
  return 0;
}

int Test(const Options& options) {
  CryptoInit();
  log::Init("samsignal-adapter", log::Level::kError);  // the report says it all
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(options.config, Sources());
  if (!config.ok()) return Fail(config.error());
  const SystemClock clock;
  kit::DryRunOptions dry;
  dry.language = contract::LanguageFromName(options.language);
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

// Through the door of a running adapter; when none runs, the store itself.
int Ask(const Options& options, const kit::Words& words) {
  const Result<kit::AdapterConfig> config = kit::AdapterConfig::Load(options.config, Sources());
  if (!config.ok()) return Fail(config.error());
  Result<std::string> text = std::string();
  const Result<std::string> reply =
      wire::AskLocalDoor(config->admin_socket, kit::EncodeRequest(words, OperatorName()), kDoorMs);
  if (reply.ok()) {
    text = kit::DecodeReply(*reply);
  } else {
    log::Init("samsignal-adapter", log::Level::kError);
    const SystemClock clock;
    const Result<std::unique_ptr<AdapterCore>> core = AdapterCore::Open(*config, Sources(), clock);
    if (!core.ok()) return Fail(core.error());
    kit::Commands commands(*(*core)->store, *(*core)->pipeline,
                           [&core] { return (*core)->EraseForGood(); });
    text = commands.Run(words, OperatorName());
  }
  if (!text.ok()) return Fail(text.error());
  Print(*text);
  return 0;
}

int Resend(const Options& options) {
  if (options.fixed.empty())
    return Ask(options, {"quarantine", "resend", options.number, options.reason});
  std::ifstream in(options.fixed, std::ios::binary);
  if (!in) return Fail(NotFound("cannot open " + options.fixed));
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return Ask(options, {"quarantine", "fix", options.number, options.reason, ToBase64(bytes)});
}

// The number comes on standard input: a command line is seen by every user of the machine and kept in
// histories.
int Erase(const Options& options) {
  std::string number;
  if (!std::getline(std::cin, number) || number.empty()) {
    std::cerr << "samsignal-adapter: write the person's number on standard input, as in:\n"
                 "  samsignal-adapter erase adapter.toml --reason \"...\" < file-with-the-number\n";
    return 2;
  }
  kit::Words words{"erase", number, options.reason};
  if (options.dry_run) words.push_back("dry-run");
  return Ask(options, words);
}

int KeysNew(const Options& options) {
  CryptoInit();
  ::mkdir(options.folder.c_str(), 0700);
  const Status store = SecretKey::Random().ToFile(options.folder + "/adapter-store.key");
  if (!store.ok()) return Fail(store.error());
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  const Status curve = keys.ToFile(options.folder + "/adapter-curve.key");
  if (!curve.ok()) return Fail(curve.error());
  Print("store key:   " + options.folder + "/adapter-store.key\nsecret key:  " + options.folder +
        "/adapter-curve.key\npublic key:  " + keys.public_key() +
        "   (for the hub's peers.toml)\n");
  return 0;
}

void AddQuarantine(CLI::App& app, Options& options) {
  CLI::App* quarantine = app.add_subcommand("quarantine", "Messages that were put aside");
  quarantine->require_subcommand(1);
  CLI::App* list = quarantine->add_subcommand("list", "All entries, without content");
  list->add_option("config", options.config)->required();
  CLI::App* show =
      quarantine->add_subcommand("show", "One entry; content only with --reveal and --reason");
  CLI::App* resend = quarantine->add_subcommand(
      "resend", "Through the current mapping again, or a fixed message instead");
  CLI::App* discard =
      quarantine->add_subcommand("discard", "Closes an entry that is never to be sent");
  for (CLI::App* one : {show, resend, discard}) {
    one->add_option("config", options.config)->required();
    one->add_option("number", options.number)->required();
    one->add_option("--reason", options.reason, "goes into the adapter's audit");
  }
  show->add_flag("--reveal", options.reveal, "shows the content; audited");
  resend->add_option("--file", options.fixed, "the fixed message, sent in place of the original");
}

int Dispatch(CLI::App& app, const Options& options) {
  if (!options.check.empty()) return Check(options.check);
  if (app.got_subcommand("run")) return Run(options);
  if (app.got_subcommand("test")) return Test(options);
  if (app.got_subcommand("probe")) return ProbeCommand(options);
  if (app.got_subcommand("status")) return Ask(options, {"status"});
  if (app.got_subcommand("audit")) return Ask(options, {"audit"});
  if (app.got_subcommand("erase")) return Erase(options);
  if (app.got_subcommand("keys")) return KeysNew(options);
  if (!app.got_subcommand("quarantine")) {
    std::cerr << app.help();
    return 2;
  }
  const CLI::App* quarantine = app.get_subcommand("quarantine");
  if (quarantine->got_subcommand("list")) return Ask(options, {"quarantine", "list"});
  if (quarantine->got_subcommand("discard"))
    return Ask(options, {"quarantine", "discard", options.number, options.reason});
  if (quarantine->got_subcommand("resend")) return Resend(options);
  if (options.reveal)
    return Ask(options, {"quarantine", "show", options.number, "reveal", options.reason});
  return Ask(options, {"quarantine", "show", options.number});
}

}  // namespace

int AdapterMain(int argc, char** argv) {
  Options options;
  CLI::App app(
      "samsignal-adapter: takes a source system's messages and ships them as events.\n"
      "Examples:\n"
      "  samsignal-adapter --check adapter.toml\n"
      "  samsignal-adapter test adapter.toml sample.hl7\n"
      "  samsignal-adapter probe 127.0.0.1:2575 sample.hl7\n"
      "  samsignal-adapter run adapter.toml");
  app.set_version_flag("--version", kVersion);
  app.add_option("--check", options.check, "checks a configuration and its mapping, and exits");
  app.add_subcommand("run", "Listens and ships until it is told to stop")
      ->add_option("config", options.config)
      ->required();
  CLI::App* test =
      app.add_subcommand("test", "What would become of these files; nothing is kept or sent");
  test->add_option("config", options.config)->required();
  test->add_option("files", options.files)->required();
  test->add_option("--lang", options.language, "sv or en");
  CLI::App* probe =
      app.add_subcommand("probe", "Sends one file to an MLLP listener and tells each step");
  probe->add_option("address", options.address, "host:port, in numbers")->required();
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
  app.add_subcommand("status", "Outbox and mapping")
      ->add_option("config", options.config)
      ->required();
  app.add_subcommand("audit", "Who looked at or changed what")
      ->add_option("config", options.config)
      ->required();
  CLI::App* erase = app.add_subcommand(
      "erase", "Erases one person, whose number it reads from standard input, from all that is kept");
  erase->add_option("config", options.config)->required();
  erase->add_option("--reason", options.reason, "goes into the adapter's audit")->required();
  erase->add_flag("--dry-run", options.dry_run, "counts only");
  CLI::App* keys = app.add_subcommand("keys", "Key files")->require_subcommand(1);
  keys->add_subcommand("new", "Makes the adapter's keys in a folder")
      ->add_option("folder", options.folder)
      ->required();
  AddQuarantine(app, options);
  const int parsed = kit::ParseCommandLine(app, argc, argv);
  if (parsed >= 0) return parsed;
  return Dispatch(app, options);
}

}  // namespace sam::program
