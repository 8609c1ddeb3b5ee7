#include "broker/wire/curve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "broker/base/check.h"
#include "broker/base/durable_file.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam::wire {
namespace {

constexpr size_t kZ85Chars = 40;
constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void Wipe(std::string& text) {
  volatile char* p = text.data();
  for (size_t i = 0; i < text.size(); ++i) p[i] = 0;
  text.clear();
}

Status WriteNew(const std::string& path, std::string_view text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    if (errno == EEXIST) return Conflict(path + ": exists already; keys are never overwritten");
    return Unavailable(path + ": " + std::strerror(errno));
  }
  if (Status given = GiveToFolderOwner(fd, path); !given.ok()) {
    close(fd);
    unlink(path.c_str());
    return given;
  }
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && fsync(fd) == 0;
  close(fd);
  if (!synced) {
    unlink(path.c_str());
    return Unavailable(path + ": could not be written to disk");
  }
  return Ok();
}

}  // namespace

CurveKeys::~CurveKeys() { Wipe(secret_); }

CurveKeys::CurveKeys(CurveKeys&& other) noexcept
    : public_(std::move(other.public_)), secret_(std::move(other.secret_)) {
  Wipe(other.secret_);
  other.public_.clear();
}

CurveKeys& CurveKeys::operator=(CurveKeys&& other) noexcept {
  if (this != &other) {
    Wipe(secret_);
    public_ = other.public_;
    secret_ = other.secret_;
    Wipe(other.secret_);
    other.public_.clear();
  }
  return *this;
}

CurveKeys CurveKeys::Clone() const {
  CurveKeys copy;
  copy.public_ = public_;
  copy.secret_ = secret_;
  return copy;
}

CurveKeys CurveKeys::Generate() {
  std::array<char, kZ85Chars + 1> public_key{};
  std::array<char, kZ85Chars + 1> secret_key{};
  SAM_CHECK(zmq_curve_keypair(public_key.data(), secret_key.data()) == 0);
  CurveKeys keys;
  keys.public_ = public_key.data();
  keys.secret_ = secret_key.data();
  secret_key.fill('\0');
  return keys;
}

Result<CurveKeys> CurveKeys::FromSecret(std::string_view secret_z85) {
  if (!IsCurveKey(secret_z85)) return Invalid("not a CURVE key (40 characters of Z85)");
  CurveKeys keys;
  keys.secret_ = secret_z85;
  std::array<char, kZ85Chars + 1> public_key{};
  if (zmq_curve_public(public_key.data(), keys.secret_.c_str()) != 0)
    return Invalid("not a CURVE secret key");
  keys.public_ = public_key.data();
  return keys;
}

namespace {

// `closed`: the mode bits that the file may not have.
Result<CurveKeys> ReadKeys(const std::string& path, mode_t closed) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT)
      return NotFound(path + ": no such key file; `samsignal keys new` makes one");
    return Denied(path + ": " + std::strerror(errno) +
                  "; run this as the user whose it is, or give it to the one who needs it (chown)");
  }
  struct stat info {};
  std::array<char, 128> buffer{};
  const bool known = fstat(fd, &info) == 0;
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  close(fd);
  if (!known || n < 0) return Unavailable(path + ": could not be read");
  if ((info.st_mode & closed) != 0)
    return Denied(path + ": others may read this key; run: chmod 600 " + path);
  auto keys = CurveKeys::FromSecret(Trim({buffer.data(), static_cast<size_t>(n)}));
  buffer.fill('\0');
  if (!keys.ok()) return Wrap(path, keys.error());
  return keys;
}

}  // namespace

Result<CurveKeys> CurveKeys::FromFile(const std::string& path) { return ReadKeys(path, 077); }

// Group read is let pass: the service manager may grant the service user by an access list, whose
// mask shows as the group's bits. The folder itself is closed to all others.
Result<CurveKeys> CurveKeys::FromCredential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr)
    return NotFound("credential " + name + ": CREDENTIALS_DIRECTORY is not set; only a systemd "
                    "unit with LoadCredential= has it");
  return ReadKeys(std::string(folder) + "/" + name, S_IWGRP | S_IXGRP | S_IRWXO);
}

Status CurveKeys::ToFile(const std::string& path) const {
  SAM_CHECK(!empty());
  const std::string public_path = path + ".pub";
  if (access(public_path.c_str(), F_OK) == 0)
    return Conflict(public_path + ": exists already; keys are never overwritten");
  std::string secret_line = secret_ + "\n";
  const Status secret = WriteNew(path, secret_line, 0600);
  Wipe(secret_line);
  SAM_TRY(secret);
  SAM_TRY(WriteNew(public_path, public_ + "\n", 0644));
  return SyncFolderOf(path);
}

bool IsCurveKey(std::string_view z85) {
  if (z85.size() != kZ85Chars) return false;
  // libzmq's decoder indexes a table with each character, so only its alphabet may get there.
  if (z85.find_first_not_of(kAlphabet) != std::string_view::npos) return false;
  std::array<uint8_t, 32> raw{};
  return zmq_z85_decode(raw.data(), std::string(z85).c_str()) != nullptr;
}

std::string KeyFingerprint(std::string_view public_z85) {
  if (!IsCurveKey(public_z85)) return "";
  std::array<uint8_t, 32> raw{};
  zmq_z85_decode(raw.data(), std::string(public_z85).c_str());
  const std::string_view bytes(reinterpret_cast<const char*>(raw.data()), raw.size());
  const std::string hex = ToHex(Sha256({bytes}).view().substr(0, 16));
  std::string out;
  for (size_t at = 0; at < hex.size(); at += 4)
    out.append(at > 0 ? " " : "").append(hex.substr(at, 4));
  return out;
}

std::string ToZ85(std::string_view bytes) {
  SAM_CHECK(bytes.size() % 4 == 0);
  std::string out(bytes.size() * 5 / 4 + 1, '\0');
  SAM_CHECK(zmq_z85_encode(out.data(), reinterpret_cast<const uint8_t*>(bytes.data()),
                           bytes.size()) != nullptr);
  out.pop_back();
  return out;
}

}  // namespace sam::wire
