// Receipt: what a sender reads of a file: <name>.ok or <name>.err beside it, as one JSON object
// with counts, places and codes; never a value. Written whole or not at all.
// One thread.
#pragma once

#include <string>

#include "adapters/files/file_mark.h"
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

// Writes the receipt into `folder` for a file that will be called `name` there, then moves the
// file from `path` to it and makes both durable. Returns the name, which gets the file's number
// when another file has it. kUnavailable: nothing was moved, try again.
Result<std::string> MoveWithReceipt(const std::string& path, const std::string& folder,
                                    const std::string& name, const Receipt& receipt);

// After a crash: the name that MoveWithReceipt gave to the file of this number, which it moved.
std::string NameOfMoved(const std::string& folder, const std::string& name, uint64_t number);

}  // namespace sam::files
