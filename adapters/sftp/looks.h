// Looks: which files of the server are whole. A file is, when two looks at least `stable_s` apart
// saw the same size and time, or when its companion (.done, .sem) lies beside it.
// One thread; owned by the puller. Limit: the listing's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapters/files/files_config.h"
#include "adapters/sftp/link.h"

namespace sam::sftp {

class Looks {
 public:
  explicit Looks(const files::FilesConfig& config) : config_(config) {}

  // Files that are whole, oldest first.
  std::vector<RemoteFile> Whole(const Listing& listing, int64_t now_us);
  // When a look could find another one to be whole; 0: none is being watched.
  int64_t next_us() const { return next_us_; }
  void Forget(const std::string& name) { seen_.erase(name); }  // look twice again

 private:
  struct Seen {
    RemoteFile file;
    int64_t since_us = 0;
  };
  const files::FilesConfig& config_;
  std::map<std::string, Seen> seen_;
  int64_t next_us_ = 0;
};

}  // namespace sam::sftp
