// Handshake: from nothing to a server that is who it should be and that has let us in. The order is
// the point: the server's key is judged before anything of ours is shown.
// One thread, the worker's. Knows libssh, as session.cc does.
#pragma once

#include "adapters/sftp/link.h"
#include "adapters/sftp/sftp_config.h"
#include "adapters/sftp/ssh_handles.h"
#include "adapters/sftp/wire.h"

namespace sam::sftp {

// Null and why not. `trouble.what`: unreachable, no-common-algorithm, host-key-unknown,
// host-key-changed, known-hosts, key, denied.
SessionHandle Handshake(const SftpConfig& config, Wire& wire, Trouble& trouble);

}  // namespace sam::sftp
