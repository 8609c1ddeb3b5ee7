// The parts of a report's files as events: made of the report's own header, so that they go wherever it
// goes and are the same events when the same report comes again. One part at a time in memory.
// Any thread; `ids` is the mapper's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/kit/mapper.h"
#include "broker/base/result.h"
#include "broker/base/uuid7.h"

namespace sam::kit {

uint16_t PartsOf(uint64_t size);  // of a file of so many bytes

// Event messages in the order of the outbox: after the report's own, file by file. kInvalid: the
// report's header is so large that no part fits an event with it.
Status EachPart(const MappedEvent& report, Uuid7& ids,
                const std::function<void(const std::string& event)>& visit);

}  // namespace sam::kit
