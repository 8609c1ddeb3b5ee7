// MllpServer: takes HL7 v2 messages over MLLP, gives them to the pipeline in groups, and answers
// each only after its group is on disk (natural group commit: while one sync runs, the next group
// gathers in the sockets, over all connections). No timers that add latency. Threads: one, which is
// the store's writer. Owned by main. Limits: ListenConfig, kGroupMessages, kGroupBytes. A
// connection is not read while its messages wait; a sender that does not fetch its answers is not
// read either.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/source_kind.h"
#include "adapters/mllp/answer_queue.h"
#include "adapters/mllp/answer_sender.h"
#include "adapters/mllp/hl7_decoder.h"
#include "adapters/mllp/listen_config.h"
#include "adapters/mllp/mllp_connection.h"
#include "adapters/mllp/sender_pins.h"
#include "adapters/tls/listener.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/quiet_log.h"
#include "broker/base/result.h"

namespace sam::mllp {

class MllpServer final : public kit::Connector {
 public:
  static constexpr size_t kGroupMessages = 1024;
  static constexpr size_t kGroupBytes = size_t{4} << 20;
  // Of one frame, which is one group: sixteen megabytes could hold millions.
  static constexpr size_t kBatchMessages = 10'000;
  static constexpr int kFsWaitMs = 500;  // FS came, CR did not

  // All must outlive the server. Errors as ListenOn and tls::Context.
  static Result<std::unique_ptr<MllpServer>> Open(const ListenConfig& config,
                                                  const kit::ConnectorParts& parts);
  ~MllpServer() override;

  // One turn: waits at most `wait_ms` for something to do. Returns the messages stored. An error is
  // final: exit 75 and recover. No space is none: connections are closed without an answer and
  // senders come again.
  Result<int> Step(int wait_ms) override;
  uint16_t port() const { return port_; }
  size_t connections() const { return connections_.size(); }
  // While true nothing is taken: senders are closed without an answer (disk low, stopping).
  void SetRefusing(bool refusing) override { refusing_ = refusing; }
  std::string where() const override { return "mllp port " + std::to_string(port_); }
  int64_t last_message_us() const { return last_message_us_; }

 private:
  struct Waiting {  // an answer that may leave after the commit
    int fd;
    std::string ack;
  };
  MllpServer(const ListenConfig& config, const kit::ConnectorParts& parts, int listener, int epoll);
  void Accept();
  void MakeRoom();
  void Watch(MllpConnection& connection);
  void Timers();
  Result<int> WorkGroup();
  Status TakeOne(MllpConnection& connection, hl7::FrameEvent event, std::vector<Waiting>& waiting);
  Status TakeFrame(MllpConnection& connection, std::string bytes, std::vector<Waiting>& waiting);
  // What waits from `first` on for this connection, as one answer to the batch that began so.
  void AnswerAsBatch(const MllpConnection& connection, const std::string& opening, size_t first,
                     std::vector<Waiting>& waiting);
  Status TakeMessage(MllpConnection& connection, std::string message,
                     std::vector<Waiting>& waiting);
  bool MaySpeak(const MllpConnection& connection, const std::string& message) const;
  kit::Verdict RefuseTooLarge(const std::string& head, const std::string& peer);
  Result<kit::Verdict> PutBrokenAside(std::string bytes, const std::string& peer,
                                      const std::string& reason, bool answer);
  Result<int> LoseGroup(const Error& error, const std::vector<int>& touched);
  void Close(int fd, const char* why);
  void TellEnd(const MllpConnection& connection);
  // Who probes the port or is set up for another kind comes again and again: twenty lines of a
  // kind at once, then one a second, which tells how many it stands for.
  void Tell(const char* event, const std::string& peer, const char* why,
            const std::string& detail = "");
  void Sweep();
  void NoteCertificate();
  bool HasFrames() const;

  const ListenConfig& config_;
  const kit::ConnectorParts parts_;
  kit::Pipeline& pipeline_;
  kit::AdapterStore& store_;
  const Clock& clock_;
  kit::CrashGuard* guard_;
  Hl7Decoder* hl7_;  // null: another format comes in frames
  const SenderPins pins_;
  AnswerQueue queue_;
  std::unique_ptr<AnswerSender> answers_;  // null: nothing goes to another address
  int listener_;
  int epoll_;
  uint16_t port_ = 0;
  std::unique_ptr<tls::Listener> tls_;  // null: plain
  QuietLog quiet_;
  std::map<int, std::unique_ptr<MllpConnection>> connections_;
  std::vector<Mac16> entered_;  // keys of the open group, to be forgotten as suspects after it
  int next_fd_ = 0;             // whose turn it is first
  bool refusing_ = false;
  bool full_told_ = false;
  int64_t last_message_us_ = 0;
  metrics::Gauge open_connections_;
  metrics::Histogram group_seconds_;
};

}  // namespace sam::mllp
