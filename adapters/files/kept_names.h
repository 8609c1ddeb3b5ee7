// What lies in done/ and failed/: files that were worked through, sealed or not yet, and their
// receipts. One reading of the folders; nothing is opened. One thread.
// Whatever else lies there (no receipt beside it, and not our way of naming) is somebody else's and
// left alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/files/keep_config.h"

namespace sam::files {

struct KeptName {
  enum class What {
    kSealed,   // NAME.sealed
    kPlain,    // NAME, with its receipt beside it
    kReceipt,  // NAME.ok, NAME.err
    kDraft,    // of a sealed copy, left by a crash
  };
  What what = What::kSealed;
  std::string folder;
  std::string name;  // the sender's, without our ending; of a receipt and a draft as it stands
  std::string path() const;
};

inline constexpr const char* kSealedEnd = ".sealed";
std::string SealedPath(const std::string& folder, const std::string& name);
std::string DraftPath(const std::string& folder);  // a new one each time

// By name. Folders that are not there yet, or cannot be read, hold nothing.
std::vector<KeptName> KeptNames(const KeepConfig& config);
// The receipt of a plain file, or a receipt itself, is of our writing: else both are somebody else's.
// Opens it.
bool IsOurs(const KeptName& kept);
// The file's number as its receipt tells it; 0: there is none to be read.
uint64_t NumberInReceipt(const std::string& folder, const std::string& name);
// What is kept of a file besides its bytes goes with them.
void RemoveReceipts(const std::string& folder, const std::string& name);

}  // namespace sam::files
