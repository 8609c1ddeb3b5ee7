#include "adapters/tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

namespace sam::tls {
namespace {

// Suites of TLS 1.2 with forward secrecy and authenticated encryption; those of 1.3 all have both.
constexpr const char* kSuites = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kSessionContext = "samsignal";

std::string Reason() {
  const char* words = ERR_reason_error_string(ERR_peek_last_error());
  std::string out = words != nullptr ? words : "not readable";
  ERR_clear_error();
  return out;
}

// Never asks at a terminal: a daemon would hang there.
int NoPassPhrase(char*, int, int, void*) { return 0; }

Status CheckFile(const std::string& path, const char* what, bool secret) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return NotFound(std::string(what) + " " + path + ": " + std::strerror(errno));
  if (secret && (info.st_mode & S_IRWXO) != 0)
    return Denied(std::string(what) + " " + path + ": everybody can read it; run chmod o= " + path);
  return Ok();
}

Status UseCertificate(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  SAM_TRY(CheckFile(certificate, "certificate", false));
  SAM_TRY(CheckFile(key, "key", true));
  SSL_CTX_set_default_passwd_cb(context, &NoPassPhrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return Invalid("certificate " + certificate + ": " + Reason() + "; expected PEM");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return Invalid("key " + key + ": " + Reason() +
                   "; expected PEM without a pass phrase that belongs to " + certificate);
  if (SSL_CTX_check_private_key(context) != 1)
    return Invalid("key " + key + " does not belong to certificate " + certificate);
  return Ok();
}

Status TrustFile(SSL_CTX* context, const std::string& path) {
  SAM_TRY(CheckFile(path, "issuers", false));
  if (SSL_CTX_load_verify_locations(context, path.c_str(), nullptr) != 1)
    return Invalid("issuers " + path + ": " + Reason() + "; expected certificates in PEM");
  return Ok();
}

void SetRules(SSL_CTX* context, bool only_tls13) {
  SSL_CTX_set_min_proto_version(context, only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kSuites);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // A peer that closes without saying goodbye cut nothing off: the frame tells where it ends.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(kSessionContext),
                                 static_cast<unsigned>(std::strlen(kSessionContext)));
}

Millis EndOf(const X509* certificate) {
  std::tm time{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1)
    return Millis(0);
  return Millis(int64_t{timegm(&time)} * 1000);
}

// The issuers in the file count as well: without one of them the certificate is not trusted.
Millis FirstEnd(SSL_CTX* context) {
  Millis out = EndOf(SSL_CTX_get0_certificate(context));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    out = std::min(out, EndOf(sk_X509_value(chain, i)));
  return out;
}

}  // namespace

Result<Millis> EndOfCertificate(const std::string& file) {
  SAM_TRY(CheckFile(file, "certificate", false));
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  if (!context) return Internal("TLS: " + Reason());
  if (SSL_CTX_use_certificate_chain_file(context.get(), file.c_str()) != 1)
    return Invalid("certificate " + file + ": " + Reason() + "; expected PEM");
  return FirstEnd(context.get());
}

void Context::Free::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

Result<Context> Context::Server(const ServerOptions& options) {
  Context out;
  out.server_options_ = options;
  SAM_TRY(out.Load());
  return out;
}

Result<Context> Context::Client(const ClientOptions& options) {
  Context out;
  out.server_ = false;
  out.client_options_ = options;
  SAM_TRY(out.Load());
  return out;
}

Status Context::Load() {
  stamp_ = Stamp();  // before the files are read: a change in between is seen next time
  ERR_clear_error();
  SAM_ASSIGN(handle_, server_ ? MakeServer() : MakeClient());
  expires_at_ = FirstEnd(handle_.get());
  return Ok();
}

Result<Context::Handle> Context::MakeServer() {
  const ServerOptions& options = server_options_;
  Handle handle(SSL_CTX_new(TLS_server_method()));
  if (!handle) return Internal("TLS: " + Reason());
  SetRules(handle.get(), options.only_tls13);
  SSL_CTX_set_options(handle.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  SAM_TRY(UseCertificate(handle.get(), options.certificate_file, options.key_file));
  if (options.client_ca_file.empty()) return Result<Handle>(std::move(handle));
  SAM_TRY(TrustFile(handle.get(), options.client_ca_file));
  SSL_CTX_set_client_CA_list(handle.get(), SSL_load_client_CA_file(options.client_ca_file.c_str()));
  const int must = options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(handle.get(), SSL_VERIFY_PEER | must, nullptr);
  return Result<Handle>(std::move(handle));
}

Result<Context::Handle> Context::MakeClient() {
  const ClientOptions& options = client_options_;
  Handle handle(SSL_CTX_new(TLS_client_method()));
  if (!handle) return Internal("TLS: " + Reason());
  SetRules(handle.get(), false);
  SAM_TRY(TrustFile(handle.get(), options.ca_file));
  SSL_CTX_set_verify(handle.get(), SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM* checks = SSL_CTX_get0_param(handle.get());
  const std::string& name = options.server_name;
  by_address_ = X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1;
  if (!by_address_ && (name.empty() ||
                       X509_VERIFY_PARAM_set1_host(checks, name.data(), name.size()) != 1))
    return Invalid("'" + name + "': expected the name or the address in the server's certificate");
  ERR_clear_error();
  if (!options.certificate_file.empty())
    SAM_TRY(UseCertificate(handle.get(), options.certificate_file, options.key_file));
  return Result<Handle>(std::move(handle));
}

std::unique_ptr<Session> Context::NewSession() const {
  SSL* ssl = SSL_new(handle_.get());
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SAM_CHECK(ssl != nullptr && in != nullptr && out != nullptr);
  SSL_set_bio(ssl, in, out);
  if (server_) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    if (!by_address_) SSL_set_tlsext_host_name(ssl, client_options_.server_name.c_str());
  }
  return std::unique_ptr<Session>(new Session(ssl, in, out));
}

// Names, sizes and times of the files: a link that points elsewhere is a change too.
std::string Context::Stamp() const {
  const std::vector<std::string> files =
      server_ ? std::vector<std::string>{server_options_.certificate_file, server_options_.key_file,
                                         server_options_.client_ca_file}
              : std::vector<std::string>{client_options_.ca_file, client_options_.certificate_file,
                                         client_options_.key_file};
  std::string out;
  for (const std::string& file : files) {
    struct stat info {};
    if (!file.empty() && ::stat(file.c_str(), &info) == 0)
      out.append(std::to_string(info.st_ino))
          .append(":")
          .append(std::to_string(info.st_size))
          .append(":")
          .append(std::to_string(info.st_mtim.tv_sec))
          .append(".")
          .append(std::to_string(info.st_mtim.tv_nsec));
    out += '/';
  }
  return out;
}

Result<bool> Context::ReloadIfChanged() {
  if (Stamp() == stamp_) return false;
  SAM_TRY(Load());
  return true;
}

}  // namespace sam::tls
