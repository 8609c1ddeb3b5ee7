// HttpPull: one GET or POST at a time over libcurl, without blocking the thread that owns it. The
// only file that knows libcurl is http_pull.cc. https only, unless plain HTTP to this very machine is
// allowed; no redirects, no proxy of the environment, no cookies, no .netrc. The query carries
// keys, so an address exists only inside one call: no error, log line or metric has it. One thread.
// Owned by the connector. Limits: see HttpPullOptions; a redirect is an answer like any other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::rest {

struct HttpPullOptions {
  bool plain = false;  // http, which Make lets through for a loopback address only
  int connect_timeout_ms = 5'000;
  int timeout_ms = 30'000;
  size_t max_body_bytes = size_t{32} << 20;
  std::string ca_file;      // empty: the machine's
  std::string client_cert;  // empty: none
  std::string client_key;
};

struct HttpAnswer {
  int status = 0;       // 0: no answer at all, `failure` tells why
  std::string body;     // up to the limit
  std::string failure;  // a short text of libcurl's that never holds an address
  bool too_large = false;
  bool unsent = false;  // no byte of the request left: it cannot have been carried out
  std::optional<int64_t> retry_after_s;
  std::optional<Millis> server_time;  // its Date header
};

// What a POST carries: JSON, or the parts of a form when there are any.
struct FormPart {
  std::string name;
  std::string value;
  std::string file_name;  // empty: a plain field
  std::string type;       // of a file, such as text/html
  // In place of `value`, so that nobody holds the whole: the next piece of `size` bytes together. An
  // error ends the request; what it was is the caller's to remember.
  std::function<Result<std::string>()> next = {};
  uint64_t size = 0;
};
struct Upload {
  std::string json;
  std::vector<FormPart> parts;
};

// Scheme and host of an address without query. kInvalid: no such address, one with a query, or a
// scheme other than https (http for a loopback host when `allow_plain_loopback`).
struct BaseAddress {
  std::string text;  // without a slash at its end
  bool plain = false;
};
Result<BaseAddress> CheckBaseAddress(const std::string& text, bool allow_plain_loopback);

class HttpPull {
 public:
  static constexpr uint64_t kSlowestPieces = uint64_t{64} << 10;
  using Query = std::vector<std::pair<std::string, std::string>>;

  // kInternal: libcurl cannot start. kInvalid: one of its options is not known here.
  static Result<std::unique_ptr<HttpPull>> Make(HttpPullOptions options);
  virtual ~HttpPull() = default;

  virtual bool busy() const = 0;
  // Not while busy. Values of the query are encoded here.
  virtual Status Start(const std::string& address, const Query& query) = 0;
  // The same with a body. On a connection of its own: libcurl would send a request again, unasked,
  // when a kept connection turns out to be dead, and a POST may have been carried out by then. One in
  // pieces has a second more for each kSlowestPieces bytes, and timeout_ms to be answered.
  virtual Status Post(const std::string& address, const Query& query, const Upload& upload) = 0;
  // Works for at most wait_ms and returns the answer when it is whole. Idle: just waits.
  virtual std::optional<HttpAnswer> Step(int wait_ms) = 0;
  virtual void Cancel() = 0;
};

}  // namespace sam::rest
