// Files that a message names: only plain files of the folder, whole and at rest.
#include "adapters/kit/file_beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "broker/wire/limits.h"
#include "tests/support/temp_dir.h"

namespace sam::kit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FilesBeside : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content, int64_t age_ms = 60'000) {
    const std::string path = dir_ / name;
    std::ofstream(path, std::ios::binary) << content;
    const int64_t at_ms = clock_.Now().value - age_ms;
    const timespec time{at_ms / 1000, at_ms % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  Result<std::string> Read(const std::string& name) {
    return ReadBeside({dir_ / "", 10'000}, clock_, name);
  }
  std::string Why(const std::string& name) {
    const auto read = Read(name);
    if (read.ok()) return "read";
    return read.error().message.substr(0, read.error().message.find(':'));
  }
  sam::test::TempDir dir_;
  ManualClock clock_{Millis(1'772'445'600'000)};
};

TEST_F(FilesBeside, AFileAtRestIsReadWhole) {
  std::string content(700'001, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 >> 3);
  Write("rtg 1.pdf", content);
  const auto read = Read("rtg 1.pdf");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, content);
}

TEST_F(FilesBeside, EachFaultHasItsCode) {
  Write("empty", "");
  Write("young", "x", 9'999);
  Write("rested", "x", 10'000);
  Write("target", "x");
  ASSERT_EQ(::symlink((dir_ / "target").c_str(), (dir_ / "link").c_str()), 0);
  ASSERT_EQ(::mkdir((dir_ / "sub").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  Write("large", "");
  std::filesystem::resize_file(dir_ / "large", wire::kMaxAttachmentBytes + 1);
  const timespec old[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (dir_ / "large").c_str(), old, 0), 0);
  EXPECT_EQ(Why("rested"), "read");
  EXPECT_EQ(Why("missing"), "attachment-missing");
  EXPECT_EQ(Why("empty"), "attachment-empty");
  EXPECT_EQ(Why("young"), "attachment-growing");
  EXPECT_EQ(Why("link"), "attachment-not-a-file");
  EXPECT_EQ(Why("sub"), "attachment-not-a-file");
  EXPECT_EQ(Why("pipe"), "attachment-not-a-file");
  EXPECT_EQ(Why("large"), "attachment-too-large");
}

TEST_F(FilesBeside, ANameIsNeverAWayOutOfTheFolder) {
  Write("here", "x");
  for (const char* name : {"../here", "sub/here", "/etc/hostname", "..", ".", ".hidden", "", "a\\b", "a\nb"})
    EXPECT_EQ(Why(name), "attachment-name") << name;
  EXPECT_EQ(Why(std::string(256, 'a')), "attachment-name");
  EXPECT_EQ(Why(std::string("here\0", 5)), "attachment-name");
}

TEST_F(FilesBeside, ReasonsNeverHoldTheName) {
  Write("20210325K069.pdf", "");
  for (const char* name : {"20210325K069.pdf", "20210325K069-2.pdf", "x/20210325K069"}) {
    const auto read = Read(name);
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error().message, Not(HasSubstr("20210325K069")));
  }
}

TEST_F(FilesBeside, AFileFromTheFutureIsNotWaitedForForEver) {
  Write("clock", "x", -3'600'000);
  EXPECT_EQ(Why("clock"), "read");
}

}  // namespace
}  // namespace sam::kit
