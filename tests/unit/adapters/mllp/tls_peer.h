// A sender over TLS, and the certificates it needs.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/tls/context.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/mllp/mllp_client.h"
#include "tests/unit/adapters/tls/authority.h"

namespace sam::mllp::test {

struct Certificates {
  sam::test::TempDir folder;
  tls::test::Authority authority{folder.path()};
};

inline AdapterConfig TlsConfig(Certificates& certificates, bool clients = false) {
  AdapterConfig config = TestConfig();
  const tls::test::Files files = certificates.authority.Server();
  ListenOf(config).tls.emplace();
  ListenOf(config).tls->files.certificate_file = files.certificate;
  ListenOf(config).tls->files.key_file = files.key;
  if (clients) ListenOf(config).tls->files.client_ca_file = certificates.authority.ca_file();
  return config;
}

// A sender over TLS: a plain peer whose bytes go through a session.
class TlsPeer {
 public:
  TlsPeer(uint16_t port, const Certificates& certificates, const tls::test::Files& files = {})
      : peer_(port) {
    tls::ClientOptions options;
    options.ca_file = certificates.authority.ca_file();
    options.server_name = "127.0.0.1";
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    session_ = std::move(tls::Context::Client(options)).value().NewSession();
    EXPECT_TRUE(session_->Start().ok());
  }
  void QueueFrame(const std::string& message) {
    EXPECT_TRUE(session_->Write(hl7::Frame(message)).ok());
  }
  void End() { session_->End(); }
  // Between two turns of the server.
  void Pump() {
    peer_.Queue(session_->TakeOutput());
    peer_.Pump();
    std::string plain;
    const Status status = session_->Feed(std::exchange(peer_.bytes, ""), plain);
    if (!status.ok()) refused = status.error().message;
    framer_.Feed(plain);
    while (std::optional<hl7::FrameEvent> event = framer_.Next())
      acks.push_back(std::move(event->bytes));
  }
  Peer& raw() { return peer_; }
  const tls::Session& session() const { return *session_; }

  std::vector<std::string> acks;
  std::string refused;

 private:
  Peer peer_;
  std::unique_ptr<tls::Session> session_;
  hl7::MllpFramer framer_;
};

template <typename Done>
bool Until(ServerRig& rig, const std::vector<TlsPeer*>& peers, Done done) {
  return rig.Until({}, [&] {
    for (TlsPeer* peer : peers) peer->Pump();
    return done();
  });
}

}  // namespace sam::mllp::test
