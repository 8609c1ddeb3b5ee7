#include "broker/ingress/trial_desk.h"

#include <utility>

#include "broker/base/log.h"

namespace sam::ingress {

TrialDesk::TrialDesk(TryOut try_out)
    : try_out_(std::move(try_out)),
      trials_("samsignal_ingress_trials_total", "Events tried out and thrown away") {}

wire::TrialAnswer TrialDesk::Answer(const PeerRules& peer, const wire::Trial& trial,
                                    const AdmitRules& rules, const SecretKey& index_key,
                                    Millis now, int64_t now_us) {
  wire::TrialAnswer answer;
  answer.number = trial.number;
  if (peer.role == PeerRules::Role::kOperator || !try_out_) {
    answer.refused = wire::Refusal::NOT_ALLOWED;
    answer.field = "trial";
    return answer;
  }
  TokenBucket& rate = rates_.try_emplace(peer.name, kPerSecond, kSavedUp).first->second;
  if (rate.Balance(now_us) < 1) {
    answer.refused = wire::Refusal::BUSY;
    answer.field = "rate";
    return answer;
  }
  rate.Take(1, now_us);
  trials_.Add();
  const Admission admission = Admit(peer, trial.event, rules, now, index_key);
  if (admission.code != wire::Refusal::NONE) {
    answer.refused = admission.code;
    answer.field = admission.field;
    return answer;
  }
  Result<wire::TrialAnswer> made = try_out_(admission.draft, trial.event, now);
  if (!made.ok()) {
    log::Warn("ingress", "trial-failed", {{"peer", peer.name}, {"code", made.error().code}});
    answer.refused = wire::Refusal::BUSY;
    return answer;
  }
  made->number = trial.number;
  return std::move(made).value();
}

}  // namespace sam::ingress
