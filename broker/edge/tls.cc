#include "broker/edge/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <ctime>

#include "broker/base/text.h"

namespace sam::edge {

namespace {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;

std::string LastError() {
  std::array<char, 200> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "cannot be used";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Error Wrong(const std::string& what, const std::string& file) {
  return Invalid("TLS: " + what + " '" + file + "': " + LastError());
}

// Whoever reads it can be this server.
Status CheckKeyFile(const std::string& file) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) == 0 && (seen.st_mode & S_IRWXO) != 0)
    return Denied("TLS: key '" + file + "': everybody can read it; run chmod o= " + file);
  return Ok();
}

int ChooseHttp11(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                 unsigned in_length, void*) {
  static constexpr unsigned char kOffer[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, kOffer, sizeof kOffer - 1, in, in_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// Without an authority of its own the handler judges by fingerprint.
int LetAnyIn(int, X509_STORE_CTX*) { return 1; }

Millis ExpiryOf(SSL_CTX* context) {
  const X509* certificate = SSL_CTX_get0_certificate(context);
  std::tm when{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1)
    return Millis{};
  return Millis{static_cast<int64_t>(timegm(&when)) * kSecondMs};
}

}  // namespace

void FreeSslContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsFiles> LoadTls(const HttpTls& tls) {
  ERR_clear_error();
  SAM_TRY(CheckKeyFile(tls.key));
  TlsFiles out;
  out.context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = out.context.get();
  if (context == nullptr) return Internal("TLS: no context: " + LastError());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, &ChooseHttp11, nullptr);
  // A key with a passphrase would ask at the terminal: refuse it instead.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()) != 1)
    return Wrong("certificate", tls.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return Wrong("key", tls.key);
  if (SSL_CTX_check_private_key(context) != 1) return Wrong("the certificate's key", tls.key);
  const int mode = SSL_VERIFY_PEER |
                   (tls.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  if (!tls.ask_client_certificate) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  } else if (tls.client_ca.empty()) {
    SSL_CTX_set_verify(context, mode, &LetAnyIn);
  } else {
    if (SSL_CTX_load_verify_locations(context, tls.client_ca.c_str(), nullptr) != 1)
      return Wrong("client_ca", tls.client_ca);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(tls.client_ca.c_str()));
    SSL_CTX_set_verify(context, mode, nullptr);
  }
  out.expires = ExpiryOf(context);
  return out;
}

std::string StampOf(const HttpTls& tls) {
  std::string out;
  for (const std::string* file : {&tls.certificate, &tls.key, &tls.client_ca}) {
    struct stat seen {};
    if (file->empty() || ::stat(file->c_str(), &seen) != 0) {
      out += "-;";
      continue;
    }
    out += std::to_string(seen.st_ino) + "," + std::to_string(seen.st_size) + "," +
           std::to_string(seen.st_mtim.tv_sec) + "." + std::to_string(seen.st_mtim.tv_nsec) + ";";
  }
  return out;
}

HttpPeer PeerOf(const ssl_st* connection) {
  HttpPeer out;
  const Certificate certificate(SSL_get1_peer_certificate(connection));
  if (certificate == nullptr) return out;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest.data(), &length) == 1)
    out.fingerprint =
        ToHex(std::string_view(reinterpret_cast<const char*>(digest.data()), length));
  BIO* text = BIO_new(BIO_s_mem());
  if (text == nullptr) return out;
  X509_NAME_print_ex(text, X509_get_subject_name(certificate.get()), 0,
                     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text, &bytes);
  out.subject.assign(bytes, static_cast<size_t>(size));
  BIO_free(text);
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS && name->type != GEN_URI) continue;
    const ASN1_IA5STRING* value = name->d.ia5;
    out.names.push_back(
        (name->type == GEN_DNS ? "DNS:" : "URI:") +
        std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                    static_cast<size_t>(ASN1_STRING_length(value))));
  }
  GENERAL_NAMES_free(names);
  return out;
}

}  // namespace sam::edge
