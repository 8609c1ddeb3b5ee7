#include "adapters/tls/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/tls/authority.h"
#include "tests/unit/adapters/tls/talk.h"

namespace sam::tls::test {
namespace {

using testing::HasSubstr;

class TlsSession : public testing::Test {
 protected:
  Context Server(const std::string& ca = "", bool require = true) {
    ServerOptions options;
    const Files files = authority_.Server();
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    options.client_ca_file = ca;
    options.require_client_certificate = require;
    Result<Context> context = Context::Server(options);
    EXPECT_TRUE(context.ok()) << context.error().message;
    return std::move(context).value();
  }
  Context Client(const Files& files = {}, const std::string& name = "localhost") {
    ClientOptions options;
    options.ca_file = authority_.ca_file();
    options.server_name = name;
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    Result<Context> context = Context::Client(options);
    EXPECT_TRUE(context.ok()) << context.error().message;
    return std::move(context).value();
  }

  sam::test::TempDir folder_;
  Authority authority_{folder_.path()};
};

TEST_F(TlsSession, WhatIsWrittenComesOutAtTheOtherEnd) {
  const Context server = Server(), client = Client();
  Talk talk(server, client);
  ASSERT_TRUE(talk.client->Write("early").ok());  // waits for the handshake
  talk.Start();
  ASSERT_TRUE(talk.server->established() && talk.client->established());
  EXPECT_EQ(talk.at_server, "early");
  EXPECT_EQ(talk.server->version(), "TLSv1.3");
  EXPECT_FALSE(talk.server->peer().has_value());
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(talk.server->Write(large).ok());
  talk.Run();
  EXPECT_EQ(talk.at_client, large);
}

TEST_F(TlsSession, TheConversationMayBeCutAtEveryByte) {
  const Files files = authority_.Client("cosmic");
  const Context server = Server(authority_.ca_file()), client = Client(files);
  const std::unique_ptr<Session> a = server.NewSession(), b = client.NewSession();
  std::string at_a, at_b;
  ASSERT_TRUE(b->Start().ok());
  ASSERT_TRUE(b->Write("to a").ok());
  ASSERT_TRUE(a->Write("to b").ok());
  for (int turn = 0; turn < 10; ++turn) {
    for (const char byte : b->TakeOutput()) ASSERT_TRUE(a->Feed({&byte, 1}, at_a).ok());
    for (const char byte : a->TakeOutput()) ASSERT_TRUE(b->Feed({&byte, 1}, at_b).ok());
  }
  EXPECT_EQ(at_a, "to a");
  EXPECT_EQ(at_b, "to b");
}

TEST_F(TlsSession, TheClientsCertificateIsRead) {
  Wanted wanted;
  wanted.common_name = "Förskola Åsen";
  wanted.serial_number = "SE2321000198-A1";
  wanted.alternative = "DNS:cosmic.example,URI:urn:x";
  const Files files = authority_.Issue("named", wanted);
  const Context server = Server(authority_.ca_file()), client = Client(files);
  Talk talk(server, client);
  talk.Start();
  ASSERT_TRUE(talk.server->peer().has_value());
  const Certificate& peer = *talk.server->peer();
  EXPECT_THAT(peer.names, testing::ElementsAre("cosmic.example", "urn:x"));
  EXPECT_THAT(peer.subject, testing::ElementsAre(testing::Pair("CN", "Förskola Åsen"),
                                                 testing::Pair("serialNumber", "SE2321000198-A1")));
  EXPECT_EQ(peer.fingerprint.size(), 64U);
}

TEST_F(TlsSession, AClientWithoutACertificateIsRefusedAndHearsIt) {
  const Context server = Server(authority_.ca_file()), client = Client();
  Talk talk(server, client);
  talk.Start();
  ASSERT_FALSE(talk.server_status.ok());
  EXPECT_THAT(talk.server_status.error().message, HasSubstr("did not return a certificate"));
  EXPECT_FALSE(talk.client_status.ok());  // the alert
  std::string plain;
  EXPECT_FALSE(talk.server->Feed("more", plain).ok());
  EXPECT_FALSE(talk.server->Write("more").ok());
}

TEST_F(TlsSession, ACertificateMayBeAskedForAndNotRequired) {
  const Context server = Server(authority_.ca_file(), false), client = Client();
  Talk talk(server, client);
  talk.Start();
  EXPECT_TRUE(talk.server->established());
  EXPECT_FALSE(talk.server->peer().has_value());
}

TEST_F(TlsSession, ACertificateOfAnotherIssuerIsRefused) {
  Authority stranger(folder_.path(), "stranger");
  const Files files = stranger.Client("cosmic");
  const Context server = Server(authority_.ca_file()), client = Client(files);
  Talk talk(server, client);
  talk.Start();
  ASSERT_FALSE(talk.server_status.ok());
  EXPECT_THAT(talk.server_status.error().message, HasSubstr("certificate verify failed: unable"));
}

TEST_F(TlsSession, ACertificateThatHasEndedIsRefused) {
  Wanted wanted;
  wanted.common_name = "late";
  wanted.days = -1;
  const Context server = Server(authority_.ca_file());
  const Context client = Client(authority_.Issue("late", wanted));
  Talk talk(server, client);
  talk.Start();
  ASSERT_FALSE(talk.server_status.ok());
  EXPECT_THAT(talk.server_status.error().message, HasSubstr("expired"));
}

TEST_F(TlsSession, AClientLooksAtTheServersName) {
  const Context server = Server();
  for (const char* name : {"localhost", "127.0.0.1"}) {
    const Context client = Client({}, name);
    Talk talk(server, client);
    talk.Start();
    EXPECT_TRUE(talk.client->established()) << name;
  }
  const Context client = Client({}, "other.example");
  Talk talk(server, client);
  talk.Start();
  ASSERT_FALSE(talk.client_status.ok());
  EXPECT_THAT(talk.client_status.error().message, HasSubstr("mismatch"));
}

TEST_F(TlsSession, BytesThatAreNotTlsAreAnErrorAndNothingComesOut) {
  const Context context = Server();
  const std::unique_ptr<Session> session = context.NewSession();
  std::string plain;
  EXPECT_FALSE(session->Feed("\x0bMSH|^~\\&|", plain).ok());
  EXPECT_TRUE(plain.empty());
}

TEST_F(TlsSession, AChangedByteIsAnError) {
  const Context server = Server(), client = Client();
  Talk talk(server, client);
  talk.Start();
  ASSERT_TRUE(talk.client->Write("message").ok());
  std::string sealed = talk.client->TakeOutput();
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_FALSE(talk.server->Feed(sealed, talk.at_server).ok());
  EXPECT_TRUE(talk.at_server.empty());
}

TEST_F(TlsSession, APeerThatEndsMayStillBeAnswered) {
  const Context server = Server(), client = Client();
  Talk talk(server, client);
  talk.Start();
  ASSERT_TRUE(talk.client->Write("question").ok());
  talk.client->End();
  talk.Run();
  EXPECT_TRUE(talk.server->ended());
  EXPECT_EQ(talk.at_server, "question");
  ASSERT_TRUE(talk.server->Write("answer").ok());
  talk.server->End();
  talk.Run();
  EXPECT_EQ(talk.at_client, "answer");
  EXPECT_TRUE(talk.client->ended());
}

}  // namespace
}  // namespace sam::tls::test
