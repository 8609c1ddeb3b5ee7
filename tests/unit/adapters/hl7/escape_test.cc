#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "adapters/hl7/escape.h"

namespace sam::hl7 {
namespace {

std::string Text(std::string_view raw, Charset charset = Charset::kUtf8) {
  return Unescape(raw, Delimiters(), charset);
}

TEST(Escape, SeparatorsBecomeTheMessagesOwn) {
  EXPECT_EQ(Text("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"), "a|b^c&d~e\\f");
  const Delimiters va = *ReadDelimiters('^', "~|\\&");
  EXPECT_EQ(Unescape("\\F\\\\S\\\\R\\", va, Charset::kUtf8), "^~|");
  EXPECT_EQ(Unescape("\\P\\", *ReadDelimiters('|', "^~\\&#"), Charset::kUtf8), "#");
}

TEST(Escape, HexIsBytesOfTheMessagesCharset) {
  EXPECT_EQ(Text("\\XE5\\", Charset::kWindows1252), "\u00e5");
  EXPECT_EQ(Text("\\XC3A5\\"), "\u00e5");
  EXPECT_EQ(Text("\\XC3\\\\XA5\\"), "\u00e5");
  EXPECT_EQ(Text("a\\X0D\\b"), "a\rb");
  EXPECT_EQ(Text("a\\X000d\\b"), "a\rb");
  EXPECT_EQ(Text("a\\X0D0A\\b"), "a\r\nb");
}

TEST(Escape, HexThatIsNoTextStaysVisible) {
  EscapeNotes notes;
  EXPECT_EQ(Unescape("\\XFF\\", Delimiters(), Charset::kUtf8, &notes), "\\XFF\\");
  EXPECT_EQ(notes.unknown, 1u);
  for (const char* raw : {"\\X\\", "\\X0\\", "\\XZZ\\"}) EXPECT_EQ(Text(raw), raw);
}

TEST(Escape, FormatBecomesLayout) {
  EXPECT_EQ(Text("a\\.br\\b\\.sp2\\c\\.sp\\d\\.ce\\e"), "a\nb\n\nc\nd\ne");
  EXPECT_EQ(Text("a\\.sk3\\b\\.in+4\\\\.ti-2\\\\.fi\\\\.nf\\c"), "a   bc");
  EXPECT_EQ(Text("\\H\\bold\\N\\ plain"), "bold plain");
  EXPECT_EQ(Text("\\.sp99999999\\").size(), 100u);
}

TEST(Escape, UnknownStaysAsItIsAndIsCounted) {
  for (const char* raw :
       {"\\Z01\\", "\\C2842\\", "\\M242842\\", "\\Q\\", "\\\\", "\\.xx\\", "C:\\temp\\"}) {
    EscapeNotes notes;
    EXPECT_EQ(Unescape(raw, Delimiters(), Charset::kUtf8, &notes), raw);
    EXPECT_GE(notes.unknown + notes.unterminated, 1u) << raw;
  }
}

TEST(Escape, UnterminatedStaysAsItIs) {
  EscapeNotes notes;
  EXPECT_EQ(Unescape("half \\F", Delimiters(), Charset::kUtf8, &notes), "half \\F");
  EXPECT_EQ(notes.unterminated, 1u);
}

TEST(Escape, StrayEscapeCharacterDoesNotHideARealSequence) {
  EXPECT_EQ(Text("5\\6 \\T\\ 7"), "5\\6 & 7");
}

TEST(Escape, NothingHappensWithoutADeclaredEscape) {
  const Delimiters d = *ReadDelimiters('|', "^~&");
  EXPECT_EQ(Unescape("a\\F\\b", d, Charset::kUtf8), "a\\F\\b");
  EXPECT_EQ(Escape("a|b\rc", d, Charset::kUtf8), "a b c");
}

TEST(Escape, TextForSendingUsesTheReceiversSeparatorsAndCharset) {
  EXPECT_EQ(Escape("a|b^c&d~e\\f\r\n\u00e5", Delimiters(), Charset::kWindows1252),
            "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X0D\\\\X0A\\\xe5");
  size_t replaced = 0;
  EXPECT_EQ(Escape("\u4e2d", Delimiters(), Charset::kAscii, &replaced), "?");
  EXPECT_EQ(replaced, 1u);
}

TEST(Escape, DelimiterEscapesRoundTripByteForByte) {
  const std::string raw = "DOE\\T\\SMITH \\F\\ \\S\\ \\R\\ \\E\\ \\X0D\\ \xc3\xa5";
  EXPECT_EQ(Escape(Text(raw), Delimiters(), Charset::kUtf8), raw);
}

RC_GTEST_PROP(EscapeProperty, WhatIsEscapedComesBack, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::inRange<char>(1, 127), rc::gen::element('\\', '|', '^', '&', '~', '.', 'X', 'F')));
  for (const char* msh2 : {"^~\\&", "^~\\&#", "~|\\&", "^~\\`"}) {
    const char field = msh2[0] == '~' ? '^' : '|';
    const Delimiters d = *ReadDelimiters(field, msh2);
    const std::string sent = Escape(text, d, Charset::kUtf8);
    RC_ASSERT(sent.find(d.field) == std::string::npos);
    RC_ASSERT(sent.find('\r') == std::string::npos);
    RC_ASSERT(Unescape(sent, d, Charset::kUtf8) == text);
  }
}

}  // namespace
}  // namespace sam::hl7
