// A folder that goes with the object, with all in it: snapshots, scratch stores, copies under way.
// One owner, any one thread. What a killed tool leaves behind is removed by the next one or the next start of the hub.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace sam::admin {

class ScratchFolder {
 public:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  ~ScratchFolder() { Remove(); }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;

  const std::string& path() const { return path_; }
  // Also when it is not there.
  void Remove() const {
    std::error_code ignored;  // what is left over costs room only
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::string path_;
};

}  // namespace sam::admin
