// TLS for the HTTP door: a server context from files, and who is at the other end. OpenSSL does all
// of it; nothing of Boost here. Server's thread; plain functions.
#pragma once

#include <memory>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/edge/http.h"

struct ssl_st;
struct ssl_ctx_st;

namespace sam::edge {

struct FreeSslContext {
  void operator()(ssl_ctx_st* context) const;
};
using SslContext = std::unique_ptr<ssl_ctx_st, FreeSslContext>;

struct TlsFiles {
  SslContext context;
  Millis expires;  // the server certificate
};

// TLS 1.2 and later, http/1.1, no session tickets: each connection shows its certificate.
// kInvalid: names the file and what is wrong with it.
Result<TlsFiles> LoadTls(const HttpTls& tls);

// Changes when one of the files does.
std::string StampOf(const HttpTls& tls);

HttpPeer PeerOf(const ssl_st* connection);

}  // namespace sam::edge
