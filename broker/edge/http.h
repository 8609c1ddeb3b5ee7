// HttpServer: the product's one door for HTTP and HTTPS (metrics, health, listeners of adapters).
// Boost.Beast stays in http.cc and connection.h, so that another library could stand behind this
// header.
// Threads: Start from any thread; handlers run on the server's own thread ("http"), one at a time,
// and may only read what any thread may read, or hand a request over and answer it later by Reply()
// from any one thread. Owned by main; the destructor stops and joins.
// Limits: see HttpLimits. Without HttpOptions::tls it is plain HTTP, for this machine only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::edge {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// Who is at the other end: the machine, and by the certificate shown; the latter is empty without TLS
// or without a certificate.
struct HttpPeer {
  std::string fingerprint;         // SHA-256 of the certificate, 64 lower-case hex digits
  std::string subject;             // "CN=cosmic,O=Region"
  std::vector<std::string> names;  // subjectAltName: "DNS:cosmic.example", "URI:urn:x"
  std::string address = {};        // "192.0.2.7"
};

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // before '?'
  std::string query;   // after '?', undecoded
  std::string body;
  HttpHeaders headers = {};  // names in lower case, in order
  HttpPeer peer = {};
  // The first header of this name, written in lower case; empty: none.
  const std::string& Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  HttpHeaders headers = {};  // besides those that every answer has
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// A request that is answered later: by HttpServer::Reply with this number, once.
using HttpTicket = uint64_t;
// An answer: it goes out now. None: somebody else answers later.
using HttpTaker = std::function<std::optional<HttpResponse>(HttpRequest&&, HttpTicket)>;

struct HttpRoute {
  std::string method;  // "GET" answers HEAD as well; "*": any, the handler decides
  std::string path;    // exact, unless `prefix`
  HttpHandler handler;
  bool prefix = false;  // this path, and all below it
  HttpTaker taker = {};  // in place of `handler`
  // Asked with the head of a request whose sender waits for "100 Continue": an answer is its final
  // one, and the body is not read; none: the body may come. Empty: it always may.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> screen = {};
};

struct HttpLimits {
  int connections = 256;              // more are closed at once: far above any scraper's need
  int connections_per_address = 0;    // the same for those of one address; 0: no such limit
  uint32_t header_bytes = 16 * 1024;  // request line and headers together
  uint64_t body_bytes = uint64_t{64} * 1024;    // chunked or not
  int request_ms = 5'000;  // silence before or inside a request, and each write to a slow reader
  int write_ms = 0;        // a whole answer to a slow reader, when longer than request_ms
  int idle_ms = 30'000;    // between two requests of a kept connection
  int requests_per_connection = 1'000;
  int answer_ms = 30'000;  // a later answer: then 503, and the connection is closed
};

// Files in PEM form. They are read again when they change; connections that stand are not touched.
struct HttpTls {
  std::string certificate;  // with its chain
  std::string key;
  // Client certificates must come from here. Empty: any certificate is let in and told to the
  // handler, which knows those it trusts by their fingerprint.
  std::string client_ca = {};
  bool require_client_certificate = true;
  bool ask_client_certificate = true;  // false: none is asked for, and none is known
  int reload_ms = 5'000;  // how often the files are looked at
};

struct HttpOptions {
  std::string endpoint = "127.0.0.1:9464";  // address:port or [v6]:port; port 0: any free one
  bool allow_public = false;  // without it an address other than loopback is refused
  HttpLimits limits;
  std::optional<HttpTls> tls = {};
  // What a request is told that no route sees: too large, not HTTP, no answer in time. Called on the
  // server's thread. Empty: a line of text.
  std::function<HttpResponse(int status)> refusal = {};
};

class HttpServer {
 public:
  // kInvalid: not an endpoint, or certificate and key cannot be used. kDenied: not loopback and
  // allow_public not set. kUnavailable: the address is taken or not of this machine.
  static Result<std::unique_ptr<HttpServer>> Start(HttpOptions options,
                                                   std::vector<HttpRoute> routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  // Any thread. When the server's own certificate ends; 0 without TLS.
  Millis certificate_ends() const;
  // Any thread. A ticket whose connection is gone, or that was answered, is forgotten quietly.
  void Reply(HttpTicket ticket, HttpResponse response);

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
