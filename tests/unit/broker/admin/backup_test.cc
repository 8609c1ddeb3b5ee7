// Copies of folders: on disk, and read from there.
#include "broker/admin/backup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace sam::admin {
namespace {

constexpr size_t kPages = 512;
constexpr long kTmpfs = 0x01021994;

// How many of the file's pages the kernel has in memory.
size_t PagesInMemory(const std::string& path) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0);
  void* const map = mmap(nullptr, kPages * page, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  EXPECT_NE(map, MAP_FAILED);
  std::vector<unsigned char> present(kPages);
  EXPECT_EQ(mincore(map, kPages * page, present.data()), 0);
  munmap(map, kPages * page);
  return static_cast<size_t>(
      std::count_if(present.begin(), present.end(), [](unsigned char one) { return (one & 1) != 0; }));
}

TEST(Backup, ACopyIsWholeAndIsReadBackFromItsDisk) {
  const sam::test::TempDir folder;
  std::filesystem::create_directories(folder / "from/below");
  const std::string bytes(kPages * static_cast<size_t>(sysconf(_SC_PAGESIZE)), 'x');
  std::ofstream(folder / "from/below/a", std::ios::binary) << bytes;
  const Status copied = CopySynced(folder / "from", folder / "to", nullptr);
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  struct statfs disk {};
  ASSERT_EQ(statfs(folder.path().c_str(), &disk), 0);
  if (disk.f_type != kTmpfs) {  // there memory is the disk
    EXPECT_LT(PagesInMemory(folder / "to/below/a"), kPages / 2);
  }
  std::ifstream in(folder / "to/below/a", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), bytes);
  EXPECT_EQ(CopySynced(folder / "from", folder / "to", nullptr).error().code, Code::kConflict);
}

}  // namespace
}  // namespace sam::admin
