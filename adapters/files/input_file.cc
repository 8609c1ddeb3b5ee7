#include "adapters/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sam::files {

Stamp StampOf(const struct stat& is) {
  return {is.st_ino, static_cast<uint64_t>(is.st_size),
          is.st_mtim.tv_sec * 1'000'000'000 + is.st_mtim.tv_nsec};
}

Result<InputFile> InputFile::Open(const std::string& path) {
  // Without O_NONBLOCK a pipe of that name would hold us until somebody writes.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return NotFound("the file is gone");
  if (fd < 0 && errno == ELOOP) return Invalid("it is a link, and links are not followed");
  if (fd < 0) return Unavailable(std::string("cannot open the file: ") + std::strerror(errno));
  InputFile out(fd);
  struct stat found {};
  if (::fstat(fd, &found) != 0)
    return Unavailable(std::string("cannot look at the file: ") + std::strerror(errno));
  if (!S_ISREG(found.st_mode)) return Invalid("it is no plain file");
  out.stamp_ = StampOf(found);
  return out;
}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> InputFile::Read(uint64_t offset, size_t max) const {
  std::string out(max, '\0');
  for (;;) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unavailable(std::string("cannot read the file: ") + std::strerror(errno));
    out.resize(static_cast<size_t>(got));
    return out;
  }
}

}  // namespace sam::files
