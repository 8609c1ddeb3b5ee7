// adapter.toml: what one adapter process needs to know. Commented example:
// deploy/config/demo/adapter-bvc.toml. Read once, then const. Relative paths are relative to the
// file, so that a folder with configuration can be moved as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/charset.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/mapping.h"
#include "broker/base/log.h"
#include "broker/base/result.h"

namespace sam::kit {

// MSH-3 and MSH-4 of a sender we know, and whose facts it sends. Empty application or facility:
// any.
struct SenderRule {
  std::string application;
  std::string facility;
  SourceIdentity identity;  // empty parts: as [source]
};

struct ListenConfig {
  std::string address = "127.0.0.1:2575";
  std::vector<std::string> allow;  // IPv4 addresses or networks; empty: everybody who gets here
  size_t max_connections = 256;    // 200 idle and 20 busy ones, and some room
  size_t max_frame_bytes = size_t{16} << 20;
  int frame_timeout_ms = 30'000;  // from the first byte of a frame to its last
  int idle_timeout_ms = 0;        // 0: never; TCP keep-alive finds dead peers
  size_t max_unacked = 256;       // messages of one connection in one group
  bool strict_end = false;
  hl7::AckMode ack_mode = hl7::AckMode::kAlwaysAA;
  bool answer_anyway = true;  // also to NE/NE
  // What a sender hears of a message that went to quarantine. Default: accepted, since we have it
  // durably and call a person; false: AE, and it will send again.
  bool quarantine_accepts = true;
};

struct AdapterConfig {
  std::string path;
  SourceIdentity source;
  std::vector<SenderRule> senders;
  bool refuse_unknown_senders = false;
  bool production = true;
  bool check_processing_id = true;
  std::string zone;
  hl7::CharsetPolicy charset;
  ListenConfig listen;
  std::string mapping_file;
  std::string store_path;
  std::string store_key_file;
  KeepDays keep;
  int poison_attempts = 3;  // crashes while working on one message before it is put aside
  uint64_t low_disk_bytes = uint64_t{256} << 20;
  std::string hub_endpoint;
  std::string hub_public_key;
  std::string curve_key_file;
  std::string admin_socket;
  std::string http_endpoint;  // empty: no HTTP
  log::Level log_level = log::Level::kInfo;

  static Result<AdapterConfig> Load(const std::string& path);
  static Result<AdapterConfig> Parse(std::string text, const std::string& path);

  // The identity for a message from this application and facility; empty: unknown and refused.
  std::optional<SourceIdentity> IdentityFor(const std::string& application,
                                            const std::string& facility) const;
};

// `over` where it says something, `base` elsewhere.
SourceIdentity Merge(const SourceIdentity& base, const SourceIdentity& over);

}  // namespace sam::kit
