#include "adapters/sftp/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sam::sftp::local {
namespace {

Error Failed(const char* what) {
  return Unavailable(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

bool Exists(const std::string& path) {
  struct stat is {};
  return ::lstat(path.c_str(), &is) == 0;
}

Status PutInPlace(const std::string& draft, const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  if (Exists(path)) return Unavailable("the folder has a file of that name already");
  const std::string companion = path + ".sem";
  const int made = ::open(companion.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (made < 0) return Failed("cannot write into the watched folder");
  ::close(made);
  if (::rename(draft.c_str(), path.c_str()) != 0) return Failed("cannot name a fetched file");
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("cannot open the watched folder");
  const bool synced = ::fsync(fd) == 0 || errno == EINVAL;  // some file systems have no such thing
  ::close(fd);
  return synced ? Ok() : Failed("cannot sync the watched folder");
}

}  // namespace sam::sftp::local
