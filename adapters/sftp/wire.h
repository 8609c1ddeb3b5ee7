// Wire: the socket of a conversation and until when the other side must have answered. libssh waits
// without end for a server that falls silent; who looks at the clock cuts the socket under it.
// Threads: Connect, Expect, Rest and Close by the one that talks; Late and Cut by the one that
// watches. Whoever takes the descriptor out closes it; libssh has a copy of its own.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/result.h"

namespace sam::sftp {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

class Wire {
 public:
  Wire() = default;
  ~Wire() { Close(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // A copy of the socket's descriptor, the caller's to close. kUnavailable: nobody there.
  Result<int> Connect(const std::string& host, int port, int64_t timeout_ms);
  // To the first of these that answers. Each has its share of the time that is left, so that one
  // that swallows everything does not hide the others.
  Result<int> ConnectAny(const std::vector<Address>& addresses, int64_t timeout_ms);
  // From now on an answer must come within `ms`. False: it was cut already, or is to stop.
  bool Expect(int64_t ms);
  void Rest() { deadline_us_ = 0; }  // nothing is waited for
  void Close();

  bool Late() const;
  void Cut();
  void Stop();  // cut, and no Connect or Expect will do any more
  bool stopped() const { return stop_; }

  static int64_t NowUs();

 private:
  std::atomic<int> fd_{-1};
  std::atomic<int64_t> deadline_us_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace sam::sftp
