// The listener over TLS, with real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "adapters/mllp/probe.h"
#include "tests/unit/adapters/mllp/tls_peer.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

TEST(MllpTls, MessagesAreTakenAndAnsweredInOrder) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates));
  TlsPeer peer(rig.server->port(), certificates);
  for (int i = 0; i < 200; ++i)
    peer.QueueFrame(Numbered("siu_s26_missed", "N" + std::to_string(i)));
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.acks.size() == 200; })) << peer.refused;
  for (size_t i = 0; i < 200; ++i)
    EXPECT_THAT(peer.acks[i], HasSubstr("MSA|AA|N" + std::to_string(i) + "\r"));
  EXPECT_EQ(rig.store->outbox_next(), 201U);
}

TEST(MllpTls, APeerThatSaysGoodbyeStillGetsItsAnswerAndAGoodbye) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates));
  TlsPeer peer(rig.server->port(), certificates);
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.session().established(); }));
  peer.QueueFrame(Fixture("siu_s26_missed"));
  peer.End();
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.session().ended(); }));
  EXPECT_EQ(peer.acks.size(), 1U);
}

TEST(MllpTls, AClientWithoutTheCertificateThatIsAskedForIsRefused) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates, true));
  TlsPeer peer(rig.server->port(), certificates);
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.raw().closed(); }));
  EXPECT_THAT(peer.refused, HasSubstr("certificate required"));
  EXPECT_TRUE(rig.Outbox().empty());
  TlsPeer known(rig.server->port(), certificates, certificates.authority.Client("cosmic"));
  known.QueueFrame(Fixture("siu_s26_missed"));
  EXPECT_TRUE(Until(rig, {&known}, [&] { return known.acks.size() == 1; }));
}

TEST(MllpTls, APlainSenderOnATlsPortIsClosedWithoutAWordAndToldQuietly) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates));
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    Peer peer(rig.server->port());
    peer.QueueFrame(Fixture("siu_s26_missed"));
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
    EXPECT_TRUE(peer.bytes.empty());
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("plain_on_a_tls_port"));
  EXPECT_LT(std::count(told.begin(), told.end(), '\n'), 60);
  EXPECT_TRUE(rig.Outbox().empty());
  EXPECT_TRUE(rig.Quarantine().empty());
}

TEST(MllpTls, ATlsSenderOnAPlainPortIsClosedAndToldQuietly) {
  Certificates certificates;
  ServerRig rig;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    TlsPeer peer(rig.server->port(), certificates);
    ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.raw().closed(); }));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("TLS on a port that is configured as plain"));
  EXPECT_LT(std::count(told.begin(), told.end(), '\n'), 60);
}

TEST(MllpTls, WhoDoesNotFinishTheHandshakeInTimeIsClosed) {
  Certificates certificates;
  AdapterConfig config = TlsConfig(certificates);
  ListenOf(config).tls->handshake_timeout_ms = 0;
  ServerRig rig(std::move(config));
  Peer silent(rig.server->port());
  ASSERT_TRUE(rig.Until({&silent}, [&] { return silent.closed(); }));
  Peer half(rig.server->port());
  half.Queue("\x16\x03\x01");
  ASSERT_TRUE(rig.Until({&half}, [&] { return half.closed(); }));
}

TEST(MllpTls, ANewCertificateDropsNobody) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates));
  ManualClock clock{Millis(1'772'445'600'000)};
  rig.server = std::move(MllpServer::Open(ListenOf(rig.config), rig.Parts(clock))).value();
  TlsPeer before(rig.server->port(), certificates);
  before.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(Until(rig, {&before}, [&] { return before.acks.size() == 1; }));
  certificates.authority.Server(90);
  clock.Advance(10'000);
  ASSERT_TRUE(rig.server->Step(0).ok());
  TlsPeer after(rig.server->port(), certificates);
  after.QueueFrame(Numbered("siu_s26_missed", "AFTER"));
  before.QueueFrame(Numbered("siu_s26_missed", "BEFORE"));
  ASSERT_TRUE(Until(rig, {&before, &after},
                    [&] { return before.acks.size() == 2 && after.acks.size() == 1; }));
  EXPECT_NE(before.session().peer()->fingerprint, after.session().peer()->fingerprint);
}

TEST(MllpTls, ACertificateThatCannotBeUsedStopsTheStart) {
  Certificates certificates;
  AdapterConfig config = TlsConfig(certificates);
  ListenOf(config).tls->files.key_file = "/nothing/here.key";
  Rig rig(std::move(config));
  const SystemClock clock;
  const auto server =
      MllpServer::Open(ListenOf(rig.config),
                       {rig.config, *rig.pipeline, *rig.decoder, *rig.store, clock});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("/nothing/here.key"));
}

