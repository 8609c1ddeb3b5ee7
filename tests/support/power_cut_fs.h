// PowerCutFs: a file system below RocksDB that knows what is really on the disk. At any instant it
// can write out the image a power cut would leave: synced bytes for certain, the rest cut, kept or
// garbled by chance, and new file names that no folder sync covered perhaps missing.
// The store itself runs on undisturbed and is closed as usual; the image is then opened instead.
// Thread-safe (RocksDB writes from several threads): one spin lock, held for each change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "broker/base/random.h"

namespace rocksdb {
class FileSystem;
}

namespace sam::test {

class PowerCutFs {
 public:
  enum class Tail {
    kCut,     // each file ends somewhere between its synced and its written length
    kGarble,  // log files: full length, unsynced bytes overwritten from some point on; others: kCut
    kLose,    // exactly what was synced
  };

  PowerCutFs();
  ~PowerCutFs();
  PowerCutFs(const PowerCutFs&) = delete;
  PowerCutFs& operator=(const PowerCutFs&) = delete;

  rocksdb::FileSystem* get();

  // Copies `directory` as a cut at this instant would leave it into the new folder `image`.
  // False when copying itself failed.
  bool CutInto(const std::string& directory, const std::string& image, Tail tail, Random& random);

  void FailSyncs(bool fail);   // every sync of a log file fails with an I/O error
  void LieSyncs(bool lie);     // syncs say yes, and the bytes do not count as synced
  void NoSpace(bool full);     // every write fails with "no space"
  uint64_t syncs() const;      // of log files, that said yes

 private:
  struct State;
  class Fs;
  class File;
  class Folder;
  std::unique_ptr<State> state_;
  std::unique_ptr<Fs> fs_;
};

}  // namespace sam::test
