#include "adapters/files/folder_owner.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "adapters/files/input_file.h"
#include "adapters/files/receipt.h"
#include "broker/base/text.h"

namespace sam::files {
namespace {

constexpr size_t kMaxId = 256;

Error Unwritten(const std::string& folder, const char* why) {
  return Unavailable("cannot write " + folder + "/" + kOwnerName + ": " + why +
                     "; the adapter needs the right to write there");
}

}  // namespace

Status ClaimFolder(const std::string& folder, const std::string& system_id) {
  const std::string path = folder + "/" + kOwnerName;
  const Result<InputFile> file = InputFile::Open(path);
  if (!file.ok() && file.error().code != Code::kNotFound) return Wrap(path, file.error());
  if (file.ok()) {
    SAM_ASSIGN(const std::string text, file->Read(0, kMaxId));
    const std::string owner(Trim(text));
    if (owner == system_id) return Ok();
    // Empty: a crash while it was written.
    if (!owner.empty())
      return Denied("the folder " + folder + " keeps the files of another source, \"" + owner +
                    "\" (" + path + "): two adapters on one folder would seal and remove each "
                    "other's files. Give this one folders of its own (done, failed); if that "
                    "source is no more, remove that file");
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return Unwritten(folder, std::strerror(errno));
  const std::string line = system_id + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  if (!written) return Unwritten(folder, std::strerror(error));
  return SyncFolder(folder);
}

}  // namespace sam::files
