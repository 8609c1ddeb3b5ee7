// Names that a server sends. It may be broken or hostile, and a name may be a person's: what is not
// plainly a file name is not touched, and none of them is ever logged.
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace sam::sftp {

enum class NameKind {
  kWanted,     // a pattern fits
  kCompanion,  // says that a file is whole
  kOther,      // not asked for, in the making, or a receipt or a mark of ours
  kOdd,        // no plain file name: a path, control signs, not UTF-8, too long
};

inline constexpr size_t kMaxName = 200;  // leaves room for .err, .tmp and a number in 255 bytes

NameKind KindOf(const std::string& name, const std::vector<std::string>& patterns);

// What a file is renamed to beside itself; no pattern ever takes such a name.
inline constexpr const char* kTaken = ".taken";
inline constexpr const char* kRefused = ".refused";

}  // namespace sam::sftp
