// A file that a person named, as a whole: a sample, a mapping, a message to send. What is no file is told
// as such; a stream of the standard library would throw at a folder.
// Any thread. Limit: memory; for what a source sends there are readers with bounds.
#pragma once

#include <string>

#include "broker/base/result.h"

namespace sam {

// kNotFound: cannot be opened, and why. kInvalid: it is a folder, or cannot be read.
Result<std::string> ReadWholeFile(const std::string& path);

}  // namespace sam
