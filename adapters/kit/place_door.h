// OutboxPlaceDoor: the second door to the outbox, for the fields that tell where somebody stays. They
// are sealed apart from the rest of their event (rows.h), and only the hub has a use for them: it
// gets the event whole and seals them apart in turn. Given to the shipper, which hands events to the
// hub and keeps whole what the hub refused; never to what shows, counts or searches events.
// One thread, the store's writer. The store outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/kit/adapter_store.h"
#include "broker/base/result.h"

namespace sam::kit {

class OutboxPlaceDoor {
 public:
  explicit OutboxPlaceDoor(AdapterStore& store) : store_(store) {}

  // As AdapterStore::ReadOutbox and OutboxEvent, with the places: the same bytes every time.
  Status Read(uint64_t from, size_t max_bytes,
              const std::function<bool(uint64_t, std::string_view)>& visit) {
    return store_.ReadEvents(from, max_bytes, &RowCodec::DecodeWholeEvent, visit);
  }
  Result<std::optional<std::string>> Event(uint64_t number) {
    return store_.EventAt(number, &RowCodec::DecodeWholeEvent);
  }

 private:
  AdapterStore& store_;
};

}  // namespace sam::kit
