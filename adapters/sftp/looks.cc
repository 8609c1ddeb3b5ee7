#include "adapters/sftp/looks.h"

#include <algorithm>
#include <utility>

#include "adapters/files/folder.h"

namespace sam::sftp {

std::vector<RemoteFile> Looks::Whole(const Listing& listing, int64_t now_us) {
  // One look is never enough: a server's times have whole seconds.
  const int64_t stable_us = std::max(config_.stable_s, 1) * int64_t{1'000'000};
  std::map<std::string, Seen> found;
  std::vector<RemoteFile> out;
  next_us_ = 0;
  for (const RemoteFile& file : listing.files) {
    if (found.count(file.name) > 0) continue;  // a server that says a name twice
    Seen seen{file, now_us};
    const auto before = seen_.find(file.name);
    if (before != seen_.end() && before->second.file == file) seen = before->second;
    const std::vector<std::string> names = files::CompanionNames(file.name);
    const bool companion =
        std::any_of(names.begin(), names.end(), [&](const std::string& name) {
          return listing.companions.count(name) > 0;
        });
    const int64_t due = seen.since_us + stable_us;
    if (companion || (!config_.companion_only && now_us >= due))
      out.push_back(file);
    else if (!config_.companion_only)
      next_us_ = next_us_ == 0 ? due : std::min(next_us_, due);
    found.emplace(file.name, std::move(seen));
  }
  seen_ = std::move(found);
  std::sort(out.begin(), out.end(), [](const RemoteFile& a, const RemoteFile& b) {
    return a.modified_s != b.modified_s ? a.modified_s < b.modified_s : a.name < b.name;
  });
  return out;
}

}  // namespace sam::sftp
