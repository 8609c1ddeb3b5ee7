// A file system below RocksDB that syncs the write-ahead log file in use before a newer one is
// begun, so that only the newest can have an unsynced tail. RocksDB itself lets two files lose
// their tails apart: a power cut could then leave a hole, with a later batch there and an earlier
// one gone, which no recovery mode notices when the cut falls between two records.
// Costs one sync per log file (tens of megabytes). Any thread; owned by the store above it.
#pragma once

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace sam {

// `base` must outlive the result.
std::unique_ptr<rocksdb::FileSystem> MakeOrderedLogs(rocksdb::FileSystem* base);

}  // namespace sam
