#include "broker/base/login.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

#include "broker/base/number.h"

namespace sam {
namespace {

// The kernel's word for a process that no login started: a service, or a machine without PAM's
// pam_loginuid.
constexpr uint64_t kNoLogin = std::numeric_limits<uint32_t>::max();

std::optional<uid_t> LoginUid(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/loginuid");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::optional<uint64_t> uid = ReadNumber(text);
  if (!uid || *uid >= kNoLogin) return std::nullopt;
  return static_cast<uid_t>(*uid);
}

std::string UserName(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  return "uid " + std::to_string(uid);
}

}  // namespace

LocalProcess ThisProcess() { return {getuid(), getpid()}; }

std::string LoginName(const LocalProcess& process) {
  return UserName(LoginUid(process.pid).value_or(process.uid));
}

}  // namespace sam
