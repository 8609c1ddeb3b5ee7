// What a hostile or careless sender writes: nothing is opened, expanded or believed.
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/xml/document.h"
#include "broker/base/text.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/adapters/xml/cutting.h"

namespace sam::xml::test {
namespace {

std::string Wrapped(const std::string& before, const std::string& inside) {
  return before + "<leverans><handelse>" + inside + "</handelse></leverans>";
}

TEST(Hostile, ADoctypeIsRefusedWhateverStandsInIt) {
  sam::test::TempDir folder;
  std::ofstream(folder / "secret.txt") << "hemlighet";
  const std::string file = "file://" + (folder / "secret.txt");
  std::string laughs = "<!DOCTYPE leverans [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 20; ++i) {
    const std::string last = "&a" + std::to_string(i - 1) + ";";
    laughs += "<!ENTITY a" + std::to_string(i) + " \"" + last + last + last + last + last + "\">";
  }
  laughs += "]>";
  for (const std::string& doctype :
       {std::string("<!DOCTYPE leverans>"), laughs,
        "<!DOCTYPE leverans [<!ENTITY e SYSTEM \"" + file + "\">]>",
        "<!DOCTYPE leverans SYSTEM \"" + file + "\">",
        std::string("<!DOCTYPE leverans SYSTEM \"http://127.0.0.1:1/x.dtd\">"),
        std::string("<!DOCTYPE leverans [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/x\"> %p;]>"),
        std::string("<!DOCTYPE leverans [<!ATTLIST handelse typ CDATA \"UB\">]>")}) {
    const std::string bytes = Wrapped(doctype, "&a19;&e;");
    const CutFile cut = Cut(Options(), bytes);
    EXPECT_EQ(cut.scanned.refusal, "doctype") << doctype.substr(0, 60);
    EXPECT_TRUE(cut.records.empty());
    EXPECT_EQ(cut.scanned.detail.find("hemlighet"), std::string::npos);
    // The same for what a person sends again by hand.
    const Result<Document> document = Document::Parse(bytes, "", 32);
    ASSERT_FALSE(document.ok());
    EXPECT_NE(document.error().message.find("DOCTYPE"), std::string::npos);
  }
}

TEST(Hostile, OnlyTheFiveEntitiesAreKnown) {
  EXPECT_EQ(Refusal(Options(), Wrapped("", "&lt;&gt;&amp;&quot;&apos;&#229;&#xe5;")), "");
  for (const char* bad : {"&ouml;", "&a", "& ", "&#0;", "&#x110000;", "&#xD800;"})
    EXPECT_EQ(Refusal(Options(), Wrapped("", bad)), "not-well-formed") << bad;
}

TEST(Hostile, AnXIncludeIsAnElementLikeAnyOther) {
  const CutFile cut = Cut(Options(), Wrapped("",
                                             "<xi:include xmlns:xi=\"http://www.w3.org/2001/"
                                             "XInclude\" href=\"/etc/passwd\"/>"));
  ASSERT_EQ(cut.records.size(), 1U);
  EXPECT_EQ(cut.records[0].document.find("root:"), std::string::npos);
}

TEST(Hostile, NestingWithoutEndEndsTheFile) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(Refusal(Options(), "<leverans>" + deep), "too-deep");
  EXPECT_EQ(Refusal(Options(), "<leverans><handelse>" + deep), "too-deep");
  EXPECT_FALSE(Document::Parse("<a>" + deep, "", 32).ok());
}

TEST(Hostile, AHugeTextIsOneRecordsMatter) {
  std::string file = "<leverans><handelse>";
  file.append(size_t{5} << 20, 'x');
  file += "</handelse><handelse>ok</handelse></leverans>";
  const CutFile cut = Cut(Options(), file, size_t{256} << 10);
  ASSERT_EQ(cut.records.size(), 2U) << cut.scanned.refusal << cut.scanned.detail;
  EXPECT_EQ(cut.records[0].cut, "too-large");
  EXPECT_EQ(cut.records[1].cut, "");
}

TEST(Hostile, ATagOrCommentWithoutEndEndsTheFile) {
  for (const char* begin : {"<leverans><handelse a=\"", "<leverans><!-- ", "<leverans><![CDATA[",
                            "<leverans><?p ", "<leverans><"}) {
    std::string file = begin;
    file.append(size_t{12} << 20, 'x');
    const CutFile cut = Cut(Options(), file, size_t{256} << 10);
    EXPECT_NE(cut.scanned.refusal, "") << begin;
    EXPECT_LT(cut.scanned.detail.size(), 200U);
  }
}

TEST(Hostile, ATagIsNotAllAttributes) {
  std::string file = "<leverans><handelse";
  for (int i = 0; i < 200'000; ++i) file.append(" a").append(std::to_string(i)).append("=''");
  EXPECT_EQ(Refusal(Options(), file + "/></leverans>"), "not-well-formed");
}

TEST(Hostile, WhatIsNoXmlIsSaidToBeNone) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "empty"},
      {"personnr;datum\n", "not-well-formed"},
      {"MSH|^~\\&|", "not-well-formed"},
      {"<leverans><handelse></leverans>", "not-well-formed"},
      {"<leverans a=1><handelse/></leverans>", "not-well-formed"},
      {"<leverans a='1' a='2'><handelse/></leverans>", "not-well-formed"},
      {"<leverans><handelse/></leverans><leverans/>", "not-well-formed"},
      {"<leverans><handelse>\x01</handelse></leverans>", "not-well-formed"},
      {"<leverans><handelse/></leverans>rest", "not-well-formed"}};
  for (const auto& [file, refusal] : files) EXPECT_EQ(Refusal(Options(), file), refusal) << file;
}

