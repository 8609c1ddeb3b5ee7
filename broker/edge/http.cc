// With connection.h the only place that knows Boost, and the folder's one file with `catch` (a
// handler's library code may throw; the server must not die of a page).
#include "broker/edge/http.h"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <thread>

#include "broker/base/log.h"
#include "broker/base/metrics.h"
#include "broker/base/text.h"
#include "broker/edge/connection.h"

namespace sam::edge {

namespace {

constexpr int kAcceptPauseMs = 100;  // out of file descriptors: give others time to close
constexpr int64_t kTellHandshakesMs = 60'000;

Result<Tcp::endpoint> ParseEndpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  const Error wrong = Invalid("HTTP endpoint '" + text +
                              "' is not address:port, such as 127.0.0.1:9464 or [::1]:9464");
  if (colon == std::string::npos || colon + 1 == text.size()) return wrong;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  uint32_t port = 0;
  for (char c : text.substr(colon + 1)) {
    if (c < '0' || c > '9') return wrong;
    port = port * 10 + static_cast<uint32_t>(c - '0');
    if (port > 65535) return wrong;
  }
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return wrong;
  return Tcp::endpoint(address, static_cast<uint16_t>(port));
}

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

HttpResponse Plain(int status, const char* text) {
  HttpResponse out;
  out.status = status;
  out.body = text;
  return out;
}

}  // namespace

const std::string& HttpRequest::Header(std::string_view name) const {
  static const std::string kNone;
  for (const auto& [known, value] : headers)
    if (known == name) return value;
  return kNone;
}

class HttpServer::Impl final : public ConnectionHost {
 public:
  Impl(HttpOptions options, std::vector<HttpRoute> routes)
      : options_(std::move(options)), routes_(std::move(routes)), acceptor_(io_), pause_(io_),
        reload_(io_) {}

