// The local door: one request, one reply, over a socket file that only its owner may open. The same
// door serves the hub, the adapter and the inbox (schemas/admin.capnp tells what goes through it).
// Server: owned by one stage, which polls it. Client: any thread, blocking with a time limit.
// Limits: one request at a time, each at most 4 MiB (kMaxDoorBytes); paths up to 100 characters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/wire/link.h"
#include "broker/wire/zmq_context.h"

namespace sam::wire {

inline constexpr size_t kMaxDoorBytes = size_t{4} * 1024 * 1024;

class LocalDoor {
 public:
  // `path`: the socket file, from the root or from where the program runs. Its folder is made with mode 0700 when missing, and refused when
  // others may enter it (kDenied); kConflict: another process answers there; kInvalid: path too
  // long.
  static Result<std::unique_ptr<LocalDoor>> Open(ZmqContext& context, const std::string& path);
  ~LocalDoor();

  // AdminRequest bytes; empty: nobody waits, or the last request has not been answered yet.
  std::optional<std::string> Receive();
  // Who asked what Receive gave last, by the kernel's word (base/login.h): whatever name stands in
  // the request is the caller's own claim.
  const std::string& caller() const { return caller_; }
  // AdminReply bytes, exactly one for each request. A caller that gave up is no error.
  Status Reply(std::string_view bytes);
  Pollable pollable() const;
  const std::string& path() const { return path_; }

 private:
  LocalDoor(void* socket, std::string path) : socket_(socket), path_(std::move(path)) {}
  void* socket_;
  std::string path_;
  std::string caller_;
  bool owes_reply_ = false;
};

// Asks and waits. kUnavailable: nobody there, or no answer in time (the message says which and
// names the socket); kDenied: the file belongs to another user.
Result<std::string> AskLocalDoor(const std::string& path, std::string_view request, int timeout_ms);

}  // namespace sam::wire
