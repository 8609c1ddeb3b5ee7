#include "adapters/files/sealed_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

struct SealRig {
  sam::test::TempDir folder;
  SecretKey key = SecretKey::Random();

  Status SealAs(const std::string& plain, const std::string& name) {
    std::ofstream(folder / "plain", std::ios::binary) << plain;
    SAM_ASSIGN(InputFile file, InputFile::Open(folder / "plain"));
    SealedHead head;
    head.number = 7;
    head.sealed_at = Millis(1'800'000'000'000);
    SAM_ASSIGN(SealWriter writer,
               SealWriter::Begin(std::move(file), folder / "draft", key, head));
    for (;;) {
      SAM_ASSIGN(const bool end, writer.Step());
      if (end) return writer.Place(folder / name);
    }
  }
  std::optional<std::string> Opened(const std::string& name) const {
    const Result<SealedFile> file = SealedFile::Open(folder / name, key);
    if (!file.ok()) return std::nullopt;
    std::string out;
    for (uint64_t at = 0; at < file->chunks(); ++at) {
      const Result<std::string> chunk = file->Chunk(at);
      if (!chunk.ok()) return std::nullopt;
      out += *chunk;
    }
    return out;
  }
};

std::string Bytes(size_t size) {
  std::string out;
  while (out.size() < size) out += std::to_string(out.size()) + ";20210325K069\n";
  return out.substr(0, size);
}

TEST(SealedFile, HoldsWhatTheFileHeldAtAnySizeAroundAChunk) {
  SealRig rig;
  for (const size_t size : {size_t{0}, size_t{1}, kSealedChunk - 1, kSealedChunk, kSealedChunk + 1,
                            9 * kSealedChunk + 17}) {
    ASSERT_TRUE(rig.SealAs(Bytes(size), "a").ok()) << size;
    EXPECT_EQ(rig.Opened("a"), Bytes(size)) << size;
    const std::string raw = ReadFile(rig.folder / "a");
    EXPECT_EQ(raw.find("K069"), std::string::npos) << size;
    EXPECT_FALSE(std::filesystem::exists(rig.folder / "draft"));
    struct stat is {};
    ASSERT_EQ(::stat((rig.folder / "a").c_str(), &is), 0);
    EXPECT_EQ(is.st_mode & 0777, 0600U);
  }
}

TEST(SealedFile, IsOpenedByItsOwnKeyAlone) {
  SealRig rig;
  ASSERT_TRUE(rig.SealAs("x", "a").ok());
  const SecretKey other = SecretKey::Random();
  EXPECT_EQ(SealedFile::Open(rig.folder / "a", other).error().code, Code::kCorrupt);
  EXPECT_EQ(SealedFile::Open(rig.folder / "plain", rig.key).error().code, Code::kInvalid);
}

TEST(SealedFile, AMissingEndAndAMovedPartAreFound) {
  SealRig rig;
  ASSERT_TRUE(rig.SealAs(Bytes(3 * kSealedChunk), "a").ok());
  const std::string whole = ReadFile(rig.folder / "a");
  const size_t part = kSealedChunk + 40;
  const size_t head = whole.size() - 3 * part;
  const std::string swapped = whole.substr(0, head) + whole.substr(head + part, part) +
                              whole.substr(head, part) + whole.substr(head + 2 * part);
  for (const std::string& changed :
       {whole.substr(0, head + 2 * part), whole.substr(0, whole.size() - 1), swapped}) {
    std::ofstream(rig.folder / "b", std::ios::binary) << changed;
    EXPECT_FALSE(rig.Opened("b").has_value());
  }
  // Nor does a part of another file fit, of the same key and the same place.
  ASSERT_TRUE(rig.SealAs(Bytes(3 * kSealedChunk), "c").ok());
  std::ofstream(rig.folder / "b", std::ios::binary)
      << whole.substr(0, head) + ReadFile(rig.folder / "c").substr(head);
  EXPECT_FALSE(rig.Opened("b").has_value());
}

TEST(SealedFile, AnUnfinishedOneLeavesNothing) {
  SealRig rig;
  {
    std::ofstream(rig.folder / "plain", std::ios::binary) << Bytes(9 * kSealedChunk);
    Result<InputFile> file = InputFile::Open(rig.folder / "plain");
    ASSERT_TRUE(file.ok());
    Result<SealWriter> writer =
        SealWriter::Begin(std::move(*file), rig.folder / "draft", rig.key, SealedHead());
    ASSERT_TRUE(writer.ok());
    EXPECT_FALSE(writer->Step().value()) << "a turn is bounded";
    std::filesystem::resize_file(rig.folder / "plain", kSealedChunk);
    EXPECT_EQ(writer->Step().error().code, Code::kUnavailable);
  }
  EXPECT_FALSE(std::filesystem::exists(rig.folder / "draft"));
}

}  // namespace
}  // namespace sam::files::test
