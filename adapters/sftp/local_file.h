// What the puller does with files of this machine: little and short. PutInPlace on the
// adapter's thread, ReadReceipt on the worker's.
// Limit: kMaxReceipt bytes.
#pragma once

#include <cstddef>
#include <string>

#include "broker/base/result.h"

namespace sam::sftp::local {

// The whole file `draft` becomes `name` in `folder`, with a companion beside it so that it is taken
// at once. Never over another file. kUnavailable: it is not under that name.
Status PutInPlace(const std::string& draft, const std::string& folder, const std::string& name);

constexpr size_t kMaxReceipt = size_t{1} << 20;  // many times what adapters/files writes
// kNotFound: there is none. kUnavailable: it cannot be read, or is none of ours.
Result<std::string> ReadReceipt(const std::string& path);

}  // namespace sam::sftp::local
