// hub.toml as one immutable value: read once at start, then passed around as const. No secrets are
// in it, only the paths of files that hold them. Any thread.
// Every key with its default and range is described in deploy/config/hub.toml.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/result.h"
#include "broker/config/toml.h"

namespace sam::config {

enum class Environment { kProduction, kTest };
enum class TrimPolicy { kAccepted, kBackup };
enum class StatisticsPer { kMonth, kQuarter, kYear };

// Relative paths in the file are taken from the folder the file lies in; here they are complete.
struct HubFiles {
  std::string directory, agreements, programmes, rules, peers;
  std::string retention = {};  // empty: nothing is disposed of
};
struct HubKeys {
  std::string curve_secret;        // CURVE secret key file (mode 0600)
  std::string kek;                 // key encryption key of the vault
  std::string checkpoint_signing;  // Ed25519 key of the log's checkpoints
};
// What the wire can carry (broker/wire/limits.h; the hub does not compile when they differ). A hub
// may take less, never more: sources and mappings count on the same numbers.
inline constexpr uint32_t kEventBytesMax = 128 << 10;
inline constexpr uint32_t kBatchBytesMax = 256 << 10;
struct HubLimits {
  uint32_t max_event_bytes = kEventBytesMax;   // 1 KiB .. kEventBytesMax
  uint32_t max_batch_bytes = kBatchBytesMax;   // max_event_bytes .. kBatchBytesMax
  uint32_t credit_messages = 512;        // 1 .. 100 000, per source
  uint64_t credit_bytes = 4 << 20;       // max_batch_bytes .. 256 MiB, per source
  uint32_t messages_per_second = 50'000;       // 1 .. 1 000 000, records or frames of one peer
  uint64_t bytes_per_second = 64 << 20;        // 64 KiB .. 1 GiB, of one peer
};
struct HubDisk {
  uint64_t low_water_mb = 1024;  // 16 .. 10 000 000: below it input is refused
  uint64_t reserve_mb = 64;      // 1 .. low_water_mb: room that audit and delivery go on from
};
struct HubRedelivery {
  uint32_t first_ms = 5'000;    // 100 .. 3 600 000
  uint32_t max_ms = 300'000;    // first_ms .. 86 400 000
  uint32_t attempts = 20;       // 1 .. 1 000; then dead letter (class A never)
};
struct HubCheckpoint {
  uint32_t every_records = 1000;  // 1 .. 1 000 000
  uint32_t every_seconds = 60;    // 1 .. 86 400
};

struct HubConfig {
  std::string file;                // where it was read
  Environment environment = Environment::kProduction;
  std::string data_dir;
  std::string ingress_endpoint;    // "tcp://0.0.0.0:5570"
  std::string delivery_endpoint;   // "tcp://0.0.0.0:5571"
  std::string admin_socket;        // path of the socket file (ipc), at most 100 bytes
  std::string http_endpoint = "127.0.0.1:9464";
  HubFiles files;
  HubKeys keys;
  HubLimits limits;
  HubDisk disk;
  TrimPolicy trim = TrimPolicy::kBackup;
  HubRedelivery redelivery;
  HubCheckpoint checkpoint;
  StatisticsPer statistics = StatisticsPer::kQuarter;  // the one length of period that is published
  bool replay_second_person = false;  // [replay]: one operator asks, another one agrees
  uint32_t silent_hours = 24;         // [receivers] 1 .. 720: one that is away for so long is told
  uint32_t heartbeat_ms = 10'000;  // 100 .. 60 000
  std::string log_level = "info";  // debug, info, warn, error
  bool test() const { return environment == Environment::kTest; }
};

// kInvalid: all findings with file:line:column. Files named in it are not opened here.
Result<HubConfig> ParseHubConfig(std::string text, const std::string& file);
Result<HubConfig> LoadHubConfig(const std::string& path);

}  // namespace sam::config
