// Inside broker/wire only: one part of a message as libzmq holds it, closed again on every way out.
// One thread.
#pragma once

#include <zmq.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/login.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::wire::internal {

class Part {
 public:
  Part() { zmq_msg_init(&message_); }
  ~Part() { zmq_msg_close(&message_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  bool Receive(void* socket, int flags = ZMQ_DONTWAIT) {
    return zmq_msg_recv(&message_, socket, flags) >= 0;
  }
  bool more() const { return zmq_msg_more(&message_) != 0; }
  std::string_view view() {
    return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
  }
  // Whose key the peer showed, as the authenticator named it.
  std::string_view user() {
    const char* name = zmq_msg_gets(&message_, "User-Id");
    return name == nullptr ? std::string_view() : std::string_view(name);
  }
  // A process of this machine, at a socket file: what the kernel says of it (SO_PEERCRED), which
  // libzmq writes as ":uid:gid:pid". uid -1: not said.
  LocalProcess process() {
    const char* address = zmq_msg_gets(&message_, "Peer-Address");
    const std::vector<std::string_view> parts = Split(address == nullptr ? "" : address, ':');
    const auto uid = parts.size() == 4 ? ReadNumber(parts[1]) : std::nullopt;
    const auto pid = parts.size() == 4 ? ReadNumber(parts[3]) : std::nullopt;
    if (!uid || !pid) return {static_cast<uid_t>(-1), 0};
    return {static_cast<uid_t>(*uid), static_cast<pid_t>(*pid)};
  }

 private:
  zmq_msg_t message_;
};

// What is left of a message that is none of ours.
inline void DropRest(void* socket, bool more) {
  while (more) {
    Part rest;
    more = rest.Receive(socket) && rest.more();
  }
}

}  // namespace sam::wire::internal
