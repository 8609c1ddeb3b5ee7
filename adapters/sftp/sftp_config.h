// [files.sftp] of adapter.toml: from which server the files of [files] are fetched, as whom, and
// what becomes of them there. Which names and when they are whole is what [files] says. Const after
// reading; any thread may read it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/files/files_config.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/result.h"
#include "broker/config/toml.h"

namespace sam::sftp {

enum class After { kLeave, kRename, kMove, kDelete };

struct SftpConfig {
  std::string host;
  int port = 22;
  std::string user;
  std::string key_file;     // private key without passphrase, mode 0600
  std::string known_hosts;  // as OpenSSH writes it; a key that is not in it is refused
  std::string folder;       // of the server; relative to where it puts us
  std::string done;         // After::kMove: files that were worked through ...
  std::string failed;       // ... and those that were refused
  After after = After::kLeave;
  bool receipts = false;
  std::string receipt_folder;
  int64_t poll_ms = 60'000;
  int64_t timeout_ms = 30'000;  // for one answer; a file has size / kMinBytesPerSecond more
  uint64_t max_waiting_bytes = uint64_t{1} << 30;  // fetched and not yet worked through
  int64_t backoff_min_ms = 5'000;
  int64_t backoff_max_ms = 900'000;

  static constexpr uint64_t kMinBytesPerSecond = 16'384;
  std::string PathOf(const std::string& name) const { return folder + "/" + name; }
  std::string where() const { return host + ":" + std::to_string(port); }
};

// What [files] says, and where the files come from when it is another machine.
struct PulledFilesConfig final : files::FilesConfig {
  std::optional<SftpConfig> sftp;
};

// Findings go to the table.
SftpConfig ReadSftp(config::Table& table, const std::string& base);

// The private key as text. kDenied: others may read it; the text says how to mend it.
Result<std::string> ReadPrivateKey(const std::string& path);
// At start: both files are there and in order.
Status CheckSecrets(const SftpConfig& config);

}  // namespace sam::sftp
