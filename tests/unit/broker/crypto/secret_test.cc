#include "broker/crypto/secret.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "broker/base/text.h"
#include "broker/crypto/sign.h"
#include "tests/support/temp_dir.h"

namespace sam {
namespace {

using test::TempDir;

void WriteFile(const std::string& path, const std::string& bytes, mode_t mode) {
  std::ofstream(path, std::ios::binary) << bytes;
  ASSERT_EQ(chmod(path.c_str(), mode), 0);
}

TEST(SecretKey, RandomKeysDiffer) {
  CryptoInit();
  const SecretKey a = SecretKey::Random();
  EXPECT_FALSE(a.empty());
  EXPECT_FALSE(a == SecretKey::Random());
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
  EXPECT_EQ(RandomBytes(5).size(), 5u);
}

TEST(SecretKey, MovedFromKeyIsWiped) {
  SecretKey a = SecretKey::Random();
  const SecretKey copy = a.Clone();
  SecretKey b = std::move(a);
  EXPECT_TRUE(b == copy);
  EXPECT_TRUE(a.empty());  // NOLINT the rule under test
  SecretKey c;
  c = std::move(b);
  EXPECT_TRUE(c == copy);
  EXPECT_TRUE(b.empty());  // NOLINT
}

TEST(SecretKey, DestroyedKeyIsWiped) {
  alignas(SecretKey) unsigned char room[sizeof(SecretKey)];
  auto* key = new (room) SecretKey(SecretKey::Random());
  const volatile uint8_t* bytes = key->data();
  key->~SecretKey();
  int sum = 0;
  for (size_t i = 0; i < SecretKey::kSize; ++i) sum += bytes[i];
  EXPECT_EQ(sum, 0);
}

TEST(SecretKey, HasExactly32Bytes) {
  EXPECT_TRUE(SecretKey::FromBytes(std::string(32, 'k')).ok());
  EXPECT_EQ(SecretKey::FromBytes(std::string(31, 'k')).error().code, Code::kInvalid);
  EXPECT_EQ(SecretKey::FromBytes(std::string(33, 'k')).error().code, Code::kInvalid);
}

TEST(KeyFile, IsReadBackAndOwnerOnly) {
  TempDir dir;
  const SecretKey key = SecretKey::Random();
  ASSERT_TRUE(key.ToFile(dir / "kek").ok());
  struct stat info {};
  ASSERT_EQ(stat((dir / "kek").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto back = SecretKey::FromFile(dir / "kek");
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(*back == key);
}

TEST(KeyFile, IsNeverOverwritten) {
  TempDir dir;
  const SecretKey key = SecretKey::Random();
  ASSERT_TRUE(key.ToFile(dir / "kek").ok());
  const Status again = SecretKey::Random().ToFile(dir / "kek");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_TRUE(*SecretKey::FromFile(dir / "kek") == key);
}

TEST(KeyFile, InAFolderThatIsNotThereIsAnError) {
  TempDir dir;
  EXPECT_EQ(SecretKey::Random().ToFile(dir / "no/kek").error().code, Code::kUnavailable);
}

TEST(KeyFile, ReadableByOthersIsRefusedWithTheCureInTheMessage) {
  TempDir dir;
  const std::string path = dir / "kek";
  for (mode_t mode : {0640, 0604, 0620, 0601, 0660, 0644}) {
    WriteFile(path, std::string(32, 'k'), mode);
    const auto key = SecretKey::FromFile(path);
    ASSERT_FALSE(key.ok()) << std::oct << mode;
    EXPECT_EQ(key.error().code, Code::kDenied);
    EXPECT_NE(key.error().message.find("chmod 600 " + path), std::string::npos);
  }
  for (mode_t mode : {0600, 0400}) {
    WriteFile(path, std::string(32, 'k'), mode);
    EXPECT_TRUE(SecretKey::FromFile(path).ok()) << std::oct << mode;
    chmod(path.c_str(), 0600);
  }
}

TEST(KeyFile, OfTheWrongFormIsRefusedWithoutShowingIt) {
  TempDir dir;
  for (const std::string& bytes : {std::string(), std::string(63, 'a'), std::string(64, 'g'),
                                   std::string(31, 'k'), std::string(66, 'a'),
                                   std::string(300, 'a')}) {
    WriteFile(dir / "kek", bytes, 0600);
    const auto key = SecretKey::FromFile(dir / "kek");
    ASSERT_FALSE(key.ok()) << bytes.size();
    EXPECT_EQ(key.error().code, Code::kInvalid);
    EXPECT_EQ(key.error().message.find("aaaa"), std::string::npos);
    EXPECT_EQ(key.error().message.find("gggg"), std::string::npos);
  }
  EXPECT_EQ(SecretKey::FromFile(dir / "missing").error().code, Code::kNotFound);
  EXPECT_EQ(SecretKey::FromFile(dir.path()).error().code, Code::kInvalid);  // a folder
}

TEST(Credential, ComesFromTheFolderOfTheUnit) {
  TempDir dir;
  ASSERT_EQ(unsetenv("CREDENTIALS_DIRECTORY"), 0);
  EXPECT_EQ(SecretKey::FromCredential("kek").error().code, Code::kNotFound);
  ASSERT_EQ(setenv("CREDENTIALS_DIRECTORY", dir.path().c_str(), 1), 0);
  EXPECT_EQ(SecretKey::FromCredential("kek").error().code, Code::kNotFound);
  ASSERT_TRUE(SecretKey::Random().ToFile(dir / "kek").ok());
  EXPECT_TRUE(SecretKey::FromCredential("kek").ok());
  chmod((dir / "kek").c_str(), 0440);  // an access list's mask shows like this
  EXPECT_TRUE(SecretKey::FromCredential("kek").ok());
  chmod((dir / "kek").c_str(), 0444);
  EXPECT_EQ(SecretKey::FromCredential("kek").error().code, Code::kDenied);
  for (const char* name : {"", "../kek", "a/b", ".hidden"})
    EXPECT_EQ(SecretKey::FromCredential(name).error().code, Code::kInvalid) << name;
  ASSERT_EQ(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

TEST(SigningKey, VerifiesItsOwnWordsOnly) {
  const SigningKey key = SigningKey::Generate();
  const Signature signature = key.Sign("hello");
  EXPECT_TRUE(Verify(key.public_key(), "hello", signature));
  EXPECT_FALSE(Verify(key.public_key(), "hellO", signature));
  EXPECT_FALSE(Verify(SigningKey::Generate().public_key(), "hello", signature));
  Signature changed = signature;
  changed.bytes[40] ^= 1;
  EXPECT_FALSE(Verify(key.public_key(), "hello", changed));
}

TEST(SigningKey, SurvivesItsFileAndMatchesRfc8032) {
  TempDir dir;
  const SigningKey key = SigningKey::Generate();
  ASSERT_TRUE(key.ToFile(dir / "sign").ok());
  EXPECT_EQ(key.ToFile(dir / "sign").error().code, Code::kConflict);
  const auto back = SigningKey::FromFile(dir / "sign");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->public_key(), key.public_key());
  EXPECT_EQ(SigningKey::FromFile(dir / "none").error().code, Code::kNotFound);
  EXPECT_EQ(SigningKey::FromCredential("sign").error().code, Code::kNotFound);
  // RFC 8032, 7.1, test 1.
  WriteFile(dir / "rfc", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n",
            0600);
  const auto rfc = SigningKey::FromFile(dir / "rfc");
  ASSERT_TRUE(rfc.ok());
  EXPECT_EQ(ToHex(rfc->public_key().view()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(ToHex(rfc->Sign("").view()).substr(0, 32), "e5564300c360ac729086e2cc806e828a");
  EXPECT_EQ(Fingerprint(rfc->public_key()), "21fe31df");
}

}  // namespace
}  // namespace sam
