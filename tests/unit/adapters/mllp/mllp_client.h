// A sender for tests: a real socket that never blocks, pumped together with the server's turns.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "adapters/hl7/mllp_framer.h"
#include "adapters/mllp/mllp_server.h"
#include "adapters/mllp/net.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::mllp::test {

using namespace kit::test;  // the rig
using kit::AdapterConfig;
using kit::CrashGuard;
using kit::Quarantined;
using kit::Verdict;

class Peer {
 public:
  explicit Peer(uint16_t port) {
    const Result<int> fd = ConnectTo("127.0.0.1:" + std::to_string(port), 2000);
    EXPECT_TRUE(fd.ok());
    fd_ = fd.ok() ? *fd : -1;
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL, 0) | O_NONBLOCK);
  }
  ~Peer() {
    if (fd_ >= 0) ::close(fd_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Queue(const std::string& more) { out_ += more; }
  void QueueFrame(const std::string& message) { out_ += hl7::Frame(message); }
  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void Reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(fd_);
    fd_ = -1;
  }

  void Pump() {
    if (fd_ < 0) return;
    while (!out_.empty()) {
      const ssize_t sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      out_.erase(0, static_cast<size_t>(sent));
    }
    std::array<char, 65536> buffer;
    while (!closed_ && !deaf) {
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (got <= 0) {
        closed_ = true;
        break;
      }
      bytes += std::string(buffer.data(), static_cast<size_t>(got));
      framer_.Feed({buffer.data(), static_cast<size_t>(got)});
    }
    while (std::optional<hl7::FrameEvent> event = framer_.Next())
      acks.push_back(std::move(event->bytes));
  }
  bool closed() const { return closed_; }
  bool sent() const { return out_.empty(); }

  std::vector<std::string> acks;
  std::string bytes;
  bool deaf = false;  // does not fetch its answers

 private:
  int fd_ = -1;
  std::string out_;
  bool closed_ = false;
  hl7::MllpFramer framer_;
};

struct ServerRig : Rig {
  SystemClock real;
  std::unique_ptr<MllpServer> server;

  explicit ServerRig(AdapterConfig c = TestConfig(), kit::FeedObserver* observer = nullptr)
      : Rig(std::move(c)) {
    kit::ConnectorParts parts = Parts(real);
    parts.observer = observer;
    Result<std::unique_ptr<MllpServer>> opened = MllpServer::Open(ListenOf(config), parts);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    server = std::move(opened).value();
  }

  kit::ConnectorParts Parts(const Clock& its_clock, CrashGuard* guard = nullptr) {
    return {config, *pipeline, *decoder, *store, its_clock, guard};
  }

  // Turns until `done`, at most so many: a test that waits for what never comes fails instead of
  // hanging.
  template <typename Done>
  bool Until(const std::vector<Peer*>& peers, Done done, int turns = 20'000) {
    for (int i = 0; i < turns; ++i) {
      for (Peer* peer : peers) peer->Pump();
      if (done()) return true;
      const Result<int> step = server->Step(1);
      if (!step.ok()) {
        last_error = step.error();
        return false;
      }
    }
    return false;
  }
  std::optional<Error> last_error;
};

// The fixture with its own control id.
inline std::string Numbered(const std::string& name, const std::string& id) {
  std::string text = Fixture(name);
  const size_t at = text.find("|T|2.5.1");
  const size_t begin = text.rfind('|', at - 1) + 1;
  return text.replace(begin, at - begin, id);
}

}  // namespace sam::mllp::test
