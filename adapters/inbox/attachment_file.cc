#include "adapters/inbox/attachment_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "broker/base/durable_file.h"
#include "broker/crypto/digest.h"

namespace sam::inbox {

namespace {

Error Failed(const std::string& path) { return Unavailable(path + ": " + std::strerror(errno)); }

// The file under another name until it is whole; gone when the work ends early.
class Draft {
 public:
  static Result<Draft> Make(std::string path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return Failed(path);
    return Draft(std::move(path), fd);
  }
  Draft(Draft&& other) noexcept
      : path_(std::exchange(other.path_, {})), fd_(std::exchange(other.fd_, -1)) {}
  Draft& operator=(Draft&&) = delete;
  ~Draft() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return Failed(path_);
      bytes.remove_prefix(static_cast<size_t>(done));
    }
    return Ok();
  }
  Status BecomeFile(const std::string& path) {
    if (::fsync(fd_) != 0) return Failed(path_);
    const int placed = Place(path);
    if (placed != 0) {
      errno = placed;
      return placed == EEXIST ? Status(Conflict(path + ": exists; name another file"))
                              : Failed(path);
    }
    return SyncFolderOf(path);
  }

 private:
  Draft(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  // Never in the place of a file that is there. 0, or the error's number. Network and FAT file systems
  // know neither of the two ways that are one step; there an empty file holds the name first.
  int Place(const std::string& path) {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
      path_.clear();
      return 0;
    }
    if (errno == EEXIST) return EEXIST;
    if (::link(path_.c_str(), path.c_str()) == 0) return 0;
    if (errno == EEXIST) return EEXIST;
    const int holder = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (holder < 0) return errno;
    ::close(holder);
    if (::rename(path_.c_str(), path.c_str()) == 0) {
      path_.clear();
      return 0;
    }
    const int why = errno;
    ::unlink(path.c_str());
    return why;
  }

  std::string path_;
  int fd_;
};

}  // namespace

Result<uint64_t> SaveAttachment(const Ask& ask, Command command, const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return Conflict(path + ": exists; name another file");
  std::string draft_name = path;
  draft_name.append(".").append(std::to_string(::getpid())).append(".part");
  SAM_ASSIGN(Draft draft, Draft::Make(std::move(draft_name)));
  Sha256Stream hash;
  uint64_t size = 0;
  uint64_t parts = 1;
  AttachmentPiece piece;
  for (uint64_t index = 0; index < parts; ++index) {
    command.reference = std::to_string(index);
    SAM_ASSIGN(const Reply reply, ask(command));
    if (!reply.ok) return Error{reply.code, reply.text};
    SAM_ASSIGN(piece, DecodePiece(reply.json));
    parts = piece.parts;
    hash.Add(piece.bytes);
    size += piece.bytes.size();
    SAM_TRY(draft.Write(piece.bytes));
  }
  if (size != piece.size || hash.Finish().view() != piece.sha256)
    return Corrupt("the parts in the inbox do not make the attachment; nothing was written");
  SAM_TRY(draft.BecomeFile(path));
  return size;
}

}  // namespace sam::inbox
