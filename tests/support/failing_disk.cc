// A disk that fails on command, for flow tests: loaded into a daemon with LD_PRELOAD, it stands
// before the C library's own calls. SAM_FAILING_DISK names a folder of flags; while a flag is there,
// its calls fail for files whose path contains the flag's text (no text: every file):
//   sync   fsync and fdatasync fail with EIO, as they do once when a disk loses what it was given
//   write  writing and reserving room fail with ENOSPC
//   free   statvfs tells this many free MiB (the flag's text is the number)
// Only regular files count; sockets and pipes are left alone.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <typename F>
F Real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

// The flag's text, or false when it is not raised. Reads with the plain system calls: read() is not
// stood before.
bool Raised(const char* flag, char* text, size_t size) {
  const char* folder = std::getenv("SAM_FAILING_DISK");
  if (folder == nullptr) return false;
  char path[512];
  std::snprintf(path, sizeof path, "%s/%s", folder, flag);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t n = read(fd, text, size - 1);
  close(fd);
  text[n > 0 ? n : 0] = '\0';
  return true;
}

bool Hit(const char* flag, int fd) {
  const int before = errno;
  char text[256];
  bool hit = false;
  if (Raised(flag, text, sizeof text)) {
    struct stat about;
    char link[64], path[1024];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    if (n > 0 && fstat(fd, &about) == 0 && (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))) {
      path[n] = '\0';
      hit = std::strstr(path, text) != nullptr;
    }
  }
  errno = before;
  return hit;
}

template <typename R>
R Fail(int error) {
  errno = error;
  return static_cast<R>(-1);
}

template <typename S>
int Told(int result, S* out) {
  char text[256];
  if (result == 0 && Raised("free", text, sizeof text))
    out->f_bavail = out->f_bfree =
        static_cast<fsblkcnt_t>(std::strtoull(text, nullptr, 10)) * (1 << 20) / out->f_frsize;
  return result;
}

}  // namespace

extern "C" {

int fsync(int fd) {
  static const auto real = Real<int (*)(int)>("fsync");
  return Hit("sync", fd) ? Fail<int>(EIO) : real(fd);
}
int fdatasync(int fd) {
  static const auto real = Real<int (*)(int)>("fdatasync");
  return Hit("sync", fd) ? Fail<int>(EIO) : real(fd);
}
ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t)>("write");
  return Hit("write", fd) ? Fail<ssize_t>(ENOSPC) : real(fd, bytes, size);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return Hit("write", fd) ? Fail<ssize_t>(ENOSPC) : real(fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return Hit("write", fd) ? Fail<ssize_t>(ENOSPC) : real(fd, bytes, size, at);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = Real<ssize_t (*)(int, const iovec*, int)>("writev");
  return Hit("write", fd) ? Fail<ssize_t>(ENOSPC) : real(fd, parts, count);
}
int fallocate(int fd, int mode, off_t at, off_t size) {
  static const auto real = Real<int (*)(int, int, off_t, off_t)>("fallocate");
  return Hit("write", fd) ? Fail<int>(ENOSPC) : real(fd, mode, at, size);
}

int statvfs(const char* path, struct statvfs* out) {
  static const auto real = Real<int (*)(const char*, struct statvfs*)>("statvfs");
  return Told(real(path, out), out);
}
int statvfs64(const char* path, struct statvfs64* out) {
  static const auto real = Real<int (*)(const char*, struct statvfs64*)>("statvfs64");
  return Told(real(path, out), out);
}
int fstatvfs(int fd, struct statvfs* out) {
  static const auto real = Real<int (*)(int, struct statvfs*)>("fstatvfs");
  return Told(real(fd, out), out);
}

}  // extern "C"
