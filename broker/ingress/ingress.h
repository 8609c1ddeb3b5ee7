// Ingress: the stage where sources hand in events. Checks who and what (admit.h), keeps each
// source's numbers in succession (session.h), hands drafts to the journal through its port and
// acknowledges when the journal says that they are on disk. No credit left means the adapter's
// outbox waits on its own disk; ingress holds at most read_ahead_bytes for all sources together, and
// no key holder gets more than its rate (rate.h).
// One thread of its own; main owns it and everything it refers to, which must outlive it.
// Every peer is looked up in the live table for every message: a key holder taken away is out with
// its next message. When main says that a key is valid no longer every connection begins anew
// (ServerLink::DropAll), so that one key of a holder of two is off the line too.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/quiet_log.h"
#include "broker/base/thread_role.h"
#include "broker/ingress/admit.h"
#include "broker/ingress/peers.h"
#include "broker/ingress/rate.h"
#include "broker/ingress/session.h"
#include "broker/ingress/trial_desk.h"
#include "broker/ingress/trim_mark.h"
#include "broker/journal/inbox.h"
#include "broker/journal/reader.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/pipe.h"
#include "broker/stage/stage.h"
#include "broker/store/store.h"
#include "broker/wire/link.h"

namespace sam::ingress {

struct IngressOptions {
  HubId hub;
  uint32_t epoch = 1;
  std::string software = "samsignald";
  AdmitRules admit;
  uint32_t window_messages = wire::kWindowMessages;  // per source
  uint64_t window_bytes = wire::kWindowBytes;
  size_t max_batch_bytes = wire::kMaxBatchBytes;  // in one Publish
  RateLimits rate;                                // per key holder
  size_t read_ahead_bytes = size_t{16} * 1024 * 1024;  // for all sources together
  size_t max_sessions = 4096;
  size_t max_drafts = 512;  // in one submission
  uint32_t busy_retry_ms = 1000;
  // Records that dispatch has not folded yet; called on the ingress thread. Above `max_behind` no
  // credit is given: sources wait on their own disks, and an acute report does not stand behind a
  // flood of a minute. Empty: not asked.
  std::function<uint64_t()> behind;
  uint64_t max_behind = 20'000;
  int64_t heartbeat_us = wire::kHeartbeatMicros;
  int64_t lease_us = wire::kLeaseMicros;
  // The latest signed checkpoint, for Welcome; called on the ingress thread. Empty: none.
  std::function<std::string()> checkpoint;
  TryOut try_out;  // empty: no source may try an event out
};

class Ingress final : public stage::Stage {
 public:
  struct Parts {
    wire::ServerLink& link;
    journal::Port& port;
    stage::Doorbell& bell;  // the port's outcomes ring it
    const Clock& clock;
    const journal::DurableMark& durable;
    const TrimMark& trim;
    stage::Pipe<PeerTablePtr>& tables;  // main pushes, this stage pops
  };

  // Reads from the store what each source had accepted (before any thread runs).
  static Result<std::unique_ptr<Ingress>> Open(const Parts& parts, const Store& store,
                                               IngressOptions options, SecretKey index_key,
                                               PeerTablePtr peers);

  std::string_view name() const override { return "ingress"; }
  Result<int> Work() override;
  std::vector<wire::Pollable> Pollables() override;
  void Stop() override;
  bool Drained() const override;

  size_t sessions() const { return sessions_.size(); }

 private:
  using SourceKey = std::pair<std::string, std::string>;  // peer name, system id

  Ingress(const Parts& parts, IngressOptions options, SecretKey index_key, PeerTablePtr peers);

  Status TakeOutcomes(int& done);
  void TakeTables();
  Status DropIfAsked();
  void TakeFrame(const wire::Incoming& incoming);
  void Greet(const wire::PeerId& peer, const PeerRules& rules, const wire::Hello& hello);
  void TellMissing(const wire::PeerId& peer, const wire::Hello& hello, uint64_t here);
  void TakePublish(Session& session, const PeerRules& rules, wire::Publish publish);
  bool TakeRecord(Session& session, const PeerRules& rules, wire::PublishedRecord& record);
  void TellState(Session& session, bool window_too = true);
  void SendWindow(Session& session, int64_t wait_ms);
  void Submit();
  void Settled(Session& session, const Session::Counts& counts);
  void Housekeep();
  void Refuse(const wire::PeerId& peer, wire::Refusal code, std::string_view field);
  void Send(const wire::PeerId& peer, const std::string& bytes);
  void CountRefused(wire::Refusal code, uint32_t n = 1);
  bool Busy() const;  // takes nothing
  bool DispatchIsBehind() const;
  int64_t WaitMillis(const Session& session);  // until it may be given credit; 0: now
  void TellOverRate(const wire::PeerId& peer);
  void EndSession(const std::string& route);

  Parts parts_;
  IngressOptions options_;
  SecretKey index_key_;
  PeerTablePtr peers_;
  ThreadRole role_;
  PeerRates rates_;
  TrialDesk trials_;
  QuietLog quiet_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;  // by route
  std::map<SourceKey, std::string> routes_;                   // the one conversation of each source
  std::map<SourceKey, uint64_t> floors_;  // what each source is known to have on disk here
  std::map<uint64_t, std::string> tokens_;  // submission -> route
  std::optional<journal::Submission> waiting_;  // the pipe was full
  std::string turn_;                          // route served last
  uint64_t next_token_ = 1;
  size_t held_bytes_ = 0;
  int64_t full_until_us_ = 0;  // the journal's disk is low
  int64_t housekept_us_ = 0;
  bool stopping_ = false;

  metrics::Counter accepted_;
  metrics::Counter duplicates_;
  metrics::Counter gaps_;
  metrics::Counter strays_;
  metrics::Counter lost_;
  metrics::Gauge sources_;
};

// The row that remembers a source's accepted number, written in the batch of the events themselves.
std::string AcceptedKey(std::string_view peer, std::string_view system_id);

}  // namespace sam::ingress
