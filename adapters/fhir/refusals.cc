#include "adapters/fhir/refusals.h"

#include <optional>
#include <utility>

#include "adapters/fhir/json.h"
#include "broker/base/log.h"

namespace sam::fhir {

std::string PlaceOf(const edge::HttpResponse& answer) {
  const Result<Json> body = ParseJson(answer.body);
  if (!body.ok()) return "";
  const Json* issues = body->Find("issue");
  if (issues == nullptr || issues->items.empty()) return "";
  const Json* places = issues->items[0].Find("expression");
  return places == nullptr || places->items.empty() ? "" : places->items[0].text;
}

void Refusals::Note(RefusedRequest one) {
  if (!waiting_.TryPush(std::move(one))) ++dropped_;
}

void Refusals::Tell(kit::FeedObserver* observer, const Clock& clock) {
  untold_ += dropped_.exchange(0);
  while (std::optional<RefusedRequest> one = waiting_.TryPop()) {
    if (observer != nullptr) observer->Observe({one->source, "refused", true, std::nullopt});
    last_ = std::move(*one);
    ++untold_;
  }
  if (untold_ == 0 || clock.SteadyMicros() < quiet_until_us_) return;
  quiet_until_us_ = clock.SteadyMicros() + kQuietUs;
  log::Warn("fhir", "requests-refused",
            {{"count", untold_},
             {"peer", last_.peer},
             {"status", static_cast<int64_t>(last_.status)},
             {"place", last_.place}});
  untold_ = 0;
}

}  // namespace sam::fhir
