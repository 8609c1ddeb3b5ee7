#include "broker/base/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sam {
namespace {

Error Failed(const std::string& what, const std::string& path) {
  const int code = errno;
  const std::string text = what + " " + path + ": " + std::strerror(code);
  return code == ENOSPC || code == EDQUOT ? Exhausted(text) : Unavailable(text);
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("opening folder", folder);
  Status done = ::fsync(fd) == 0 ? Ok() : Status(Failed("syncing folder", folder));
  ::close(fd);
  return done;
}

Status GiveToFolderOwner(int fd, const std::string& path) {
  if (::geteuid() != 0) return Ok();
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return Failed("looking at folder", folder);
  return ::fchown(fd, info.st_uid, info.st_gid) == 0 ? Ok() : Status(Failed("giving away", path));
}

Status MakeClosedFolder(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0)
    return S_ISDIR(info.st_mode) ? Ok() : Status(Invalid(path + ": is not a folder"));
  if (errno != ENOENT) return Failed("looking for", path);
  const size_t end = path.find_last_not_of('/') + 1;
  const size_t slash = path.find_last_of('/', end == 0 ? 0 : end - 1);
  if (slash != std::string::npos && slash > 0) SAM_TRY(MakeClosedFolder(path.substr(0, slash)));
  const std::string own = path.substr(0, end);
  if (::mkdir(own.c_str(), 0700) != 0) return Failed("making folder", own);
  const int fd = ::open(own.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("opening folder", own);
  Status done = GiveToFolderOwner(fd, own);
  ::close(fd);
  return done;
}

Status ReplaceSynced(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string aside = path + ".new";
  struct stat old {};
  const bool known = ::stat(path.c_str(), &old) == 0;
  if (known) mode = old.st_mode & 07777;
  const int fd = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return Failed("creating", aside);
  Status done = Ok();
  const bool keep_owner = known && ::geteuid() == 0;
  if ((keep_owner && ::fchown(fd, old.st_uid, old.st_gid) != 0) || ::fchmod(fd, mode) != 0 || !WriteAll(fd, bytes) || ::fsync(fd) != 0)
    done = Failed("writing", aside);
  ::close(fd);
  if (done.ok() && std::rename(aside.c_str(), path.c_str()) != 0) done = Failed("renaming to", path);
  if (done.ok()) return SyncFolderOf(path);
  ::unlink(aside.c_str());
  return done;
}

}  // namespace sam
