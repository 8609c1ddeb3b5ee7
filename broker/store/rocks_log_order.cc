#include "broker/store/rocks_log_order.h"

#include <rocksdb/file_system.h>

#include <atomic>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sam {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::string_view kEnding = ".log";

bool IsLog(std::string_view path) {
  return path.size() > kEnding.size() && path.substr(path.size() - kEnding.size()) == kEnding;
}

class LogFile;

// The log files open for writing. Held for a sync at most, and only when log files come and go.
struct OpenLogs {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::set<LogFile*> files;
};

class Holding {
 public:
  explicit Holding(OpenLogs& logs) : logs_(logs) {
    while (logs_.busy.test_and_set(std::memory_order_acquire)) logs_.busy.wait(true);
  }
  ~Holding() {
    logs_.busy.clear(std::memory_order_release);
    logs_.busy.notify_one();
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  OpenLogs& logs_;
};

class LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(OpenLogs& logs, std::unique_ptr<rocksdb::FSWritableFile>&& target)
      : FSWritableFileOwnerWrapper(std::move(target)), logs_(logs) {}
  ~LogFile() override { Leave(); }

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    if (failed_) return Failed();
    return target()->Append(data, options, dbg);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* dbg) override {
    if (failed_) return Failed();
    return target()->Append(data, options, info, dbg);
  }
  // A failed sync is final for this file, whoever asked for it: a second one may say yes about
  // bytes that the first one lost.
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    if (failed_) return Failed();
    IOStatus status = target()->Sync(options, dbg);
    if (!status.ok()) failed_ = true;
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    if (failed_) return Failed();
    IOStatus status = target()->Fsync(options, dbg);
    if (!status.ok()) failed_ = true;
    return status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    Leave();
    return target()->Close(options, dbg);
  }

 private:
  static IOStatus Failed() { return IOStatus::IOError("an earlier sync of this log file failed"); }
  void Leave() {
    const Holding hold(logs_);
    logs_.files.erase(this);
  }

  OpenLogs& logs_;
  std::atomic<bool> failed_{false};
};

class OrderedLogs final : public rocksdb::FileSystemWrapper {
 public:
  // RocksDB wants shared ownership; the caller keeps it.
  explicit OrderedLogs(rocksdb::FileSystem* base)
      : FileSystemWrapper(std::shared_ptr<rocksdb::FileSystem>(
            std::shared_ptr<rocksdb::FileSystem>(), base)) {}
  const char* Name() const override { return "SamsignalOrderedLogs"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* dbg) override {
    if (!IsLog(path)) return target()->NewWritableFile(path, options, result, dbg);
    const Holding hold(logs_);
    IOStatus ordered = SyncOlder(path, dbg);
    if (!ordered.ok()) return ordered;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    IOStatus status = target()->NewWritableFile(path, options, &file, dbg);
    if (!status.ok()) return status;
    auto log = std::make_unique<LogFile>(logs_, std::move(file));
    logs_.files.insert(log.get());
    *result = std::move(log);
    return status;
  }

 private:
  // Bytes and names: a file whose name never reached the folder is gone with all its bytes.
  IOStatus SyncOlder(const std::string& path, IODebugContext* dbg) {
    if (logs_.files.empty()) return IOStatus::OK();
    for (LogFile* file : logs_.files) {
      IOStatus synced = file->Sync(IOOptions(), dbg);
      if (!synced.ok()) return synced;
    }
    std::unique_ptr<rocksdb::FSDirectory> folder;
    IOStatus status =
        target()->NewDirectory(path.substr(0, path.rfind('/')), IOOptions(), &folder, dbg);
    if (!status.ok()) return status;
    return folder->FsyncWithDirOptions(IOOptions(), dbg, rocksdb::DirFsyncOptions());
  }

  OpenLogs logs_;
};

}  // namespace

std::unique_ptr<rocksdb::FileSystem> MakeOrderedLogs(rocksdb::FileSystem* base) {
  return std::make_unique<OrderedLogs>(base);
}

}  // namespace sam
