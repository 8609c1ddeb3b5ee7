// A full disk is the one trouble the store survives: it refuses, keeps reading, and recovers alone.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "broker/store/rocks_store.h"
#include "tests/support/power_cut_fs.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/broker/store/numbered_store.h"

namespace sam {
namespace {

using test::ExpectWholePrefix;
using test::NumberedOptions;
using test::NumberedPosition;
using test::PutNumbered;
using test::TempDir;

// RocksDB looks for room every five seconds; a minute means that it does not come back at all.
bool ComesBack(Store& store, uint64_t next) {
  for (int i = 0; i < 600; ++i) {
    const Status status = PutNumbered(store, next, Durability::kNow);
    if (status.ok()) return true;
    EXPECT_EQ(status.error().code, Code::kExhausted) << status.error().message;
    if (status.error().code != Code::kExhausted) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=48m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount(path_.c_str());
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST(RocksDiskFull, ARealFullDiskRefusesKeepsReadingAndRecoversAlone) {
  TempDir dir;
  const SmallDisk disk(dir / "small");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  StoreOptions options = NumberedOptions(dir / "small/db");
  options.spare_bytes = 4 << 20;
  uint64_t next = 0;
  {
    auto store = std::move(RocksStore::Open(options)).value();
    for (; next < 100; ++next) ASSERT_TRUE(PutNumbered(*store, next, Durability::kNow).ok());
    {
      std::ofstream ballast(dir / "small/ballast", std::ios::binary);
      const std::string megabyte(1 << 20, 'b');
      for (int i = 0; i < 64 && ballast.good(); ++i) ballast << megabyte << std::flush;
    }
    Status status = Ok();
    while (next < 100000) {
      status = PutNumbered(*store, next, Durability::kNow);
      if (!status.ok()) break;
      ++next;
    }
    ASSERT_FALSE(status.ok()) << "the disk did not fill";
    EXPECT_EQ(status.error().code, Code::kExhausted) << status.error().message;
    EXPECT_EQ(PutNumbered(*store, next, Durability::kNow).error().code, Code::kExhausted);
    EXPECT_TRUE(store->Get(test::kDataSpace, BigEndian64(0))->has_value());
    EXPECT_FALSE(store->Get(test::kDataSpace, BigEndian64(next))->has_value());
    EXPECT_EQ(*NumberedPosition(*store), next);
    std::filesystem::remove(dir / "small/ballast");
    ASSERT_TRUE(ComesBack(*store, next));
    ++next;
    for (int i = 0; i < 200; ++i, ++next)
      ASSERT_TRUE(PutNumbered(*store, next, Durability::kNow).ok());
    ExpectWholePrefix(*store);
  }
  auto store = RocksStore::Open(options);
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_EQ(*NumberedPosition(**store), next);
  ExpectWholePrefix(**store);
}

TEST(RocksDiskFull, TheSpareIsKeptFreeSoThatTheLogNeverFailsHalfWay) {
  TempDir dir;
  StoreOptions options = NumberedOptions(dir / "db");
  auto store = std::move(RocksStore::Open(options)).value();
  ASSERT_TRUE(PutNumbered(*store, 0, Durability::kNow).ok());
  store.reset();
  options.spare_bytes = uint64_t{1} << 60;  // more than any disk has
  store = std::move(RocksStore::Open(options)).value();
  EXPECT_EQ(PutNumbered(*store, 1, Durability::kNow).error().code, Code::kExhausted);
  EXPECT_EQ(*NumberedPosition(*store), 1u);
  EXPECT_TRUE(store->Sync().ok());  // what was taken before can still be made durable
  const Status copied = store->Checkpoint(dir / "copy");
  EXPECT_EQ(copied.error().code, Code::kExhausted);
  EXPECT_FALSE(std::filesystem::exists(dir / "copy"));
}

TEST(RocksDiskFull, NoSpaceFromTheFileSystemItselfIsExhaustedAndWritesNothing) {
  TempDir dir;
  test::PowerCutFs disk;
  StoreOptions options = NumberedOptions(dir / "db");
  options.file_system = disk.get();
  {
    auto store = std::move(RocksStore::Open(options)).value();
    for (uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(PutNumbered(*store, i, Durability::kNow).ok());
    disk.NoSpace(true);
    EXPECT_EQ(PutNumbered(*store, 50, Durability::kNow).error().code, Code::kExhausted);
    EXPECT_EQ(*NumberedPosition(*store), 50u);
  }
  options.file_system = nullptr;
  auto store = std::move(RocksStore::Open(options)).value();
  EXPECT_EQ(*NumberedPosition(*store), 50u);
  ExpectWholePrefix(*store);
}

}  // namespace
}  // namespace sam
