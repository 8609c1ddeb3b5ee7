#include "adapters/files/folder.h"

#include <fnmatch.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace sam::files {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR;

bool EndsIn(const std::string& name, const char* end) {
  const size_t size = std::strlen(end);
  return name.size() > size && name.compare(name.size() - size, size, end) == 0;
}

}  // namespace

bool InTheMaking(const std::string& name) {
  return name.empty() || name[0] == '.' || EndsIn(name, ".tmp") || EndsIn(name, ".part") ||
         EndsIn(name, ".filepart");
}

bool IsCompanion(const std::string& name) { return EndsIn(name, ".done") || EndsIn(name, ".sem"); }

bool Fits(const std::vector<std::string>& patterns, const std::string& name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
  });
}

bool Exists(const std::string& path) {
  struct stat is {};
  return ::lstat(path.c_str(), &is) == 0;
}

std::vector<std::string> CompanionNames(const std::string& name) {
  const std::string stem = name.substr(0, name.rfind('.'));
  return {name + ".done", name + ".sem", stem + ".done", stem + ".sem"};
}

Folder::Folder(const FilesConfig& config, const Clock& clock) : config_(config), clock_(clock) {
  // Without it the rescan still finds everything, only later.
  notify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

Folder::~Folder() {
  if (notify_ >= 0) ::close(notify_);
}

void Folder::Watch() {
  if (notify_ < 0 || watch_ >= 0) return;
  watch_ = ::inotify_add_watch(notify_, config_.folder.c_str(), kEvents);
}

void Folder::Drain() {
  if (notify_ < 0) return;
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(notify_, buffer.data(), buffer.size());
    if (got <= 0) return;
    changed_ = true;
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      if ((event.mask & IN_IGNORED) != 0) watch_ = -1;  // the folder went; it may come back
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

void Folder::Wait(int ms) {
  pollfd one{notify_, POLLIN, 0};  // a negative descriptor is passed over, and time still passes
  ::poll(&one, 1, ms);
}

bool Folder::IsReady(const Seen& seen, int64_t now) const {
  if (now < seen.not_before_us) return false;
  if (seen.companion) return true;
  return !config_.companion_only && now - seen.since_us >= config_.stable_s * kSecondUs;
}

Result<std::vector<std::string>> Folder::Ready() {
  const int64_t now = clock_.SteadyMicros();
  Drain();
  if (changed_ || now >= next_look_us_) SAM_TRY(Look(now));
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [name, seen] : seen_)
    if (IsReady(seen, now)) order.emplace_back(seen.stamp.changed_ns, name);
  std::sort(order.begin(), order.end());
  std::vector<std::string> out;
  out.reserve(order.size());
  for (auto& [changed, name] : order) out.push_back(std::move(name));
  return out;
}

Status Folder::Look(int64_t now) {
  changed_ = false;
  next_look_us_ = now + config_.rescan_s * kSecondUs;
  Watch();
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(config_.folder.c_str()));
  if (!folder) {
    seen_.clear();
    watch_ = -1;
    return Unavailable("cannot read the folder " + config_.folder + ": " + std::strerror(errno));
  }
  std::set<std::string> names;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_type != DT_DIR) names.insert(entry->d_name);
    if (names.size() >= 4 * kMaxNames) break;  // the rest when these are done
  }
  std::map<std::string, Seen> found;
  ignored_ = 0;
  for (const std::string& name : names) {
    if (InTheMaking(name) || IsCompanion(name)) continue;
    if (Fits(config_.patterns, name))
      Note(name, names, now, found);
    else
      ++ignored_;
  }
  seen_ = std::move(found);
  return Ok();
}

void Folder::Note(const std::string& name, const std::set<std::string>& names, int64_t now,
                  std::map<std::string, Seen>& found) {
  struct stat is {};
  const std::string path = config_.folder + "/" + name;
  if (::lstat(path.c_str(), &is) != 0 || !S_ISREG(is.st_mode)) {
    ++ignored_;
    return;
  }
  if (found.size() >= kMaxNames) return;
  Seen seen;
  seen.stamp = StampOf(is);
  seen.since_us = now;
  const auto before = seen_.find(name);
  if (before != seen_.end() && before->second.stamp == seen.stamp) seen = before->second;
  seen.companion = false;
  for (const std::string& companion : CompanionNames(name))
    seen.companion = seen.companion || names.count(companion) > 0;
  // The look that finds it unchanged comes when it is due, not a rescan later.
  const int64_t due = seen.since_us + config_.stable_s * kSecondUs;
  if (!config_.companion_only && due > now) next_look_us_ = std::min(next_look_us_, due);
  found.emplace(name, seen);
}

void Folder::Forget(const std::string& name, bool look) {
  seen_.erase(name);
  changed_ = changed_ || look;
}

void Folder::Postpone(const std::string& name) {
  const auto found = seen_.find(name);
  if (found == seen_.end()) return;
  found->second.not_before_us = clock_.SteadyMicros() + config_.rescan_s * kSecondUs;
}

}  // namespace sam::files
