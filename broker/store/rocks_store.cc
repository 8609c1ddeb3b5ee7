#include "broker/store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_buffer_manager.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "broker/base/check.h"
#include "broker/base/log.h"
#include "broker/store/rocks_log_order.h"

namespace sam {
namespace {

namespace fs = std::filesystem;
using rocksdb::ColumnFamilyHandle;

constexpr size_t kCacheBytes = 32 << 20;        // hot index and filter blocks of a region's hub
constexpr size_t kMaxSpaces = 255;              // Space's index is one byte
constexpr uint64_t kMaxWalBytes = 256 << 20;    // bounds the time a start needs to read it again
constexpr size_t kSpaceMemtable = 16 << 20;     // one space's share before it is flushed
constexpr int kMaxOpenFiles = 512;              // RocksDB does not survive running out of them

// Debian's RocksDB asserts that no slice points nowhere, as an empty view may.
rocksdb::Slice ToSlice(std::string_view text) {
  return text.data() == nullptr ? rocksdb::Slice("", 0) : rocksdb::Slice(text.data(), text.size());
}
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// RocksDB's messages name files and reasons, never keys of ours at these levels.
Error OpenError(const rocksdb::Status& status, const std::string& path) {
  const std::string text = status.ToString();
  const std::string where = "opening store " + path + ": " + text;
  if (status.IsCorruption()) return Corrupt(where);
  if (status.IsNoSpace()) return Exhausted(where + "; free some space first");
  if (status.IsPathNotFound()) return Corrupt(where + "; a file of the store is missing");
  if (status.IsInvalidArgument())
    return Invalid(where + "; was it written by a newer version? Use the version that wrote it");
  if (text.find("lock") != std::string::npos)
    return Unavailable(where + "; another process has it open");
  return Unavailable(where);
}

Error ReadError(const rocksdb::Status& status) {
  const std::string text = "reading the store: " + status.ToString();
  return status.IsCorruption() ? Corrupt(text) : Unavailable(text);
}

Error WriteError(const std::string& what, const rocksdb::Status& status) {
  const std::string text = what + ": " + status.ToString() +
                           "; what is on disk is unknown, exit 75 and recover";
  return status.IsCorruption() ? Corrupt(text) : Internal(text);
}

// A store whose CURRENT file is gone is damaged, not new: making a new one would bury the old.
Status RequireNothingToLose(const std::string& path) {
  std::error_code why;
  fs::directory_iterator entries(path, why);
  for (; !why && entries != fs::directory_iterator(); entries.increment(why)) {
    const std::string kind = entries->path().extension().string();
    if (kind == ".sst" || (kind == ".log" && fs::file_size(entries->path(), why) > 0))
      return Corrupt("store " + path + " holds " + entries->path().filename().string() +
                     " but no CURRENT file; restore the latest verified backup");
  }
  return Ok();
}

class Impl final : public Store {
 public:
  explicit Impl(const StoreOptions& options)
      : path_(options.path),
        read_only_(options.read_only),
        spare_bytes_(options.spare_bytes),
        base_(rocksdb::FileSystem::Default()),
        logs_(MakeOrderedLogs(options.file_system != nullptr ? options.file_system : base_.get())),
        // RocksDB wants shared ownership; this store keeps it.
        env_(rocksdb::NewCompositeEnv(std::shared_ptr<rocksdb::FileSystem>(
            std::shared_ptr<rocksdb::FileSystem>(), logs_.get()))) {}

  ~Impl() override {
    if (db_ == nullptr) return;
    for (ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
    const rocksdb::Status closed = db_->Close();
    if (!closed.ok() && !broken_)
      log::Warn("store", "close", {{"path", path_}, {"why", closed.ToString()}});
  }

  Status Start(const StoreOptions& options, rocksdb::WALRecoveryMode mode);
  Status Apply(const Batch& batch, Durability durability) override;
  Status Sync() override;
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override;
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override;
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override;
  Status Checkpoint(const std::string& directory) override;
  Status VerifyChecksums();
  Status EraseForGood(Space space);

 private:
  void DropUnwritten(const rocksdb::Options& base,
                     std::vector<rocksdb::ColumnFamilyDescriptor>& families);
  rocksdb::Options DbOptions(const StoreOptions& options, rocksdb::WALRecoveryMode mode);
  // handles_[0] is RocksDB's own "default", which holds nothing.
  ColumnFamilyHandle* HandleOf(Space space) const {
    SAM_CHECK(size_t{space.index} + 1 < handles_.size());
    return handles_[size_t{space.index} + 1];
  }
  // Room is looked for before writing. A log write that fails half way is what RocksDB recovers
  // from least well: Debian's build, with assertions on, may abort when it then syncs that file.
  bool HasRoom(size_t bytes) const {
    struct statvfs info {};
    if (statvfs(path_.c_str(), &info) != 0) return true;  // then the write itself will tell
    return uint64_t{info.f_bavail} * info.f_frsize >= spare_bytes_ + 2 * bytes;
  }
  // Bytes of the log files: what a copy of the store writes anew (tables are linked).
  size_t LogBytes() const {
    size_t bytes = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path_, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(it->path(), gone);
      if (!gone && it->path().extension() == ".log") bytes += size;
    }
    return bytes;
  }
  // True of the newest spaces in a store that an older version wrote, while it is only read.
  bool Lacks(Space space) const {
    return space.index < spaces_named_ && size_t{space.index} + 1 >= handles_.size();
  }
  Status Writable() const {
    if (broken_) return *broken_;
    if (read_only_) return Denied("store " + path_ + " is open for reading only");
    return Ok();
  }

