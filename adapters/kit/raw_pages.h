// Kept raw messages on their way to a tool of the same machine (samsignal-adapter test --against
// --last), a page for each question so that a door's reply holds it. Whoever reads them is written
// to the adapter's audit first. One thread, the store's writer, between groups.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/words.h"
#include "broker/base/result.h"

namespace sam::kit {

struct RawPage {
  static constexpr size_t kMaxBytes = size_t{2} << 20;  // in base64 well below a door's 4 MiB
  uint64_t next = 0;       // ask for those before this number; 0: that was all
  uint64_t too_large = 0;  // messages that no page can hold
  std::vector<std::pair<uint64_t, std::string>> messages;  // newest first
};

// Words: raw last COUNT BEFORE masked|reveal [REASON]. BEFORE 0: from the newest. A revealing look
// needs a reason (kDenied); a masked one is written down too, since the bytes leave the adapter.
Result<std::string> RunRaw(AdapterStore& store, const Words& words,
                           const std::string& operator_name);
// What RunRaw said.
Result<RawPage> ParseRawPage(const std::string& text);

}  // namespace sam::kit
