// [listen] of adapter.toml: the MLLP listener. Read once, then const.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/kit/source_kind.h"
#include "adapters/tls/context.h"

namespace sam::mllp {

struct ListenTls {
  tls::ServerOptions files;
  int handshake_timeout_ms = 10'000;  // from the connection's start
};

// What becomes of an application acknowledgement that enhanced mode sends as a message of its own.
struct ApplicationAck {
  enum class Where {
    kSameConnection,  // after the accept acknowledgement, on the connection the message came by
    kElsewhere,       // to `address`, from disk, until its receiver has taken it
    kNone,
  };
  Where where = Where::kSameConnection;
  std::string address;
  bool confirmed = true;  // elsewhere: asks for an accept acknowledgement (AL) and waits for it
  int answer_timeout_ms = 10'000;
  std::optional<tls::ClientOptions> tls;  // elsewhere; none: plain
};

struct ListenConfig final : kit::ConnectorSettings {
  std::string address = "127.0.0.1:2575";
  std::vector<std::string> allow;  // IPv4 addresses or networks; empty: everybody who gets here
  size_t max_connections = 256;    // 200 idle and 20 busy ones, and some room
  size_t max_frame_bytes = size_t{16} << 20;
  int frame_timeout_ms = 30'000;  // from the first byte of a frame to its last
  int idle_timeout_ms = 0;        // 0: never; TCP keep-alive finds dead peers
  size_t max_unacked = 256;       // messages of one connection in one group
  bool strict_end = false;
  std::optional<ListenTls> tls;  // none: plain
  hl7::AckMode ack_mode = hl7::AckMode::kAlwaysAA;
  bool answer_anyway = true;  // also to NE/NE
  bool batch_answer = false;  // a frame that begins with FHS or BHS is answered by one frame
  ApplicationAck application_ack;
};

// Findings go to the section.
std::unique_ptr<kit::ConnectorSettings> ReadListen(config::Table section, const std::string& folder);

}  // namespace sam::mllp
