#include "adapters/tls/session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>

#include "broker/base/text.h"

namespace sam::tls {
namespace {

constexpr size_t kStep = size_t{16} << 10;  // one TLS record

std::string TextOf(const ASN1_STRING* value) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, value);
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

void ReadNames(X509* x509, Certificate& out) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI)
      out.names.push_back(TextOf(name->d.ia5));
  }
  GENERAL_NAMES_free(names);
}

void ReadSubject(X509* x509, Certificate& out) {
  const X509_NAME* subject = X509_get_subject_name(x509);
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    out.subject.emplace_back(OBJ_nid2sn(nid), TextOf(X509_NAME_ENTRY_get_data(entry)));
  }
}

std::optional<Certificate> PeerOf(SSL* ssl) {
  X509* x509 = SSL_get1_peer_certificate(ssl);
  if (x509 == nullptr) return std::nullopt;
  Certificate out;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (X509_digest(x509, EVP_sha256(), digest.data(), &size) == 1)
    out.fingerprint = ToHex({reinterpret_cast<const char*>(digest.data()), size});
  ReadNames(x509, out);
  ReadSubject(x509, out);
  X509_free(x509);
  return out;
}

// OpenSSL's own words: they name the step and the alert, never what a certificate holds.
std::string Reason(SSL* ssl) {
  const unsigned long code = ERR_peek_last_error();
  const char* words = ERR_reason_error_string(code);
  std::string out = words != nullptr ? words : "the conversation is broken";
  if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
    out.append(": ").append(X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
  ERR_clear_error();
  return out;
}

bool OnlyWaits(SSL* ssl, int result) {
  const int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

Session::Session(SSL* ssl, BIO* in, BIO* out) : ssl_(ssl), in_(in), out_(out) {}

Session::~Session() { SSL_free(ssl_); }

Status Session::Start() { return Handshake(); }

Status Session::Feed(std::string_view sealed, std::string& plain) {
  if (failed_) return Invalid("the conversation has ended");
  while (!sealed.empty()) {
    const size_t step = std::min(sealed.size(), kStep);
    if (BIO_write(in_, sealed.data(), static_cast<int>(step)) != static_cast<int>(step))
      return Exhausted("no memory for a TLS record");
    sealed.remove_prefix(step);
    if (!established_) SAM_TRY(Handshake());
    if (established_) SAM_TRY(Drain(plain));
  }
  return Ok();
}

Status Session::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) {
    if (OnlyWaits(ssl_, result)) return Ok();
    failed_ = true;
    return Invalid(Reason(ssl_));
  }
  established_ = true;
  peer_ = PeerOf(ssl_);
  return Flush();
}

Status Session::Drain(std::string& plain) {
  std::array<char, kStep> buffer;
  while (true) {
    ERR_clear_error();
    const int got = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) {
      plain.append(buffer.data(), static_cast<size_t>(got));
      continue;
    }
    const int error = SSL_get_error(ssl_, got);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Ok();
    if (error == SSL_ERROR_ZERO_RETURN) {
      ended_ = true;
      return Ok();
    }
    failed_ = true;
    return Invalid(Reason(ssl_));
  }
}

Status Session::Write(std::string_view plain) {
  if (failed_) return Invalid("the conversation has ended");
  waiting_.append(plain);
  return established_ ? Flush() : Ok();
}

Status Session::Flush() {
  size_t done = 0;
  while (done < waiting_.size()) {
    ERR_clear_error();
    const size_t step = std::min(waiting_.size() - done, size_t{INT_MAX});
    const int wrote = SSL_write(ssl_, waiting_.data() + done, static_cast<int>(step));
    if (wrote <= 0) {
      // The other side is memory, which never has to wait.
      failed_ = true;
      return Invalid(Reason(ssl_));
    }
    done += static_cast<size_t>(wrote);
  }
  waiting_.clear();
  return Ok();
}

void Session::End() {
  if (failed_ || !established_) return;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::string Session::TakeOutput() {
  std::string out;
  const size_t size = BIO_ctrl_pending(out_);
  if (size == 0) return out;
  out.resize(size);
  const int got = BIO_read(out_, out.data(), static_cast<int>(size));
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return out;
}

std::string Session::version() const { return SSL_get_version(ssl_); }

}  // namespace sam::tls
