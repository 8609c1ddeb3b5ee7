// Doorbell: "there is something new", nothing more. Rung from any thread, waited on by one stage
// through its file descriptor (eventfd). A lost ring costs one poll interval, nothing else.
#pragma once

#include "broker/wire/link.h"

namespace sam::stage {

class Doorbell {
 public:
  Doorbell();
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  void Ring();
  void Clear();  // receiving thread, before it looks for work
  void Wait(int timeout_ms);  // for a thread that is no stage: until rung, then cleared
  wire::Pollable pollable() const { return {nullptr, fd_}; }

 private:
  int fd_;
};

}  // namespace sam::stage
