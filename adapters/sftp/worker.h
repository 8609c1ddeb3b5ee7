// Worker: the Link behind which a thread talks to the server. The adapter's thread hands a request
// over and comes back for the reply; the thread touches neither store nor pipeline, only the server
// and the one local file that a request names. A server that falls silent is cut off from here.
// Threads: its owner's, and one of its own that lives as long as it does. A slow name server can
// hold up its end; an address instead of a name cannot.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "adapters/sftp/link.h"
#include "adapters/sftp/session.h"
#include "adapters/sftp/wire.h"

namespace sam::sftp {

class Worker final : public Link {
 public:
  explicit Worker(const PulledFilesConfig& config);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool busy() const override { return turn_ != kNobody; }
  void Start(Request request) override;
  std::optional<Reply> Take() override;

 private:
  // Whose turn it is; what is handed over belongs to that side alone.
  enum Turn : int { kNobody, kThread, kOwner, kStop };
  void Run();
  Reply Work(const Request& request);

  const PulledFilesConfig& config_;
  std::atomic<int> turn_{kNobody};
  Request request_;
  Reply reply_;
  Wire wire_;
  std::unique_ptr<Session> session_;  // the thread's
  std::jthread thread_;
};

}  // namespace sam::sftp