  const std::string path_;
  const bool read_only_;
  const uint64_t spare_bytes_;
  // In this order: each must outlive the next, and all of them db_.
  const std::shared_ptr<rocksdb::FileSystem> base_;
  const std::unique_ptr<rocksdb::FileSystem> logs_;
  const std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<ColumnFamilyHandle*> handles_;
  size_t spaces_named_ = 0;  // in the options
  // After the first failed write or sync nothing is tried again: the page cache may drop what
  // failed and say yes the second time. Writer thread only.
  std::optional<Error> broken_;
};

rocksdb::Options Impl::DbOptions(const StoreOptions& options, rocksdb::WALRecoveryMode mode) {
  rocksdb::Options out;
  out.env = env_.get();
  out.create_if_missing = options.create && !options.read_only;
  out.create_missing_column_families = !options.read_only;
  out.wal_recovery_mode = mode;
  out.paranoid_checks = true;
  out.paranoid_file_checks = true;
  out.max_open_files = kMaxOpenFiles;
  out.max_total_wal_size = kMaxWalBytes;
  out.max_background_jobs = 2;  // one flush, one compaction: parallel flushes had bugs in 7.8
  out.max_write_buffer_number = 2;
  out.write_buffer_size = std::min(options.memtable_bytes, kSpaceMemtable);
  // With many spaces a megabyte each would be wasted; and one block must leave room in a memtable.
  out.arena_block_size = std::min<size_t>(256 << 10, out.write_buffer_size / 8);
  out.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.memtable_bytes);
  out.bytes_per_sync = 1 << 20;
  out.compression = rocksdb::kLZ4Compression;
  out.bottommost_compression = rocksdb::kZSTD;
  out.info_log_level = rocksdb::WARN_LEVEL;
  out.max_log_file_size = 1 << 20;
  out.keep_log_file_num = 4;
  return out;
}

Status Impl::Start(const StoreOptions& options, rocksdb::WALRecoveryMode mode) {
  if (options.space_names.size() > kMaxSpaces) return Invalid("a store has at most 255 spaces");
  for (const std::string& name : options.point_lookup)
    if (std::find(options.space_names.begin(), options.space_names.end(), name) ==
        options.space_names.end())
      return Invalid("point_lookup names the space " + name + ", which the store does not have");
  std::error_code why;
  const bool exists = fs::exists(path_ + "/CURRENT", why);
  if (!exists && !(options.create && !read_only_))
    return NotFound("store " + path_ + " does not exist");
  if (!exists) {
    SAM_TRY(RequireNothingToLose(path_));
    fs::create_directories(path_, why);
    if (!why) fs::permissions(path_, fs::perms::owner_all, why);
    if (why) return Unavailable("creating store " + path_ + ": " + why.message());
  }
  const rocksdb::Options base = DbOptions(options, mode);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  table.block_size = 16 << 10;
  table.format_version = 5;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  const auto add = [&](const std::string& name, bool point) {
    rocksdb::ColumnFamilyOptions family(base);
    rocksdb::BlockBasedTableOptions own = table;
    if (point) {
      own.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      // Most look-ups are for keys that are not there ("have we seen this?"): not even in memory
      // is the list walked for them.
      family.memtable_prefix_bloom_size_ratio = 0.02;
      family.memtable_whole_key_filtering = true;
    }
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(own));
    families.emplace_back(name, family);
  };
  add(rocksdb::kDefaultColumnFamilyName, false);
  for (const std::string& name : options.space_names)
    add(name, std::find(options.point_lookup.begin(), options.point_lookup.end(), name) !=
                  options.point_lookup.end());
  spaces_named_ = options.space_names.size();
  if (read_only_) DropUnwritten(base, families);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      read_only_ ? rocksdb::DB::OpenForReadOnly(base, path_, families, &handles_, &db)
                 : rocksdb::DB::Open(base, path_, families, &handles_, &db);
  if (!status.ok()) return OpenError(status, path_);
  db_.reset(db);
  return Ok();
}

