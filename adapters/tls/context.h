// Context: certificate, key and trusted issuers of one listener or one client, read from files and
// read again when they have changed. Sessions that were made before go on with what they had, so
// that a new certificate drops nobody. One thread; owned by who listens or calls.
// TLS 1.2 with forward secrecy and authenticated encryption, or TLS 1.3; no session is resumed, so
// that a certificate which is no longer trusted does not get in once more.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/tls/session.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

using SSL_CTX = struct ssl_ctx_st;

namespace sam::tls {

struct ServerOptions {
  std::string certificate_file;  // PEM: the own certificate first, then its issuers
  std::string key_file;          // PEM without a pass phrase; not readable by everybody
  std::string client_ca_file;    // PEM: who issues the clients' certificates; empty: none are asked
  bool require_client_certificate = true;  // with client_ca_file
  bool only_tls13 = false;
};

struct ClientOptions {
  std::string ca_file;           // PEM: who issued the server's certificate
  std::string server_name;       // must be among the certificate's names; an address in numbers too
  std::string certificate_file;  // empty: the client shows none
  std::string key_file;
};

// When the certificate in a PEM file, or the first of its issuers there, ends: of one that somebody
// else shows for us. kNotFound, kInvalid.
Result<Millis> EndOfCertificate(const std::string& file);

class Context {
 public:
  // kNotFound, kInvalid, kDenied (key readable by everybody): name the file and what to do.
  static Result<Context> Server(const ServerOptions& options);
  static Result<Context> Client(const ClientOptions& options);

  std::unique_ptr<Session> NewSession() const;

  // True: the files had changed and the new ones are used from now on. An error: they cannot be
  // used; the old ones stay, and the files are looked at again when they change once more.
  Result<bool> ReloadIfChanged();

  // When the own certificate, or the first of its issuers in the file, ends; a client without one: 0.
  Millis expires_at() const { return expires_at_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const;
  };
  using Handle = std::unique_ptr<SSL_CTX, Free>;
  Context() = default;
  Status Load();
  Result<Handle> MakeServer();
  Result<Handle> MakeClient();
  std::string Stamp() const;

  bool server_ = true;
  bool by_address_ = false;  // the server is known by its address, not by a name
  ServerOptions server_options_;
  ClientOptions client_options_;
  Handle handle_;
  Millis expires_at_;
  std::string stamp_;
};

}  // namespace sam::tls
