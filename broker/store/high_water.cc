#include "broker/store/high_water.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "broker/base/durable_file.h"
#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

// One slot: magic 8, turn 8, position 8, epoch 8 (all big-endian), root 32, SHA-256 of these 64
// bytes, then zeros to 4096.
constexpr std::string_view kMagic("SAMHIGH1", 8);
constexpr size_t kBody = 64;
constexpr size_t kUsed = kBody + Digest::kSize;

std::string Why() { return std::strerror(errno); }

std::string EncodeSlot(uint64_t turn, const HighWater::Mark& mark) {
  std::string slot(kMagic);
  slot += BigEndian64(turn) + BigEndian64(mark.position) + BigEndian64(mark.epoch);
  slot.append(mark.root.view());
  slot.append(Sha256({slot}).view());
  slot.resize(HighWater::kSlotBytes, '\0');
  return slot;
}

struct Slot {
  uint64_t turn = 0;
  HighWater::Mark mark;
};

std::optional<Slot> DecodeSlot(std::string_view bytes) {
  if (bytes.size() < kUsed || bytes.substr(0, 8) != kMagic) return std::nullopt;
  if (Sha256({bytes.substr(0, kBody)}).view() != bytes.substr(kBody, Digest::kSize))
    return std::nullopt;
  Slot slot;
  slot.turn = ReadBigEndian64(bytes.substr(8));
  slot.mark.position = ReadBigEndian64(bytes.substr(16));
  slot.mark.epoch = static_cast<uint32_t>(ReadBigEndian64(bytes.substr(24)));
  slot.mark.root = *Digest::From(bytes.substr(32, 32));
  return slot;
}

bool WriteAt(int fd, std::string_view bytes, off_t at) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
    at += n;
  }
  return true;
}

Status CreateFile(const std::string& path) {
  const Status made = ReplaceSynced(path, EncodeSlot(0, {}) + EncodeSlot(1, {}), 0600);
  if (!made.ok()) return Unavailable("creating the high-water file: " + made.error().message);
  return Ok();
}

}  // namespace

Result<std::unique_ptr<HighWater>> HighWater::Open(const std::string& path, bool create) {
  int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT && create) {
    SAM_TRY(CreateFile(path));
    fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  if (fd < 0 && errno == ENOENT)
    return NotFound("high-water file " + path +
                    " is missing: restore it beside the store, or run 'samsignal doctor'");
  if (fd < 0) return Unavailable("opening high-water file " + path + ": " + Why());
  std::unique_ptr<HighWater> out(new HighWater(path, fd));
  SAM_TRY(out->ReadSlots());
  return out;
}

HighWater::~HighWater() { close(fd_); }

Status HighWater::ReadSlots() {
  std::optional<Slot> newest;
  for (size_t i = 0; i < 2; ++i) {
    std::array<char, kUsed> bytes{};
    const ssize_t n = pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(i * kSlotBytes));
    if (n < 0) return Unavailable("reading high-water file " + path_ + ": " + Why());
    const std::optional<Slot> slot =
        DecodeSlot(std::string_view(bytes.data(), static_cast<size_t>(n)));
    if (slot && (!newest || slot->turn > newest->turn)) newest = slot;
  }
  if (!newest)
    return Corrupt("high-water file " + path_ + ": neither slot is valid, so nothing can tell "
                   "whether the store is complete; restore both from one backup");
  turn_ = newest->turn;
  mark_ = newest->mark;
  return Ok();
}

Status HighWater::Write(const Mark& mark) {
  if (failed_) return Internal("high-water file " + path_ + ": an earlier write failed; restart");
  if (mark.epoch == mark_.epoch && mark.position < mark_.position)
    return Internal("high-water mark would go back from " + std::to_string(mark_.position) +
                    " to " + std::to_string(mark.position));
  // The slot's place follows the turn, so the newest valid slot is never the one written over.
  const uint64_t turn = turn_ + 1;
  const off_t at = static_cast<off_t>((turn & 1) * kSlotBytes);
  if (!WriteAt(fd_, EncodeSlot(turn, mark), at) || fdatasync(fd_) != 0) {
    failed_ = true;
    return Internal("writing high-water file " + path_ + ": " + Why() +
                    "; what is on disk is unknown, restart to recover");
  }
  turn_ = turn;
  mark_ = mark;
  return Ok();
}

}  // namespace sam
