// The way to a server that has several addresses.
#include "adapters/sftp/wire.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace sam::sftp {
namespace {

// Listens and never takes a connection; the queue has room for one.
struct Door {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Address address;
  Door() {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof in;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
    EXPECT_EQ(::listen(fd, 0), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address.bytes), &address.size), 0);
  }
  ~Door() { ::close(fd); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
};

// Nobody refuses and nobody answers, as where a firewall drops what comes: the queue is full.
struct DeadDoor : Door {
  std::vector<int> queue;
  DeadDoor() {
    for (int i = 0; i < 4; ++i) {
      queue.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const int done = ::connect(queue.back(), reinterpret_cast<sockaddr*>(&address.bytes),
                                 address.size);
      EXPECT_TRUE(done == 0 || errno == EINPROGRESS) << std::strerror(errno);
    }
  }
  ~DeadDoor() {
    for (const int one : queue) ::close(one);
  }
};

TEST(SftpWire, AnAddressThatSwallowsEverythingDoesNotHideTheNext) {
  const DeadDoor dead, dead_too;
  const Door door;
  Wire wire;
  const Result<int> fd =
      wire.ConnectAny({dead.address, dead_too.address, door.address}, 900);
  ASSERT_TRUE(fd.ok()) << fd.error().message;
  Address peer;
  peer.size = sizeof peer.bytes;
  EXPECT_EQ(::getpeername(*fd, reinterpret_cast<sockaddr*>(&peer.bytes), &peer.size), 0);
  EXPECT_EQ(std::memcmp(&peer.bytes, &door.address.bytes, sizeof(sockaddr_in)), 0);
  ::close(*fd);
}

TEST(SftpWire, WhereNobodyAnswersItEnds) {
  const DeadDoor dead;
  Wire wire;
  const Result<int> fd = wire.ConnectAny({dead.address}, 100);
  ASSERT_FALSE(fd.ok());
  EXPECT_EQ(fd.error().code, Code::kUnavailable);
  EXPECT_FALSE(wire.ConnectAny({}, 100).ok());
}

}  // namespace
}  // namespace sam::sftp
