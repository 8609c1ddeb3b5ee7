// WebDoor: the site behind HTTPS. Three threads: the server's reads requests and hands them over, the
// inbox's answers them (Step, from its stage), and one of its own checks passwords, so that nobody waits
// for a hash. What does not fit into the bounded pipes between them is answered 503.
// Owned by the program; Step and Pollables on the inbox's thread, the rest before and after it runs.
// Limits: kRequests waiting, kChecks passwords waiting, kStep requests in one step; those of the server
// from the configuration.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/inbox/web/site.h"
#include "broker/edge/http.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/pipe.h"

namespace sam::inbox::web {

class WebDoor {
 public:
  static constexpr size_t kRequests = 64;
  static constexpr size_t kChecks = 8;
  static constexpr int kStep = 16;

  // Errors of HttpServer::Start and Site::Open.
  static Result<std::unique_ptr<WebDoor>> Open(Inbox& inbox, const WebConfig& config,
                                               const std::string& function, const Clock& clock);
  ~WebDoor();
  WebDoor(const WebDoor&) = delete;
  WebDoor& operator=(const WebDoor&) = delete;

  Result<int> Step();
  wire::Pollable pollable() const { return bell_.pollable(); }
  uint16_t port() const { return server_->port(); }

 private:
  struct Turn {
    edge::HttpRequest request;
    edge::HttpTicket ticket = 0;
  };
  struct Verdict {
    edge::HttpTicket ticket = 0;
    bool right = false;
  };
  WebDoor() = default;
  Status Listen(const WebConfig& config);
  std::optional<edge::HttpResponse> Take(edge::HttpRequest&& request, edge::HttpTicket ticket);
  void CheckPasswords();

  stage::Doorbell bell_;
  stage::Doorbell check_bell_;
  stage::Pipe<Turn> in_{kRequests, &bell_};
  stage::Pipe<PasswordCheck> checks_{kChecks, &check_bell_};
  stage::Pipe<Verdict> verdicts_{2 * kChecks, &bell_};
  std::atomic<bool> stopping_{false};
  std::unique_ptr<Site> site_;
  std::jthread checker_;
  // Last: it is stopped before what its thread uses goes.
  std::unique_ptr<edge::HttpServer> server_;
};

}  // namespace sam::inbox::web
