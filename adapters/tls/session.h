// Session: TLS of one connection as a filter: what came from the peer in, plain bytes out, and the
// other way round. No sockets, no timers, no threads: the owner of the connection moves the bytes,
// so that TLS waits nowhere. One thread; owned by its connection; it keeps the context's files as
// they were when it began. Limits: what is fed is used at once (at most one record waits), what is
// to be sent waits in `TakeOutput`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/tls/certificate.h"
#include "broker/base/result.h"

using SSL = struct ssl_st;
using BIO = struct bio_st;

namespace sam::tls {

// The first byte of every TLS conversation (a handshake record).
inline constexpr char kFirstByte = '\x16';
inline constexpr char kAlertByte = '\x15';  // or of one that is refused at once

class Session {
 public:
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Bytes from the peer; what they say is appended to `plain`. An error ends the conversation and
  // says why, in OpenSSL's words; TakeOutput then holds the alert for the peer.
  Status Feed(std::string_view sealed, std::string& plain);
  // To the peer; waits for the end of the handshake if need be.
  Status Write(std::string_view plain);
  // Begins a client's handshake.
  Status Start();
  // Says to the peer that nothing more will be sent.
  void End();

  // What is to be sent now; empty: nothing.
  std::string TakeOutput();

  bool established() const { return established_; }
  bool ended() const { return ended_; }  // the peer said that it will send nothing more
  // What the peer showed; nothing before the handshake is over or when it showed none.
  const std::optional<Certificate>& peer() const { return peer_; }
  std::string version() const;  // "TLSv1.3"

 private:
  friend class Context;
  Session(SSL* ssl, BIO* in, BIO* out);
  Status Handshake();
  Status Drain(std::string& plain);
  Status Flush();

  SSL* ssl_;
  BIO* in_;   // owned by ssl_, as is out_
  BIO* out_;
  std::string waiting_;  // plain bytes written before the handshake was over
  std::optional<Certificate> peer_;
  bool established_ = false;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace sam::tls
