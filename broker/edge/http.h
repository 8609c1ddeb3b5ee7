// HttpServer: the product's one door for HTTP (metrics and health now; listeners and pages later).
// Boost.Beast stays in http.cc, so that another library could stand behind this header.
// Threads: Start from any thread; handlers run on the server's own thread ("http"), one at a time,
// and may only read what any thread may read. Owned by main; the destructor stops and joins.
// Limits: see HttpLimits. Plain HTTP; a proxy in front does TLS when it must leave the machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace sam::edge {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // before '?'
  std::string query;   // after '?', undecoded
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpRoute {
  std::string method;  // "GET" answers HEAD as well
  std::string path;    // exact
  HttpHandler handler;
};

struct HttpLimits {
  int connections = 256;              // more are closed at once: far above any scraper's need
  uint32_t header_bytes = 16 * 1024;  // request line and headers together
  uint64_t body_bytes = uint64_t{64} * 1024;    // chunked or not
  int request_ms = 5'000;  // silence before or inside a request, and each write to a slow reader
  int idle_ms = 30'000;    // between two requests of a kept connection
  int requests_per_connection = 1'000;
};

struct HttpOptions {
  std::string endpoint = "127.0.0.1:9464";  // address:port or [v6]:port; port 0: any free one
  bool allow_public = false;  // without it an address other than loopback is refused
  HttpLimits limits;
};

class HttpServer {
 public:
  // kInvalid: not an endpoint. kDenied: not loopback and allow_public not set. kUnavailable: the
  // address is taken or not of this machine.
  static Result<std::unique_ptr<HttpServer>> Start(HttpOptions options,
                                                   std::vector<HttpRoute> routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The four routes that every daemon has. `ready` gives an empty text, or why not (nothing personal);
// `healthy` likewise: a hung thread is unhealthy. `version` is one line of JSON.
std::vector<HttpRoute> StandardRoutes(std::function<std::string()> ready,
                                      std::function<std::string()> healthy, std::string version);

}  // namespace sam::edge
