// The framer on any bytes: where the reads fall never changes what comes out, and no frame is
// larger than the limit. The first two bytes choose the options and the size of the reads.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/mllp_framer.h"

namespace {

using sam::hl7::FrameEvent;
using sam::hl7::FramerOptions;
using sam::hl7::MllpFramer;

std::vector<FrameEvent> Read(std::string_view bytes, size_t step, const FramerOptions& options) {
  MllpFramer framer(options);
  for (size_t at = 0; at < bytes.size(); at += step) framer.Feed(bytes.substr(at, step));
  framer.FinishWaiting();
  std::vector<FrameEvent> events;
  while (auto event = framer.Next()) events.push_back(std::move(*event));
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  FramerOptions options;
  options.strict_end = (data[0] & 1) != 0;
  options.max_frame_bytes = 1 + (data[0] >> 1);
  const size_t step = 1 + data[1] % 7;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = Read(bytes, bytes.size() + 1, options);
  const auto pieces = Read(bytes, step, options);
  if (whole.size() != pieces.size()) std::abort();
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i].kind != pieces[i].kind || whole[i].bytes != pieces[i].bytes) std::abort();
    const bool frame = whole[i].kind == FrameEvent::Kind::kFrame;
    if (frame && whole[i].bytes.size() > options.max_frame_bytes) std::abort();
  }
  return 0;
}
