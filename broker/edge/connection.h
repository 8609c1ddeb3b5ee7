// One connection of HttpServer, over a plain socket or TLS. Included by http.cc only.
// Server's thread. At most one operation is under way, so a connection is erased only when nothing
// else can call it: at the end of a completion (Close), or after the loop has stopped.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "broker/base/text.h"
#include "broker/edge/http.h"
#include "broker/edge/tls.h"

namespace sam::edge {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr size_t kDrainBytes = 65536;  // read after a refusal, so that the answer is not reset away
constexpr int kDrainMs = 1'000;
constexpr int kHandshakeMs = 10'000;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// What a broken request is told. 0: nothing (it went away or stayed silent).
inline int StatusOf(const ErrorCode& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  if (error.category() == http::make_error_code(http::error::bad_method).category()) return 400;
  return 0;
}

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const HttpLimits& limits() const = 0;
  virtual HttpTicket NewTicket(uint64_t connection) = 0;
  virtual void Forget(HttpTicket ticket) = 0;
  // What a sender that asks first is told in place of "go on"; none: its body may come.
  virtual std::optional<HttpResponse> Screen(const HttpRequest& head) = 0;
  virtual std::optional<HttpResponse> Dispatch(HttpRequest request, HttpTicket ticket) = 0;
  virtual void CountRefused() = 0;
  virtual HttpResponse Refusal(int status) const = 0;
  virtual void HandshakeFailed(const std::string& reason) = 0;
  virtual void Erase(uint64_t connection) = 0;
};

class ConnectionBase {
 public:
  virtual ~ConnectionBase() = default;
  virtual void Start() = 0;
  virtual void Reply(HttpResponse response) = 0;  // only while a request waits
  virtual const std::string& address() const = 0;
};

template <typename Stream>
class Connection final : public ConnectionBase {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  template <typename... Args>
  Connection(ConnectionHost& host, uint64_t id, std::string address, Args&&... stream)
      : host_(host), stream_(std::forward<Args>(stream)...), id_(id),
        wait_(stream_.get_executor()), address_(std::move(address)) {
    buffer_.max_size(host_.limits().header_bytes + 64 * 1024);
  }

  void Start() override {
    if constexpr (kTls) {
      Deadline(std::min(host_.limits().request_ms, kHandshakeMs));
      stream_.async_handshake(asio::ssl::stream_base::server, [this](ErrorCode error) {
        if (error) {
          host_.HandshakeFailed(error.message());
          return Close();
        }
        peer_ = PeerOf(stream_.native_handle());
        Read();
      });
    } else {
      Read();
    }
  }

  const std::string& address() const override { return address_; }

  void Reply(HttpResponse response) override {
    if (!waiting_ || reply_) return;
    reply_ = std::move(response);
    wait_.cancel();  // its completion writes the answer
  }

 private:
  void Deadline(int ms) {
    beast::get_lowest_layer(stream_).expires_after(std::chrono::milliseconds(ms));
  }

  void Read() {
    const HttpLimits& limits = host_.limits();
    parser_.emplace();
    parser_->header_limit(limits.header_bytes);
    parser_->body_limit(limits.body_bytes);
    // The first request must come soon; a kept connection may rest between requests.
    if (served_ > 0 && buffer_.size() == 0) {
      Deadline(limits.idle_ms);
      stream_.async_read_some(buffer_.prepare(4096), [this](ErrorCode error, size_t n) {
        if (error) return Close();
        buffer_.commit(n);
        ReadMessage();
      });
      return;
    }
    ReadMessage();
  }

  // One deadline for the whole request: bytes dripping in one by one do not prolong it.
  void ReadMessage() {
    Deadline(host_.limits().request_ms);
    http::async_read_header(stream_, buffer_, *parser_, [this](ErrorCode error, size_t) {
      if (error) return Refuse(error);
      AnswerExpectation();
    });
  }

