// A backup on disk: a folder with log/, vault/, checkpoints and BACKUP.json, complete when it stands
// under its own name (it is written as ".unfinished-..." and renamed when all is on disk).
// The KEK is not in it: whoever has the backup alone can read nothing.
// Any thread, blocking; nothing else may write the folders meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::admin {

// What BACKUP.json says; the root is compared with the records when the backup is verified.
struct BackupFacts {
  std::string hub;  // hex
  uint32_t epoch = 0;
  uint64_t records = 0;
  std::string root;  // hex
};

using CopyProgress = std::function<void(uint64_t done_bytes, uint64_t all_bytes)>;

// Copies a folder with all below it; every file and folder is on disk on return, and the kernel was
// asked to forget the files' pages. kExhausted: the target's disk has too little room (asked before
// the first byte). kConflict: `to` exists.
Status CopySynced(const std::string& from, const std::string& to, const CopyProgress& progress);

// `into`/2026-03-02T070000Z-`suffix`: a name that sorts by time and is free.
std::string FreeName(const std::string& into, Millis now, const std::string& suffix);

Status WriteFacts(const std::string& folder, const BackupFacts& facts);
// kNotFound: no finished backup stands there. kCorrupt: its BACKUP.json is not readable.
Result<BackupFacts> ReadFacts(const std::string& folder);

// Renames and syncs the folder around it.
Status RenameSynced(const std::string& from, const std::string& to);

}  // namespace sam::admin
