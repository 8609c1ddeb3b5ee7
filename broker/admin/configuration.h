// The versioned configuration as the hub loads it: directory, agreements, programmes and rules as one
// bundle with one version (a digest of the texts), and the peers, which are not journaled. All files
// are parsed before anything is accepted, so that a broken file never reaches the log.
// Main thread (start, reload, tools).
#pragma once

#include <string>

#include "broker/base/result.h"
#include "broker/config/hub_config.h"
#include "broker/routing/directory.h"
#include "broker/routing/peers.h"

namespace sam::admin {

struct Configuration {
  std::string version;  // first 12 hex digits of SHA-256 over names and texts
  std::string record;   // ConfigLoaded message, as it is journaled
  routing::Directory directory;
  routing::Peers peers;
};

// kInvalid: every finding with file:line:column. kNotFound: a file is missing.
Result<Configuration> LoadConfiguration(const config::HubConfig& config);

}  // namespace sam::admin
