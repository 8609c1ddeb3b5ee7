// What the pages show, to whom, and what is noted of it.
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

class PagesTest : public WebTest {
 protected:
  // A signal whose every text tries to write on the page.
  void ReceiveHostile() {
    static const std::string kBad = "<script>alert(1)</script>\"'><img src=x>";
    capnp::MallocMessageBuilder message;
    auto signal = message.initRoot<schema::Signal>();
    const SignalId id = inbox::test::IdOf("bad");
    signal.setSignalId(wire::AsData(id.view()));
    signal.setCode("SIG-A1");
    signal.setLegalClass(schema::LegalClass::A);
    for (const auto field : capnp::Schema::from<schema::Signal>().getFields()) {
      const std::string name = field.getProto().getName().cStr();
      if (name != "code" && field.getType().isText())
        capnp::DynamicStruct::Builder(signal).set(field, kBad.c_str());
    }
    signal.initSubject().initIds(1)[0].setValue(kBad);
    signal.initClocks(1)[0].setKind(kBad);
    signal.initMaskedFields(1).set(0, kBad);
    auto report = signal.getBody().initReport();
    capnp::DynamicStruct::Builder body(report);
    for (const auto field : body.getSchema().getFields())
      if (field.getType().isText()) body.set(field, kBad.c_str());
    auto file = report.initAttachments(1)[0];
    file.setTitle(kBad);
    file.setMediaType(kBad);
    ASSERT_TRUE(inbox_->Take(At(9), wire::Flatten(message), wire::WithheldCode::NONE, {}).ok());
    ASSERT_TRUE(inbox_->Commit().ok());
  }
};

TEST_F(PagesTest, NoTextOfASenderBecomesMarkup) {
  ReceiveHostile();
  SignIn("anna");
  for (const std::string& path : {std::string("/"), PathTo("bad"), PathTo("bad") + "/print"}) {
    const auto page = Get(path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_THAT(page.body, Not(HasSubstr("<script"))) << path;
    EXPECT_THAT(page.body, Not(HasSubstr("<img"))) << path;
  }
  EXPECT_THAT(Get(PathTo("bad")).body, HasSubstr("&lt;script&gt;alert(1)"));
  // What a person enters comes back in the form, and is no markup either.
  const std::string bad = "\"><script>x";
  Get(PathTo("bad"));
  const auto again = Post(PathTo("bad") + "/answer",
                          {{"say", bad}, {"case", bad}, {"way", bad}, {"said_by", bad},
                           {"said_date", bad}, {"said_time", bad}});
  EXPECT_EQ(again.status, 422);
  EXPECT_THAT(again.body, Not(HasSubstr("<script")));
  EXPECT_THAT(SignIn("<script>x", "y").body, Not(HasSubstr("<script")));
}

TEST_F(PagesTest, EveryAnswerForbidsScriptsFramesAndStoring) {
  SignIn("anna");
  for (const char* path : {"/", "/style.css", "/nowhere", "/robots.txt"}) {
    const auto answer = Get(path);
    EXPECT_THAT(HeaderOf(answer, "Content-Security-Policy"), HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(HeaderOf(answer, "Content-Security-Policy"), Not(HasSubstr("script-src"))) << path;
    EXPECT_THAT(HeaderOf(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_NE(HeaderOf(answer, "Strict-Transport-Security"), "") << path;
  }
}

TEST_F(PagesTest, AListNamesNobodyAndNoAddressHasMoreThanAnId) {
  Receive(1, {});
  SignIn("anna");
  const std::string list = Get("/").body;
  EXPECT_THAT(list, HasSubstr("href=\"" + PathTo("one") + "\""));
  EXPECT_THAT(list, Not(HasSubstr(inbox::test::kChild)));
  EXPECT_THAT(list, Not(HasSubstr("concern itself")));
  EXPECT_EQ(Audited().size(), 1U) << "a list is no look at a signal";
}

TEST_F(PagesTest, WhatWaitsComesFirstAcuteOnTopThenTheNewest) {
  Receive(1, {.name = "old"});
  Receive(2, {.name = "acute", .acute = true});
  Receive(3, {.name = "done"});
  Receive(4, {.name = "new"});
  Receive(5, {.name = "note", .code = "RECEIPT", .tells_about = "x"});
  ASSERT_TRUE(Say("done", "not-opened").ok());
  SignIn("anna");
  const std::string list = Get("/").body;
  std::vector<size_t> at;
  for (const char* name : {"acute", "new", "old", "note", "done"}) at.push_back(list.find(PathTo(name)));
  EXPECT_TRUE(std::is_sorted(at.begin(), at.end())) << list;
  EXPECT_NE(at.back(), std::string::npos);
  EXPECT_THAT(list, HasSubstr("3 wait for somebody here. 5 signals in all."));
  ASSERT_TRUE(Say("new", "already-ongoing").ok());
  EXPECT_THAT(Get("/").body, HasSubstr("2 wait for somebody here. 5 signals in all."));
}

TEST_F(PagesTest, AListOfMoreThanAPageHasPages) {
  for (uint64_t i = 1; i <= Site::kPageRows + 3; ++i) Receive(i, {.name = "n" + std::to_string(i)});
  SignIn("anna");
  const std::string first = Get("/").body, second = Get("/", "page=2").body;
  EXPECT_THAT(first, HasSubstr("Page 1 of 2"));
  EXPECT_THAT(first, Not(HasSubstr(PathTo("n3"))));
  EXPECT_THAT(second, HasSubstr(PathTo("n3")));
  EXPECT_THAT(second, Not(HasSubstr(PathTo("n4\""))));
  for (const char* page : {"page=0", "page=999999999999", "page=x", "page=%"})
    EXPECT_EQ(Get("/", page).status, 200) << page;
}

TEST_F(PagesTest, ATimeLimitThatRanOutIsSaidInWordsUntilItIsMet) {
  Receive(1, {});
  SignIn("anna");
  EXPECT_THAT(Get("/").body, Not(HasSubstr("time has run out")));
  clock_.Advance(2LL * 24 * 3'600'000);
  SignIn("anna");
  EXPECT_THAT(Get("/").body, HasSubstr("time has run out"));
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("time has run out"));
  ASSERT_TRUE(Say("one", "assessed").ok());
  EXPECT_THAT(Get("/").body, Not(HasSubstr("time has run out")));
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("has been answered"));
}

// The inbox cannot know what was told of an examination: the hub says when its day has passed without.
TEST_F(PagesTest, TheDayOfAnExaminationHasPassedWhenTheHubSaysSoAndUntilItIsAnswered) {
  Receive(1, {.clock = "clock.exam"});
  clock_.Advance(2LL * 24 * 3'600'000);
  SignIn("anna");
  EXPECT_THAT(Get("/").body, Not(HasSubstr("time has run out"))) << "the result may have come";
  EXPECT_THAT(Get(PathTo("one")).body, Not(HasSubstr("time has run out")));
  Receive(2, {.name = "r", .code = "REMINDER", .reminds = "one", .percent = 100, .clock = "clock.exam"});
  EXPECT_THAT(Get("/").body, HasSubstr("time has run out"));
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("time has run out"));
  Receive(3, {.name = "c", .code = "REMINDER", .reminds = "one", .percent = 80, .clock = "clock.confirm"});
  EXPECT_THAT(Get("/").body, HasSubstr("time has run out")) << "another limit is no news of it";
  Receive(4, {.name = "r2", .code = "REMINDER", .reminds = "one", .percent = 0, .clock = "clock.exam"});
  EXPECT_THAT(Get("/").body, Not(HasSubstr("time has run out")));
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("has been answered"));
  EXPECT_THAT(Get("/").body, HasSubstr("is answered. Nobody is reminded any more."));
}

