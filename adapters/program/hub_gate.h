// HubGate: what the hub's rules and gate would make of an event, asked over the adapter's own
// connection and put into words (test --with-gate). The hub keeps nothing and looks at no child.
// One thread; owned by a tool. Waits at most kConnectMs for a hub and kAnswerMs for each answer.
#pragma once

#include <memory>
#include <string>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/dry_run.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/client/trial_client.h"
#include "broker/contract/texts.h"
#include "broker/wire/zmq_context.h"
#include "broker/wire/zmq_link.h"

namespace sam::program {

// An answer in lines, indented below its event.
std::string GateText(const wire::TrialAnswer& answer, contract::Language language);
// The same as one JSON object, in codes.
std::string GateJson(const wire::TrialAnswer& answer);

class HubGate {
 public:
  static constexpr int64_t kConnectMs = 5'000;
  static constexpr int64_t kAnswerMs = 15'000;  // over the hub's rate its "busy" is waited out

  // `config` and `clock` must outlive it. Errors: keys that cannot be read.
  static Result<std::unique_ptr<HubGate>> Open(const kit::AdapterConfig& config,
                                               contract::Language language, const Clock& clock);
  // kUnavailable: no hub answers; the message says where and why. kDenied, kInvalid: TrialClient.
  Result<kit::GateWord> Ask(const std::string& event);

 private:
  HubGate(const kit::AdapterConfig& config, contract::Language language, const Clock& clock)
      : config_(config), language_(language), clock_(clock) {}

  const kit::AdapterConfig& config_;
  contract::Language language_;
  const Clock& clock_;
  wire::ZmqContext context_;
  std::unique_ptr<wire::ZmqClientLink> link_;
  std::unique_ptr<client::TrialClient> client_;
};

}  // namespace sam::program