TEST(MllpTls, AProbeTellsTheHandshakeToo) {
  Certificates certificates;
  ServerRig rig(TlsConfig(certificates, true));
  const tls::test::Files own = certificates.authority.Client("probe.example");
  ProbeOptions options;
  options.tls = tls::ClientOptions{certificates.authority.ca_file(), "127.0.0.1", own.certificate,
                                   own.key};
  const SystemClock clock;
  std::string told;
  Status with = Ok(), without = Ok(), plain = Ok();
  std::atomic<bool> done = false;
  const uint16_t port = rig.server->port();
  std::jthread prober([&] {
    const auto probe = [&](const ProbeOptions& chosen) {
      return Probe("127.0.0.1:" + std::to_string(port),
                   Source("tests/fixtures/bvc/siu_s26_missed.hl7"), clock, chosen,
                   [&](const std::string& line) { told += line + "\n"; });
    };
    with = probe(options);
    options.tls->certificate_file.clear();
    options.tls->key_file.clear();
    without = probe(options);
    options.tls.reset();
    plain = probe(options);
    done = true;
  });
  ASSERT_TRUE(rig.Until({}, [&] { return done.load(); }));
  prober.join();
  EXPECT_TRUE(with.ok()) << with.error().message;
  EXPECT_THAT(told, HasSubstr("handshake over, TLSv1.3"));
  ASSERT_FALSE(without.ok());
  EXPECT_THAT(without.error().message, HasSubstr("certificate required"));
  ASSERT_FALSE(plain.ok());
  EXPECT_EQ(plain.error().code, Code::kUnavailable);
}

// The fixtures come from COSMIC at SE2321000198-BVCTEST.
AdapterConfig Pinned(Certificates& certificates, const std::string& application,
                     const std::string& pin) {
  AdapterConfig config = TlsConfig(certificates, true);
  kit::SenderRule sender;
  sender.application = application;
  sender.certificate = tls::CertificatePin::Parse(pin).value();
  config.senders.push_back(std::move(sender));
  return config;
}

TEST(MllpTls, TheSenderThatItsCertificateNamesIsTaken) {
  Certificates certificates;
  ServerRig rig(Pinned(certificates, "COSMIC", "cosmic.example"));
  TlsPeer peer(rig.server->port(), certificates, certificates.authority.Client("cosmic.example"));
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.acks.size() == 1; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AA|"));
}

TEST(MllpTls, ASenderOverTheCertificateOfAnotherIsUnknown) {
  Certificates certificates;
  ServerRig rig(Pinned(certificates, "COSMIC", "cosmic.example"));
  TlsPeer peer(rig.server->port(), certificates, certificates.authority.Client("other.example"));
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.acks.size() == 1; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AR|"));
  EXPECT_THAT(peer.acks[0], HasSubstr("204^"));
  EXPECT_TRUE(rig.Outbox().empty());
}

TEST(MllpTls, TheCertificateOfOneSenderDoesNotSpeakForAnother) {
  Certificates certificates;
  ServerRig rig(Pinned(certificates, "SOMEBODY", "cosmic.example"));
  TlsPeer peer(rig.server->port(), certificates, certificates.authority.Client("cosmic.example"));
  peer.QueueFrame(Fixture("siu_s26_missed"));
  // In a batch as well.
  peer.QueueFrame("BHS|^~\\&\r" + Numbered("siu_s26_missed", "B1") + "BTS|1\r");
  ASSERT_TRUE(Until(rig, {&peer}, [&] { return peer.acks.size() == 2; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AR|"));
  EXPECT_THAT(peer.acks[1], HasSubstr("MSA|AR|B1"));
  EXPECT_TRUE(rig.Outbox().empty());
}

TEST(MllpTls, ASenderWithACertificateNeedsAPortThatAsksForOne) {
  AdapterConfig config = TestConfig();
  kit::SenderRule sender;
  sender.application = "COSMIC";
  sender.certificate = tls::CertificatePin::Parse("cosmic.example").value();
  config.senders.push_back(std::move(sender));
  Rig rig(std::move(config));
  const SystemClock clock;
  const auto server = MllpServer::Open(
      ListenOf(rig.config), {rig.config, *rig.pipeline, *rig.decoder, *rig.store, clock});
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(server.error().message, HasSubstr("client_ca"));
}

}  // namespace
}  // namespace sam::mllp::test
