#include "adapters/kit/hook.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace sam::kit {
namespace {

constexpr int kFirstOtherFd = 3;

// What posix_spawn is told, given back on every way out.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    for (const int fd : {0, 1, 2})
      posix_spawn_file_actions_addopen(&files_, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files_, kFirstOtherFd);
    // The adapter blocks the stop signals for itself; the program must hear them.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);  // its own group, so that its children end with it
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string Own(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return std::string(name) + "=" + (value != nullptr ? value : otherwise);
}

}  // namespace

Hook::~Hook() {
  if (pid_ > 0) ::waitpid(pid_, nullptr, WNOHANG);
}

Status Hook::Start(const Environment& environment, int64_t now_us) {
  if (running()) return Conflict("the alarm program still runs");
  std::vector<std::string> words = command_;
  std::vector<std::string> variables = {Own("PATH", "/usr/bin:/bin"), Own("LANG", "C.UTF-8")};
  for (const auto& [name, value] : environment) {
    variables.push_back(name);
    variables.back().append("=").append(value);
  }
  const SpawnPlan plan;
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, words.front().c_str(), &plan.files_, &plan.attributes_,
                                  Pointers(words).data(), Pointers(variables).data());
  if (error != 0)
    return Unavailable("cannot start the alarm program " + command_.front() + ": " +
                       std::strerror(error));
  pid_ = pid;
  started_us_ = now_us;
  killed_ = false;
  why_.clear();
  return Ok();
}

Hook::State Hook::Poll(int64_t now_us) {
  if (pid_ <= 0) return State::kIdle;
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0) {
    if (!killed_ && now_us - started_us_ >= timeout_ms_ * 1000) {
      ::kill(-pid_, SIGKILL);
      killed_ = true;
    }
    return State::kRunning;
  }
  pid_ = 0;
  if (killed_)
    why_ = "it took longer than " + std::to_string(timeout_ms_ / 1000) + " s and was killed";
  else if (ended < 0)
    why_ = "its end was not seen";
  else if (WIFSIGNALED(status))
    why_ = "it was ended by signal " + std::to_string(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    why_ = "it ended with exit code " + std::to_string(WEXITSTATUS(status));
  return why_.empty() ? State::kDone : State::kFailed;
}

}  // namespace sam::kit
