#include "broker/crypto/checkpoint.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam {
namespace {

Checkpoint Sample() {
  Checkpoint out;
  out.origin = "hub.example/samsignal";
  out.size = 1234;
  out.root = Sha256({"root"});
  return out;
}

const std::string kRoot = ToBase64(Sha256({"root"}).view());

TEST(Checkpoint, HasTheTextFormOfC2sp) {
  const SigningKey key = SigningKey::Generate();
  const std::string text = *FormatCheckpoint(Sample(), key);
  const std::string head =
      "hub.example/samsignal\n1234\n" + kRoot + "\n\n\xE2\x80\x94 hub.example/samsignal ";
  ASSERT_EQ(text.substr(0, head.size()), head);
  const auto line = FromBase64(text.substr(head.size(), text.size() - head.size() - 1));
  ASSERT_TRUE(line.has_value());
  ASSERT_EQ(line->size(), 4u + 64u);
  EXPECT_EQ(line->substr(0, 4),
            Sha256({"hub.example/samsignal\n\x01", key.public_key().view()}).view().substr(0, 4));
}

TEST(Checkpoint, VerifiesWithItsKeyAndOrigin) {
  const SigningKey key = SigningKey::Generate();
  Checkpoint sample = Sample();
  sample.extensions = {"epoch 2"};
  const std::string text = *FormatCheckpoint(sample, key);
  const auto back = VerifyCheckpoint(text, sample.origin, key.public_key());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->size, 1234u);
  EXPECT_EQ(back->root, sample.root);
  EXPECT_EQ(back->extensions, sample.extensions);
  EXPECT_EQ(VerifyCheckpoint(text, "other", key.public_key()).error().code, Code::kDenied);
  EXPECT_EQ(VerifyCheckpoint(text, sample.origin, SigningKey::Generate().public_key()).error().code,
            Code::kDenied);
}

TEST(Checkpoint, WitnessSignaturesArePassedOver) {
  const SigningKey key = SigningKey::Generate();
  const std::string text =
      *FormatCheckpoint(Sample(), key) + "\xE2\x80\x94 witness " + ToBase64("abcdefgh") + "\n";
  EXPECT_TRUE(VerifyCheckpoint(text, Sample().origin, key.public_key()).ok());
  EXPECT_EQ(ParseCheckpoint(text)->signatures.size(), 2u);
}

TEST(Checkpoint, AnyChangedByteIsRefused) {
  const SigningKey key = SigningKey::Generate();
  const std::string text = *FormatCheckpoint(Sample(), key);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(VerifyCheckpoint(changed, Sample().origin, key.public_key()).ok()) << i;
  }
}

TEST(Checkpoint, NoCharacterOfTheSignatureHasASecondSpelling) {
  const SigningKey key = SigningKey::Generate();
  const std::string text = *FormatCheckpoint(Sample(), key);
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  const size_t last = text.size() - 3;  // before the padding and the newline: two of its bits drop
  for (const size_t at : {last, last - 1, last - 40})
    for (const char letter : letters) {
      std::string changed = text;
      changed[at] = letter;
      EXPECT_EQ(VerifyCheckpoint(changed, Sample().origin, key.public_key()).ok(),
                letter == text[at])
          << at << ' ' << letter;
    }
}

TEST(Checkpoint, MalformedTextIsInvalid) {
  const std::string sign = "\n\xE2\x80\x94 o " + ToBase64("abcdefgh") + "\n";
  ASSERT_TRUE(ParseCheckpoint("o\n5\n" + kRoot + "\n" + sign).ok());
  const std::string cases[] = {
      "",
      "o\n5\n" + kRoot + "\n",                                // no signature
      "o\n5\n" + kRoot + "\n\n",                              // no signature line
      "o\n5\n" + kRoot + "\n" + sign.substr(0, sign.size() - 1),  // no last newline
      "\n5\n" + kRoot + "\n" + sign,                          // no origin
      "o\n05\n" + kRoot + "\n" + sign,                        // leading zero
      "o\n-5\n" + kRoot + "\n" + sign,
      "o\n+5\n" + kRoot + "\n" + sign,
      "o\n5 \n" + kRoot + "\n" + sign,
      "o\n18446744073709551616\n" + kRoot + "\n" + sign,      // one too large
      "o\n5\n" + kRoot.substr(4) + "\n" + sign,               // short root
      "o\n5\n!" + kRoot.substr(1) + "\n" + sign,
      "o\n5\n" + sign,                                        // no root
      "o\r\n5\n" + kRoot + "\n" + sign,                       // control character
      "o\xFF\n5\n" + kRoot + "\n" + sign,                     // not UTF-8
      "o\n5\n" + kRoot + "\n\n- o " + ToBase64("abcdefgh") + "\n",  // not the em dash
      "o\n5\n" + kRoot + "\n\n\xE2\x80\x94 o\n",              // no signature in the line
      "o\n5\n" + kRoot + "\n\n\xE2\x80\x94 o " + ToBase64("abcd") + "\n",
      "o\n5\n" + kRoot + "\n\n\xE2\x80\x94 o !!!!\n",
      "o\n5\n" + kRoot + "\nx\n\ny\n" + sign,                 // an empty line among extensions
  };
  for (const std::string& text : cases)
    EXPECT_EQ(ParseCheckpoint(text).ok() ? Code::kInternal : ParseCheckpoint(text).error().code,
              Code::kInvalid)
        << text;
}

TEST(Checkpoint, TooLargeOrTooManyLinesIsInvalid) {
  const std::string sign = "\n\xE2\x80\x94 o " + ToBase64("abcdefgh") + "\n";
  const std::string head = "o\n5\n" + kRoot + "\n";
  EXPECT_FALSE(ParseCheckpoint(head + std::string(kMaxCheckpointBytes, 'x') + "\n" + sign).ok());
  std::string many = head;
  for (int i = 0; i < 100; ++i) many += "x\n";
  EXPECT_FALSE(ParseCheckpoint(many + sign).ok());
  Checkpoint large = Sample();
  large.extensions = {std::string(kMaxCheckpointBytes, 'x')};
  EXPECT_FALSE(FormatCheckpoint(large, SigningKey::Generate()).ok());
}

TEST(Checkpoint, WhatCouldForgeALineIsNeverSigned) {
  const SigningKey key = SigningKey::Generate();
  for (const char* origin : {"", "a\nb", "a b", "a+b"}) {
    Checkpoint bad = Sample();
    bad.origin = origin;
    EXPECT_EQ(FormatCheckpoint(bad, key).error().code, Code::kInvalid) << origin;
  }
  for (const char* line : {"", "a\n\nb"}) {
    Checkpoint bad = Sample();
    bad.extensions = {line};
    EXPECT_EQ(FormatCheckpoint(bad, key).error().code, Code::kInvalid) << line;
  }
}

}  // namespace
}  // namespace sam
