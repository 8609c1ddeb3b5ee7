// FolderOwner: whose a folder of finished files is. Two adapters on one would seal and remove each
// other's files, so each writes its system id into the folder (.samsignal-source) and takes no other's.
// One thread. Limit: two that begin in the same moment may both find it free; the next start tells.
#pragma once

#include <string>

#include "broker/base/result.h"

namespace sam::files {

inline constexpr const char* kOwnerName = ".samsignal-source";

// Of a folder that is there. kDenied: it bears another id. kUnavailable: cannot be read or written now.
Status ClaimFolder(const std::string& folder, const std::string& system_id);

}  // namespace sam::files
