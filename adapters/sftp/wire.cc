#include "adapters/sftp/wire.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "broker/base/clock.h"

namespace sam::sftp {
namespace {

constexpr int kSliceMs = 100;  // a stop is seen within this

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// 0: connected; else an errno.
int Await(int fd, int64_t until_us, const std::atomic<bool>& stop) {
  while (!stop && Wire::NowUs() < until_us) {
    pollfd one{fd, POLLOUT, 0};
    if (::poll(&one, 1, kSliceMs) <= 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
  }
  return ETIMEDOUT;
}

}  // namespace

int64_t Wire::NowUs() { return SystemClock().SteadyMicros(); }

Result<int> Wire::Connect(const std::string& host, int port, int64_t timeout_ms) {
  Close();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int looked = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (looked != 0) return Unavailable(std::string("its address: ") + ::gai_strerror(looked));
  const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
  std::vector<Address> addresses;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    Address address;
    if (one->ai_addrlen > sizeof address.bytes) continue;
    std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
    addresses.push_back(address);
  }
  return ConnectAny(addresses, timeout_ms);
}

Result<int> Wire::ConnectAny(const std::vector<Address>& addresses, int64_t timeout_ms) {
  const int64_t until_us = NowUs() + timeout_ms * 1000;
  int error = ENOENT;
  for (size_t i = 0; i < addresses.size() && !stop_; ++i) {
    const Address& one = addresses[i];
    const int fd = ::socket(one.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      error = errno;
      continue;
    }
    const int64_t now_us = NowUs();
    const int64_t share_us = (until_us - now_us) / static_cast<int64_t>(addresses.size() - i);
    error = ::connect(fd, reinterpret_cast<const sockaddr*>(&one.bytes), one.size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) error = Await(fd, now_us + share_us, stop_);
    const int copy = error == 0 ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy < 0) {
      if (error == 0) error = errno;
      ::close(fd);
      continue;
    }
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    fd_ = fd;
    return copy;
  }
  return Unavailable(std::strerror(error));
}

bool Wire::Expect(int64_t ms) {
  deadline_us_ = NowUs() + ms * 1000;
  return fd_ >= 0 && !stop_;
}

bool Wire::Late() const {
  const int64_t deadline = deadline_us_;
  return deadline != 0 && NowUs() > deadline;
}

void Wire::Close() {
  deadline_us_ = 0;
  const int fd = fd_.exchange(-1);
  if (fd >= 0) ::close(fd);
}

void Wire::Cut() {
  const int fd = fd_.exchange(-1);
  if (fd < 0) return;
  ::shutdown(fd, SHUT_RDWR);
  ::close(fd);
}

void Wire::Stop() {
  stop_ = true;
  Cut();
}

}  // namespace sam::sftp
