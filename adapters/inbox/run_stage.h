// RunStage: `samsignal-inbox run`. One thread owns the store and speaks with the hub in both
// directions and with people through the local door. The links must outlive it.
// `lines`, when given, gets one JSON line for each new signal, at least once: how far it got is
// durable, so a crash repeats lines but leaves none out.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/inbox/inbox.h"
#include "adapters/inbox/untouched.h"
#include "adapters/intake/filer.h"
#include "adapters/intake/shown_certificate.h"
#include "adapters/intake/writer.h"
#include "broker/base/clock.h"
#include "broker/client/source_client.h"
#include "broker/client/subscriber_client.h"
#include "broker/stage/stage.h"

namespace sam::inbox {

// The local door, or nothing in tests.
struct DoorHooks {
  std::function<std::optional<std::string>()> receive;
  std::function<std::string()> caller;  // who sent what `receive` gave last
  std::function<Status(std::string_view)> reply;
  wire::Pollable pollable;
};

// What else the inbox's thread serves: the web inbox, or nothing.
struct SideDoor {
  std::function<Result<int>()> step;
  std::vector<wire::Pollable> pollables;
};

struct RunOptions {
  std::string function;
  std::string system_id;
  uint32_t window_messages = 64;
  Untouched* untouched = nullptr;  // outlives the stage
  // Writes the line and returns once it is out of our hands. An error ends the run.
  std::function<Status(const std::string& line)> lines;
  SideDoor side = {};  // what is behind it outlives the stage
  // Write signals, and the files of reports, to the social system; outlive the stage.
  intake::Writer* writer = nullptr;
  intake::Filer* filer = nullptr;
  intake::ShownCertificate* shown = nullptr;  // outlives the stage
};

class RunStage final : public stage::Stage {
 public:
  static constexpr size_t kLinesPerRound = 64;

  RunStage(Inbox& inbox, wire::ClientLink& delivery, wire::ClientLink& ingress, DoorHooks door,
           RunOptions options, const Clock& clock);

  std::string_view name() const override { return "inbox"; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override;
  int64_t IdleMicros() const override { return 50'000; }

  bool connected() const { return connected_.load(std::memory_order_relaxed); }  // any thread

 private:
  Status Tolerate(const char* what, const Result<int>& step, int* done);
  int AnswerDoor();
  Result<int> HandOver();
  Result<int> HandOverAttachments();
  Result<int> Dispose();  // once an hour: what is due by the decision on disposal
  void NoteStatus();

  Inbox& inbox_;
  wire::ClientLink& delivery_;
  wire::ClientLink& ingress_;
  DoorHooks door_;
  RunOptions options_;
  const Clock& clock_;
  client::SubscriberClient subscriber_;
  client::SourceClient source_;
  Status gap_status_ = Ok();
  int64_t next_disposal_us_ = 0;
  bool forgetting_ = false;  // batches have gone since the store's files were last rewritten
  std::optional<uint64_t> handed_over_;
  std::atomic<bool> connected_{false};
  wire::Refusal told_denied_ = wire::Refusal::NONE;
};

}  // namespace sam::inbox
