#include "adapters/sftp/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "adapters/files/folder.h"

namespace sam::sftp::local {
namespace {

Error Failed(const char* what) {
  return Unavailable(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Status PutInPlace(const std::string& draft, const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  if (files::Exists(path)) return Unavailable("the folder has a file of that name already");
  const std::string companion = path + ".sem";
  const int made = ::open(companion.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0) return Failed("cannot write into the watched folder");
  ::close(made);
  // Also a draft that an older build began: nobody else reads what waits here.
  if (::chmod(draft.c_str(), 0600) != 0) return Failed("cannot close a fetched file to others");
  if (::rename(draft.c_str(), path.c_str()) != 0) return Failed("cannot name a fetched file");
  return Ok();
}

Result<std::string> ReadReceipt(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return NotFound("there is no receipt any more");
  if (fd < 0) return Failed("cannot open a receipt");
  std::string out(kMaxReceipt + 1, '\0');
  const ssize_t got = ::read(fd, out.data(), out.size());
  const Error failed = Failed("cannot read a receipt");
  ::close(fd);
  if (got < 0) return failed;
  if (static_cast<size_t>(got) > kMaxReceipt)
    return Unavailable("cannot read a receipt: it is larger than any that is written here");
  out.resize(static_cast<size_t>(got));
  return out;
}

}  // namespace sam::sftp::local
