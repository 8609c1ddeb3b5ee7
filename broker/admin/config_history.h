// The versions of the configuration that this log has run with, newest last, each with who loaded it: what
// `samsignal config list|diff|rollback` stand on. A version is journaled whole when it is loaded, so a
// file that is gone from the disk is still there. Any thread: reads records and rows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/journal/inbox.h"
#include "broker/journal/reader.h"
#include "broker/store/store.h"

namespace sam::admin {

inline constexpr const char* kReloadAction = "reload";

// By the name in the record: directory.toml, agreements.toml, programmes.toml, rules.toml, hub.toml.
using ConfigTexts = std::map<std::string, std::string>;

struct LoadedVersion {
  Offset place;
  Millis loaded;
  std::string version;
  std::string by, reason;  // empty: loaded at a start, or by an older build
  ConfigTexts texts;
};
Result<std::vector<LoadedVersion>> ConfigHistory(const Store& store, const journal::Reader& log);

// The newest one of that version, or of the only version that begins so (at least 4 digits). kNotFound,
// kConflict: several do.
Result<const LoadedVersion*> FindVersion(const std::vector<LoadedVersion>& history,
                                         std::string_view version);

// Who made the hub read its configuration again.
struct ReloadAsked {
  std::string by, role, reason;
};
struct ReloadRecord {
  ReloadAsked asked;
  std::string before, after;  // versions, with that of peers.toml
  std::string outcome;        // loaded, unchanged, or refused with why
};
journal::Draft ReloadDraft(const ReloadRecord& record);

}  // namespace sam::admin
