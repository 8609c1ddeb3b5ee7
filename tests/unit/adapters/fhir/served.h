// The listener of FHIR over plain HTTP on a port of its own, and a client that asks it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/fhir/fhir_server.h"
#include "tests/support/certificate_notes.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {

class Peer {
 public:
  explicit Peer(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Peer() { close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Post(const std::string& path, const std::string& body, const std::string& method = "POST") {
    const std::string text = method + " " + path +
                             " HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"
                             "Content-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
    size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t n = send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      ASSERT_GT(n, 0);
      sent += static_cast<size_t>(n);
    }
  }
  bool Readable(int ms) const {
    pollfd item = {fd_, POLLIN, 0};
    return poll(&item, 1, ms) == 1;
  }
  // One answer; the server is driven by `turn` until it is whole. head_only: to HEAD, which names
  // the length of a body that does not come.
  template <typename Turn>
  std::string Answer(Turn turn, bool head_only = false) {
    std::string all;
    for (int i = 0; i < 400; ++i) {
      turn();
      if (!Readable(25)) continue;
      char buffer[65536];
      const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) return all;
      all.append(buffer, static_cast<size_t>(n));
      const size_t head = all.find("\r\n\r\n");
      const size_t length = all.find("Content-Length: ");
      if (head == std::string::npos || length == std::string::npos) continue;
      if (head_only) return all;
      if (all.size() - head - 4 >= std::stoul(all.substr(length + 16))) return all;
    }
    ADD_FAILURE() << "no whole answer: " << all;
    return all;
  }

 private:
  int fd_;
};

struct Served {
  FhirRig rig;
  sam::test::CertificateNotes notes;
  std::unique_ptr<FhirServer> server;

  // mapping: a shipped one, from the root of the source; without, that of child health.
  explicit Served(const std::string& mapping = "") {
    if (!mapping.empty()) {
      rig.LoadMapping(std::string(SAM_SOURCE) + "/" + mapping);
      rig.OpenPipeline();
    }
    kit::ConnectorParts parts{rig.config, *rig.pipeline, *rig.decoder, *rig.store, rig.clock,
                              nullptr, &notes};
    Result<std::unique_ptr<FhirServer>> opened = FhirServer::Open(rig.settings(), parts);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    if (opened.ok()) server = std::move(opened).value();
  }
  std::string Ask(const std::string& path, const std::string& body,
                  const std::string& method = "POST") {
    Peer peer(server->port());
    peer.Post(path, body, method);
    return peer.Answer([&] { EXPECT_TRUE(server->Step(1).ok()); }, method == "HEAD");
  }
};

}  // namespace sam::fhir::test
