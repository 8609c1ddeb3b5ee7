#include "broker/crypto/seal.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

TEST(Digest, Sha256MatchesTheStandardAndConcatenates) {
  EXPECT_EQ(ToHex(Sha256({}).view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256({"abc"}).view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256({"ab", "c"}), Sha256({"a", "bc"}));
}

TEST(Digest, KeyedHashTellsPartsApart) {
  const SecretKey key = SecretKey::Random();
  EXPECT_EQ(KeyedHash(key, {"ab", "c"}), KeyedHash(key, {"ab", "c"}));
  EXPECT_NE(KeyedHash(key, {"ab", "c"}), KeyedHash(key, {"a", "bc"}));
  EXPECT_NE(KeyedHash(key, {"ab"}), KeyedHash(key, {"ab", ""}));
  EXPECT_NE(KeyedHash(key, {"ab"}), KeyedHash(SecretKey::Random(), {"ab"}));
  EXPECT_NE(KeyedHash16(key, {"ab", "c"}), KeyedHash16(key, {"a", "bc"}));
  EXPECT_NE(KeyedHash16(key, {"ab"}).view(), KeyedHash(key, {"ab"}).view().substr(0, 16));
}

TEST(Seal, OpensOnlyWithTheSameKeyAndPlace) {
  const SecretKey key = SecretKey::Random();
  for (const std::string& plain : {std::string(), std::string("note"), std::string(100000, 'x')}) {
    const std::string sealed = Seal(key, plain, "record 7");
    EXPECT_EQ(sealed.size(), plain.size() + kSealOverhead);
    const auto opened = Open(key, sealed, "record 7");
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(*opened, plain);
    EXPECT_EQ(Open(key, sealed, "record 8").error().code, Code::kCorrupt);
    EXPECT_EQ(Open(SecretKey::Random(), sealed, "record 7").error().code, Code::kCorrupt);
  }
}

TEST(Seal, EveryChangedByteAndEveryCutIsNoticed) {
  const SecretKey key = SecretKey::Random();
  const std::string sealed = Seal(key, "a short note", "place");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    EXPECT_FALSE(Open(key, changed, "place").ok()) << i;
    EXPECT_FALSE(Open(key, sealed.substr(0, i), "place").ok()) << i;
  }
  EXPECT_NE(sealed, Seal(key, "a short note", "place"));  // a new nonce each time
}

TEST(Wrap, GivesBackTheKeyAndNothingElse) {
  const SecretKey kek = SecretKey::Random();
  const SecretKey key = SecretKey::Random();
  const std::string wrapped = Wrap(kek, key, "subject");
  EXPECT_EQ(wrapped.size(), kWrappedKeyBytes);
  const auto back = Unwrap(kek, wrapped, "subject");
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(*back == key);
  EXPECT_EQ(Unwrap(SecretKey::Random(), wrapped, "subject").error().code, Code::kCorrupt);
  EXPECT_EQ(Unwrap(kek, wrapped, "other").error().code, Code::kCorrupt);
  EXPECT_EQ(Unwrap(kek, wrapped.substr(1), "subject").error().code, Code::kCorrupt);
  EXPECT_EQ(Unwrap(kek, Seal(kek, "short", "subject"), "subject").error().code, Code::kCorrupt);
}

TEST(Compressor, PacksWhatIsWorthItAndStoresTheRest) {
  Compressor compressor;
  const std::string text(5000, 'a');
  const std::string packed = compressor.Compress(text);
  EXPECT_EQ(packed[0], 1);
  EXPECT_LT(packed.size(), 100u);
  const std::string noise = RandomBytes(5000);
  const std::string stored = compressor.Compress(noise);
  EXPECT_EQ(stored[0], 0);
  EXPECT_EQ(stored.size(), noise.size() + 1);
  for (const std::string& plain : {text, noise, std::string(), std::string("x")}) {
    const auto back = compressor.Decompress(compressor.Compress(plain), 5000);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, plain);
  }
}

TEST(Compressor, NeverUnpacksBeyondTheLimit) {
  Compressor compressor;
  const std::string bomb = compressor.Compress(std::string(50 << 20, '\0'));
  ASSERT_LT(bomb.size(), 10000u);
  EXPECT_EQ(compressor.Decompress(bomb, (50 << 20) - 1).error().code, Code::kExhausted);
  EXPECT_TRUE(compressor.Decompress(bomb, 50 << 20).ok());
  const std::string stored = compressor.Compress("xyz");
  EXPECT_EQ(compressor.Decompress(stored, 2).error().code, Code::kExhausted);
  EXPECT_TRUE(compressor.Decompress(stored, 3).ok());
}

TEST(Compressor, DamagedBytesAreAnErrorAndTheNextCallWorks) {
  Compressor compressor;
  const std::string packed = compressor.Compress(std::string(5000, 'a') + "tail");
  EXPECT_EQ(compressor.Decompress("", 100).error().code, Code::kCorrupt);
  EXPECT_EQ(compressor.Decompress("\x02"
                                  "abc", 100).error().code, Code::kCorrupt);
  EXPECT_EQ(compressor.Decompress("\x01garbage", 100).error().code, Code::kCorrupt);
  EXPECT_EQ(compressor.Decompress(packed.substr(0, packed.size() - 3), 9000).error().code,
            Code::kCorrupt);
  std::string size_lies = packed;
  size_lies[6] = static_cast<char>(size_lies[6] ^ 1);
  EXPECT_FALSE(compressor.Decompress(size_lies, 9000).ok());
  EXPECT_TRUE(compressor.Decompress(packed, 9000).ok());
}

}  // namespace
}  // namespace sam
