#include "broker/client/trial_client.h"

#include <utility>

namespace sam::client {

using Answer = Result<std::optional<wire::TrialAnswer>>;

void TrialClient::Ask(std::string event) {
  question_ = wire::Encode(wire::Trial{++number_, std::move(event)});
  send_at_us_ = INT64_MIN;
}

Answer TrialClient::Step(int64_t now_us) {
  while (const auto bytes = link_.Receive()) {
    SAM_ASSIGN(auto answer, Take(*bytes, now_us));
    if (answer) return Answer(std::move(answer));
  }
  const uint64_t generation = link_.generation();
  if (generation == 0) return std::optional<wire::TrialAnswer>();
  if (generation != generation_ || now_us >= send_at_us_) {
    const Status sent = link_.Send(question_);
    if (sent.ok()) {
      generation_ = generation;
      send_at_us_ = now_us + kResendUs;
    }
  }
  return std::optional<wire::TrialAnswer>();
}

Answer TrialClient::Take(std::string_view bytes, int64_t now_us) {
  const std::optional<wire::TrialAnswer> none;
  auto parsed = wire::ParseFrame(bytes);
  if (!parsed.ok()) return none;
  if (auto* answer = std::get_if<wire::TrialAnswer>(&*parsed)) {
    if (answer->number != number_) return none;  // to a question sent twice
    if (answer->refused == wire::Refusal::BUSY) {
      send_at_us_ = now_us + kBusyUs;
      return none;
    }
    if (answer->refused == wire::Refusal::NOT_ALLOWED && answer->field == "trial")
      return Denied("the hub answers no trials to this key");
    return Answer(std::move(*answer));
  }
  if (const auto* refused = std::get_if<wire::RefusedFrame>(&*parsed)) {
    if (refused->refused.code == wire::Refusal::BUSY) {
      send_at_us_ = now_us + kBusyUs;
      return none;
    }
    return Denied(std::string("the hub refuses the question: ")
                      .append(wire::RefusalName(refused->refused.code))
                      .append(" ")
                      .append(refused->refused.field));
  }
  // Hubs of before trials know nothing to say but "who are you".
  if (std::holds_alternative<wire::Bye>(*parsed))
    return Invalid("the hub is older than this program and cannot be asked; upgrade the hub");
  return none;
}

}  // namespace sam::client
