// Where a connector keeps files that it is done with, and where files lie that its rows name. A part of
// [files], and of [sql]. Const after reading.
#pragma once

#include <string>
#include <vector>

namespace sam::files {

struct KeepConfig {
  std::string done;                   // where files go that were worked through ...
  std::string failed;                 // ... and those that were not; on the same file system
  std::string attachments;            // where files lie that rows name
  std::vector<std::string> patterns;  // "ftv_*.csv": files of rows; other names are left alone
  int stable_s = 10;                  // a file is whole when it has not changed for so long, or ...
};

}  // namespace sam::files
