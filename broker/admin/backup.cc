#include "broker/admin/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "broker/base/text.h"

namespace sam::admin {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFactsFile = "BACKUP.json";

Error Failed(const std::string& what, const std::string& path, const std::string& why) {
  return Unavailable(what + " " + path + ": " + why);
}

Status SyncPath(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("opening", path, std::strerror(errno));
  const bool synced = fsync(fd) == 0;
  const std::string why = std::strerror(errno);
  // So that who verifies it reads what the disk has and not what we just wrote. A wish, not an
  // order: file systems in memory and of other machines, and the disk's own cache, may go by it.
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
  return synced ? Ok() : Status(Failed("syncing", path, why));
}

std::string ParentOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<uint64_t> BytesBelow(const std::string& folder) {
  std::error_code error;
  uint64_t bytes = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error))
    if (at->is_regular_file(error)) bytes += at->file_size(error);
  if (error) return Failed("reading", folder, error.message());
  return bytes;
}

// Copies what lies directly and deeper in `from`; `to` exists.
Status CopyBelow(const std::string& from, const std::string& to, uint64_t all, uint64_t& done,
                 const CopyProgress& progress) {
  std::error_code error;
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const std::string target = to + "/" + at->path().filename().string();
    if (at->is_directory(error)) {
      if (!fs::create_directory(target, error)) return Failed("making", target, error.message());
      SAM_TRY(CopyBelow(at->path().string(), target, all, done, progress));
      continue;
    }
    if (!fs::copy_file(at->path(), target, error))
      return Failed("copying to", target, error.message());
    SAM_TRY(SyncPath(target));
    done += at->file_size(error);
    if (progress) progress(done, all);
  }
  if (error) return Failed("reading", from, error.message());
  return SyncPath(to);
}

}  // namespace

Status CopySynced(const std::string& from, const std::string& to, const CopyProgress& progress) {
  std::error_code error;
  if (fs::exists(to, error)) return Conflict(to + " exists already; nothing is overwritten");
  SAM_ASSIGN(const uint64_t bytes, BytesBelow(from));
  const fs::space_info room = fs::space(ParentOf(to), error);
  if (error) return Failed("looking at", ParentOf(to), error.message());
  if (room.available < bytes + bytes / 16)
    return Exhausted(ParentOf(to) + " has " + std::to_string(room.available >> 20) +
                     " MB free, the copy needs " + std::to_string((bytes >> 20) + 1) + " MB");
  if (!fs::create_directory(to, error)) return Failed("making", to, error.message());
  fs::permissions(to, fs::perms::owner_all, error);
  uint64_t done = 0;
  SAM_TRY(CopyBelow(from, to, bytes, done, progress));
  return SyncPath(ParentOf(to));
}

std::string FreeName(const std::string& into, Millis now, const std::string& suffix) {
  std::string time = ToIso(now).substr(0, 19) + "Z";
  time.erase(std::remove(time.begin(), time.end(), ':'), time.end());
  const std::string base = into + "/" + time + "-" + suffix;
  std::string name = base;
  std::error_code error;
  for (int i = 2; fs::exists(name, error); ++i) name = base + "-" + std::to_string(i);
  return name;
}

Status WriteFacts(const std::string& folder, const BackupFacts& facts) {
  const std::string path = folder + "/" + kFactsFile;
  const nlohmann::json json = {{"v", 1}, {"hub", facts.hub}, {"epoch", facts.epoch},
                               {"records", facts.records}, {"root", facts.root}};
  {
    std::ofstream out(path, std::ios::trunc);
    out << json.dump(2) << "\n";
    out.flush();
    if (!out) return Failed("writing", path, "the disk may be full");
  }
  SAM_TRY(SyncPath(path));
  return SyncPath(folder);
}

Result<BackupFacts> ReadFacts(const std::string& folder) {
  const std::string path = folder + "/" + kFactsFile;
  std::ifstream in(path);
  if (!in)
    return NotFound("no finished backup stands in " + folder + " (" + kFactsFile + " is missing)");
  std::stringstream text;
  text << in.rdbuf();
  const nlohmann::json json = nlohmann::json::parse(text.str(), nullptr, false);
  const auto has = [&](const char* key, bool number) {
    return json.contains(key) && (number ? json[key].is_number_unsigned() : json[key].is_string());
  };
  if (!json.is_object() || !has("hub", false) || !has("root", false) || !has("epoch", true) ||
      !has("records", true))
    return Corrupt(path + " is not readable; take another backup");
  return BackupFacts{json["hub"], json["epoch"], json["records"], json["root"]};
}

Status RenameSynced(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return Failed("renaming to", to, std::strerror(errno));
  return SyncPath(ParentOf(to));
}

}  // namespace sam::admin
