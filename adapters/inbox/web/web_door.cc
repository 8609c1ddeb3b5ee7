#include "adapters/inbox/web/web_door.h"

#include <pthread.h>

#include <utility>

#include "broker/base/log.h"
#include "broker/crypto/wipe.h"

namespace sam::inbox::web {

namespace {
constexpr int kCheckWaitMs = 200;
constexpr int kRequestMs = 10'000;
constexpr int kWriteMs = 120'000;  // an attachment to somebody far away
constexpr int kIdleMs = 30'000;
}  // namespace

Result<std::unique_ptr<WebDoor>> WebDoor::Open(Inbox& inbox, const WebConfig& config,
                                               const std::string& function, const Clock& clock) {
  std::unique_ptr<WebDoor> out(new WebDoor());
  WebDoor* self = out.get();
  const auto checker = [self](PasswordCheck&& check) {
    return self->checks_.TryPush(std::move(check));
  };
  SAM_ASSIGN(out->site_, Site::Open(inbox, config, function, clock, checker));
  out->checker_ = std::jthread([self] { self->CheckPasswords(); });
  SAM_TRY(out->Listen(config));
  log::Info("web", "listening", {{"where", config.listen}, {"port", static_cast<int>(out->port())}});
  return out;
}

WebDoor::~WebDoor() {
  server_.reset();
  stopping_.store(true);
  check_bell_.Ring();
}

Status WebDoor::Listen(const WebConfig& config) {
  edge::HttpOptions options;
  options.endpoint = config.listen;
  options.allow_public = true;  // always TLS, and a sign-in
  options.limits.connections = config.connections;
  options.limits.connections_per_address = config.connections_per_address;
  options.limits.body_bytes = Site::kBodyMax;
  options.limits.request_ms = kRequestMs;
  options.limits.write_ms = kWriteMs;
  options.limits.idle_ms = kIdleMs;
  options.tls.emplace();
  options.tls->certificate = config.certificate;
  options.tls->key = config.key;
  options.tls->client_ca = config.client_ca;
  options.tls->ask_client_certificate = config.certificates != WebConfig::Certificates::kNone;
  options.tls->require_client_certificate =
      config.certificates == WebConfig::Certificates::kRequired;
  options.refusal = [](int status) {
    return Plain(status, "text/plain; charset=utf-8", "the request cannot be carried out\n");
  };
  edge::HttpRoute route;
  route.method = "*";
  route.path = "/";
  route.prefix = true;
  route.taker = [this](edge::HttpRequest&& request, edge::HttpTicket ticket) {
    return Take(std::move(request), ticket);
  };
  std::vector<edge::HttpRoute> routes;
  routes.push_back(std::move(route));
  SAM_ASSIGN(server_, edge::HttpServer::Start(std::move(options), std::move(routes)));
  return Ok();
}

std::optional<edge::HttpResponse> WebDoor::Take(edge::HttpRequest&& request,
                                                edge::HttpTicket ticket) {
  if (in_.TryPush(Turn{std::move(request), ticket})) return std::nullopt;
  edge::HttpResponse busy = Plain(503, "text/plain; charset=utf-8", "too much at once; try again\n");
  busy.headers.emplace_back("Retry-After", "5");
  return busy;
}

void WebDoor::CheckPasswords() {
  pthread_setname_np(pthread_self(), "passwords");
  while (!stopping_.load()) {
    auto check = checks_.TryPop();
    if (!check) {
      check_bell_.Wait(kCheckWaitMs);
      continue;
    }
    const bool right = PasswordIs(check->hash, check->password);
    Wipe(check->password);
    // There is room: no more checks are under way than fit.
    verdicts_.TryPush(Verdict{check->ticket, right});
  }
}

Result<int> WebDoor::Step() {
  bell_.Clear();
  int done = 0;
  while (auto verdict = verdicts_.TryPop()) {
    ++done;
    auto answer = site_->Checked(verdict->ticket, verdict->right);
    if (answer) server_->Reply(verdict->ticket, std::move(*answer));
  }
  for (int i = 0; i < kStep; ++i) {
    auto turn = in_.TryPop();
    if (!turn) break;
    ++done;
    auto answer = site_->Handle(turn->request, turn->ticket);
    Wipe(turn->request.body);  // it may hold a password
    if (answer) server_->Reply(turn->ticket, std::move(*answer));
  }
  return done;
}

}  // namespace sam::inbox::web
