// What the hub holds of ours, at the pages: it waits, stands out, and somebody names its receiver.
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

using inbox::test::Draft;

class HoldsTest : public WebTest {
 protected:
  static Draft Call(const std::string& name, const std::string& about) {
    Draft draft;
    draft.name = name;
    draft.code = "HOLD";
    draft.holds = about;
    return draft;
  }
  void SetUp() override {
    WebTest::SetUp();
    Receive(1, Call("call", "report"));
    SignIn("anna");
    Get(PathTo("call"));
  }
  edge::HttpResponse Name(Fields fields, bool confirmed = true) {
    if (confirmed) fields.emplace_back("confirmed", "yes");
    return Post(PathTo("call") + "/name", fields);
  }
  static Fields Right() { return {{"receiver", "gavle.mottagning"}, {"named_by", "Maj Ek"}}; }
};

// A held statutory report looked there like nothing to do.
TEST_F(HoldsTest, AHoldThatWaitsForANameComesFirstAndStandsOut) {
  Receive(2, {.name = "one"});
  Receive(3, {.name = "note", .code = "RECEIPT", .tells_about = "x"});
  const std::string list = Get("/").body;
  EXPECT_LT(list.find(PathTo("call")), list.find(PathTo("one")));
  EXPECT_THAT(list, HasSubstr("2 wait for somebody here. 3 signals in all."));
  EXPECT_THAT(list, HasSubstr("1 held, waiting for somebody here to name the receiver."));
  EXPECT_THAT(list, HasSubstr("name the receiver</span>"));
}

TEST_F(HoldsTest, TheReceiverIsNamedOnceItWasShownOnceMore) {
  EXPECT_THAT(Get(PathTo("call")).body, HasSubstr("action=\"" + PathTo("call") + "/name\""));
  const auto page = Name(Right(), false);
  EXPECT_EQ(page.status, 200);
  for (const char* text : {"Check and send", "gavle.mottagning", "Maj Ek", "may go there"})
    EXPECT_THAT(page.body, HasSubstr(text));
  EXPECT_TRUE(Outgoing().empty());
  EXPECT_EQ(HeaderOf(Name(Right()), "Location"), PathTo("call") + "?done=named");
  ASSERT_EQ(Outgoing().size(), 1U);
  EXPECT_EQ(Outgoing()[0].type, "signal.receiver.named");
  EXPECT_EQ(Outgoing()[0].reference, "gavle.mottagning");
  EXPECT_EQ(Outgoing()[0].by, "Maj Ek");
  EXPECT_EQ(Audited().back().action, Action::NAMED);
  EXPECT_EQ(Audited().back().by, "anna");
  EXPECT_EQ(Audited().back().door, Door::WEB);
  const std::string after = Get(PathTo("call"), "done=named").body;
  EXPECT_THAT(after, HasSubstr("The receiver is stored"));
  EXPECT_THAT(after, HasSubstr("receiver gavle.mottagning named, waiting for the hub"));
  EXPECT_THAT(after, Not(HasSubstr("/name\"")));
  EXPECT_THAT(Get("/").body, HasSubstr("0 wait for somebody here"));
  EXPECT_EQ(HeaderOf(Name(Right()), "Location"), PathTo("call") + "?done=before");
  EXPECT_EQ(Name({{"receiver", "ljusdal.mottagning"}, {"named_by", "Maj Ek"}}).status, 422);
  EXPECT_EQ(Outgoing().size(), 1U);
}

TEST_F(HoldsTest, WhatIsMissingIsSaidAtItsField) {
  const auto none = Name({});
  EXPECT_EQ(none.status, 422);
  EXPECT_THAT(none.body, HasSubstr("href=\"#receiver\""));
  EXPECT_THAT(none.body, HasSubstr("href=\"#named_by\""));
  EXPECT_EQ(Name({{"receiver", "G\xc3\xa4vle"}, {"named_by", "Maj"}}).status, 422);
  EXPECT_EQ(Name({{"receiver", "gavle.mottagning"}, {"named_by", std::string(129, 'x')}}).status, 422);
  EXPECT_TRUE(Outgoing().empty());
}

