// A file that a message names, in a folder beside it: a page of a report, which a system exports as a file of
// its own. Read once it rests; never a link, never outside the folder. One thread; const but for the
// clock. Texts never hold the name, which may be a person's.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/kit/mapper.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::kit {

extern const uint64_t kBesideMax;  // bytes

struct BesideRules {
  std::string folder;
  int64_t rests_ms = 10'000;  // a file that changed within this time is still being written
};

// The error is "code: what is wrong": attachment-name (a path, or a hidden name), attachment-missing,
// attachment-not-a-file (a link, a folder), attachment-empty, attachment-too-large,
// attachment-growing, attachment-unreadable.
Result<std::string> ReadBeside(const BesideRules& rules, const Clock& clock,
                               const std::string& name);

}  // namespace sam::kit
