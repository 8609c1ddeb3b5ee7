// InputFile: a file that somebody else wrote, open for reading from its start to its end.
// One thread; owned by the run. Never a link, a pipe or a folder.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <utility>

#include "broker/base/result.h"

namespace sam::files {

// What tells one state of a file from another without reading it.
struct Stamp {
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t changed_ns = 0;
  bool operator==(const Stamp&) const = default;
};

Stamp StampOf(const struct stat& is);

class InputFile {
 public:
  // kNotFound: it is gone. kInvalid: no plain file. kUnavailable: not allowed, no descriptor ...
  // The texts do not hold the name.
  static Result<InputFile> Open(const std::string& path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), stamp_(other.stamp_) {}
  InputFile& operator=(InputFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    stamp_ = other.stamp_;
    return *this;
  }

  const Stamp& stamp() const { return stamp_; }  // when it was opened
  // At most `max` bytes from `offset`; empty at the end. kUnavailable: cannot be read now.
  Result<std::string> Read(uint64_t offset, size_t max) const;

 private:
  explicit InputFile(int fd) : fd_(fd) {}
  int fd_;
  Stamp stamp_;
};

}  // namespace sam::files
