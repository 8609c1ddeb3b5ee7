// A listener in a thread of its own, for what blocks.
#pragma once

#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>
#include <utility>

#include "adapters/mllp/net.h"
#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {

// A listener that takes one message and says what it is told to say, or just closes.
struct FakeListener {
  int fd = -1;
  std::jthread thread;
  // `cut`: the answer is sent in two pieces, cut there.
  explicit FakeListener(std::string answer, size_t cut = 0) {
    fd = *ListenOn("127.0.0.1:0");
    thread = std::jthread([this, answer = std::move(answer), cut] {
      Result<Accepted> peer = NotFound("");
      while (!peer.ok()) peer = AcceptFrom(fd);
      std::array<char, 65536> buffer;
      while (::recv(peer->fd, buffer.data(), buffer.size(), 0) <= 0) {
      }
      if (cut > 0) ::send(peer->fd, answer.data(), cut, MSG_NOSIGNAL);
      if (cut < answer.size())
        ::send(peer->fd, answer.data() + cut, answer.size() - cut, MSG_NOSIGNAL);
      ::shutdown(peer->fd, SHUT_WR);
      ::close(peer->fd);
    });
  }
  ~FakeListener() {
    thread.join();
    ::close(fd);
  }
};

}  // namespace sam::mllp::test
