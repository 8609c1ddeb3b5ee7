// samsignald: the hub. Reads its configuration, opens, serves, and stops on SIGTERM with nothing lost.
// Exit codes (sysexits): 0 ok, 64 usage, 65 bad configuration or keys, 70 the log is not what was
// promised, 75 try again (the supervisor restarts it and it recovers from disk).
#include <CLI/CLI.hpp>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <poll.h>

#include <algorithm>
#include <cstdio>

#include "broker/admin/configuration.h"
#include "broker/admin/log_view.h"
#include "broker/base/log.h"
#include "broker/base/version.h"
#include "broker/crypto/secret.h"
#include "broker/hub.h"

namespace sam {
namespace {

int ExitOf(const Error& error) {
  switch (error.code) {
    case Code::kCorrupt: return 70;
    case Code::kInvalid:
    case Code::kDenied:
    case Code::kConflict:
    case Code::kNotFound: return 65;
    default: return 75;
  }
}

log::Level LevelOf(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "warn") return log::Level::kWarn;
  if (name == "error") return log::Level::kError;
  return log::Level::kInfo;
}

int Check(const config::HubConfig& config) {
  auto loaded = admin::LoadConfiguration(config);
  if (!loaded.ok()) {
    std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
    return 65;
  }
  std::string findings;
  const auto note = [&findings](const auto& key) {
    if (!key.ok()) findings.append(key.error().message).append("\n");
  };
  note(admin::LoadCurve(config.keys.curve_secret));
  note(admin::LoadKey(config.keys.kek));
  note(admin::LoadKey(config.keys.checkpoint_signing));
  if (!findings.empty()) {
    std::fprintf(stderr, "%s`samsignal doctor` tells what to do about each\n", findings.c_str());
    return 65;
  }
  std::printf("the configuration is sound, version %s\n", loaded->version.c_str());
  return 0;
}

// Signals come as a file descriptor, so that nothing runs in a handler. Blocked before any thread
// starts, so that every thread inherits it.
int BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

Status DoReload(Hub& hub, const admin::ReloadAsked& asked) {
  sd_notify(0, "RELOADING=1");
  Status reloaded = hub.Reload(asked);
  if (!reloaded.ok()) log::Error("main", "reload-refused", {{"why", reloaded.error().message}});
  sd_notify(0, "READY=1");
  return reloaded;
}

// Until SIGTERM (0) or a stage gives up (its exit code).
int Serve(Hub& hub, int signals) {
  while (true) {
    pollfd items[] = {{signals, POLLIN, 0}, {hub.main_bell().pollable().fd, POLLIN, 0}};
    poll(items, 2, 1'000);
    hub.main_bell().Clear();
    signalfd_siginfo info{};
    while (read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      if (info.ssi_signo != SIGHUP) return 0;
      // Whoever sent it: the kernel tells the user, who is the service manager's or root.
      if (!DoReload(hub, {"SIGHUP", "", "by user " + std::to_string(info.ssi_uid)}).ok()) continue;  // it has been told in the log; the old version goes on
    }
    if (hub.failed()) {
      log::Error("main", "stage-failed", {{"code", hub.failure().code}, {"why", hub.failure().message}});
      return ExitOf(hub.failure());
    }
    if (const auto asked = hub.reload_asked()) hub.AnswerReload(DoReload(hub, *asked));
    hub.WatchKeys();
    if (hub.Alive()) sd_notify(0, "WATCHDOG=1");
  }
}

// Every connection costs a descriptor, and the store does not recover from running out of them. The
// usual soft limit of 1024 is for programs with select(); the hard one is what the operator allows.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, 65536);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::Warn("main", "descriptor-limit-stays");
}

int Run(config::HubConfig config) {
  RaiseDescriptorLimit();
  const int signals = BlockSignals();
  // A new configuration may be waited for as long as the watchdog has patience.
  Hub hub(std::move(config), [] { sd_notify(0, "WATCHDOG=1"); });
  if (const Status opened = hub.Open(); !opened.ok()) {
    log::Error("main", "start-refused", {{"code", opened.error().code}, {"why", opened.error().message}});
    return ExitOf(opened.error());
  }
  if (const Status started = hub.Start(); !started.ok()) {
    log::Error("main", "start-refused", {{"code", started.error().code}, {"why", started.error().message}});
    return ExitOf(started.error());
  }
  sd_notify(0, "READY=1");
  const int code = Serve(hub, signals);
  sd_notify(0, "STOPPING=1");
  const Status stopped = hub.Stop();
  if (!stopped.ok() && code == 0) {
    log::Error("main", "stop-unclean", {{"why", stopped.error().message}});
    return 75;
  }
  log::Info("main", "stopped");
  return code;
}

int Main(int argc, char** argv) {
  std::string file = "/etc/samsignal/hub.toml";
  bool check = false;
  CLI::App app("samsignald: the Samsignal hub", "samsignald");
  app.set_version_flag("--version", kVersion);
  app.add_option("config", file, "hub.toml")->envname("SAMSIGNAL_CONFIG")->capture_default_str();
  app.add_flag("--check", check, "Check the configuration, all files it names and the keys, and exit");
  app.footer("Exit codes: 0 ok, 64 usage, 65 bad configuration, 70 damaged log, 75 restart me.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  CryptoInit();
  log::Init("samsignald", log::Level::kInfo);
  auto config = config::LoadHubConfig(file);
  if (!config.ok()) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return 65;
  }
  log::Init("samsignald", LevelOf(config->log_level));
  return check ? Check(*config) : Run(std::move(*config));
}

}  // namespace
}  // namespace sam

int main(int argc, char** argv) { return sam::Main(argc, argv); }
