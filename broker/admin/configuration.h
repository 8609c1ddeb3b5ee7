// The versioned configuration as the hub loads it: directory, agreements, programmes and rules as one
// bundle with one version (a digest of the texts), and the peers, which are not journaled. All files
// are parsed before anything is accepted, so that a broken file never reaches the log.
// Main thread (start, reload, tools).
#pragma once

#include <string>

#include "broker/admin/config_history.h"
#include "broker/base/result.h"
#include "broker/config/hub_config.h"
#include "broker/routing/agreements.h"
#include "broker/routing/directory.h"
#include "broker/routing/peers.h"

namespace sam::admin {

struct Configuration {
  std::string version;  // first 12 hex digits of SHA-256 over names and texts
  std::string peers_version;  // the same of peers.toml
  std::string record;   // ConfigLoaded message, as it is journaled
  routing::Directory directory;
  routing::Agreements agreements;
  routing::Peers peers;
};

// "VERSION peers VERSION", as an audit row has it.
std::string VersionsOf(const Configuration& loaded);
// Of the files as they are, readable or not as a configuration.
Result<std::string> VersionsOnDisk(const config::HubConfig& config);
// The texts by the names they have in the record, none looked into.
Result<ConfigTexts> ReadConfigTexts(const config::HubConfig& config);

// kInvalid: every finding with file:line:column. kNotFound: a file is missing.
Result<Configuration> LoadConfiguration(const config::HubConfig& config);

}  // namespace sam::admin