  ~Impl() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Listen() {
    SAM_ASSIGN(const Tcp::endpoint wanted, ParseEndpoint(options_.endpoint));
    if (!wanted.address().is_loopback() && !options_.allow_public)
      return Denied("HTTP endpoint " + options_.endpoint +
                    " is reachable from other machines; use 127.0.0.1, or allow it explicitly "
                    "and put a proxy with TLS and a login in front");
    if (options_.tls) SAM_TRY(LoadContext());
    ErrorCode error;
    acceptor_.open(wanted.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(wanted, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return Unavailable("HTTP endpoint " + options_.endpoint + ": " + error.message() +
                         "; is another program using it?");
    port_ = acceptor_.local_endpoint(error).port();
    return Ok();
  }

  void Run() {
    Accept();
    if (options_.tls) WatchFiles();
    thread_ = std::jthread([this] {
      pthread_setname_np(pthread_self(), "http");
      io_.run();
    });
  }

  uint16_t port() const { return port_; }
  Millis certificate_ends() const { return Millis(certificate_ends_ms_.load()); }

  void Reply(HttpTicket ticket, HttpResponse response) {
    asio::post(io_, [this, ticket, response = std::move(response)]() mutable {
      const auto waiting = tickets_.find(ticket);
      if (waiting == tickets_.end()) return;
      const auto connection = connections_.find(waiting->second);
      if (connection != connections_.end()) connection->second->Reply(std::move(response));
    });
  }

  const HttpLimits& limits() const override { return options_.limits; }
  HttpTicket NewTicket(uint64_t connection) override {
    tickets_[++last_ticket_] = connection;
    return last_ticket_;
  }
  void Forget(HttpTicket ticket) override { tickets_.erase(ticket); }
  void CountRefused() override { refused_.Add(); }
  HttpResponse Refusal(int status) const override {
    HttpResponse response;
    if (options_.refusal) response = options_.refusal(status);
    response.status = status;
    if (response.body.empty())
      response.body = status == 503 ? "no answer in time\n" : "request refused\n";
    return response;
  }
  void Erase(uint64_t connection) override { connections_.erase(connection); }

  void HandshakeFailed(const std::string& reason) override {
    refused_.Add();
    if (SteadyMs() < tell_handshakes_ms_) return;
    tell_handshakes_ms_ = SteadyMs() + kTellHandshakesMs;
    log::Warn("http", "handshake-failed", {{"reason", reason}});
  }

  std::optional<HttpResponse> Screen(const HttpRequest& head) override {
    return Carry(head, [&](const HttpRoute& route) -> std::optional<HttpResponse> {
      return route.screen ? route.screen(head) : std::nullopt;
    });
  }

  std::optional<HttpResponse> Dispatch(HttpRequest request, HttpTicket ticket) override {
    return Carry(request, [&](const HttpRoute& route) -> std::optional<HttpResponse> {
      if (route.taker) return route.taker(std::move(request), ticket);
      return route.handler(request);
    });
  }

 private:
  // `work` with the route of a request, or why there is none.
  template <typename Work>
  std::optional<HttpResponse> Carry(const HttpRequest& request, const Work& work) const {
    bool path_known = false;
    for (const HttpRoute& route : routes_) {
      if (!Covers(route, request.path)) continue;
      path_known = true;
      if (route.method != "*" && route.method != request.method &&
          !(route.method == "GET" && request.method == "HEAD"))
        continue;
      try {
        return work(route);
      } catch (const std::exception&) {  // its text may hold data: count it, do not print it
        log::Error("http", "handler-failed", {{"path", route.path}});
        return Plain(500, "internal error\n");
      }
    }
    return path_known ? Plain(405, "method not allowed\n") : Plain(404, "not found\n");
  }

  static bool Covers(const HttpRoute& route, const std::string& path) {
    if (!route.prefix) return route.path == path;
    if (path.substr(0, route.path.size()) != route.path) return false;
    return path.size() == route.path.size() || route.path.empty() || route.path.back() == '/' ||
           path[route.path.size()] == '/';
  }

  Status LoadContext() {
    stamp_ = StampOf(*options_.tls);
    SAM_ASSIGN(TlsFiles files, LoadTls(*options_.tls));
    metrics::Gauge("samsignal_https_certificate_expires_seconds",
                   "When the HTTPS server certificate ends, in seconds since 1970")
        .Set(static_cast<double>(files.expires.value) / 1000.0);
    certificate_ends_ms_ = files.expires.value;
    context_.emplace(files.context.release());  // takes it over
    return Ok();
  }

  // New files serve new connections; those that stand keep what they began with.
  void WatchFiles() {
    reload_.expires_after(std::chrono::milliseconds(options_.tls->reload_ms));
    reload_.async_wait([this](ErrorCode stopped) {
      if (stopped) return;
      if (StampOf(*options_.tls) != stamp_) {
        const Status loaded = LoadContext();
        if (loaded.ok())
          log::Info("http", "certificate-reloaded", {});
        else
          log::Warn("http", "certificate-kept", {{"reason", loaded.error().message}});
      }
      WatchFiles();
    });
  }

  bool Crowded(const std::string& address) const {
    const HttpLimits& limits = options_.limits;
    if (connections_.size() >= static_cast<size_t>(limits.connections)) return true;
    if (limits.connections_per_address == 0) return false;
    const auto same = std::count_if(connections_.begin(), connections_.end(), [&](const auto& one) {
      return one.second->address() == address;
    });
    return same >= limits.connections_per_address;
  }

  void Accept() {
    acceptor_.async_accept([this](ErrorCode error, Tcp::socket socket) {
      if (error) {  // such as too many open files: the loop must survive it
        log::Warn("http", "accept-failed", {{"reason", error.message()}});
        pause_.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
        pause_.async_wait([this](ErrorCode stopped) {
          if (!stopped) Accept();
        });
        return;
      }
      const auto remote = socket.remote_endpoint(error);
      std::string address = error ? std::string() : remote.address().to_string();
      if (Crowded(address)) {
        refused_.Add();
        socket.close(error);
      } else {
        const uint64_t id = next_id_++;
        std::unique_ptr<ConnectionBase> connection;
        if (context_)
          connection = std::make_unique<Connection<TlsStream>>(*this, id, std::move(address),
                                                               std::move(socket), *context_);
        else
          connection = std::make_unique<Connection<PlainStream>>(*this, id, std::move(address),
                                                                 std::move(socket));
        ConnectionBase& started = *connection;
        connections_.emplace(id, std::move(connection));
        started.Start();
      }
      Accept();
    });
  }

  HttpOptions options_;
  std::vector<HttpRoute> routes_;
  metrics::Counter refused_{"samsignal_http_refused_total",
                            "HTTP requests and connections refused by a limit"};
  asio::io_context io_{1};
  std::optional<asio::ssl::context> context_;
  std::string stamp_;
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer reload_;
  std::map<uint64_t, std::unique_ptr<ConnectionBase>> connections_;
  std::map<HttpTicket, uint64_t> tickets_;  // request under way -> its connection
  HttpTicket last_ticket_ = 0;
  uint64_t next_id_ = 1;
  int64_t tell_handshakes_ms_ = 0;
  uint16_t port_ = 0;
  std::atomic<int64_t> certificate_ends_ms_{0};
  std::jthread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port(); }
Millis HttpServer::certificate_ends() const { return impl_->certificate_ends(); }
void HttpServer::Reply(HttpTicket ticket, HttpResponse response) {
  impl_->Reply(ticket, std::move(response));
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options,
                                                      std::vector<HttpRoute> routes) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(routes));
  SAM_TRY(impl->Listen());
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace sam::edge
