#include "adapters/tls/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/tls/authority.h"
#include "tests/unit/adapters/tls/talk.h"

namespace sam::tls::test {
namespace {

using testing::HasSubstr;

class TlsContext : public testing::Test {
 protected:
  TlsContext() {
    const Files files = authority_.Server();
    options_.certificate_file = files.certificate;
    options_.key_file = files.key;
  }
  std::string Refusal() {
    const Result<Context> context = Context::Server(options_);
    EXPECT_FALSE(context.ok());
    return context.ok() ? "" : context.error().message;
  }
  void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  Context Client() {
    ClientOptions options;
    options.ca_file = authority_.ca_file();
    options.server_name = "localhost";
    return std::move(Context::Client(options)).value();
  }

  sam::test::TempDir folder_;
  Authority authority_{folder_.path()};
  ServerOptions options_;
};

TEST_F(TlsContext, AFileThatIsMissingIsNamed) {
  options_.key_file = folder_ / "nothing.key";
  EXPECT_THAT(Refusal(), HasSubstr("nothing.key"));
  options_.certificate_file = folder_ / "nothing.pem";
  EXPECT_THAT(Refusal(), HasSubstr("nothing.pem"));
}

TEST_F(TlsContext, AFileThatIsNoCertificateIsNamed) {
  Write(folder_ / "text.pem", "not a certificate");
  ServerOptions good = options_;
  options_.certificate_file = folder_ / "text.pem";
  EXPECT_THAT(Refusal(), HasSubstr("text.pem"));
  options_ = good;
  options_.client_ca_file = folder_ / "text.pem";
  EXPECT_THAT(Refusal(), HasSubstr("text.pem"));
}

TEST_F(TlsContext, AKeyThatBelongsToAnotherCertificateIsRefused) {
  options_.key_file = authority_.Client("other").key;
  EXPECT_THAT(Refusal(), HasSubstr("other.key"));
}

TEST_F(TlsContext, AKeyThatEverybodyCanReadIsRefused) {
  std::filesystem::permissions(options_.key_file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const Result<Context> context = Context::Server(options_);
  ASSERT_FALSE(context.ok());
  EXPECT_EQ(context.error().code, Code::kDenied);
}

TEST_F(TlsContext, AKeyWithAPassPhraseIsRefusedAndNobodyIsAsked) {
  const Key key(EVP_EC_gen("P-256"));
  const std::string path = folder_ / "locked.key";
  FILE* out = std::fopen(path.c_str(), "wb");
  unsigned char phrase[] = "secret";
  PEM_write_PrivateKey(out, key.get(), EVP_aes_256_cbc(), phrase, 6, nullptr, nullptr);
  std::fclose(out);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  options_.key_file = path;
  EXPECT_THAT(Refusal(), HasSubstr("pass phrase"));
}

TEST_F(TlsContext, TheEndOfACertificateInAFileIsKnown) {
  const int64_t now_ms = int64_t{std::time(nullptr)} * 1000;
  const Result<Millis> ends = EndOfCertificate(options_.certificate_file);
  ASSERT_TRUE(ends.ok()) << ends.error().message;
  EXPECT_NEAR(static_cast<double>(ends->value - now_ms) / kDayMs, 30, 0.1);
  EXPECT_EQ(EndOfCertificate("/nowhere.pem").error().code, Code::kNotFound);
  EXPECT_EQ(EndOfCertificate(options_.key_file).error().code, Code::kInvalid);
}

TEST_F(TlsContext, TheEndOfTheCertificateIsKnown) {
  const Result<Context> context = Context::Server(options_);
  ASSERT_TRUE(context.ok());
  const int64_t now_ms = int64_t{std::time(nullptr)} * 1000;
  EXPECT_NEAR(static_cast<double>(context->expires_at().value - now_ms) / kDayMs, 30, 0.1);
}

TEST_F(TlsContext, OldProtocolsAreRefused) {
  const Result<Context> context = Context::Server(options_);
  ASSERT_TRUE(context.ok());
  const std::unique_ptr<Session> session = context->NewSession();
  // A ClientHello that offers TLS 1.1 at most.
  SSL_CTX* old = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(old, 0);
  SSL_CTX_set_min_proto_version(old, TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(old, TLS1_1_VERSION);
  SSL* ssl = SSL_new(old);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
  SSL_set_connect_state(ssl);
  SSL_do_handshake(ssl);
  std::string hello(BIO_ctrl_pending(out), '\0');
  BIO_read(out, hello.data(), static_cast<int>(hello.size()));
  SSL_free(ssl);
  SSL_CTX_free(old);
  ASSERT_FALSE(hello.empty());
  std::string plain;
  const Status status = session->Feed(hello, plain);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("unsupported protocol"));
}

TEST_F(TlsContext, NewFilesAreUsedAndWhoTalksGoesOn) {
  Result<Context> server = Context::Server(options_);
  ASSERT_TRUE(server.ok());
  EXPECT_FALSE(*server->ReloadIfChanged());
  const Context client = Client();
  Talk before(*server, client);
  before.Start();
  authority_.Server(90);
  const Result<bool> reloaded = server->ReloadIfChanged();
  ASSERT_TRUE(reloaded.ok());
  EXPECT_TRUE(*reloaded);
  EXPECT_FALSE(*server->ReloadIfChanged());
  const int64_t now_ms = int64_t{std::time(nullptr)} * 1000;
  EXPECT_GT(server->expires_at().value - now_ms, 80 * kDayMs);
  ASSERT_TRUE(before.client->Write("still here").ok());
  before.Run();
  EXPECT_EQ(before.at_server, "still here");
  Talk after(*server, client);
  after.Start();
  EXPECT_TRUE(after.server->established());
}

TEST_F(TlsContext, HalfAReplacementKeepsTheOldFilesUntilTheOtherHalfIsThere) {
  Result<Context> server = Context::Server(options_);
  ASSERT_TRUE(server.ok());
  std::filesystem::copy_file(options_.key_file, folder_ / "old.key");
  authority_.Server(90);
  std::filesystem::rename(options_.key_file, folder_ / "new.key");
  std::filesystem::rename(folder_ / "old.key", options_.key_file);
  EXPECT_FALSE(server->ReloadIfChanged().ok());
  EXPECT_FALSE(*server->ReloadIfChanged());  // told once
  Talk talk(*server, Client());
  talk.Start();
  EXPECT_TRUE(talk.server->established());
  std::filesystem::rename(folder_ / "new.key", options_.key_file);
  const Result<bool> reloaded = server->ReloadIfChanged();
  ASSERT_TRUE(reloaded.ok());
  EXPECT_TRUE(*reloaded);
}

}  // namespace
}  // namespace sam::tls::test