std::string Wide(const std::string& ascii, bool big, bool mark) {
  std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

TEST(Encodings, TheDeclaredOneIsReadInEveryCut) {
  const std::string body = "<leverans><handelse>v\xe5r</handelse></leverans>";
  const std::string utf8 = "<leverans><handelse>v\xc3\xa5r</handelse></leverans>";
  const auto said = [](const std::string& name) {
    return "<?xml version=\"1.0\" encoding=\"" + name + "\"?>\n";
  };
  const std::vector<std::string> files = {
      utf8,
      said("UTF-8") + utf8,
      "\xef\xbb\xbf" + utf8,
      "\xef\xbb\xbf" + said("utf-8") + utf8,
      said("ISO-8859-1") + body,
      said("iso-8859-15") + body,
      said("windows-1252") + body,
      Wide(said("UTF-16") + body, false, true),
      Wide(said("UTF-16") + body, true, true),
      Wide(body, false, true),
      Wide(said("UTF-16") + body, false, false),
  };
  for (const std::string& file : files) {
    for (const size_t block : {1U, 2U, 3U, 16U, 45U, 90U, 4096U}) {
      const CutFile cut = Cut(Options(), file, 7, block);
      ASSERT_EQ(cut.scanned.refusal, "")
          << ToHex(file.substr(0, 80)) << " " << block << " " << cut.scanned.detail;
      ASSERT_EQ(cut.records.size(), 1U);
      EXPECT_NE(cut.records[0].document.find("v\xc3\xa5r"), std::string::npos) << block;
      EXPECT_FALSE(cut.scanned.charset_guessed);
    }
  }
}

TEST(Encodings, AFileThatIsNotWhatItSaysIsRefused) {
  const std::string body = "<leverans><handelse>v\xe5r</handelse></leverans>";
  const std::string utf8 = "<leverans><handelse>v\xc3\xa5r</handelse></leverans>";
  const auto said = [](const std::string& name) {
    return "<?xml version=\"1.0\" encoding=\"" + name + "\"?>\n";
  };
  using namespace std::string_literals;
  for (const std::string& file :
       {said("UTF-8") + body, body,
        said("windows-1252") + "<leverans><handelse>\x81</handelse></leverans>",
        said("US-ASCII") + utf8, said("UTF-16") + utf8, said("UTF-7") + "<leverans/>",
        said("EBCDIC-CP-SE") + "<leverans/>", said("x-unknown") + "<leverans/>",
        "\xef\xbb\xbf" + said("ISO-8859-1") + utf8, "\xff\xfe\0\0<\0\0\0"s, "\x4c\x6f\xa7\x94"s,
        Wide(said("ISO-8859-1") + body, false, true)})
    EXPECT_EQ(Refusal(Options(), file).empty(), false) << ToHex(file.substr(0, 60));
  EXPECT_EQ(Refusal(Options(), said("UTF-7") + "<leverans/>"), "encoding");
  EXPECT_EQ(Refusal(Options(), said("UTF-8") + body), "encoding");
}

TEST(Encodings, WhatOnlyWindows1252HasIsReadAsSuchAndSaid) {
  const CutFile cut =
      Cut(Options(),
          "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
          "<leverans><handelse a=\"\x80\">v\xe5r \x96 h\xf6st</handelse></leverans>",
          3, 5);
  ASSERT_EQ(cut.scanned.refusal, "") << cut.scanned.detail;
  EXPECT_TRUE(cut.scanned.charset_guessed);
  ASSERT_EQ(cut.records.size(), 1U);
  EXPECT_TRUE(cut.records[0].charset_guessed);
  EXPECT_NE(cut.records[0].document.find("a=\"€\">vår – höst<"), std::string::npos)
      << cut.records[0].document;
}

TEST(Hostile, NoReasonHoldsAWordOfTheFile) {
  for (const std::string& file :
       {Wrapped("", "Testsson &Testsson;"), Wrapped("", "Testsson <Testsson"),
        Wrapped("", "<Testsson></testsson>"), Wrapped("", "<a Testsson></a>"),
        std::string("<?xml version=\"1.0\" encoding=\"Testsson\"?><leverans/>"),
        std::string("<Testsson/>"), std::string("<leverans xmlns=\"Testsson\"/>"),
        Wrapped("<!DOCTYPE Testsson>", ""), Wrapped("", "<Testsson:a/>")}) {
    XmlOptions options = Options();
    options.ns = "urn:a";
    testing::internal::CaptureStderr();
    const Scanned with_ns = Cut(options, file).scanned;
    const Scanned without = Cut(Options(), file).scanned;
    const Result<Document> document = Document::Parse(file, "", 32);
    const std::string printed = testing::internal::GetCapturedStderr();
    EXPECT_NE(without.refusal, "") << file;
    for (const std::string& text :
         {with_ns.detail, without.detail, document.ok() ? "" : document.error().message, printed})
      EXPECT_EQ(text.find("estsson"), std::string::npos) << file << ": " << text;
  }
}

}  // namespace
}  // namespace sam::xml::test