  // A sender of much (curl: above 1 MB) waits a second with its body for "go on", or for the status
  // that spares it the sending. RFC 9110, 10.1.1.
  void AnswerExpectation() {
    const auto& head = parser_->get();
    const auto expect = head[http::field::expect];
    if (expect.empty() || head.version() < 11 || parser_->is_done()) return ReadBody();
    if (!beast::iequals(expect, "100-continue")) return Decline(host_.Refusal(417));
    const std::optional<HttpResponse> no = host_.Screen(Head());
    if (no) return Decline(*no);
    if (buffer_.size() > 0) return ReadBody();  // it did not wait
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [this](ErrorCode error, size_t) {
                        if (error) return Close();
                        ReadBody();
                      });
  }

  void ReadBody() {
    http::async_read(stream_, buffer_, *parser_, [this](ErrorCode error, size_t) {
      if (error) return Refuse(error);
      Answer();
    });
  }

  void Refuse(const ErrorCode& error) {
    const int status = StatusOf(error);
    if (status == 0) return Close();
    Decline(host_.Refusal(status));
  }

  // Before the request was read to its end: the connection is no use for another one.
  void Decline(const HttpResponse& response) {
    host_.CountRefused();
    drain_ = true;
    version_ = 11;
    keep_ = false;
    head_ = false;
    Write(response);
  }

  HttpRequest TakeRequest() {
    HttpRequest request = Head();
    request.body = std::move(parser_->get().body());
    return request;
  }

  HttpRequest Head() const {
    const auto& message = parser_->get();
    HttpRequest request;
    request.method = std::string(message.method_string());
    const std::string_view target(message.target().data(), message.target().size());
    const size_t mark = target.find('?');
    request.path = std::string(target.substr(0, mark));
    if (mark != std::string_view::npos) request.query = std::string(target.substr(mark + 1));
    for (const auto& field : message) {
      const std::string_view name(field.name_string().data(), field.name_string().size());
      request.headers.emplace_back(LowerAscii(name), std::string(field.value()));
    }
    request.peer = peer_;
    request.peer.address = address_;
    return request;
  }

  void Answer() {
    ++served_;
    version_ = parser_->get().version();
    keep_ = parser_->get().keep_alive() && served_ < host_.limits().requests_per_connection;
    head_ = parser_->get().method() == http::verb::head;
    const HttpTicket ticket = host_.NewTicket(id_);
    std::optional<HttpResponse> now = host_.Dispatch(TakeRequest(), ticket);
    if (now) {
      host_.Forget(ticket);
      return Write(*now);
    }
    waiting_ = true;
    beast::get_lowest_layer(stream_).expires_never();
    wait_.expires_after(std::chrono::milliseconds(host_.limits().answer_ms));
    wait_.async_wait([this, ticket](ErrorCode) {
      waiting_ = false;
      host_.Forget(ticket);
      if (!reply_) {
        // Whoever was to answer did not: the sender may try again, and tells nobody twice.
        reply_ = host_.Refusal(503);
        reply_->headers.emplace_back("Retry-After", "30");
        keep_ = false;
      }
      const HttpResponse response = std::move(*reply_);
      reply_.reset();
      Write(response);
    });
  }

  void Write(const HttpResponse& from) {
    response_ = http::response<http::string_body>(static_cast<http::status>(from.status), version_);
    response_.set(http::field::content_type, from.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (from.status == 405) response_.set(http::field::allow, "GET, HEAD");
    for (const auto& [name, value] : from.headers) response_.set(name, value);
    response_.body() = from.body;
    response_.keep_alive(keep_);
    response_.prepare_payload();
    Deadline(std::max(host_.limits().request_ms, host_.limits().write_ms));
    auto done = [this](ErrorCode error, size_t) {
      if (error) return Close();
      if (keep_) return Read();
      Finish();
    };
    serializer_.emplace(response_);
    // Of an answer to HEAD only the header goes out; its length is the body's that was not sent.
    if (head_)
      http::async_write_header(stream_, *serializer_, std::move(done));
    else
      http::async_write(stream_, *serializer_, std::move(done));
  }

  void Finish() {
    if constexpr (kTls) {
      if (!drain_) {
        Deadline(kDrainMs);
        stream_.async_shutdown([this](ErrorCode) { Close(); });
        return;
      }
    } else {
      ErrorCode ignored;
      stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
      if (!drain_) return Close();
    }
    Deadline(kDrainMs);
    Drain();
  }

  void Drain() {
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(4096), [this](ErrorCode error, size_t n) {
      drained_ += n;
      if (error || drained_ > DrainLimit()) return Close();
      Drain();
    });
  }

  // A client that sends a large body reads the refusal only when it has stopped sending.
  size_t DrainLimit() const {
    const uint64_t body = host_.limits().body_bytes;
    return body <= kDrainBytes ? kDrainBytes : static_cast<size_t>(body * 4);
  }

  void Close() { host_.Erase(id_); }  // the last statement of any caller

  ConnectionHost& host_;
  Stream stream_;
  uint64_t id_;
  asio::steady_timer wait_;
  std::string address_;
  HttpPeer peer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::optional<HttpResponse> reply_;
  unsigned version_ = 11;
  bool keep_ = false;
  bool head_ = false;
  bool waiting_ = false;
  int served_ = 0;
  bool drain_ = false;
  size_t drained_ = 0;
};

}  // namespace sam::edge
