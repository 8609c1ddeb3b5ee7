// Folder: which files of the watched folder are whole and may be taken. The kernel tells when
// something came; a rescan finds what it did not tell (folders of other machines, a full queue).
// One thread; owned by the connector. Limit: kMaxNames files are kept in sight at one time.
//
// Never taken: names that begin with '.', that end in .tmp, .part or .filepart, links, folders.
// Names are the sender's and may hold anything: they are never logged.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/files/files_config.h"
#include "adapters/files/input_file.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::files {

class Folder {
 public:
  static constexpr size_t kMaxNames = 10'000;

  Folder(const FilesConfig& config, const Clock& clock);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Files that are whole, oldest first. Looks into the folder only when something may have changed.
  // kUnavailable: the folder cannot be read; the next call after a while looks again.
  Result<std::vector<std::string>> Ready();
  // Until the kernel tells of something, or `ms` have passed.
  void Wait(int ms);
  // Not again before something is different about it, or `rescan_s` have passed.
  void Postpone(const std::string& name);

  // It was moved away; `look`: another one stands there already.
  void Forget(const std::string& name, bool look = false);

  size_t waiting() const { return seen_.size(); }  // of the names that are taken
  size_t ignored() const { return ignored_; }      // of other names

 private:
  struct Seen {
    Stamp stamp;
    int64_t since_us = 0;  // it has been like this
    int64_t not_before_us = 0;
    bool companion = false;
  };
  Status Look(int64_t now);
  void Watch();
  void Drain();
  void Note(const std::string& name, const std::set<std::string>& names, int64_t now,
            std::map<std::string, Seen>& found);
  bool IsReady(const Seen& seen, int64_t now) const;

  const FilesConfig& config_;
  const Clock& clock_;
  int notify_ = -1;
  int watch_ = -1;
  bool changed_ = true;
  int64_t next_look_us_ = 0;
  size_t ignored_ = 0;
  std::map<std::string, Seen> seen_;
};

// Of opendir's.
struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

bool Exists(const std::string& path);  // also a link, a folder
// Any of the shell patterns fits the name.
bool Fits(const std::vector<std::string>& patterns, const std::string& name);
// A name that says so itself: hidden, .tmp, .part, .filepart. And one of a companion file.
bool InTheMaking(const std::string& name);
bool IsCompanion(const std::string& name);
// The names a .done or .sem file of this one may have.
std::vector<std::string> CompanionNames(const std::string& name);

}  // namespace sam::files
