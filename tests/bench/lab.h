// Lab: one installation in one folder on the real disk: keys, configuration, and the real programs
// from the build folder as child processes. Owned by main; one thread. The children die with it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "broker/wire/curve.h"
#include "broker/wire/zmq_link.h"

namespace sam::bench {

inline constexpr int kSources = 4;

// A new folder in `base`, which is on the disk that the build lies on: /tmp may be memory, and memory has
// no sync. Empty: it could not be made.
std::string MakeFolder(const std::string& base);

class Lab {
 public:
  // `folder` exists and is empty; `build` holds the programs, `source` the repository.
  Lab(std::string folder, std::string build, std::string source);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  Status StartHub();
  Status StartAdapter();
  // The inbox's lines come through `line_fd`.
  Status StartInbox(int* line_fd);
  void StopInbox();

  pid_t hub() const { return hub_; }
  pid_t adapter() const { return adapter_; }
  pid_t inbox() const { return inbox_; }
  const std::string& folder() const { return folder_; }

  // A connection with the key of that peer: "source1".., "forebyggande".
  Result<std::unique_ptr<wire::ZmqClientLink>> Connect(wire::ZmqContext& context,
                                                       const std::string& peer, bool delivery,
                                                       const Clock& clock) const;
  uint16_t mllp_port() const { return mllp_; }
  // Records that are on disk and not folded yet, by the hub's metrics; negative: no answer.
  int64_t Lag() const;
  void Settle() const;  // until dispatch has folded everything
  std::string LogTail(const std::string& name) const;

 private:
  void WriteConfig();
  pid_t Spawn(const std::string& name, const std::vector<std::string>& argv, int* out_fd);
  Status WaitFor(const std::string& name, pid_t pid, uint16_t port, std::string_view path) const;
  void Stop(pid_t& pid);

  std::string folder_, build_, source_;
  uint16_t ingress_ = 0, delivery_ = 0, http_ = 0, mllp_ = 0, adapter_http_ = 0;
  std::string hub_key_;
  pid_t hub_ = 0, adapter_ = 0, inbox_ = 0;
};

// The body of the answer; empty: no answer.
std::string HttpGet(uint16_t port, std::string_view path);

}  // namespace sam::bench
