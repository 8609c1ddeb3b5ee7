// ZmqContext: libzmq's threads, owned by main and outliving every link. The context is the one zmq
// object that threads may share. No zmq type leaves broker/wire.
#pragma once

namespace sam::wire {

class ZmqContext {
 public:
  explicit ZmqContext(int io_threads = 1);
  ~ZmqContext();  // all links and doors must be gone
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;
  void* raw() const { return context_; }

 private:
  void* context_;
};

}  // namespace sam::wire
