// What is kept of a raw message whose attachments are in the outbox: all of it but their content, so
// that 40 MB are not kept twice. In place of each a note stands, with digest and size, that a mapping
// reads as the attachment itself: comparing two mappings over kept messages still works. In a message that a
// source sends it is believed by nobody (Pipeline::SetKept). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/ids.h"

namespace sam::kit {

struct CutOut {
  Digest digest;  // SHA-256 of the content
  uint64_t size = 0;
};

// Runs of base64 shorter than this stay: nothing is gained by taking them out.
inline constexpr size_t kCutMin = 4096;

std::string WithoutContent(std::string_view message);
// "samsignal-cut:<64 hex digits>:<size>"; empty: it is none.
std::optional<CutOut> ReadCut(std::string_view text);

}  // namespace sam::kit
