#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <tuple>
#include <vector>

#include "adapters/hl7/charset.h"
#include "broker/base/text.h"

namespace sam::hl7 {
namespace {

const std::string kUtf8Text = "MSH|\xc3\xa5\xc3\xa4\xc3\xb6";  // åäö
const std::string kLatinText = "MSH|\xe5\xe4\xf6";

CharsetDecision Decide(const std::string& raw, const std::string& msh18,
                       CharsetPolicy policy = CharsetPolicy()) {
  auto decision = DecideCharset(raw, msh18, policy);
  EXPECT_TRUE(decision.ok()) << (decision.ok() ? "" : decision.error().message);
  return decision.ok() ? *decision : CharsetDecision();
}

TEST(Charset, SpellingsMetInPracticeAreKnown) {
  for (const char* name : {"8859/1", "8859-1", "ISO-8859-1", "ISO IR 100", "ISO IR100",
                           "WINDOWS-1252", "windows-1252", "CP1252"}) {
    EXPECT_EQ(CharsetByName(name), Charset::kWindows1252) << name;
  }
  for (const char* name : {"UNICODE UTF-8", "UTF-8", "UTF8", "UNICODE", "utf8"}) {
    EXPECT_EQ(CharsetByName(name), Charset::kUtf8) << name;
  }
  EXPECT_EQ(CharsetByName("8859/15"), Charset::kLatin9);
  EXPECT_EQ(CharsetByName("ASCII"), Charset::kAscii);
  EXPECT_EQ(CharsetByName("8859/2"), Charset::kIso8859_2);
  EXPECT_EQ(CharsetByName("ISO-8859-9:1989"), Charset::kIso8859_9);
  EXPECT_EQ(CharsetByName("LATIN5"), Charset::kIso8859_9);
  EXPECT_FALSE(CharsetByName("8859/0").has_value());
  EXPECT_FALSE(CharsetByName("8859/21").has_value());
  EXPECT_FALSE(CharsetByName("").has_value());
}

TEST(Charset, DeclaredLatinIsReadAsDeclaredWithoutDoubt) {
  const auto decision = Decide(kLatinText, "8859/1");
  EXPECT_EQ(decision.charset, Charset::kWindows1252);
  EXPECT_FALSE(decision.guessed);
  EXPECT_FALSE(decision.suspect);
}

TEST(Charset, EmptyMsh18FollowsTheSourceAndIsChecked) {
  EXPECT_EQ(Decide(kUtf8Text, "").charset, Charset::kUtf8);
  EXPECT_FALSE(Decide(kUtf8Text, "").guessed);
  EXPECT_EQ(Decide(kLatinText, "").charset, Charset::kWindows1252);
  EXPECT_TRUE(Decide(kLatinText, "").guessed);
  CharsetPolicy latin;
  latin.source_default = Charset::kWindows1252;
  EXPECT_FALSE(Decide(kLatinText, "", latin).guessed);
}

TEST(Charset, SaidUtf8ButIsNotFallsBackAndSaysSo) {
  CharsetPolicy policy;
  policy.fallback = Charset::kLatin9;
  const auto decision = Decide(kLatinText, "UNICODE UTF-8", policy);
  EXPECT_EQ(decision.charset, Charset::kLatin9);
  EXPECT_TRUE(decision.guessed);
}

TEST(Charset, SaidAsciiButIsNotIsGuessed) {
  EXPECT_EQ(Decide(kUtf8Text, "ASCII").charset, Charset::kUtf8);
  EXPECT_TRUE(Decide(kUtf8Text, "ASCII").guessed);
  EXPECT_EQ(Decide(kLatinText, "ASCII").charset, Charset::kWindows1252);
  EXPECT_FALSE(Decide("MSH|plain", "ASCII").guessed);
}

TEST(Charset, LyingLatinIsSuspectAndThePolicyDecides) {
  const auto bytes = Decide(kUtf8Text, "8859/1");
  EXPECT_EQ(bytes.charset, Charset::kUtf8);
  EXPECT_TRUE(bytes.suspect);
  CharsetPolicy policy;
  policy.on_suspect = OnSuspect::kFollowDeclared;
  const auto declared = Decide(kUtf8Text, "8859/1", policy);
  EXPECT_EQ(declared.charset, Charset::kWindows1252);
  EXPECT_TRUE(declared.suspect);
}

TEST(Charset, ForceBeatsMarkAndMsh18) {
  CharsetPolicy policy;
  policy.force = Charset::kWindows1252;
  EXPECT_EQ(Decide(kUtf8Text, "UNICODE UTF-8", policy).charset, Charset::kWindows1252);
  EXPECT_EQ(Decide(kLatinText, "UNICODE UTF-16", policy).charset, Charset::kWindows1252);
}

TEST(Charset, ByteOrderMarkBeatsMsh18) {
  const auto decision = Decide("\xef\xbb\xbf" + kUtf8Text, "8859/1");
  EXPECT_EQ(decision.charset, Charset::kUtf8);
  EXPECT_TRUE(decision.had_bom);
  EXPECT_FALSE(decision.suspect);
}

TEST(Charset, WideUnicodeIsRefusedWithAReason) {
  using namespace std::string_literals;
  for (const std::string& raw : {"\xff\xfeM\0S\0H\0|\0"s, "\xfe\xff\0M\0S\0H"s, "M\0S\0H\0|\0"s,
                                 "\0M\0S\0H\0|"s, "M\0\0\0S\0\0\0H"s}) {
    auto decision = DecideCharset(raw, "", CharsetPolicy());
    ASSERT_FALSE(decision.ok());
    EXPECT_NE(decision.error().message.find("UTF-16"), std::string::npos);
  }
  EXPECT_FALSE(DecideCharset(kLatinText, "UNICODE UTF-16", CharsetPolicy()).ok());
  EXPECT_FALSE(DecideCharset(kLatinText, "UNICODE UTF-32", CharsetPolicy()).ok());
}

// Found by fuzzing: a header field that held such bytes was copied into the acknowledgement, which
// then passed for UTF-16.
TEST(Charset, ZeroBytesInsideAFieldAreNotWideUnicode) {
  using namespace std::string_literals;
  EXPECT_FALSE(LooksLikeWideUnicode("MSH|^~\\&|M\0S\0H"s));
  EXPECT_TRUE(LooksLikeWideUnicode("F\0H\0S\0"s));
  EXPECT_FALSE(LooksLikeWideUnicode("\0\0\0\0M\0S\0H"s));
  EXPECT_FALSE(LooksLikeWideUnicode("\0\0"s));
  EXPECT_FALSE(LooksLikeWideUnicode("M"));
}

TEST(Charset, SetsWeDoNotDecodeAreRefusedOnlyWhenItMatters) {
  EXPECT_FALSE(DecideCharset(kLatinText, "BIG-5", CharsetPolicy()).ok());
  EXPECT_TRUE(DecideCharset("MSH|plain", "BIG-5", CharsetPolicy()).ok());
}

// Once put aside whole for one letter. Conformance B7 lists 8859/1 to 8859/9.
TEST(Charset, SetsOfTable0211AreReadByTheirOwnTables) {
  const std::vector<std::tuple<const char*, const char*, const char*>> cases = {
      {"8859/2", "\xb1", "\u0105"}, {"8859/3", "\xa1", "\u0126"}, {"8859/4", "\xb6", "\u013c"},
      {"8859/5", "\xb6", "\u0416"}, {"8859/6", "\xc7", "\u0627"}, {"8859/7", "\xe1", "\u03b1"},
      {"8859/8", "\xe0", "\u05d0"}, {"8859/9", "\xfd", "\u0131"}};
  for (const auto& [name, bytes, text] : cases) {
    const auto decision = Decide(bytes, name);
    EXPECT_EQ(ToUtf8(bytes, decision.charset), text) << name;
    EXPECT_FALSE(decision.guessed) << name;
  }
  EXPECT_EQ(ToUtf8("\xe5\xe4\xf6", Charset::kIso8859_9), "\u00e5\u00e4\u00f6");
}

TEST(Charset, AByteThatItsSetLeavesEmptyIsRefusedAndNotReplaced) {
  EXPECT_FALSE(DecideCharset("MSH|\xa5", "8859/3", CharsetPolicy()).ok());
  EXPECT_TRUE(DecideCharset("MSH|\xa5", "8859/2", CharsetPolicy()).ok());
}

TEST(Charset, UnknownNameFollowsTheSourceAndIsGuessed) {
  const auto decision = Decide(kLatinText, "KLINGON");
  EXPECT_EQ(decision.charset, Charset::kWindows1252);
  EXPECT_TRUE(decision.guessed);
}

TEST(Charset, LatinIsReadAsWindows1252) {
  EXPECT_EQ(ToUtf8("\x93\xe5\x94\x96\x85\x80", Charset::kWindows1252),
            "\u201c\u00e5\u201d\u2013\u2026\u20ac");
  EXPECT_EQ(ToUtf8("\xa4\xa6\xbc", Charset::kLatin9), "\u20ac\u0160\u0152");
  EXPECT_EQ(ToUtf8("\xa4", Charset::kWindows1252), "\u00a4");
}

TEST(Charset, EveryByteOfAOneByteSetSurvivesTheRoundTrip) {
  for (Charset charset : {Charset::kWindows1252, Charset::kLatin9, Charset::kIso8859_2, Charset::kIso8859_3,
                          Charset::kIso8859_8, Charset::kIso8859_9}) {
    for (int byte = 1; byte < 256; ++byte) {
      const std::string raw(1, static_cast<char>(byte));
      const std::string utf8 = ToUtf8(raw, charset);
      EXPECT_TRUE(IsValidUtf8(utf8));
      EXPECT_EQ(utf8.find("\xef\xbf\xbd"), std::string::npos);
      size_t replaced = 9;
      EXPECT_EQ(FromUtf8(utf8, charset, &replaced), raw) << byte;
      EXPECT_EQ(replaced, 0u);
    }
  }
}

TEST(Charset, CharactersTheSetLacksAreCountedNotHidden) {
  size_t replaced = 0;
  EXPECT_EQ(FromUtf8("a\u4e2d\U0001F600z", Charset::kWindows1252, &replaced), "a??z");
  EXPECT_EQ(replaced, 2u);
  EXPECT_EQ(FromUtf8("\u00e5", Charset::kAscii, &replaced), "?");
  EXPECT_EQ(replaced, 1u);
}

RC_GTEST_PROP(CharsetProperty, AnyBytesBecomeValidUtf8, (const std::string& bytes)) {
  for (Charset charset :
       {Charset::kAscii, Charset::kUtf8, Charset::kWindows1252, Charset::kLatin9, Charset::kIso8859_6}) {
    RC_ASSERT(IsValidUtf8(ToUtf8(bytes, charset)));
  }
}

}  // namespace
}  // namespace sam::hl7
