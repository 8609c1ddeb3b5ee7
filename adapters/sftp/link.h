// Link: the conversation with the server as the adapter's thread sees it: one request at a time,
// one reply to each, never a wait. Behind it is a thread with libssh (worker.h), or a test's own.
// One thread at a time; owned by the puller.
// Limits: kMaxFiles names in a listing, kMaxEntries entries looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/sftp/sftp_config.h"
#include "broker/base/ids.h"

namespace sam::sftp {

// What tells one state of a remote file from another without reading it.
struct RemoteFile {
  std::string name;
  uint64_t size = 0;
  int64_t modified_s = 0;
  bool operator==(const RemoteFile&) const = default;
};

struct Listing {
  static constexpr size_t kMaxFiles = 10'000;
  static constexpr size_t kMaxEntries = 200'000;
  std::vector<RemoteFile> files;     // names that a pattern fits
  std::set<std::string> companions;  // names that end in .done, .sem
  size_t other = 0;                  // of other names
  size_t odd = 0;                    // names and kinds that are not touched (remote_name.h)
  bool complete = true;              // false: a limit was reached, there is more
};

struct Request {
  enum class Kind {
    kList,
    kFetch,   // `file` into `local`
    kPut,     // the file `local` as `target`
    kSettle,  // what is to become of `file`
    kClose,   // the round is over
  };
  Kind kind = Kind::kList;
  RemoteFile file;
  std::string local;
  std::string target;        // kSettle: where to; empty: delete
  std::string other_target;  // when there is one of that name
  std::string make_folder;   // that the target is in
};

struct Trouble {
  std::string what;     // a code
  bool whole = true;    // of the server, not of one file; the conversation is closed
  bool passing = true;  // may pass by itself
  std::string detail;   // our own words and those of the configuration
};

struct Reply {
  Request::Kind kind = Request::Kind::kList;
  std::optional<Trouble> trouble;
  Listing listing;
  Digest digest;         // kFetch
  bool changed = false;  // kFetch, kSettle: it is not (any more) the file that was meant
  bool gone = false;     // the same: it is not there
};

class Link {
 public:
  virtual ~Link() = default;
  virtual bool busy() const = 0;
  virtual void Start(Request request) = 0;     // not while busy
  virtual std::optional<Reply> Take() = 0;     // of the request under way, when it is there
};

}  // namespace sam::sftp
