// Session: one conversation with one server: connected, its key known, ourselves let in. libssh is
// known to session.cc and handshake.cc alone. Nothing of the machine's ssh is used: no configuration
// files, no agent, no default keys, no passwords; one private key, one known_hosts, algorithms of
// today. No text of the server's or of libssh's is passed on: all words are ours (Trouble::detail).
// One thread, the worker's. Blocks; Wire ends what takes too long.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/sftp/link.h"
#include "adapters/sftp/wire.h"

namespace sam::sftp {

class Session {
 public:
  virtual ~Session() = default;

  // Null and why not, when it cannot be.
  static std::unique_ptr<Session> Open(const PulledFilesConfig& config, Wire& wire,
                                       Trouble& trouble);

  // Each says what went wrong, and fills its part of the reply.
  virtual std::optional<Trouble> List(Listing& out) = 0;
  // Into `local`, written anew and synced. Reads never more than the listing promised.
  virtual std::optional<Trouble> Fetch(const RemoteFile& file, const std::string& local,
                                       Reply& out) = 0;
  virtual std::optional<Trouble> Put(const std::string& local, const std::string& target) = 0;
  // Only when it is still the file that was fetched.
  virtual std::optional<Trouble> Settle(const Request& request, Reply& out) = 0;
};

}  // namespace sam::sftp
