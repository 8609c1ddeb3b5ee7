#include "adapters/kit/raw_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kit/commands.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {


struct PagesRig : Rig {
  Result<RawPage> Ask(const Words& words) {
    EXPECT_TRUE(store->Begin().ok());
    SAM_ASSIGN(const std::string text, RunRaw(*store, words, "anna"));
    return ParseRawPage(text);
  }
  void Keep(const std::vector<std::string>& messages) {
    ASSERT_TRUE(store->Begin().ok());
    for (const std::string& one : messages) store->KeepRaw("10.0.0.1:1", one);
    ASSERT_TRUE(store->Commit().ok());
  }
  std::string Audit() {
    std::string out;
    EXPECT_TRUE(store
                    ->EachAccess([&](uint64_t, const Access& row) {
                      out += row.operator_name + " " + row.action + " " + row.subject + " " +
                             row.reason + "\n";
                      return true;
                    })
                    .ok());
    return out;
  }
};

TEST(RawPages, TheLastOnesComeNewestFirstByteForByte) {
  PagesRig rig;
  rig.Keep({"one", std::string("t\0w\r\xff", 5), "three"});
  const Result<RawPage> page = rig.Ask({"raw", "last", "2", "0", "masked"});
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page->messages.size(), 2U);
  EXPECT_EQ(page->messages[0], std::make_pair(uint64_t{3}, std::string("three")));
  EXPECT_EQ(page->messages[1], std::make_pair(uint64_t{2}, std::string("t\0w\r\xff", 5)));
  const Result<RawPage> rest = rig.Ask({"raw", "last", "9", std::to_string(page->next), "masked"});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->messages.size(), 1U);
  EXPECT_EQ(rest->next, 0U);
}

TEST(RawPages, APageStaysBelowWhatADoorCarriesAndTheNextGoesOn) {
  PagesRig rig;
  rig.Keep({std::string(RawPage::kMaxBytes / 2 + 1, 'a'), std::string(RawPage::kMaxBytes / 2 + 1, 'b'),
            std::string(RawPage::kMaxBytes + 1, 'c')});
  const Result<RawPage> page = rig.Ask({"raw", "last", "10", "0", "masked"});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->too_large, 1U);
  ASSERT_EQ(page->messages.size(), 1U);
  EXPECT_EQ(page->next, 2U);
  const Result<RawPage> rest = rig.Ask({"raw", "last", "10", "2", "masked"});
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->messages.size(), 1U);
}

TEST(RawPages, EveryLookIsAuditedAndARevealingOneNeedsAReason) {
  PagesRig rig;
  rig.Keep({"one"});
  EXPECT_EQ(rig.Ask({"raw", "last", "1", "0", "reveal", " "}).error().code, Code::kDenied);
  EXPECT_EQ(rig.Audit(), "");
  ASSERT_TRUE(rig.Ask({"raw", "last", "1", "0", "reveal", "ny mappning"}).ok());
  ASSERT_TRUE(rig.Ask({"raw", "last", "1", "0", "masked"}).ok());
  EXPECT_EQ(rig.Audit(), "anna reveal raw 1 to 1 ny mappning\nanna compare raw 1 to 1 shown masked\n");
}

TEST(RawPages, NothingIsHandedOutThatCannotBeAudited) {
  PagesRig rig;
  rig.Keep({"one"});
  rig.faults.SetFull(true);
  EXPECT_FALSE(rig.Ask({"raw", "last", "1", "0", "masked"}).ok());
}

TEST(RawPages, AnEmptyStoreAndNonsenseAreAnswered) {
  PagesRig rig;
  const Result<RawPage> page = rig.Ask({"raw", "last", "5", "0", "masked"});
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->messages.empty());
  EXPECT_FALSE(rig.Ask({"raw", "last", "x", "0", "masked"}).ok());
  EXPECT_FALSE(rig.Ask({"raw", "last", "1"}).ok());
  EXPECT_FALSE(rig.Ask({"raw", "last", "1", "0", "open"}).ok());
  EXPECT_FALSE(ParseRawPage("0 0\n1 %%%\n").ok());
}

TEST(RawPages, TheDoorKnowsTheCommand) {
  PagesRig rig;
  rig.Keep({"one"});
  Commands commands(*rig.store, *rig.pipeline);
  const Result<std::string> reply =
      DecodeReply(commands.Serve(EncodeRequest({"raw", "last", "1", "0", "masked"}), "anna"));
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(ParseRawPage(*reply)->messages.size(), 1U);
}

}  // namespace
}  // namespace sam::kit::test
