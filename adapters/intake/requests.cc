#include "adapters/intake/requests.h"

#include <utility>

#include "adapters/intake/answers.h"
#include "adapters/rest/poll_config.h"
#include "broker/base/log.h"

namespace sam::intake {

Requests::Requests(const Config& config, std::unique_ptr<rest::HttpPull> pull, const Clock& clock,
                   Random random)
    : config_(config),
      pull_(std::move(pull)),
      turns_({config.backoff_min_ms, config.backoff_max_ms, config.attempts}, clock, random),
      failures_("samsignal_intake_failures_total", "Requests that the social system did not take") {}

Status Requests::Ask(Doing doing, uint64_t entry, const Send& send) {
  const auto keys = rest::ReadKeys(config_.keys_file);
  if (!keys.ok()) {
    Pause(doing, "keys", 0);
    return Ok();
  }
  doing_ = doing;
  entry_ = entry;
  return send(*pull_, *keys);
}

std::optional<Requests::Answered> Requests::Step() {
  auto answer = pull_->Step(0);
  if (!answer) return std::nullopt;
  return Answered{std::exchange(doing_, Doing::kNothing), entry_, std::move(*answer)};
}

bool Requests::NotLetIn(uint64_t entry, Doing doing, const char* what,
                        const rest::HttpAnswer& answer) {
  Pause(doing, what, AskedMs(answer));
  return !IsPassing(what) && turns_.Denied(entry, doing);
}

void Requests::Pause(Doing doing, const char* what, int64_t asked_ms) {
  failures_.Add();
  if (turns_.Pause(doing, IsPassing(what), asked_ms))
    log::Error("intake", "intake-failing", {{"what", what}, {"doing", DoingName(doing)}});
}

void Requests::Done(Doing doing) {
  if (turns_.Done(doing)) log::Info("intake", "intake-recovered", {{"doing", DoingName(doing)}});
}

}  // namespace sam::intake