TEST_F(HoldsTest, OnlyWhoMayAnswerNamesAndOnlyWithAFormOfOurs) {
  SignIn("rolf");
  EXPECT_THAT(Get(PathTo("call")).body, Not(HasSubstr("/name\"")));
  EXPECT_THAT(Get(PathTo("call")).body, HasSubstr("can read but not confirm"));
  EXPECT_EQ(Name(Right()).status, 403);
  SignIn("anna");
  Get("/");
  token_ = "somebody else's";
  EXPECT_EQ(Name(Right()).status, 403);
  EXPECT_TRUE(Outgoing().empty());
}

TEST_F(HoldsTest, WhatNoNameMendsHasNoFormAndSaysWhatEndsIt) {
  Draft support = Call("consent", "support");
  support.about_code = "SIG-B1";
  support.why = "gate.consent.missing";
  Receive(2, support);
  EXPECT_THAT(Get("/").body, HasSubstr("1 wait for somebody here. 2 signals in all."));
  const std::string page = Get(PathTo("consent")).body;
  EXPECT_THAT(page, HasSubstr("It goes when a valid consent is registered"));
  EXPECT_THAT(page, Not(HasSubstr("/name\"")));
  EXPECT_EQ(Post(PathTo("consent") + "/name", {{"receiver", "a.b"}, {"named_by", "Maj"}, {"confirmed", "yes"}}).status, 422);
  EXPECT_TRUE(Outgoing().empty());
}

TEST_F(HoldsTest, ANewerNoticeAndAReceiptTakeItsPlace) {
  Receive(2, Call("again", "report"));
  EXPECT_THAT(Get("/").body, HasSubstr("1 wait for somebody here. 2 signals in all."));
  EXPECT_THAT(Get(PathTo("call")).body, HasSubstr("href=\"" + PathTo("again") + "\""));
  EXPECT_THAT(Get(PathTo("call")).body, Not(HasSubstr("/name\"")));
  Draft receipt;
  receipt.name = "stored";
  receipt.code = "RECEIPT";
  receipt.tells_about = "report";
  Receive(3, receipt);
  EXPECT_THAT(Get("/").body, HasSubstr("0 wait for somebody here. 3 signals in all."));
  EXPECT_THAT(Get(PathTo("again")).body, HasSubstr("It is not held any more."));
  EXPECT_THAT(Get("/").body, Not(HasSubstr("waiting for somebody here to name")));
}

TEST_F(HoldsTest, WhatWasSentFromHereHasAPageThatNamesNobody) {
  EXPECT_THAT(Get("/").body, HasSubstr("href=\"/sent\""));
  Draft receipt;
  receipt.name = "stored";
  receipt.code = "RECEIPT";
  receipt.tells_about = "other";
  receipt.step = LadderState::REGISTERED;
  receipt.receiver = "gavle.mottagning";
  Receive(2, receipt);
  const std::string page = Get("/sent").body;
  EXPECT_THAT(page, HasSubstr("href=\"" + PathTo("call") + "\""));
  EXPECT_THAT(page, HasSubstr("held at the hub"));
  EXPECT_THAT(page, HasSubstr("Name the receiver, and it goes there."));
  EXPECT_THAT(page, HasSubstr("gavle.mottagning"));
  EXPECT_LT(page.find(PathTo("stored")), page.find(PathTo("call"))) << "the newest first";
  EXPECT_THAT(page, Not(HasSubstr(inbox::test::kChild)));
  EXPECT_EQ(Get("/sent", "page=99").status, 200);
  cookies_.clear();
  EXPECT_EQ(Get("/sent").status, 401);
}

}  // namespace
}  // namespace sam::inbox::web::test
