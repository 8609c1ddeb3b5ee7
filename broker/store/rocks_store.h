// RocksStore: the Store on embedded RocksDB. No RocksDB type is visible here (only the name of one
// class, for tests that put their own file system below).
// Threads: as store.h says; Checkpoint and VerifyChecksums from any thread, EraseForGood from the
// writer thread.
// Limits: 32 MiB of cached blocks, `memtable_bytes` of memtables over all spaces, 512 open files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/store/high_water.h"
#include "broker/store/store.h"

namespace rocksdb {
class FileSystem;
}

namespace sam {

struct StoreOptions {
  std::string path;                       // a folder that holds this store and nothing else
  std::vector<std::string> space_names;   // Space{i} is the i-th name; at most 255
  std::vector<std::string> point_lookup;  // names of spaces read by whole key: 10-bit bloom filter
  bool create = false;                    // make the store when it is missing
  bool read_only = false;                 // Apply and Sync refuse; the files stay as they are
  size_t memtable_bytes = 64 << 20;       // together with the cache keeps the hub below 256 MB
  uint64_t spare_bytes = 32 << 20;        // free space below which Apply refuses with kExhausted
  rocksdb::FileSystem* file_system = nullptr;  // tests only; must outlive the store
};

// The store's own idea of how far it got: the next journal offset, read from its rows.
using PositionOf = std::function<Result<uint64_t>(const Store&)>;

class RocksStore {
 public:
  // Refuses any damage but a cut tail of the write-ahead log. kNotFound: missing and create not
  // set. kInvalid: the store has spaces that are not named. kCorrupt: damage (exit 70).
  // kUnavailable: another process has it open. kExhausted: no space.
  static Result<std::unique_ptr<Store>> Open(const StoreOptions& options);

  // Open in two steps. First as above. On kCorrupt look at what is readable up to the first damage,
  // changing nothing; go on with that (and a warning) only if it reaches the high-water mark, since
  // then only unsynced records were hurt. Otherwise, and whenever the store is behind the mark (a
  // lost log file, an old copy put back), kCorrupt with what the operator can do.
  // The damaged log files are kept in `path`.damaged. `mark` may be null: then the first step only.
  static Result<std::unique_ptr<Store>> OpenRecovered(const StoreOptions& options,
                                                      const HighWater* mark,
                                                      const PositionOf& position);

  // The rest takes a store that Open made; kInvalid for any other kind.
  // Reads every file and compares checksums; for a daily check. Minutes on a large store.
  static Status VerifyChecksums(Store& store);
  // Rewrites the space so that deleted rows are gone from its files, and starts a new write-ahead
  // log, so that they are gone from there too. Older checkpoints and backups still hold them.
  static Status EraseForGood(Store& store, Space space);
};

}  // namespace sam
