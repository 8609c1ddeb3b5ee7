// Authority: makes certificates for tests: an issuer in memory, and files in a folder.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

namespace sam::tls::test {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeX509 {
  void operator()(X509* x509) const { X509_free(x509); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Cert = std::unique_ptr<X509, FreeX509>;

struct Wanted {
  std::string common_name;
  std::string alternative;  // "DNS:a,URI:b", as OpenSSL writes it; empty: none
  std::string serial_number;
  long days = 30;
  bool issuer = false;
};

struct Files {
  std::string certificate, key;
};

class Authority {
 public:
  explicit Authority(const std::string& folder, const std::string& name = "issuer")
      : folder_(folder), key_(EVP_EC_gen("P-256")) {
    Wanted wanted;
    wanted.common_name = name;
    wanted.issuer = true;
    cert_ = Make(wanted, key_.get());
    ca_file_ = folder_ + "/" + name + ".pem";
    WriteCert(ca_file_, cert_.get());
  }

  const std::string& ca_file() const { return ca_file_; }

  // NAME.pem and NAME.key in the folder; made anew when they are there.
  Files Issue(const std::string& name, const Wanted& wanted) {
    Files files{folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key"};
    const Key key(EVP_EC_gen("P-256"));
    WriteCert(files.certificate, Make(wanted, key.get()).get());
    FILE* out = std::fopen(files.key.c_str(), "wb");
    PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    ::chmod(files.key.c_str(), 0600);
    return files;
  }
  Files Server(long days = 30) {
    Wanted wanted;
    wanted.common_name = "adapter";
    wanted.alternative = "DNS:localhost,IP:127.0.0.1";
    wanted.days = days;
    return Issue("server", wanted);
  }
  Files Client(const std::string& name) {
    Wanted wanted;
    wanted.common_name = name;
    wanted.alternative = "DNS:" + name;
    return Issue(name, wanted);
  }

 private:
  static void WriteCert(const std::string& path, X509* x509) {
    FILE* out = std::fopen(path.c_str(), "wb");
    ASSERT_NE(out, nullptr) << path;
    PEM_write_X509(out, x509);
    std::fclose(out);
  }
  static void Name(X509_NAME* name, const char* part, const std::string& value) {
    X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()), -1, 0);
  }
  static void Extend(X509* x509, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  Cert Make(const Wanted& wanted, EVP_PKEY* key) {
    Cert out(X509_new());
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -2L * 86'400);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), wanted.days * 86'400);
    X509_set_pubkey(out.get(), key);
    X509_NAME* subject = X509_get_subject_name(out.get());
    Name(subject, "CN", wanted.common_name);
    if (!wanted.serial_number.empty()) Name(subject, "serialNumber", wanted.serial_number);
    X509_set_issuer_name(out.get(), wanted.issuer ? subject : X509_get_subject_name(cert_.get()));
    Extend(out.get(), NID_basic_constraints, wanted.issuer ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wanted.alternative.empty())
      Extend(out.get(), NID_subject_alt_name, wanted.alternative);
    X509_sign(out.get(), key_.get(), EVP_sha256());
    return out;
  }

  std::string folder_;
  Key key_;
  Cert cert_;
  std::string ca_file_;
  long serial_ = 0;
};

}  // namespace sam::tls::test