// Spaces are only ever added at the end, and a reader adds none: what an older version did not have
// yet reads as empty. Whatever else is wrong the opening tells.
void Impl::DropUnwritten(const rocksdb::Options& base,
                         std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  std::vector<std::string> has;
  if (!rocksdb::DB::ListColumnFamilies(base, path_, &has).ok()) return;
  while (families.size() > 2 &&
         std::find(has.begin(), has.end(), families.back().name) == has.end())
    families.pop_back();
}

Status Impl::Apply(const Batch& batch, Durability durability) {
  SAM_TRY(Writable());
  if (batch.empty()) return durability == Durability::kNow ? Sync() : Ok();
  if (!HasRoom(batch.bytes()))
    return Exhausted("store " + path_ + " has no room: less than " +
                     std::to_string(spare_bytes_ >> 20) + " MiB are free on its disk");
  rocksdb::WriteBatch writes(batch.bytes());
  for (const Batch::Op& op : batch.ops()) {
    const rocksdb::Status added =
        op.value ? writes.Put(HandleOf(op.space), ToSlice(op.key), ToSlice(*op.value))
                 : writes.Delete(HandleOf(op.space), ToSlice(op.key));
    if (!added.ok()) return WriteError("building a batch", added);
  }
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kNow;
  const rocksdb::Status status = db_->Write(options, &writes);
  if (status.ok()) return Ok();
  // RocksDB itself waits for space and then goes on with a fresh log file.
  if (status.IsNoSpace())
    return Exhausted("store " + path_ + " has no space: " + status.ToString());
  broken_ = WriteError("writing store " + path_, status);
  return *broken_;
}

Status Impl::Sync() {
  SAM_TRY(Writable());
  // No exception for a full disk here: batches that were answered kLater may be lost by it.
  const rocksdb::Status status = db_->SyncWAL();
  if (status.ok()) return Ok();
  broken_ = WriteError("syncing store " + path_, status);
  return *broken_;
}

Result<std::optional<std::string>> Impl::Get(Space space, std::string_view key) const {
  if (Lacks(space)) return std::optional<std::string>();
  std::string value;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), HandleOf(space), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ReadError(status);
  return std::optional<std::string>(std::move(value));
}

Status Impl::Scan(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const {
  if (Lacks(space)) return Ok();
  rocksdb::ReadOptions options;
  const rocksdb::Slice upper = ToSlice(until);
  if (!until.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, HandleOf(space)));
  for (it->Seek(ToSlice(from)); it->Valid(); it->Next())
    if (!visit(ToView(it->key()), ToView(it->value()))) break;
  // A damaged block ends the scan early and only this tells.
  if (!it->status().ok()) return ReadError(it->status());
  return Ok();
}

Status Impl::ScanBack(Space space, std::string_view from, std::string_view until,
                      const Visitor& visit) const {
  if (Lacks(space)) return Ok();
  rocksdb::ReadOptions options;
  const rocksdb::Slice upper = ToSlice(until);
  const rocksdb::Slice lower = ToSlice(from);
  if (!until.empty()) options.iterate_upper_bound = &upper;
  options.iterate_lower_bound = &lower;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, HandleOf(space)));
  for (it->SeekToLast(); it->Valid(); it->Prev())
    if (!visit(ToView(it->key()), ToView(it->value()))) break;
  if (!it->status().ok()) return ReadError(it->status());
  return Ok();
}

Status Impl::Checkpoint(const std::string& directory) {
  // Here too: a copy that runs out of space half way ends the process in Debian's build.
  if (const size_t bytes = LogBytes(); !HasRoom(bytes))
    return Exhausted("copying store " + path_ + " to " + directory + ": less than " +
                     std::to_string((spare_bytes_ + 2 * bytes) >> 20) +
                     " MiB are free on its disk; free some space first");
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // The log is copied, not flushed: a flush for each backup would leave many small files.
  if (status.ok())
    status = checkpoint->CreateCheckpoint(directory, std::numeric_limits<uint64_t>::max());
  const std::string what = "copying store " + path_ + " to " + directory + ": ";
  if (status.ok()) return Ok();
  if (status.IsNoSpace()) return Exhausted(what + status.ToString());
  if (status.IsInvalidArgument()) return Conflict(what + "the folder exists already");
  return Unavailable(what + status.ToString());
}

Status Impl::VerifyChecksums() {
  const rocksdb::Status status = db_->VerifyChecksum();
  if (!status.ok()) return ReadError(status);
  return Ok();
}

