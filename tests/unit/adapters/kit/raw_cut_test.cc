// What is left of a message whose attachments are in the outbox.
#include "adapters/kit/raw_cut.h"

#include <gtest/gtest.h>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"

namespace sam::kit {
namespace {

TEST(RawCut, LongContentBecomesANoteThatNamesIt) {
  const std::string content(9000, '\xfe');
  const std::string left = WithoutContent("{\"data\":\"" + ToBase64(content) + "\",\"more\":1}");
  EXPECT_LT(left.size(), 200u);
  EXPECT_EQ(left.substr(left.size() - 11), "\",\"more\":1}");
  const size_t from = left.find("samsignal-cut:");
  ASSERT_NE(from, std::string::npos);
  const auto cut = ReadCut(left.substr(from, left.find('"', from) - from));
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(cut->size, content.size());
  EXPECT_EQ(cut->digest, Sha256({content}));
}

TEST(RawCut, EscapedSlashesAreThoseOfJson) {
  const std::string content(9000, '\xff');  // all slashes in base64
  std::string escaped;
  for (const char c : ToBase64(content)) escaped += c == '/' ? std::string("\\/") : std::string(1, c);
  EXPECT_LT(WithoutContent("\"" + escaped + "\"").size(), 200u);
}

TEST(RawCut, ShortRunsAndWhatIsNoBase64Stay) {
  const std::string brief = "\"" + ToBase64(std::string(kCutMin / 2, 'x')) + "\"";
  EXPECT_EQ(WithoutContent(brief), brief);
  const std::string odd = "\"" + std::string(kCutMin + 1, 'A') + "\"";  // no whole groups
  EXPECT_EQ(WithoutContent(odd), odd);
  EXPECT_EQ(WithoutContent(""), "");
  EXPECT_EQ(WithoutContent("MSH|^~\\&|A|B"), "MSH|^~\\&|A|B");
}

TEST(RawCut, OnlyAWholeNoteIsOne) {
  const std::string note = "samsignal-cut:" + std::string(64, 'a') + ":17";
  ASSERT_TRUE(ReadCut(note).has_value());
  for (size_t cut = 0; cut < note.size() - 1; ++cut)
    EXPECT_FALSE(ReadCut(note.substr(0, cut)).has_value()) << cut;
  EXPECT_FALSE(ReadCut(note + "x").has_value());
}

}  // namespace
}  // namespace sam::kit
