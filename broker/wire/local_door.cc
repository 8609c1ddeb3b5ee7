#include "broker/wire/local_door.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "broker/wire/zmq_options.h"
#include "broker/wire/zmq_part.h"

namespace sam::wire {
namespace {

// sun_path holds 108 bytes; the rest is room for libzmq's own ending.
constexpr size_t kPathMax = 100;

// The path from the root: libzmq takes no other, and a configuration named by a relative path gives
// such ones.
Result<std::string> WholePath(const std::string& given) {
  if (given.empty()) return Invalid("no socket is named: name its file");
  std::error_code none;
  std::string path = std::filesystem::absolute(given, none).lexically_normal().string();
  if (none) return Invalid("socket " + given + ": " + none.message() + "; name it from / on");
  if (path.size() > kPathMax)
    return Invalid("socket path is longer than 100 characters: " + path);
  return path;
}

Status CheckFolder(const std::string& path) {
  const std::string folder = path.substr(0, std::max<size_t>(1, path.rfind('/')));
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return Unavailable(folder + ": " + std::strerror(errno));
  struct stat info {};
  if (stat(folder.c_str(), &info) != 0) return Unavailable(folder + ": " + std::strerror(errno));
  if (!S_ISDIR(info.st_mode)) return Invalid(folder + ": is not a folder");
  if (info.st_uid != geteuid()) return Denied(folder + ": belongs to another user");
  if ((info.st_mode & 077) != 0)
    return Denied(folder + ": others may enter it; run: chmod 700 " + folder);
  return Ok();
}

std::string Endpoint(const std::string& path) { return "ipc://" + path; }

// One short-lived context per question: the operator's tool asks once and ends.
class Caller {
 public:
  Caller() : socket_(zmq_socket(context_.raw(), ZMQ_REQ)) {}
  ~Caller() {
    if (socket_ != nullptr) zmq_close(socket_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  void* socket() const { return socket_; }

 private:
  ZmqContext context_;
  void* socket_;
};

}  // namespace

Result<std::unique_ptr<LocalDoor>> LocalDoor::Open(ZmqContext& context, const std::string& given) {
  SAM_ASSIGN(const std::string path, WholePath(given));
  SAM_TRY(CheckFolder(path));
  // libzmq would silently take over the file of a living process.
  if (access(path.c_str(), F_OK) == 0) {
    Caller caller;
    const int64_t limit = kMaxDoorBytes;
    zmq_setsockopt(caller.socket(), ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    internal::SetInt(caller.socket(), ZMQ_LINGER, 0);
    internal::SetInt(caller.socket(), ZMQ_IMMEDIATE, 1);
    internal::SetInt(caller.socket(), ZMQ_SNDTIMEO, 200);
    if (zmq_connect(caller.socket(), Endpoint(path).c_str()) == 0 &&
        zmq_send(caller.socket(), "", 0, 0) >= 0)
      return Conflict(path + ": another process answers there; is the program running already?");
  }
  std::unique_ptr<LocalDoor> door(new LocalDoor(zmq_socket(context.raw(), ZMQ_REP), path));
  if (door->socket_ == nullptr)
    return Unavailable(std::string("opening a socket: ") + zmq_strerror(errno));
  const int64_t limit = kMaxDoorBytes;
  zmq_setsockopt(door->socket_, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
  internal::SetInt(door->socket_, ZMQ_LINGER, 0);
  if (zmq_bind(door->socket_, Endpoint(path).c_str()) != 0)
    return Unavailable(path + ": " + zmq_strerror(errno));
  // The folder is closed to others already, so there is no moment in which they could come in.
  if (chmod(path.c_str(), 0600) != 0) return Unavailable(path + ": " + std::strerror(errno));
  return door;
}

LocalDoor::~LocalDoor() {
  if (socket_ == nullptr) return;
  zmq_unbind(socket_, Endpoint(path_).c_str());
  zmq_close(socket_);
}

std::optional<std::string> LocalDoor::Receive() {
  if (owes_reply_) return std::nullopt;
  internal::Part part;
  if (!part.Receive(socket_)) return std::nullopt;
  std::string bytes;  // of several parts: not of ours, answered as unreadable by the stage
  if (!part.more()) bytes = part.view();
  internal::DropRest(socket_, part.more());
  caller_ = LoginName(part.process());
  owes_reply_ = true;
  return bytes;
}

Status LocalDoor::Reply(std::string_view bytes) {
  if (!owes_reply_) return Internal("local door: a reply without a request");
  owes_reply_ = false;
  if (bytes.size() > kMaxDoorBytes) {
    zmq_send(socket_, "", 0, ZMQ_DONTWAIT);  // REP must answer something to hear the next one
    return Invalid("local door: reply is larger than 4 MiB");
  }
  if (zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0 && errno != EAGAIN &&
      errno != EHOSTUNREACH)
    return Internal(std::string("local door: ") + zmq_strerror(errno));
  return Ok();
}

Pollable LocalDoor::pollable() const { return {socket_, -1}; }

Result<std::string> AskLocalDoor(const std::string& given, std::string_view request,
                                 int timeout_ms) {
  SAM_ASSIGN(const std::string path, WholePath(given));
  if (request.size() > kMaxDoorBytes) return Invalid("the request is larger than the 4 MiB that fit through the door");
  if (access(path.c_str(), W_OK) != 0) {
    if (errno == EACCES)
      return Denied(path + ": belongs to another user; run this as the service's user");
    return Unavailable(path + ": nobody there; is the program running?");
  }
  Caller caller;
  const int64_t limit = kMaxDoorBytes;
  zmq_setsockopt(caller.socket(), ZMQ_MAXMSGSIZE, &limit, sizeof limit);
  internal::SetInt(caller.socket(), ZMQ_LINGER, 0);
  internal::SetInt(caller.socket(), ZMQ_IMMEDIATE, 1);
  internal::SetInt(caller.socket(), ZMQ_SNDTIMEO, std::min(timeout_ms, 2'000));
  internal::SetInt(caller.socket(), ZMQ_RCVTIMEO, timeout_ms);
  if (zmq_connect(caller.socket(), Endpoint(path).c_str()) != 0)
    return Unavailable(path + ": " + zmq_strerror(errno));
  if (zmq_send(caller.socket(), request.data(), request.size(), 0) < 0)
    return Unavailable(path + ": nobody listens there; is the program running?");
  internal::Part answer;
  if (!answer.Receive(caller.socket(), 0))
    return Unavailable(path + ": no answer in " + std::to_string(timeout_ms) +
                       " ms; it may still be done, ask for the status");
  return std::string(answer.view());
}

}  // namespace sam::wire
