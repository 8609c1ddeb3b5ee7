#include "adapters/inbox/program/run.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "adapters/inbox/run_stage.h"
#include "adapters/inbox/spaces.h"
#include "adapters/inbox/web/web_door.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"
#include "broker/edge/http.h"
#include "broker/stage/runner.h"
#include "broker/store/rocks_store.h"
#include "broker/wire/curve.h"
#include "broker/wire/local_door.h"
#include "broker/wire/zmq_link.h"

namespace sam::inbox {

namespace {

// Daemon codes (sysexits) and tool codes.
constexpr int kExitConfig = 65, kExitUnavailable = 69, kExitIntegrity = 70, kExitRetry = 75;

Result<std::unique_ptr<Store>> OpenStore(const Config& config) {
  StoreOptions options;
  options.path = config.store;
  options.space_names = spaces::Names();
  options.point_lookup = {"signals"};
  options.create = true;
  options.memtable_bytes = 16 << 20;
  return RocksStore::Open(options);
}

// Any 40 characters are a text; only a key is a key. The example's words in its place are none.
Status FormOf(const std::string& hub_key) {
  if (wire::IsCurveKey(hub_key)) return Ok();
  return Invalid("[hub] public_key is no key: put the 40 characters there that `samsignal keys new hub "
                 "--hub` printed on the hub (hub.curve.pub beside its keys)");
}

Result<std::unique_ptr<wire::ZmqClientLink>> Connect(wire::ZmqContext& context,
                                                     const Config& config,
                                                     const std::string& endpoint,
                                                     const Clock& clock) {
  wire::ClientOptions options;
  options.endpoint = endpoint;
  SAM_TRY(FormOf(config.hub_key));
  options.server_key = config.hub_key;
  SAM_ASSIGN(options.keys, wire::CurveKeys::FromFile(config.curve_key_file));
  return wire::ZmqClientLink::Open(context, std::move(options), clock, Random::FromKernel());
}

Status PrintLine(const std::string& line) {
  if (std::fputs(line.c_str(), stdout) < 0 || std::fputc('\n', stdout) == EOF ||
      std::fflush(stdout) != 0)
    return Internal("standard output does not take the lines any more");
  return Ok();
}

// Waits for SIGTERM or SIGINT, which all threads have blocked; a failing stage sends one.
void WaitForSignal(const sigset_t& set) {
  int received = 0;
  while (sigwait(&set, &received) != 0) {
  }
}

Result<std::unique_ptr<edge::HttpServer>> StartHttp(const Config& config, const RunStage& stage,
                                                    const stage::StageRunner& runner) {
  if (config.http_endpoint.empty()) return std::unique_ptr<edge::HttpServer>();
  edge::HttpOptions options;
  options.endpoint = config.http_endpoint;
  const auto ready = [&stage] {
    return stage.connected() ? std::string() : std::string("the hub is not reached");
  };
  const auto healthy = [&runner] {
    return runner.ended() ? std::string("stopped") : std::string();
  };
  const std::string version =
      std::string(R"({"name":"samsignal-inbox","version":")").append(kVersion).append("\"}");
  return edge::HttpServer::Start(options, edge::StandardRoutes(ready, healthy, version));
}

Status RunInbox(const Config& config, bool ndjson, const sigset_t& stop_signals) {
  SystemClock clock;
  SAM_ASSIGN(auto opened, OpenInbox(config, clock));
  wire::ZmqContext context;
  SAM_ASSIGN(auto delivery, Connect(context, config, config.delivery, clock));
  SAM_ASSIGN(auto ingress, Connect(context, config, config.ingress, clock));
  SAM_ASSIGN(auto door, wire::LocalDoor::Open(context, config.socket));
  DoorHooks hooks;
  hooks.receive = [&door] { return door->Receive(); };
  hooks.caller = [&door] { return door->caller(); };
  hooks.reply = [&door](std::string_view bytes) { return door->Reply(bytes); };
  hooks.pollable = door->pollable();
  RunOptions options;
  options.function = config.speaker.function;
  options.system_id = config.speaker.system_id;
  options.window_messages = config.window_messages;
  if (ndjson) options.lines = PrintLine;
  Untouched untouched(*opened.inbox, config.untouched.value_or(UntouchedConfig()), config.speaker.function, clock);
  // Where another system takes the lines, people open them there: only who asks for it is called.
  if (config.untouched || !ndjson) options.untouched = &untouched;
  std::unique_ptr<intake::Writer> writer;
  std::unique_ptr<intake::Filer> filer;
  std::optional<intake::ShownCertificate> shown;
  if (config.intake) {
    SAM_ASSIGN(writer, intake::Writer::Make(*opened.inbox, *config.intake, clock,
                                            Random::FromKernel()));
    options.writer = writer.get();
    SAM_ASSIGN(filer, intake::Filer::Make(*opened.inbox, *config.intake, clock,
                                          Random::FromKernel()));
    options.filer = filer.get();
    if (const std::string& file = config.intake->http.client_cert; !file.empty())
      options.shown = &shown.emplace(file, clock);
  }
  std::unique_ptr<web::WebDoor> pages;
  if (config.web) {
    SAM_ASSIGN(pages, web::WebDoor::Open(*opened.inbox, *config.web, config.speaker.function, clock));
    options.side.step = [door = pages.get()] { return door->Step(); };
    options.side.pollables = {pages->pollable()};
  }
  RunStage stage(*opened.inbox, *delivery, *ingress, std::move(hooks), std::move(options), clock);
  stage::StageRunner runner(
      stage,
      [](std::string_view, const Error& error) {
        log::Error("inbox", "stopped", {{"code", error.code}, {"why", error.message}});
        kill(getpid(), SIGTERM);
      },
      clock);
  SAM_ASSIGN(auto http, StartHttp(config, stage, runner));
  runner.Start();
  log::Info("inbox", "started", {{"function", config.speaker.function}});
  WaitForSignal(stop_signals);
  http.reset();
  runner.Stop();
  runner.Join();
  return runner.result();
}

}  // namespace

