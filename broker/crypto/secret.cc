#include "broker/crypto/secret.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "broker/base/check.h"
#include "broker/base/durable_file.h"
#include "broker/base/text.h"

namespace sam {
namespace {

constexpr size_t kMaxKeyFile = 256;  // a key file has 65 bytes; anything longer is another file

// Closes the descriptor on every way out.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string Why() { return std::strerror(errno); }

void Wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

Status CheckMode(int fd, const std::string& path, mode_t forbidden) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return Unavailable("key file " + path + ": " + Why());
  if (!S_ISREG(info.st_mode)) return Invalid("key file " + path + ": not a plain file");
  if ((info.st_mode & forbidden) != 0)
    return Denied("key file " + path + " can be used by others than its owner: run 'chmod 600 " +
                  path + "', and make a new key if somebody may have read it");
  return Ok();
}

Result<SecretKey> ParseKey(std::string_view bytes, const std::string& path) {
  if (bytes.size() == SecretKey::kSize) return SecretKey::FromBytes(bytes);
  std::optional<std::string> raw = FromHex(Trim(bytes));
  if (!raw || raw->size() != SecretKey::kSize) {
    if (raw) Wipe(*raw);
    return Invalid("key file " + path + ": expected 64 hex digits (or 32 raw bytes); " +
                   "'samsignal keys new' makes one");
  }
  Result<SecretKey> key = SecretKey::FromBytes(*raw);
  Wipe(*raw);
  return key;
}

Result<SecretKey> ReadKey(const std::string& path, mode_t forbidden) {
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    if (errno == ENOENT) return NotFound("key file " + path + ": no such file");
    return Denied("key file " + path + ": " + Why() +
                  "; run this as the user whose it is, or give it to the one who needs it (chown)");
  }
  SAM_TRY(CheckMode(fd.get(), path, forbidden));
  std::string bytes(kMaxKeyFile, '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      Wipe(bytes);
      return Unavailable("key file " + path + ": " + Why());
    }
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  Result<SecretKey> key = ParseKey(std::string_view(bytes).substr(0, have), path);
  Wipe(bytes);
  return key;
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Unavailable("writing key file " + path + ": " + Why());
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (fsync(fd) != 0) return Unavailable("syncing key file " + path + ": " + Why());
  return Ok();
}

}  // namespace

void CryptoInit() { SAM_CHECK(sodium_init() >= 0); }

std::string RandomBytes(size_t n) {
  std::string out(n, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    sodium_memzero(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}

SecretKey SecretKey::Random() {
  SecretKey key;
  randombytes_buf(key.bytes_.data(), key.bytes_.size());
  return key;
}

Result<SecretKey> SecretKey::FromBytes(std::string_view raw) {
  if (raw.size() != kSize)
    return Invalid("a key has 32 bytes, got " + std::to_string(raw.size()));
  SecretKey key;
  std::memcpy(key.bytes_.data(), raw.data(), kSize);
  return key;
}

Result<SecretKey> SecretKey::FromFile(const std::string& path) {
  return ReadKey(path, S_IRWXG | S_IRWXO);
}

Result<SecretKey> SecretKey::FromCredential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0')
    return NotFound("credential " + name + ": CREDENTIALS_DIRECTORY is not set; it is set by a "
                    "unit with LoadCredential=" + name);
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.')
    return Invalid("credential name '" + name + "' is not a plain file name");
  // Group read is let pass here: the service manager may grant the service user by an access list,
  // whose mask shows as the group's bits. The folder itself is closed to all others.
  return ReadKey(std::string(folder) + "/" + name, S_IWGRP | S_IXGRP | S_IRWXO);
}

Status SecretKey::ToFile(const std::string& path) const {
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) {
    if (errno == EEXIST)
      return Conflict("key file " + path + " exists already: what was sealed with that key would "
                      "be lost; choose another name or move the old file away");
    return Unavailable("creating key file " + path + ": " + Why());
  }
  std::string text = ToHex(view());
  text += '\n';
  Status done = fchmod(fd.get(), 0600) == 0 ? GiveToFolderOwner(fd.get(), path)
                                            : Unavailable("chmod of " + path + ": " + Why());
  if (done.ok()) done = WriteAll(fd.get(), text, path);
  Wipe(text);
  if (done.ok()) done = SyncFolderOf(path);
  if (!done.ok()) unlink(path.c_str());  // half a key file would block the next attempt
  return done;
}

SecretKey SecretKey::Clone() const {
  SecretKey key;
  key.bytes_ = bytes_;
  return key;
}

bool SecretKey::empty() const { return sodium_is_zero(bytes_.data(), bytes_.size()) == 1; }

bool SecretKey::operator==(const SecretKey& other) const {
  return sodium_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

}  // namespace sam
