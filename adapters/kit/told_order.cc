#include "adapters/kit/told_order.h"

#include <algorithm>

#include "adapters/kit/adapter_store.h"
#include "broker/base/number.h"
#include "broker/base/text.h"

namespace sam::kit {
namespace {

// The unit of what the source said. Two moments in one unit say nothing of their order.
int64_t SpanOf(const TimeValue& time) {
  int64_t span = time.precision == TimePrecision::kDay      ? kDayMs + kHourMs  // with a doubled hour
                 : time.precision == TimePrecision::kMinute ? kMinuteMs
                                                            : kSecondMs;
  if (time.note == TimeNote::kAmbiguous) span += kHourMs;  // the first of two was taken
  return span;
}

}  // namespace

void ToldOrder::SetTime(const TimeValue& time) {
  if (time.instant.value <= 0) return;
  from = time.instant;
  until = Millis(from.value + SpanOf(time) - 1);
}

void ToldOrder::SetVersion(const std::string& name, const std::string& number) {
  const std::optional<uint64_t> read = ReadNumber(number);
  if (!read || name.empty()) return;
  object = name;
  version = *read;
}

bool IsOlder(const ToldOrder& came, const ToldOrder& told) {
  bool older = false;
  if (came.version != 0 && told.version != 0 && came.object == told.object) {
    if (came.version >= told.version) return false;
    older = true;
  }
  if (came.from.value == 0 || told.from.value == 0) return older;
  if (came.from > told.until) return false;
  return older || came.until < told.from;
}

EpisodeOrders::EpisodeOrders(AdapterStore& store, std::string system_id,
                             std::optional<ToldOrder> order, Millis now)
    : store_(store), system_id_(std::move(system_id)) {
  if (!order) return;
  order_ = std::move(*order);
  // A clock that is days ahead would make all that comes after it look old.
  if (order_.from.value > now.value + kDayMs) order_.from = order_.until = Millis(0);
  if (order_.version != 0)
    order_.object = store_.rows().MessageKey(system_id_, order_.object).view();
}

Result<Age> EpisodeOrders::Look(const std::string& type, const std::string& episode) {
  if (order_.empty() || episode.empty()) return Age::kLatest;
  auto found = seen_.find(episode);
  if (found == seen_.end()) {
    SAM_ASSIGN(const ToldOrders row, store_.FindOrders(system_id_ + "\x1f" + episode));
    found = seen_.emplace(episode, std::make_pair(row, row)).first;
  }
  auto& [before, after] = found->second;
  const bool older = std::any_of(before.begin(), before.end(), [this](const auto& told) {
    return IsOlder(order_, told.second);
  });
  const auto told = before.find(type);
  const bool of_type = told != before.end() && IsOlder(order_, told->second);
  if (!of_type) after[type] = order_;
  return of_type ? Age::kOlderOfType : older ? Age::kOlder : Age::kLatest;
}

void EpisodeOrders::Put() {
  for (const auto& [episode, orders] : seen_)
    if (orders.first != orders.second)
      store_.PutOrders(system_id_ + "\x1f" + episode, orders.second);
}

}  // namespace sam::kit
