// Links: how a stage or a client sees the network. ZmqLink (CURVE over tcp) in production,
// MemoryLink in the simulator; a stage cannot tell them apart and no zmq type leaves broker/wire.
// Threads: a link belongs to the one thread that polls it (AskToDrop: any thread). Sends never block.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::wire {

// One end of a conversation. `user` is the authenticated peer name that the ZAP handler gave
// (directory name of the key), never anything the peer says itself; `route` is opaque and lives as
// long as the connection.
struct PeerId {
  std::string user;
  std::string route;
  auto operator<=>(const PeerId&) const = default;
};

struct Incoming {
  PeerId peer;
  std::string bytes;  // one frame; any alignment (see aligned_bytes.h)
};

// What can be waited for: a zmq socket or a file descriptor. Empty for memory links.
struct Pollable {
  void* socket = nullptr;
  int fd = -1;
};

// The listening side: ROUTER.
class ServerLink {
 public:
  virtual ~ServerLink() = default;
  virtual std::optional<Incoming> Receive() = 0;  // empty: nothing waiting now
  // kUnavailable: peer gone; kExhausted: its queue is full, nothing was sent (try later).
  virtual Status Send(const PeerId& peer, std::string_view bytes) = 0;
  virtual Pollable pollable() const = 0;
  // Throws every peer out and lets those with a valid key come back: a key is asked about at connect
  // only, so this is how one that is valid no longer loses its live connection.
  virtual Status DropAll() = 0;

  // Main's word to the thread of the link, which looks for it in each round.
  void AskToDrop() { drop_asked_.store(true, std::memory_order_release); }
  bool TakeDropOrder() {
    return drop_asked_.load(std::memory_order_relaxed) &&
           drop_asked_.exchange(false, std::memory_order_acquire);
  }

 private:
  std::atomic<bool> drop_asked_{false};
};

// The calling side: DEALER. Reconnects by itself, also after a refused handshake, with back-off.
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  virtual std::optional<std::string> Receive() = 0;
  virtual Status Send(std::string_view bytes) = 0;
  // Rises each time the connection was made anew: the client says Hello again. 0: never connected.
  virtual uint64_t generation() = 0;
  virtual Pollable pollable() const = 0;
};

}  // namespace sam::wire
