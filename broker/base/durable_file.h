// Small files that must be whole after a power cut. Any thread; blocks on the disk.
// Errors: kExhausted when the disk is full, kUnavailable otherwise, with the path and the reason.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam {

// Puts the entry of `path` in its folder on disk: after a file was made, renamed or removed.
Status SyncFolderOf(const std::string& path);

// `path` holds either what it held or all of `bytes`, whatever happens: written beside it as
// `path`.new, synced, renamed, folder synced. An existing file's mode stays, a new one gets `mode`.
Status ReplaceSynced(const std::string& path, std::string_view bytes, mode_t mode);

}  // namespace sam
