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
// `path`.new, synced, renamed, folder synced. An existing file's mode stays (and its owner,
// when root writes: a peers.toml that only root can read would stop the hub), a new one gets `mode`.
Status ReplaceSynced(const std::string& path, std::string_view bytes, mode_t mode);

// What root makes for a service goes to the owner of the folder it is made in: `fd` is the new file,
// `path` its name. Of anybody but root nothing is changed.
Status GiveToFolderOwner(int fd, const std::string& path);

// Makes `path` and the folders above it that are missing, closed to others (0700). One that exists is
// left as it is: whoever made it has decided who enters.
Status MakeClosedFolder(const std::string& path);

}  // namespace sam
