#include "adapters/kit/crash_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "broker/base/log.h"

namespace sam::kit {
namespace {

// [0] 1 while a message is at hand, [1..16] its key, then entries of 17 bytes: key, crashes.
constexpr size_t kHead = 1 + Mac16::kSize;
constexpr size_t kEntry = Mac16::kSize + 1;
constexpr size_t kFile = kHead + CrashGuard::kMaxEntries * kEntry;

// The guard is a help, not a promise: when its file cannot be written the feed goes on.
void WriteAt(int fd, std::string_view bytes, off_t at) {
  const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), at);
  (void)written;
}

}  // namespace

Result<CrashGuard> CrashGuard::Open(const std::string& path, int attempts) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Unavailable("cannot open " + path + ": " + std::strerror(errno));
  CrashGuard out(fd, attempts);
  std::string bytes(kFile, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(0, got)));
  for (size_t at = kHead; at + kEntry <= bytes.size(); at += kEntry) {
    const auto crashes = static_cast<uint8_t>(bytes[at + Mac16::kSize]);
    if (crashes > 0)
      out.entries_.push_back({*Mac16::From(bytes.substr(at, Mac16::kSize)), crashes});
  }
  if (bytes.size() >= kHead && bytes[0] == 1) {
    const Mac16 key = *Mac16::From(bytes.substr(1, Mac16::kSize));
    const auto found = std::find_if(out.entries_.begin(), out.entries_.end(),
                                    [&](const Entry& entry) { return entry.key == key; });
    if (found == out.entries_.end()) {
      if (out.entries_.size() == kMaxEntries) out.entries_.erase(out.entries_.begin());
      out.entries_.push_back({key, 1});
    } else if (found->crashes < UINT8_MAX) {
      ++found->crashes;
    }
    log::Warn("adapter", "ended-at-work",
              {{"suspects", static_cast<uint64_t>(out.entries_.size())}});
  }
  out.Save();
  return out;
}

CrashGuard::~CrashGuard() {
  if (fd_ >= 0) ::close(fd_);
}

CrashGuard::CrashGuard(CrashGuard&& other) noexcept
    : fd_(other.fd_), attempts_(other.attempts_), entries_(std::move(other.entries_)) {
  other.fd_ = -1;
}

bool CrashGuard::IsPoison(const Mac16& key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.key == key && entry.crashes >= attempts_;
  });
}

void CrashGuard::Enter(const Mac16& key) {
  std::string inside(1, '\1');
  inside += key.view();
  WriteAt(fd_, inside, 0);
}

void CrashGuard::Leave() { WriteAt(fd_, std::string(1, '\0'), 0); }

void CrashGuard::Forget(const Mac16& key) {
  const size_t before = entries_.size();
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const Entry& e) { return e.key == key; }),
                 entries_.end());
  if (entries_.size() != before) Save();
}

void CrashGuard::Save() {
  std::string bytes(kHead, '\0');
  for (const Entry& entry : entries_) {
    bytes += entry.key.view();
    bytes += static_cast<char>(entry.crashes);
  }
  bytes.resize(kFile, '\0');
  WriteAt(fd_, bytes, 0);
}

}  // namespace sam::kit
