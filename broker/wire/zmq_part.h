// Inside broker/wire only: one part of a message as libzmq holds it, closed again on every way out.
// One thread.
#pragma once

#include <zmq.h>

#include <string>
#include <string_view>

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
