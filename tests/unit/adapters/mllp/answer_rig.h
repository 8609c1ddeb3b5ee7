// A receiver of application acknowledgements in the test's own thread, and a sender to it.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/header.h"
#include "adapters/mllp/answer_sender.h"
#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {

// Takes connections and frames; answers as told.
class Receiver {
 public:
  explicit Receiver(tls::Context* tls = nullptr) : tls_(tls) {
    listener_ = ListenOn("127.0.0.1:0").value();
  }
  ~Receiver() { ::close(listener_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(PortOf(listener_)); }

  void Pump() {
    const Result<Accepted> accepted = AcceptFrom(listener_);
    if (accepted.ok()) {
      ++connections;
      connection = std::make_unique<MllpConnection>(accepted->fd, accepted->peer,
                                                    hl7::FramerOptions(),
                                                    tls_ ? tls_->NewSession() : nullptr, 0);
    }
    if (connection == nullptr) return;
    connection->Read(0);
    while (!connection->frames().empty()) {
      const std::string bytes = connection->frames().front().bytes;
      connection->frames().pop_front();
      got.push_back(bytes);
      if (reply) connection->Answer(reply(bytes));
    }
    connection->Write();
  }
  static std::string Ack(const std::string& bytes, const char* code) {
    return "MSH|^~\\&|A||B||20260302||ACK|R1|T|2.5\rMSA|" + std::string(code) + "|" +
           std::string(hl7::ReadHeader(bytes).Field(10)) + "\r";
  }

  std::function<std::string(const std::string&)> reply =
      [](const std::string& bytes) { return Ack(bytes, "CA"); };
  std::vector<std::string> got;
  int connections = 0;
  std::unique_ptr<MllpConnection> connection;

 private:
  tls::Context* tls_;
  int listener_;
};

struct SenderRig : Rig {
  ManualClock time{Millis(1'772'445'600'000)};
  ApplicationAck config_ack;
  std::optional<AnswerQueue> queue;
  std::unique_ptr<AnswerSender> sender;

  void Start(const std::string& address) {
    config_ack.where = ApplicationAck::Where::kElsewhere;
    config_ack.address = address;
    sender.reset();
    queue.emplace(*store);
    sender = std::move(AnswerSender::Open(config_ack, *queue, time, -1)).value();
  }
  void Append(const std::string& id) {
    ASSERT_TRUE(pipeline->Begin().ok());
    ASSERT_TRUE(queue->Append("MSH|^~\\&|S||COSMIC||20260302||ACK|" + id +
                              "|T|2.5|||AL|NE\rMSA|AA|X\r")
                    .ok());
    ASSERT_TRUE(pipeline->Commit().ok());
  }
  template <typename Done>
  bool Until(Receiver& receiver, Done done, int turns = 5000) {
    for (int i = 0; i < turns; ++i) {
      receiver.Pump();
      EXPECT_TRUE(sender->Step().ok());
      if (done()) return true;
      pollfd nothing{-1, 0, 0};
      ::poll(&nothing, 1, i < 100 ? 0 : 1);
    }
    return false;
  }
  uint64_t Waiting() { return queue->Waiting()->size(); }
};

}  // namespace sam::mllp::test
