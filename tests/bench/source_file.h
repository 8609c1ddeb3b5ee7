// A CSV file of the dental demonstration through the real files connector, pipeline and store of
// samsignal-adapter, in this process and without a hub: until its receipt lies there, every row is
// in the outbox and synced. One thread.
#pragma once

#include <string>

#include "broker/base/result.h"
#include "tests/bench/source_row.h"

namespace sam::bench {

struct FilePlan {
  std::string name;    // of the row
  std::string source;  // the repository
  std::string folder;  // exists, on the disk to be measured; emptied again
  uint64_t rows = 100'000;
  size_t text_bytes = 0;  // of a column that no rule reads, in each row
  bool progress = false;  // a line with memory and rate for each tenth
};

// The limit: the same rows as they stand in the file, in RocksDB, as many in one synced batch.
Result<SourceRow> FileRow(const FilePlan& plan);

}  // namespace sam::bench
