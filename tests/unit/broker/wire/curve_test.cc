// Key files: who may read them, what they must hold, and that none is ever overwritten.
#include "broker/wire/curve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sam::wire {
namespace {

class CurveKeysTest : public testing::Test {
 protected:
  CurveKeysTest() {
    char name[] = "/tmp/sam-curve-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~CurveKeysTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(CurveKeysTest, WrittenKeysAreReadBackAndOnlyTheirOwnerMay) {
  const CurveKeys keys = CurveKeys::Generate();
  const std::string path = folder_ + "/hub.key";
  ASSERT_TRUE(keys.ToFile(path).ok());
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto back = CurveKeys::FromFile(path);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->public_key(), keys.public_key());
  EXPECT_EQ(back->secret_key(), keys.secret_key());
  std::string line;
  std::getline(std::ifstream(path + ".pub"), line);
  EXPECT_EQ(line, keys.public_key());
}

// One key had three fingerprints: of the tool, of doctor, and of the log.
TEST_F(CurveKeysTest, AFingerprintIsTheSameEverywhereAndTellsKeysApart) {
  // SHA-256 of 32 zero bytes, as sha256sum has it.
  EXPECT_EQ(KeyFingerprint(std::string(40, '0')), "6668 7aad f862 bd77 6c8f c18b 8e9f 8e20");
  EXPECT_NE(KeyFingerprint(CurveKeys::Generate().public_key()),
            KeyFingerprint(CurveKeys::Generate().public_key()));
  EXPECT_EQ(KeyFingerprint("no key"), "");
}

TEST_F(CurveKeysTest, ExistingFilesAreNeverOverwritten) {
  const std::string path = folder_ + "/hub.key";
  ASSERT_TRUE(CurveKeys::Generate().ToFile(path).ok());
  EXPECT_EQ(CurveKeys::Generate().ToFile(path).error().code, Code::kConflict);
  std::filesystem::remove(path);
  EXPECT_EQ(CurveKeys::Generate().ToFile(path).error().code, Code::kConflict);
}

TEST_F(CurveKeysTest, FileThatOthersMayReadIsRefusedWithTheCommandThatHelps) {
  const std::string path = folder_ + "/hub.key";
  ASSERT_TRUE(CurveKeys::Generate().ToFile(path).ok());
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const auto keys = CurveKeys::FromFile(path);
  ASSERT_FALSE(keys.ok());
  EXPECT_EQ(keys.error().code, Code::kDenied);
  EXPECT_NE(keys.error().message.find("chmod 600"), std::string::npos);
}

TEST_F(CurveKeysTest, MissingAndForeignFilesAreSaidToBeThat) {
  EXPECT_EQ(CurveKeys::FromFile(folder_ + "/none").error().code, Code::kNotFound);
  const std::string path = folder_ + "/text";
  std::ofstream(path) << "this is not a key\n";
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  const auto keys = CurveKeys::FromFile(path);
  EXPECT_EQ(keys.error().code, Code::kInvalid);
  EXPECT_EQ(keys.error().message.find("this is not"), std::string::npos);
}

TEST_F(CurveKeysTest, CredentialsComeFromTheServiceManagersFolder) {
  ASSERT_TRUE(CurveKeys::Generate().ToFile(folder_ + "/hub").ok());
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(CurveKeys::FromCredential("hub").error().code, Code::kNotFound);
  setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_TRUE(CurveKeys::FromCredential("hub").ok());
  // An access list for the service user shows as the group's bits.
  ASSERT_EQ(chmod((folder_ + "/hub").c_str(), 0440), 0);
  EXPECT_TRUE(CurveKeys::FromCredential("hub").ok());
  ASSERT_EQ(chmod((folder_ + "/hub").c_str(), 0444), 0);
  EXPECT_EQ(CurveKeys::FromCredential("hub").error().code, Code::kDenied);
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(CurveKeysTest, OnlyFortyCharactersOfZ85AreAKey) {
  EXPECT_TRUE(IsCurveKey(CurveKeys::Generate().public_key()));
  EXPECT_FALSE(IsCurveKey(""));
  EXPECT_FALSE(IsCurveKey(std::string(39, 'a')));
  EXPECT_FALSE(IsCurveKey(std::string(40, ' ')));
  EXPECT_FALSE(IsCurveKey(std::string(40, '\xe5')));
  EXPECT_FALSE(IsCurveKey(std::string(40, '#')));  // above what 32 bits hold
}

}  // namespace
}  // namespace sam::wire
