// What the puller does with files of this machine, on the adapter's thread: little and short.
#pragma once

#include <string>

#include "broker/base/result.h"

namespace sam::sftp::local {

bool Exists(const std::string& path);  // also a link, a folder

// The whole file `draft` becomes `name` in `folder`, with a companion beside it so that it is taken
// at once. Never over another file. kUnavailable: nothing is under that name.
Status PutInPlace(const std::string& draft, const std::string& folder, const std::string& name);

}  // namespace sam::sftp::local
