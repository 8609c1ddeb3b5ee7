#include "tests/support/power_cut_fs.h"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace sam::test {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

bool IsLog(const std::string& path) {
  return path.size() > 4 && path.substr(path.size() - 4) == ".log";
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return out.good();
}

// What this run knows about one file; files it never wrote are whole on disk.
struct Tracked {
  uint64_t written = 0;
  uint64_t synced = 0;
  bool named = false;                    // a folder sync covered its name
  std::optional<std::string> displaced;  // what the name held before a rename
};

}  // namespace

struct PowerCutFs::State {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::map<std::string, Tracked> files;
  std::atomic<bool> fail_syncs{false};
  std::atomic<bool> lie_syncs{false};
  std::atomic<bool> no_space{false};
  std::atomic<uint64_t> syncs{0};
};

namespace {

class SpinGuard {
 public:
  explicit SpinGuard(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) flag_.wait(true);
  }
  ~SpinGuard() {
    flag_.clear(std::memory_order_release);
    flag_.notify_one();
  }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  std::atomic_flag& flag_;
};

}  // namespace

class PowerCutFs::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(State& state, std::string path, std::unique_ptr<rocksdb::FSWritableFile>&& target)
      : FSWritableFileOwnerWrapper(std::move(target)), state_(state), path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    if (state_.no_space) return IOStatus::NoSpace("set by the test");
    SpinGuard guard(state_.busy);
    IOStatus status = target()->Append(data, options, dbg);
    if (status.ok()) state_.files[path_].written += data.size();
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    SpinGuard guard(state_.busy);
    Tracked& file = state_.files[path_];
    file.written = std::min(file.written, size);
    file.synced = std::min(file.synced, size);
    return target()->Truncate(size, options, dbg);
  }
  // The real file is not synced: what counts is what is marked here, and the tests run faster.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const bool log = IsLog(path_);
    if (log && state_.fail_syncs) return IOStatus::IOError("sync failed, set by the test");
    SpinGuard guard(state_.busy);
    Tracked& file = state_.files[path_];
    if (log) ++state_.syncs;
    if (!log || !state_.lie_syncs) file.synced = file.written;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Sync(options, dbg);
  }
  bool IsSyncThreadSafe() const override { return true; }

 private:
  State& state_;
  const std::string path_;
};

class PowerCutFs::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(State& state, std::string path, std::unique_ptr<rocksdb::FSDirectory>&& target)
      : FSDirectoryWrapper(std::move(target)), state_(state), path_(std::move(path) + "/") {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return MarkNames(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return MarkNames();
  }

 private:
  IOStatus MarkNames() {
    SpinGuard guard(state_.busy);
    for (auto& [path, file] : state_.files) {
      if (path.compare(0, path_.size(), path_) != 0) continue;
      file.named = true;
      file.displaced.reset();
    }
    return IOStatus::OK();
  }

  State& state_;
  const std::string path_;
};

class PowerCutFs::Fs final : public rocksdb::FileSystemWrapper {
 public:
  explicit Fs(State& state) : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(state) {}
  const char* Name() const override { return "PowerCutFs"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* dbg) override {
    SpinGuard guard(state_.busy);
    std::unique_ptr<rocksdb::FSWritableFile> file;
    IOStatus status = target()->NewWritableFile(path, options, &file, dbg);
    if (!status.ok()) return status;
    state_.files[path] = Tracked();
    *result = std::make_unique<File>(state_, path, std::move(file));
    return status;
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* dbg) override {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    IOStatus status = target()->NewDirectory(path, options, &folder, dbg);
    if (status.ok()) *result = std::make_unique<Folder>(state_, path, std::move(folder));
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* dbg) override {
    SpinGuard guard(state_.busy);
    state_.files.erase(path);
    return target()->DeleteFile(path, options, dbg);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override {
    SpinGuard guard(state_.busy);
    const bool replaces = std::filesystem::exists(to);
    std::string before = replaces ? ReadAll(to) : std::string();
    IOStatus status = target()->RenameFile(from, to, options, dbg);
    const auto found = state_.files.find(from);
    if (!status.ok() || found == state_.files.end()) return status;
    Tracked moved = found->second;
    moved.named = false;
    if (replaces) moved.displaced = std::move(before);
    state_.files.erase(found);
    state_.files[to] = std::move(moved);
    return status;
  }

 private:
  State& state_;
};

PowerCutFs::PowerCutFs()
    : state_(std::make_unique<State>()), fs_(std::make_unique<Fs>(*state_)) {}
PowerCutFs::~PowerCutFs() = default;

rocksdb::FileSystem* PowerCutFs::get() { return fs_.get(); }

namespace {

// The bytes of one file after the cut; no value: its name never reached the disk.
std::optional<std::string> AfterCut(const Tracked& file, std::string bytes, PowerCutFs::Tail tail,
                                    Random& random) {
  if (!file.named && (tail == PowerCutFs::Tail::kLose || random.Chance(0.5)))
    return file.displaced;
  bytes.resize(file.written);
  const uint64_t loose = file.written - file.synced;
  if (loose == 0) return bytes;
  const uint64_t from = file.synced + random.Below(loose);
  switch (tail) {
    case PowerCutFs::Tail::kLose:
      bytes.resize(file.synced);
      break;
    case PowerCutFs::Tail::kCut:
      bytes.resize(from);
      break;
    case PowerCutFs::Tail::kGarble:
      for (uint64_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(random.Next());
      break;
  }
  return bytes;
}

}  // namespace

bool PowerCutFs::CutInto(const std::string& directory, const std::string& image, Tail tail,
                         Random& random) {
  SpinGuard guard(state_->busy);
  std::error_code why;
  if (!std::filesystem::create_directories(image, why)) return false;
  for (const auto& entry : std::filesystem::directory_iterator(directory, why)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = entry.path().filename().string();
    std::optional<std::string> bytes = ReadAll(entry.path().string());
    const auto found = state_->files.find(directory + "/" + name);
    if (found != state_->files.end())
      bytes = AfterCut(found->second, std::move(*bytes),
                       tail == Tail::kGarble && !IsLog(name) ? Tail::kCut : tail, random);
    if (bytes && !WriteAll(image + "/" + name, *bytes)) return false;
  }
  return !why;
}

void PowerCutFs::FailSyncs(bool fail) { state_->fail_syncs = fail; }
void PowerCutFs::LieSyncs(bool lie) { state_->lie_syncs = lie; }
void PowerCutFs::NoSpace(bool full) { state_->no_space = full; }
uint64_t PowerCutFs::syncs() const { return state_->syncs; }

}  // namespace sam::test