Status Impl::EraseForGood(Space space) {
  SAM_TRY(Writable());
  // All spaces are flushed: one that is not would keep the old log file alive.
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), handles_);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (status.ok()) status = db_->CompactRange(options, HandleOf(space), nullptr, nullptr);
  if (status.IsNoSpace()) return Exhausted("erasing in store " + path_ + ": " + status.ToString());
  if (!status.ok()) return WriteError("erasing in store " + path_, status);
  return Ok();
}

Result<std::unique_ptr<Store>> OpenWith(const StoreOptions& options,
                                        rocksdb::WALRecoveryMode mode) {
  auto store = std::make_unique<Impl>(options);
  SAM_TRY(store->Start(options, mode));
  return std::unique_ptr<Store>(std::move(store));
}

Error TooOld(const std::string& path, uint64_t has, const HighWater& mark) {
  return Corrupt(
      "store " + path + " reaches position " + std::to_string(has) + ", but position " +
      std::to_string(mark.mark().position) + " was on disk before (" + mark.path() +
      "): records that were acknowledged are missing. Do not delete anything. Either put back the "
      "newest store, or begin a new epoch, in which the sources send again what is missing: with the "
      "latest backup ('samsignal backup restore'), or, without one, with this store "
      "('samsignal recover --accept-loss')");
}

Status RequireMark(const Store& store, const std::string& path, const HighWater& mark,
                   const PositionOf& position) {
  SAM_ASSIGN(const uint64_t has, position(store));
  if (has < mark.mark().position) return TooOld(path, has, mark);
  return Ok();
}

// Keeps what the damaged log files hold, before RocksDB cuts them.
Result<std::string> KeepDamagedLogs(const std::string& path) {
  std::string target = path + ".damaged";
  std::error_code why;
  for (int n = 2; fs::exists(target, why); ++n) target = path + ".damaged." + std::to_string(n);
  fs::create_directory(target, why);
  if (!why) fs::permissions(target, fs::perms::owner_all, why);
  if (!why) {
    fs::directory_iterator entries(path, why);
    for (; !why && entries != fs::directory_iterator(); entries.increment(why)) {
      if (entries->path().extension() != ".log") continue;
      fs::copy_file(entries->path(), target / entries->path().filename(), why);
      if (why) break;
    }
  }
  if (why) return Unavailable("keeping the damaged log files in " + target + ": " + why.message());
  return target;
}

Impl* AsRocks(Store& store) { return dynamic_cast<Impl*>(&store); }

}  // namespace

Result<std::unique_ptr<Store>> RocksStore::Open(const StoreOptions& options) {
  return OpenWith(options, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
}

Result<std::unique_ptr<Store>> RocksStore::OpenRecovered(const StoreOptions& options,
                                                         const HighWater* mark,
                                                         const PositionOf& position) {
  Result<std::unique_ptr<Store>> first = Open(options);
  if (mark == nullptr) return first;
  if (first.ok()) {
    SAM_TRY(RequireMark(**first, options.path, *mark, position));
    return first;
  }
  if (first.error().code != Code::kCorrupt) return first;

  // A read-only open replays the log in memory and leaves the files as they are, so looking costs
  // nothing if the answer is no.
  constexpr auto kUpToDamage = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  StoreOptions look = options;
  look.read_only = true;
  uint64_t reached = 0;
  {
    Result<std::unique_ptr<Store>> seen = OpenWith(look, kUpToDamage);
    if (!seen.ok())
      return Wrap("the store is damaged beyond its log; restore the latest verified backup as a "
                  "new epoch", seen.error());
    SAM_ASSIGN(reached, position(**seen));
    if (reached < mark->mark().position)
      return Wrap(first.error().message, TooOld(options.path, reached, *mark));
    if (options.read_only) return seen;
  }
  SAM_ASSIGN(const std::string kept, KeepDamagedLogs(options.path));
  SAM_ASSIGN(std::unique_ptr<Store> store, OpenWith(options, kUpToDamage));
  SAM_TRY(RequireMark(*store, options.path, *mark, position));
  log::Warn("store", "recovered-before-damage",
            {{"path", options.path}, {"position", reached},
             {"mark", mark->mark().position}, {"damaged_logs", kept}});
  return store;
}

Status RocksStore::VerifyChecksums(Store& store) {
  Impl* const rocks = AsRocks(store);
  if (rocks == nullptr) return Invalid("checksums: not a RocksDB store");
  return rocks->VerifyChecksums();
}

Status RocksStore::EraseForGood(Store& store, Space space) {
  Impl* const rocks = AsRocks(store);
  if (rocks == nullptr) return Invalid("erasing: not a RocksDB store");
  return rocks->EraseForGood(space);
}

}  // namespace sam
