// AnswerSender: takes application acknowledgements from the queue to the address that the sender's
// IT gave, one at a time, in order, until each has been taken: an outgoing MLLP client in the
// server's own loop, without a thread. What was not confirmed in time is sent again with the same
// MSH-10 on a new connection, since a late confirmation would be taken for the next one's.
// One thread, the store's writer; owned by the server. Nothing here blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/mllp/answer_queue.h"
#include "adapters/mllp/listen_config.h"
#include "adapters/mllp/mllp_connection.h"
#include "adapters/tls/context.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"

namespace sam::mllp {

class AnswerSender {
 public:
  static constexpr int64_t kFirstPauseUs = 1'000'000;
  static constexpr int64_t kLongestPauseUs = 60'000'000;
  static constexpr uint64_t kUnsynced = 32;  // taken ones that may be sent again after a crash

  // All must outlive it. `epoll`: wakes the server's turn; it may be -1. Errors as the TLS files'.
  static Result<std::unique_ptr<AnswerSender>> Open(const ApplicationAck& config,
                                                    AnswerQueue& queue, const Clock& clock,
                                                    int epoll);
  ~AnswerSender();

  // Between two groups. An error is the store's.
  Status Step();
  bool connected() const { return connection_ != nullptr; }
  // When the certificate that it shows ends; 0: it shows none.
  Millis certificate_ends() const { return tls_ ? tls_->expires_at() : Millis(0); }

 private:
  AnswerSender(const ApplicationAck& config, AnswerQueue& queue, const Clock& clock, int epoll);
  Status Connect();
  Status Talk();
  Status SendNext();
  void TakeAnswer(const std::string& bytes);
  Status Taken();
  Status Keep();
  void Fail(const std::string& why);
  void Watch(int fd, bool write);

  const ApplicationAck& config_;
  AnswerQueue& queue_;
  const Clock& clock_;
  const int epoll_;
  std::unique_ptr<tls::Context> tls_;
  int connecting_ = -1;  // a socket that is not connected yet
  std::unique_ptr<MllpConnection> connection_;
  uint64_t next_ = 0;   // the number to send or under way; 0: not known yet
  bool under_way_ = false;
  std::string id_;  // MSH-10 of the one under way
  std::optional<bool> outcome_;  // of the one under way: taken, or refused for good
  int64_t deadline_us_ = 0;
  int64_t next_try_us_ = 0;
  int64_t pause_us_ = kFirstPauseUs;
  uint64_t unsynced_ = 0;
  metrics::Gauge waiting_;
  metrics::Counter taken_, refused_;
};

}  // namespace sam::mllp
