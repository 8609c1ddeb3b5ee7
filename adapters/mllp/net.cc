#include "adapters/mllp/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace sam::mllp {
namespace {

constexpr int kBacklog = 256;
constexpr int kKeepIdleSeconds = 60;
constexpr int kKeepIntervalSeconds = 20;
constexpr int kKeepProbes = 3;

using AddrInfo = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string Reason() { return std::strerror(errno); }

// All addresses of a name, or of numbers.
Result<AddrInfo> LookUp(const std::string& address) {
  SAM_ASSIGN(const auto parts, SplitAddress(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(parts.first.c_str(), std::to_string(parts.second).c_str(), &hints, &found);
  if (error != 0)
    return Unavailable("the name '" + parts.first + "' cannot be looked up: " + gai_strerror(error));
  return AddrInfo(found, &freeaddrinfo);
}

Result<int> ConnectToOne(const addrinfo& info, int timeout_ms) {
  const int fd = ::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unavailable("cannot make a socket: " + Reason());
  int error = 0;
  if (::connect(fd, info.ai_addr, info.ai_addrlen) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      pollfd wait{fd, POLLOUT, 0};
      socklen_t size = sizeof error;
      if (::poll(&wait, 1, timeout_ms) == 0)
        error = ETIMEDOUT;
      else
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error != 0) {
    ::close(fd);
    return Unavailable(std::strerror(error));
  }
  const int flags = ::fcntl(fd, F_GETFL, 0);
  ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  return fd;
}

Result<AddrInfo> Numeric(const std::string& address, bool passive) {
  SAM_ASSIGN(const auto parts, SplitAddress(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  if (getaddrinfo(parts.first.c_str(), std::to_string(parts.second).c_str(), &hints, &found) != 0)
    return Invalid("'" + address + "': expected an address in numbers such as 127.0.0.1:2575");
  return AddrInfo(found, &freeaddrinfo);
}

std::pair<std::string, uint16_t> NameOf(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return {text, ntohs(in.sin_port)};
  }
  sockaddr_in6 in{};
  std::memcpy(&in, &storage, sizeof in);
  inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  return {text, ntohs(in.sin6_port)};
}

std::optional<uint32_t> Ipv4(const std::string& text) {
  in_addr out{};
  if (inet_pton(AF_INET, text.c_str(), &out) != 1) return std::nullopt;
  return ntohl(out.s_addr);
}

}  // namespace

Result<std::pair<std::string, uint16_t>> SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(port) > 65535 || colon == 0)
    return Invalid("'" + address + "': expected address:port such as 127.0.0.1:2575");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return std::make_pair(host, static_cast<uint16_t>(std::stoi(port)));
}

Result<int> ListenOn(const std::string& address) {
  SAM_ASSIGN(const AddrInfo info, Numeric(address, true));
  const int fd = ::socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unavailable("cannot make a socket: " + Reason());
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, info->ai_addr, info->ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    const std::string text = "cannot listen on " + address + ": " + std::strerror(error);
    return error == EACCES ? Denied(text) : Unavailable(text);
  }
  return fd;
}

uint16_t PortOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  return NameOf(storage).second;
}

Result<Accepted> AcceptFrom(int listener) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&storage), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      return Exhausted("cannot accept a connection: " + Reason());
    return NotFound("nobody waits");
  }
  const int on = 1, idle = kKeepIdleSeconds, interval = kKeepIntervalSeconds, probes = kKeepProbes;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::pair<std::string, uint16_t> name = NameOf(storage);
  return Accepted{fd, name.first + ":" + std::to_string(name.second), name.first};
}

Result<int> BeginConnect(const std::string& address) {
  SAM_ASSIGN(const AddrInfo info, Numeric(address, false));
  const int fd = ::socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unavailable("cannot make a socket: " + Reason());
  if (::connect(fd, info->ai_addr, info->ai_addrlen) != 0 && errno != EINPROGRESS) {
    const std::string why = Reason();
    ::close(fd);
    return Unavailable("cannot connect to " + address + ": " + why);
  }
  return fd;
}

Status Connected(int fd) {
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, 0) <= 0) return NotFound("not connected yet");
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Unavailable(std::strerror(error));
  return Ok();
}

Result<int> ConnectTo(const std::string& address, int timeout_ms) {
  SAM_ASSIGN(const AddrInfo found, LookUp(address));
  std::string why;
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    const Result<int> fd = ConnectToOne(*one, timeout_ms);
    if (fd.ok()) return *fd;
    sockaddr_storage storage{};
    std::memcpy(&storage, one->ai_addr, std::min<size_t>(one->ai_addrlen, sizeof storage));
    why = " (" + NameOf(storage).first + "): " + fd.error().message;
  }
  return Unavailable("cannot connect to " + address + why);
}

Status CheckNetwork(const std::string& network) {
  const size_t slash = network.find('/');
  const std::string bits = slash == std::string::npos ? "32" : network.substr(slash + 1);
  in6_addr unused{};
  if (slash == std::string::npos && inet_pton(AF_INET6, network.c_str(), &unused) == 1) return Ok();
  const bool digits = !bits.empty() && bits.size() <= 2 &&
                      bits.find_first_not_of("0123456789") == std::string::npos;
  if (Ipv4(network.substr(0, slash)) && digits && std::stoi(bits) <= 32) return Ok();
  return Invalid("'" + network + "': expected an address or a network such as 10.1.0.0/16");
}

bool InNetworks(const std::string& ip, const std::vector<std::string>& networks) {
  if (networks.empty()) return true;
  const std::string plain = ip.rfind("::ffff:", 0) == 0 ? ip.substr(7) : ip;
  const std::optional<uint32_t> address = Ipv4(plain);
  for (const std::string& network : networks) {
    if (network == plain) return true;
    const size_t slash = network.find('/');
    const std::optional<uint32_t> base = Ipv4(network.substr(0, slash));
    if (slash == std::string::npos || !address || !base) continue;
    const int bits = std::stoi(network.substr(slash + 1));
    const uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
    if ((*address & mask) == (*base & mask)) return true;
  }
  return false;
}

}  // namespace sam::mllp
