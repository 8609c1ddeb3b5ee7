#include "broker/stage/doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "broker/base/check.h"

namespace sam::stage {

Doorbell::Doorbell() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { SAM_CHECK(fd_ >= 0); }
Doorbell::~Doorbell() { close(fd_); }

void Doorbell::Ring() {
  const uint64_t one = 1;
  // Full counter means it is ringing already.
  [[maybe_unused]] const ssize_t n = write(fd_, &one, sizeof one);
}

void Doorbell::Clear() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = read(fd_, &count, sizeof count);
}

void Doorbell::Wait(int timeout_ms) {
  pollfd item = {fd_, POLLIN, 0};
  poll(&item, 1, timeout_ms);
  Clear();
}

}  // namespace sam::stage
