#include "adapters/mllp/listen_config.h"

namespace sam::mllp {

std::unique_ptr<kit::ConnectorSettings> ReadListen(config::Table section, const std::string&) {
  auto out = std::make_unique<ListenConfig>();
  out->address = section.TextOr("address", out->address);
  out->allow = section.TextList("allow");
  out->max_connections = static_cast<size_t>(section.IntOr("max_connections", 256, 1, 10'000));
  out->max_frame_bytes =
      static_cast<size_t>(section.IntOr("max_frame_kb", 16'384, 4, 65'536)) * 1024;
  out->frame_timeout_ms =
      static_cast<int>(section.IntOr("frame_timeout_ms", 30'000, 100, 3'600'000));
  out->idle_timeout_ms = static_cast<int>(section.IntOr("idle_timeout_ms", 0, 0, 86'400'000));
  out->max_unacked = static_cast<size_t>(section.IntOr("max_unacked", 256, 1, 10'000));
  out->strict_end = section.BoolOr("strict_end", false);
  out->answer_anyway = section.BoolOr("answer_anyway", true);
  switch (section.OneOf("ack_mode", {"always-aa", "original", "enhanced"}, 0)) {
    case 1: out->ack_mode = hl7::AckMode::kOriginal; break;
    case 2: out->ack_mode = hl7::AckMode::kEnhanced; break;
    default: out->ack_mode = hl7::AckMode::kAlwaysAA; break;
  }
  return out;
}

}  // namespace sam::mllp
