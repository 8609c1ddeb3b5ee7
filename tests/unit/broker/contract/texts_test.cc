#include "broker/contract/texts.h"

#include <set>

#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::contract {
namespace {

std::multiset<std::string> Placeholders(const std::string& text) {
  std::multiset<std::string> out;
  for (size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const size_t close = text.find('}', at);
    if (close == std::string::npos) {
      ADD_FAILURE() << "open brace in: " << text;
      break;
    }
    out.insert(text.substr(at, close - at + 1));
  }
  return out;
}

TEST(Texts, EveryIdHasBothLanguagesWithTheSamePlaceholders) {
  ASSERT_GT(AllTexts().size(), 150u);
  for (const TextRow& row : AllTexts()) {
    EXPECT_STRNE(row.sv, "") << row.id;
    EXPECT_STRNE(row.en, "") << row.id;
    EXPECT_TRUE(IsValidUtf8(row.sv)) << row.id;
    EXPECT_EQ(Placeholders(row.sv), Placeholders(row.en)) << row.id;
  }
}

TEST(Texts, IdsAreUniqueAndFound) {
  std::set<std::string> ids;
  for (const TextRow& row : AllTexts()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_TRUE(HasText(row.id)) << row.id;
    EXPECT_EQ(Text(row.id, Language::kSwedish), row.sv);
    EXPECT_EQ(Text(row.id, Language::kEnglish), row.en);
  }
}

TEST(Texts, AnUnknownIdIsShownAsItIs) {
  EXPECT_FALSE(HasText("no.such.id"));
  EXPECT_EQ(Text("no.such.id", Language::kSwedish), "no.such.id");
}

TEST(Texts, PlaceholdersAreReplacedAndUnknownOnesStay) {
  EXPECT_EQ(Text("inbox.title", Language::kEnglish, {{"function", "bollnas.mottagning"}}),
            "Inbox of bollnas.mottagning");
  EXPECT_EQ(Text("inbox.title", Language::kEnglish, {}), "Inbox of {function}");
  EXPECT_EQ(Text("inbox.title", Language::kEnglish, {{"function", "{function}"}}),
            "Inbox of {function}") << "values are not read again";
}

TEST(Texts, EnumerantsHaveTextsAndNewerOnesTheirName) {
  EXPECT_EQ(EnumText("LadderState", "registered", Language::kSwedish), "registrerad");
  EXPECT_EQ(EnumText("LadderState", "brandNew", Language::kSwedish), "brandNew");
}

TEST(Texts, LanguagesAreNamed) {
  EXPECT_EQ(LanguageFromName("en"), Language::kEnglish);
  EXPECT_EQ(LanguageFromName("sv"), Language::kSwedish);
  EXPECT_EQ(LanguageFromName("xx"), Language::kSwedish);
}

}  // namespace
}  // namespace sam::contract
