// PollEndpoint: where the reading of one endpoint stands: its durable cursor, when it is due, the
// round under way, what went wrong lately.
// One thread. Owned by the connector.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/hl7/zone.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/rest/back_off.h"
#include "adapters/rest/poll_config.h"
#include "adapters/rest/poll_round.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"
#include "broker/base/result.h"

namespace sam::rest {

class PollEndpoint {
 public:
  // Reads the durable cursor; without one, the reading begins at `begin`, and that is durable with
  // the next group. kCorrupt: the mark is none of ours.
  static Result<std::unique_ptr<PollEndpoint>> Open(const EndpointConfig& config,
                                                    const PollConfig& poll, const hl7::Zone& zone,
                                                    kit::AdapterStore& store, Millis begin,
                                                    Millis now);

  const EndpointConfig& config() const { return config_; }
  bool fresh() const { return fresh_; }  // never read to its end before
  Millis cursor() const { return cursor_; }

  // Begins a round, or goes on with the one under way.
  PollRound& Round(Millis now);
  void Abandon() { round_.reset(); }
  // The round is done: puts the new cursor into the open group. Commit, then Finish().
  void PutCursor(Millis now);
  void Finish(int64_t now_us, Millis now);
  // Puts the cursor of a first start, so that it stays the first.
  void PutBegin();

  // A row that was not known came with a change time before the cursor: thanks to the overlap it
  // was seen. Before what is asked for as a rule: the overlap is too short.
  void NoteLate(int64_t late_ms);

  int64_t due_us = 0;
  int64_t asked_us = 0;
  Millis asked_at;  // the earlier of both clocks when the page at hand was asked for
  BackOff trouble;

 private:
  PollEndpoint(const EndpointConfig& config, const PollConfig& poll, const hl7::Zone& zone,
               kit::AdapterStore& store);
  void Put(Millis cursor, Millis swept, char state);

  const EndpointConfig& config_;
  const PollConfig& poll_;
  hl7::Zone zone_;
  kit::AdapterStore& store_;
  Paging paging_;
  Millis begin_;  // nothing before it is ever asked for, also by a sweep
  Millis cursor_, swept_;
  Millis next_cursor_, next_swept_;  // of the group that is being stored
  bool fresh_ = false;
  bool marked_ = false;
  bool sweeping_ = false;
  std::optional<PollRound> round_;
  metrics::Counter late_, too_late_;
  metrics::Gauge success_at_, lateness_;
};

}  // namespace sam::rest