int DaemonExit(const Error& error) {
  std::fprintf(stderr, "samsignal-inbox: %s\n", error.message.c_str());
  switch (error.code) {
    case Code::kInvalid: case Code::kNotFound: case Code::kDenied: case Code::kConflict:
      return kExitConfig;
    case Code::kUnavailable: return kExitUnavailable;
    case Code::kCorrupt: return kExitIntegrity;
    default: return kExitRetry;
  }
}

Status CheckFiles(const Config& config) {
  std::string findings;
  const auto note = [&findings](const Status& status) {
    if (!status.ok()) findings.append(findings.empty() ? "" : "\n").append(status.error().message);
  };
  const auto readable = [&](const char* what, const std::string& path) {
    if (!path.empty() && access(path.c_str(), R_OK) != 0)
      note(Invalid(std::string(what) + " " + path + ": " + std::strerror(errno)));
  };
  note(FormOf(config.hub_key));
  const auto curve = wire::CurveKeys::FromFile(config.curve_key_file);
  if (!curve.ok()) note(curve.error());
  const auto kek = SecretKey::FromFile(config.kek_file);
  if (!kek.ok() && kek.error().code == Code::kNotFound)
    note(Invalid(kek.error().message + "; a new inbox's: `samsignal-inbox keys new` makes it. Of one "
                                       "that has run: restore it, its store opens with no other"));
  else if (!kek.ok()) note(kek.error());
  if (config.web) {
    readable("[web] certificate", config.web->certificate);
    readable("[web] key", config.web->key);
    readable("[web] client_ca", config.web->client_ca);
  }
  if (config.intake) note(intake::CheckFiles(*config.intake, SystemClock().Now()));
  return findings.empty() ? Ok() : Status(Invalid(findings));
}

Result<Opened> OpenInbox(const Config& config, const Clock& clock) {
  SAM_ASSIGN(const SecretKey kek, SecretKey::FromFile(config.kek_file));
  Opened out;
  SAM_ASSIGN(out.store, OpenStore(config));
  SAM_ASSIGN(out.inbox,
             Inbox::Open(*out.store, kek, config.speaker, clock, Random::FromKernel()));
  out.inbox->SetRetention(config.retention);
  out.inbox->OnForget([store = out.store.get()]() -> Status {
    for (const Space space : {spaces::kSignals, spaces::kParts}) SAM_TRY(RocksStore::EraseForGood(*store, space));
    return Ok();
  });
  return out;
}

int RunDaemon(const Config& config, bool ndjson) {
  // Before any thread is made, so that all inherit it.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const Status result = RunInbox(config, ndjson, set);
  return result.ok() ? 0 : DaemonExit(result.error());
}

}  // namespace sam::inbox
