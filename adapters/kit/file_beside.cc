#include "adapters/kit/file_beside.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "broker/wire/limits.h"

namespace sam::kit {
namespace {

constexpr size_t kChunk = size_t{256} << 10;
constexpr size_t kNameMax = 255;

bool IsPlainName(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax && name[0] != '.' &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
         });
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int64_t ChangedMs(const struct stat& is) {
  return is.st_mtim.tv_sec * 1000 + is.st_mtim.tv_nsec / 1'000'000;
}

Status ReadAll(int fd, size_t size, std::string& out) {
  out.reserve(size);
  while (out.size() <= size) {
    const size_t at = out.size();
    out.resize(at + std::min(kChunk, size + 1 - at));
    const ssize_t got = ::read(fd, out.data() + at, out.size() - at);
    if (got < 0 && errno == EINTR) {
      out.resize(at);
      continue;
    }
    if (got < 0) return Invalid("attachment-unreadable: the file cannot be read");
    out.resize(at + static_cast<size_t>(got));
    if (got == 0) return Ok();
  }
  return Ok();
}

}  // namespace

const uint64_t kBesideMax = wire::kMaxAttachmentBytes;

Result<std::string> ReadBeside(const BesideRules& rules, const Clock& clock,
                               const std::string& name) {
  if (!IsPlainName(name))
    return Invalid("attachment-name: expected the plain name of a file in the folder, no path");
  const std::string path = rules.folder + "/" + name;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT)
    return Invalid("attachment-missing: the file is not in the folder");
  if (file.get() < 0 && errno == ELOOP)
    return Invalid("attachment-not-a-file: it is a link, and links are not followed");
  if (file.get() < 0) return Invalid("attachment-unreadable: the file cannot be opened");
  struct stat before {};
  struct stat after {};
  if (::fstat(file.get(), &before) != 0)
    return Invalid("attachment-unreadable: the file cannot be looked at");
  if (!S_ISREG(before.st_mode)) return Invalid("attachment-not-a-file: it is no plain file");
  if (before.st_size == 0) return Invalid("attachment-empty: the file holds nothing");
  if (static_cast<uint64_t>(before.st_size) > kBesideMax)
    return Invalid("attachment-too-large: larger than 40 MiB");
  const int64_t age_ms = clock.Now().value - ChangedMs(before);
  if (age_ms >= 0 && age_ms < rules.rests_ms)
    return Invalid("attachment-growing: the file has changed just now; send the row again later");
  std::string out;
  SAM_TRY(ReadAll(file.get(), static_cast<size_t>(before.st_size), out));
  const bool same = ::fstat(file.get(), &after) == 0 && after.st_size == before.st_size &&
                    ChangedMs(after) == ChangedMs(before) &&
                    out.size() == static_cast<size_t>(before.st_size);
  if (!same) return Invalid("attachment-growing: the file changed while it was read");
  return out;
}

}  // namespace sam::kit