TEST_F(PagesTest, EachLookIsNotedAndTheFirstTellsTheSender) {
  Receive(1, {});
  SignIn("rolf");
  const auto page = Get(PathTo("one"));
  EXPECT_THAT(page.body, HasSubstr("the concern itself"));
  EXPECT_THAT(page.body, HasSubstr(inbox::test::kChild));
  Get(PathTo("one") + "/print");
  ASSERT_EQ(Outgoing().size(), 1U);
  EXPECT_EQ(Outgoing()[0].state, LadderState::OPENED);
  const auto rows = Audited();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].action, Action::LOOKED);
  EXPECT_EQ(rows[2].action, Action::PRINTED);
  for (const size_t i : {1U, 2U}) {
    EXPECT_EQ(rows[i].by, "rolf");
    EXPECT_EQ(rows[i].signal, inbox::test::IdOf("one"));
  }
}

TEST_F(PagesTest, ABrowserThatOnlyGuessesTellsNobodyThatItWasOpened) {
  Receive(1, {});
  SignIn("anna");
  edge::HttpRequest request;
  request.method = "GET";
  request.path = PathTo("one");
  request.headers.emplace_back("sec-purpose", "prefetch;prerender");
  EXPECT_EQ(Send(request).status, 503);
  EXPECT_TRUE(Outgoing().empty());
}

TEST_F(PagesTest, TheFormOnPaperCarriesTheIdAndIsFilledInByHand) {
  Receive(1, {});
  SignIn("anna");
  const std::string page = Get(PathTo("one") + "/print").body;
  const std::string hex = Hex("one");
  EXPECT_THAT(page, HasSubstr(hex.substr(0, 4) + " " + hex.substr(4, 4) + " "));
  for (const char* text : {"Case number", "Signature", "No inquiry is opened", "Registrator, 0278-00 00 00",
                           "Not ours: to be sent where", "To be sent on to the function", "Receiving function"})
    EXPECT_THAT(page, HasSubstr(text));
  Receive(2, {.name = "prompt", .code = "SIG-E1"});
  EXPECT_THAT(Get(PathTo("prompt") + "/print").body, Not(HasSubstr("Receiving function")))
      << "only a report goes on";
}

TEST_F(PagesTest, WhatIsNotThereIsNotFoundAndAWholeIdIsNeeded) {
  Receive(1, {});
  SignIn("anna");
  for (const std::string& path :
       {std::string("/signals/") + Hex("one").substr(0, 8), PathTo("other"), PathTo("one") + "/x",
        PathTo("one") + "/attachments/1", PathTo("one") + "/attachments/0", PathTo("one") + "/a/b/c",
        std::string("/signals"), std::string("/signals/") + std::string(32, 'x')})
    EXPECT_THAT(Get(path).status, testing::AnyOf(404, 500)) << path;
  EXPECT_TRUE(Outgoing().empty());
}

TEST_F(PagesTest, AnUnreadableSignalIsShownAsSuch) {
  ASSERT_TRUE(inbox_->Take(At(1), "no message", wire::WithheldCode::NONE, {}).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  SignIn("anna");
  const std::string list = Get("/").body;
  const size_t at = list.find("/signals/");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(Get(list.substr(at, 41)).status, 200);
}

}  // namespace
}  // namespace sam::inbox::web::test
