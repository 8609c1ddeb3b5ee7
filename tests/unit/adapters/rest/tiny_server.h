// TinyServer: answers each connection on loopback with the next canned bytes, and keeps what was
// asked. For tests of the HTTP client. One helper thread, ended by the destructor.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "broker/base/check.h"

namespace sam::rest::test {

class TinyServer {
 public:
  // An empty answer: the connection stays open and silent until the client gives up.
  explicit TinyServer(std::vector<std::string> answers, bool reads_bodies = false)
      : answers_(std::move(answers)), reads_bodies_(reads_bodies) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SAM_CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    SAM_CHECK(::listen(socket_, 8) == 0);
    SAM_CHECK(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~TinyServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // After the answers have come: what was asked.
  const std::vector<std::string>& asked() const { return asked_; }

  static std::string Ok(const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  // Headers, and the body of the length that they tell when the test asked for bodies.
  bool Whole(const std::string& request) const {
    const size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos || !reads_bodies_) return end != std::string::npos;
    const size_t at = request.find("Content-Length: ");
    const size_t body = at < end ? std::stoul(request.substr(at + 16)) : 0;
    return request.size() >= end + 4 + body;
  }
  void Run() {
    for (const std::string& answer : answers_) {
      const int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request;
      char buffer[4096];
      while (!Whole(request)) {
        const ssize_t got = ::recv(peer, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        request.append(buffer, static_cast<size_t>(got));
      }
      asked_.push_back(request);
      if (answer.empty()) {
        while (::recv(peer, buffer, sizeof buffer, 0) > 0) continue;
      } else {
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      ::close(peer);
    }
  }

  std::vector<std::string> answers_;
  const bool reads_bodies_;
  std::vector<std::string> asked_;
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace sam::rest::test
