// One attachment out of the inbox into a file: asked for part by part, so that neither side holds the
// whole. The file is the account's alone (0600), is never written over another, and has its name only
// when it is whole, its digest is right and it is on disk. Blocking; the command line's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/inbox/command.h"

namespace sam::inbox {

using Ask = std::function<Result<Reply>(const Command&)>;

// `command` names signal and attachment. The bytes written. kConflict: the file exists, or not all parts
// are in the inbox; kCorrupt: damaged, nothing was kept; kUnavailable: the file cannot be written.
Result<uint64_t> SaveAttachment(const Ask& ask, Command command, const std::string& path);

}  // namespace sam::inbox
