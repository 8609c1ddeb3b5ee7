// The folder's one file that knows Boost, and its one file with `catch` (a handler's library code
// may throw; the server must not die of a page).
#include "broker/edge/http.h"

#include <pthread.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/metrics.h"
#include "broker/base/text.h"

namespace sam::edge {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using Response = http::response<http::string_body>;

constexpr int kAcceptPauseMs = 100;    // out of file descriptors: give others time to close
constexpr size_t kDrainBytes = 65536;  // read after a refusal, so that the answer is not reset away
constexpr int kDrainMs = 1'000;

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

// What a broken request is told. 0: nothing (it went away or stayed silent).
int StatusOf(const ErrorCode& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  if (error.category() == http::make_error_code(http::error::bad_method).category()) return 400;
  return 0;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, std::vector<HttpRoute> routes)
      : options_(std::move(options)), acceptor_(io_), pause_(io_) {
    for (HttpRoute& route : routes)
      routes_[route.path].push_back({std::move(route.method), std::move(route.handler)});
  }

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Listen() {
    SAM_ASSIGN(const Tcp::endpoint wanted, ParseEndpoint(options_.endpoint));
    if (!wanted.address().is_loopback() && !options_.allow_public)
      return Denied("HTTP endpoint " + options_.endpoint +
                    " is reachable from other machines; use 127.0.0.1, or allow it explicitly "
                    "and put a proxy with TLS and a login in front");
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
    thread_ = std::jthread([this] {
      pthread_setname_np(pthread_self(), "http");
      io_.run();
    });
  }

  uint16_t port() const { return port_; }

 private:
  // One connection. At most one operation is under way, so `this` is erased only when nothing else
  // can call it: at the end of a completion (Close), or after the loop has stopped.
  class Connection {
   public:
    Connection(Impl& server, Tcp::socket socket, uint64_t id)
        : server_(server), stream_(std::move(socket)), id_(id) {
      buffer_.max_size(server_.options_.limits.header_bytes + 64 * 1024);
    }

    void Read() {
      const HttpLimits& limits = server_.options_.limits;
      parser_.emplace();
      parser_->header_limit(limits.header_bytes);
      parser_->body_limit(limits.body_bytes);
      // The first request must come soon; a kept connection may rest between requests.
      if (served_ > 0 && buffer_.size() == 0) {
        stream_.expires_after(std::chrono::milliseconds(limits.idle_ms));
        stream_.async_read_some(buffer_.prepare(4096), [this](ErrorCode error, size_t n) {
          if (error) return Close();
          buffer_.commit(n);
          ReadMessage();
        });
        return;
      }
      ReadMessage();
    }

   private:
    // One deadline for the whole request: bytes dripping in one by one do not prolong it.
    void ReadMessage() {
      stream_.expires_after(std::chrono::milliseconds(server_.options_.limits.request_ms));
      http::async_read(stream_, buffer_, *parser_, [this](ErrorCode error, size_t) {
        if (error) return Refuse(error);
        Answer();
      });
    }

    void Refuse(const ErrorCode& error) {
      const int status = StatusOf(error);
      if (status == 0) return Close();
      server_.refused_.Add();
      HttpResponse response;
      response.status = status;
      response.body = "request refused\n";
      drain_ = true;
      Write(response, /*version=*/11, /*keep=*/false, /*head=*/false);
    }

    void Answer() {
      const auto& message = parser_->get();
      HttpRequest request;
      request.method = std::string(message.method_string());
      const std::string_view target(message.target().data(), message.target().size());
      const size_t mark = target.find('?');
      request.path = std::string(target.substr(0, mark));
      if (mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
      request.body = message.body();
      ++served_;
      const bool keep =
          message.keep_alive() && served_ < server_.options_.limits.requests_per_connection;
      Write(server_.Dispatch(request), message.version(), keep, request.method == "HEAD");
    }

    void Write(const HttpResponse& from, unsigned version, bool keep, bool head) {
      response_ = Response(static_cast<http::status>(from.status), version);
      response_.set(http::field::content_type, from.content_type);
      response_.set(http::field::cache_control, "no-store");
      response_.set("X-Content-Type-Options", "nosniff");
      response_.body() = from.body;
      response_.keep_alive(keep);
      response_.prepare_payload();
      if (from.status == 405) response_.set(http::field::allow, "GET, HEAD");
      stream_.expires_after(std::chrono::milliseconds(server_.options_.limits.request_ms));
      auto done = [this, keep](ErrorCode error, size_t) {
        if (error) return Close();
        if (keep) return Read();
        ErrorCode ignored;
        stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
        if (!drain_) return Close();
        stream_.expires_after(std::chrono::milliseconds(kDrainMs));
        Drain();
      };
      serializer_.emplace(response_);
      // Of an answer to HEAD only the header goes out; its length is the body's that was not sent.
      if (head)
        http::async_write_header(stream_, *serializer_, std::move(done));
      else
        http::async_write(stream_, *serializer_, std::move(done));
    }

    void Drain() {
      buffer_.consume(buffer_.size());
      stream_.async_read_some(buffer_.prepare(4096), [this](ErrorCode error, size_t n) {
        drained_ += n;
        if (error || drained_ > kDrainBytes) return Close();
        Drain();
      });
    }

    void Close() { server_.connections_.erase(id_); }  // the last statement of any caller

    Impl& server_;
    beast::tcp_stream stream_;
    uint64_t id_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Response response_;
    std::optional<http::response_serializer<http::string_body>> serializer_;
    int served_ = 0;
    bool drain_ = false;
    size_t drained_ = 0;
  };

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
      if (connections_.size() >= static_cast<size_t>(options_.limits.connections)) {
        refused_.Add();
        socket.close(error);
      } else {
        const uint64_t id = next_id_++;
        auto connection = std::make_unique<Connection>(*this, std::move(socket), id);
        Connection& started = *connection;
        connections_.emplace(id, std::move(connection));
        started.Read();
      }
      Accept();
    });
  }

  struct Target {
    std::string method;
    HttpHandler handler;
  };

  HttpResponse Dispatch(const HttpRequest& request) {
    const auto found = routes_.find(request.path);
    if (found == routes_.end()) return {404, "text/plain; charset=utf-8", "not found\n"};
    for (const Target& target : found->second) {
      if (target.method != request.method &&
          !(target.method == "GET" && request.method == "HEAD"))
        continue;
      try {
        return target.handler(request);
      } catch (const std::exception&) {  // its text may hold data: count it, do not print it
        log::Error("http", "handler-failed", {{"path", request.path}});
        return {500, "text/plain; charset=utf-8", "internal error\n"};
      }
    }
    return {405, "text/plain; charset=utf-8", "method not allowed\n"};
  }

  HttpOptions options_;
  std::map<std::string, std::vector<Target>, std::less<>> routes_;
  metrics::Counter refused_{"samsignal_http_refused_total",
                            "HTTP requests and connections refused by a limit"};
  asio::io_context io_{1};
  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  uint64_t next_id_ = 1;
  uint16_t port_ = 0;
  std::jthread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options,
                                                      std::vector<HttpRoute> routes) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(routes));
  SAM_TRY(impl->Listen());
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

}  // namespace sam::edge
