#include "adapters/sftp/sftp_config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/crypto/wipe.h"

namespace sam::sftp {
namespace {

constexpr size_t kMaxKeyBytes = 16'384;

bool IsHost(const std::string& host) {
  return !host.empty() && host.size() <= 253 &&
         host.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                ".-:") == std::string::npos &&
         host[0] != '-';
}

bool HasControl(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// A remote folder: relative ones are relative to `base`.
std::string Remote(config::Table& table, const char* key, const std::string& fallback,
                   const std::string& base) {
  std::string out = table.TextOr(key, fallback);
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  if (out.empty() || out.size() > 1000 || HasControl(out))
    table.Fail(key, "a folder of the server, such as \"ut\" or \"/data/ut\"");
  if (base.empty() || (!out.empty() && out[0] == '/')) return out;
  return out == "." ? base : base + "/" + out;
}

}  // namespace

SftpConfig ReadSftp(config::Table& table, const std::string& base) {
  SftpConfig out;
  out.host = table.Text("host");
  if (!IsHost(out.host)) table.Fail("host", "a host name or address, without port and user");
  out.port = static_cast<int>(table.IntOr("port", 22, 1, 65'535));
  out.user = table.Text("user");
  if (out.user.empty() || HasControl(out.user)) table.Fail("user", "the user name on the server");
  out.key_file = kit::Under(base, table.Text("key_file"));
  out.known_hosts = kit::Under(base, table.Text("known_hosts"));
  out.folder = Remote(table, "folder", ".", "");
  switch (table.OneOf("after", {"leave", "rename", "move", "delete"}, 0)) {
    case 1: out.after = After::kRename; break;
    case 2: out.after = After::kMove; break;
    case 3: out.after = After::kDelete; break;
    default: out.after = After::kLeave; break;
  }
  for (const char* key : {"done", "failed"})
    if (table.Has(key) && out.after != After::kMove)
      table.Fail(key, "only with after = \"move\"");
  out.done = Remote(table, "done", "done", out.folder);
  out.failed = Remote(table, "failed", "failed", out.folder);
  if (out.after == After::kMove && (out.done == out.folder || out.failed == out.folder))
    table.Fail("done", "another folder than the one that is read");
  out.receipts = table.BoolOr("receipts", false);
  if (table.Has("receipt_folder") && !out.receipts)
    table.Fail("receipt_folder", "only with receipts = true");
  out.receipt_folder = Remote(table, "receipt_folder", ".", out.folder);
  out.poll_ms = table.IntOr("poll_s", 60, 1, 86'400) * kSecondMs;
  out.timeout_ms = table.IntOr("timeout_s", 30, 1, 600) * kSecondMs;
  out.max_waiting_bytes = static_cast<uint64_t>(table.IntOr("max_waiting_mb", 1'024, 1, 1'048'576))
                          << 20;
  out.backoff_min_ms = table.IntOr("backoff_min_ms", 5'000, 10, 600'000);
  out.backoff_max_ms =
      std::max(out.backoff_min_ms, table.IntOr("backoff_max_s", 900, 1, 86'400) * kSecondMs);
  return out;
}

Result<std::string> ReadPrivateKey(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return NotFound("key_file " + path + ": " + std::strerror(errno));
  struct stat info = {};
  std::string text(kMaxKeyBytes + 1, '\0');
  const bool known = ::fstat(fd, &info) == 0;
  const ssize_t got = ::read(fd, text.data(), text.size());
  ::close(fd);
  if (!known || got < 0) return Unavailable("key_file " + path + ": cannot be read");
  if ((info.st_mode & 077) != 0)
    return Denied("key_file " + path + ": others may read it; chmod 600 " + path);
  if (static_cast<size_t>(got) > kMaxKeyBytes)
    return Invalid("key_file " + path + ": larger than 16 KiB, this is no private key");
  text.resize(static_cast<size_t>(got));
  return text;
}

Status CheckSecrets(const SftpConfig& config) {
  Result<std::string> key = ReadPrivateKey(config.key_file);
  if (!key.ok()) return key.error();
  Wipe(*key);
  if (::access(config.known_hosts.c_str(), R_OK) != 0)
    return NotFound("known_hosts " + config.known_hosts + ": " + std::strerror(errno) +
                    "; it must hold the server's key, which its owner can tell you");
  return Ok();
}

}  // namespace sam::sftp
