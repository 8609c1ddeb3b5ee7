// Receipt: what a sender reads of a file: <name>.ok or <name>.err beside it, as one JSON object
// with counts, places and codes; never a value. Written whole or not at all.
// One thread.
#pragma once

#include <string>

#include "adapters/files/file_mark.h"
#include "adapters/files/input_file.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::files {

struct Receipt {
  uint64_t number = 0;
  Digest digest;        // SHA-256 of the file
  std::string outcome;  // "done", "duplicate", or the code of a refusal
  std::string detail;   // no content
  Counts counts;
  bool ok() const { return outcome == "done" || outcome == "duplicate"; }
};

std::string ReceiptText(const Receipt& receipt);

struct Moved {
  std::string name;       // in the folder; the receipt stands beside it
  bool replaced = false;  // another file is at the path now: it stays, and only a receipt was written
};

// Before that a name in it may be lost by a power cut. kUnavailable.
Status SyncFolder(const std::string& folder);

// Writes the receipt into `folder` for a file that will be called `name` there, then moves the
// file from `path` to it and makes both durable. The name gets the file's number when another file
// has it (sealed or not), or when what is at the path is not what was `opened`: another file, or for a receipt that
// is ok a changed one, which nobody has read. The opened file must still be held, so that nobody
// else gets its inode. kUnavailable: nothing was moved, try again.
Result<Moved> MoveWithReceipt(const std::string& path, const std::string& folder,
                              const std::string& name, const Receipt& receipt, const Stamp& opened);

// After a crash: the name that MoveWithReceipt gave to the file of this number, which it moved.
std::string NameOfMoved(const std::string& folder, const std::string& name, uint64_t number);

}  // namespace sam::files
