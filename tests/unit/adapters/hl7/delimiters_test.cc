#include <gtest/gtest.h>

#include "adapters/hl7/delimiters.h"

namespace sam::hl7 {
namespace {

Delimiters Read(char field, const char* msh2) {
  auto d = ReadDelimiters(field, msh2);
  EXPECT_TRUE(d.ok()) << msh2;
  return d.ok() ? *d : Delimiters();
}

TEST(Delimiters, UsualFourAndTheTruncationOf27) {
  EXPECT_EQ(Read('|', "^~\\&"), Delimiters());
  const Delimiters d = Read('|', "^~\\&#");
  EXPECT_EQ(d.truncation, '#');
  EXPECT_EQ(EncodingCharacters(d), "^~\\&#");
}

TEST(Delimiters, VaStyleWithCaretAsFieldSeparator) {
  const Delimiters d = Read('^', "~|\\&");
  EXPECT_EQ(d.component, '~');
  EXPECT_EQ(d.repetition, '|');
  EXPECT_EQ(d.subcomponent, '&');
  EXPECT_TRUE(d.escape_declared);
}

TEST(Delimiters, OneToThreeCharactersTakeDefaultsButNothingIsUnescaped) {
  Delimiters d = Read('|', "^");
  EXPECT_EQ(d.repetition, '~');
  EXPECT_EQ(d.subcomponent, '&');
  EXPECT_FALSE(d.escape_declared);
  d = Read('|', "^~");
  EXPECT_FALSE(d.escape_declared);
  d = Read('|', "^~`");
  EXPECT_TRUE(d.escape_declared);
  EXPECT_EQ(d.escape, '`');
  EXPECT_EQ(d.subcomponent, '&');
}

TEST(Delimiters, DefaultThatIsAlreadyTakenIsNoSeparator) {
  const Delimiters d = Read('|', "~");
  EXPECT_EQ(d.component, '~');
  EXPECT_EQ(d.repetition, '\0');
  EXPECT_EQ(Read('&', "^").subcomponent, '\0');
}

TEST(Delimiters, ForgottenEscapeIsSeen) {
  const Delimiters d = Read('|', "^~&");
  EXPECT_EQ(d.subcomponent, '&');
  EXPECT_FALSE(d.escape_declared);
  EXPECT_EQ(EncodingCharacters(d), "^~&");
}

TEST(Delimiters, OtherEscapeCharacter) { EXPECT_EQ(Read('|', "^~\\`").subcomponent, '`'); }

TEST(Delimiters, ImpossibleOnesAreRefused) {
  for (const char* msh2 : {"", "&&&&", "^~\\^", "^~\\&#!", "ab", "^ ~", "^~\\\xe5", "^~\\\""}) {
    EXPECT_FALSE(ReadDelimiters('|', msh2).ok()) << msh2;
  }
  for (char field : {'A', '1', ' ', '\r', '\0', '\xe5', '\x0b'}) {
    EXPECT_FALSE(ReadDelimiters(field, "^~\\&").ok());
  }
}

TEST(Delimiters, PartIsCountedFromOneAndMissingIsEmpty) {
  EXPECT_EQ(Part("a^b^", '^', 1), "a");
  EXPECT_EQ(Part("a^b^", '^', 2), "b");
  EXPECT_EQ(Part("a^b^", '^', 3), "");
  EXPECT_EQ(Part("a^b^", '^', 4), "");
  EXPECT_EQ(Part("a^b", '\0', 1), "a^b");
  EXPECT_EQ(Part("a^b", '\0', 2), "");
}

}  // namespace
}  // namespace sam::hl7
