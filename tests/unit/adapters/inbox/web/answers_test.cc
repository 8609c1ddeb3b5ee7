// What is said to senders through the pages.
#include "adapters/inbox/web/waiting.h"
#include "broker/contract/answers.h"
#include "broker/contract/printer.h"
#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

class AnswersTest : public WebTest {
 protected:
  void SetUp() override {
    WebTest::SetUp();
    Receive(1, {});
    SignIn("anna");
    Get(PathTo("one"));
    clock_.Advance(3'600'000);
    SignIn("anna");
    Get(PathTo("one"));
  }
  edge::HttpResponse Answer(Fields fields, bool confirmed = true) {
    if (confirmed) fields.emplace_back("confirmed", "yes");
    return Post(PathTo("one") + "/answer", fields);
  }
  std::string Date() { return contract::SwedishTime(clock_.Now()).substr(0, 10); }
  std::string Time() { return contract::SwedishTime(clock_.Now()).substr(11); }
};

TEST_F(AnswersTest, NothingIsSentBeforeItWasShownOnceMore) {
  const auto page = Answer({{"say", "registered"}, {"case", "A-17"}}, false);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("cannot be taken back"));
  EXPECT_THAT(page.body, HasSubstr("A-17"));
  EXPECT_EQ(Outgoing().size(), 1U) << "opened alone";
  EXPECT_EQ(Answer({{"say", "registered"}, {"case", " A-17 "}}).status, 303);
  ASSERT_EQ(Outgoing().size(), 2U);
  EXPECT_EQ(Outgoing()[1].state, LadderState::REGISTERED);
  EXPECT_EQ(Outgoing()[1].reference, "A-17");
  EXPECT_EQ(Audited().back().action, Action::ANSWERED);
  EXPECT_EQ(Audited().back().detail, "registered");
}

TEST_F(AnswersTest, TheWholeLadderIsTheCommandsLadder) {
  for (const Fields& said : std::vector<Fields>{{{"say", "registered"}, {"case", "A-17"}},
                                                {{"say", "assessed"}},
                                                {{"say", "already-ongoing"}}})
    EXPECT_EQ(Answer(said).status, 303);
  ASSERT_EQ(Outgoing().size(), 4U);
  EXPECT_EQ(Outgoing()[3].answer, schema::Answer::ALREADY_ONGOING);
  const auto back = Answer({{"say", "not-opened"}});
  EXPECT_EQ(back.status, 422);
  EXPECT_THAT(back.body, HasSubstr("Something else or later has been said already"));
  EXPECT_EQ(HeaderOf(Answer({{"say", "already-ongoing"}}), "Location"), PathTo("one") + "?done=before");
  EXPECT_EQ(Outgoing().size(), 4U);
}

TEST_F(AnswersTest, WhatIsMissingIsSaidOnTopAndAtItsField) {
  const auto none = Answer({});
  EXPECT_EQ(none.status, 422);
  EXPECT_THAT(none.body, HasSubstr("href=\"#say\""));
  EXPECT_THAT(none.body, HasSubstr("<title>Error:"));
  const auto number = Answer({{"say", "registered"}, {"case", "  "}});
  EXPECT_THAT(number.body, HasSubstr("href=\"#case\""));
  EXPECT_THAT(number.body, HasSubstr("aria-invalid=\"true\""));
  EXPECT_EQ(Answer({{"say", "registered"}, {"case", std::string(65, 'x')}}).status, 422);
  EXPECT_EQ(Answer({{"say", "opened"}}).status, 422) << "looking is how that is said";
  EXPECT_EQ(Answer({{"say", "nonsense"}}).status, 422);
  EXPECT_EQ(Outgoing().size(), 1U);
}

TEST_F(AnswersTest, WhatWasPhonedInKeepsWhoSaidItAndWhen) {
  const Millis said = *contract::FromSwedishTime(Date() + " " + Time());
  EXPECT_EQ(Answer({{"say", "registered"}, {"case", "A-17"}, {"way", "phone"}, {"said_by", "Kim Prov, IFO"},
                    {"said_date", Date()}, {"said_time", Time()}}).status, 303);
  const auto row = inbox_->Find(Hex("one"));
  ASSERT_TRUE(row.ok());
  const Step& step = row->steps.back();
  EXPECT_EQ(step.told.way, Way::PHONE);
  EXPECT_EQ(step.told.by, "Kim Prov, IFO");
  EXPECT_EQ(step.told.at, said);
  EXPECT_EQ(step.by, "anna");
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("Kim Prov, IFO"));
}

TEST_F(AnswersTest, WhatWasPhonedInNeedsSomebodyAndATimeThatCanBe) {
  const Fields whole = {{"say", "assessed"}, {"way", "paper"}, {"said_by", "Kim"},
                        {"said_date", Date()}, {"said_time", Time()}};
  const auto with = [&](const std::string& name, const std::string& value) {
    Fields out = whole;
    for (auto& field : out)
      if (field.first == name) field.second = value;
    return Answer(out).status;
  };
  EXPECT_EQ(with("said_by", " "), 422);
  EXPECT_EQ(with("said_by", std::string(101, 'x')), 422);
  EXPECT_EQ(with("said_date", "2020-01-01"), 422) << "before the signal came";
  EXPECT_EQ(with("said_date", "2099-01-01"), 422) << "not yet";
  EXPECT_EQ(with("said_date", "igår"), 422);
  EXPECT_EQ(with("said_time", ""), 422);
  EXPECT_EQ(with("way", "pigeon"), 422);
  EXPECT_EQ(with("way", "direct"), 422) << "who and when, but oneself";
  EXPECT_EQ(Outgoing().size(), 1U);
  EXPECT_EQ(Answer(whole).status, 303);
}

TEST_F(AnswersTest, AReportIsSentOnToAFunctionByItsName) {
  const std::string path = PathTo("one") + "/forward";
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("action=\"" + path + "\""));
  const auto page = Post(path, {{"onward", "forwarded"}, {"to", " gavle.mottagning "}});
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Check and send"));
  EXPECT_THAT(page.body, HasSubstr("gavle.mottagning"));
  EXPECT_EQ(Outgoing().size(), 1U) << "opened alone";
  const Fields said = {{"onward", "forwarded"}, {"to", "gavle.mottagning"}, {"confirmed", "yes"}};
  EXPECT_EQ(HeaderOf(Post(path, said), "Location"), PathTo("one") + "?done=now");
  ASSERT_EQ(Outgoing().size(), 2U);
  EXPECT_EQ(Outgoing()[1].state, LadderState::FORWARDED);
  EXPECT_EQ(Outgoing()[1].to, "gavle.mottagning");
  EXPECT_EQ(Audited().back().detail, "forwarded");
  const std::string after = Get(PathTo("one")).body;
  EXPECT_THAT(after, Not(HasSubstr("/forward\""))) << "a report goes on once";
  EXPECT_THAT(after, HasSubstr("gavle.mottagning")) << "among what has been said";
  EXPECT_EQ(HeaderOf(Post(path, said), "Location"), PathTo("one") + "?done=before");
  EXPECT_EQ(Post(path, {{"onward", "redirected"}, {"confirmed", "yes"}}).status, 422);
  EXPECT_EQ(Outgoing().size(), 2U);
}

TEST_F(AnswersTest, AReportThatIsNotOursGoesWhereTheChildIsRegistered) {
  EXPECT_EQ(Post(PathTo("one") + "/forward", {{"onward", "redirected"}, {"confirmed", "yes"}}).status, 303);
  ASSERT_EQ(Outgoing().size(), 2U);
  EXPECT_EQ(Outgoing()[1].state, LadderState::REDIRECTED);
  EXPECT_EQ(Outgoing()[1].to, "");
}

TEST_F(AnswersTest, WhatIsWrongWithSendingOnIsSaidAtItsField) {
  const std::string path = PathTo("one") + "/forward";
  const auto faulty = [&](const Fields& fields, const std::string& field) {
    Fields all = fields;
    all.emplace_back("confirmed", "yes");
    const auto page = Post(path, all);
    EXPECT_EQ(page.status, 422);
    EXPECT_THAT(page.body, HasSubstr("href=\"#" + field + "\""));
    EXPECT_THAT(page.body, HasSubstr("<title>Error:"));
  };
  faulty({}, "onward");
  faulty({{"onward", "registered"}}, "onward");
  faulty({{"onward", "forwarded"}}, "to");
  faulty({{"onward", "forwarded"}, {"to", "G\xc3\xa4vle mottagning"}}, "to");
  faulty({{"onward", "forwarded"}, {"to", std::string(65, 'x')}}, "to");
  faulty({{"onward", "redirected"}, {"to", "gavle.mottagning"}}, "to");
  EXPECT_EQ(Answer({{"say", "forwarded"}, {"to", "gavle.mottagning"}}).status, 422)
      << "it has a form of its own";
  EXPECT_EQ(Outgoing().size(), 1U);
}

TEST_F(AnswersTest, OnlyAReportThatIsNotAnsweredIsSentOnAndOnlyByWhoMay) {
  Receive(2, {.name = "prompt", .code = "SIG-E1"});
  EXPECT_THAT(Get(PathTo("prompt")).body, Not(HasSubstr("/forward\"")));
  EXPECT_EQ(Post(PathTo("prompt") + "/forward", {{"onward", "redirected"}, {"confirmed", "yes"}}).status, 422);
  const std::string path = PathTo("one") + "/forward";
  token_ = "somebody else's";
  EXPECT_NE(Post(path, {{"onward", "redirected"}, {"confirmed", "yes"}}).status, 303);
  SignIn("rolf");
  ASSERT_EQ(Get("/").status, 200);
  EXPECT_EQ(Post(path, {{"onward", "redirected"}, {"confirmed", "yes"}}).status, 403);
  SignIn("anna");
  Get(PathTo("one"));
  EXPECT_EQ(Answer({{"say", "not-opened"}}).status, 303);
  EXPECT_THAT(Get(PathTo("one")).body, Not(HasSubstr("/forward\"")));
}

TEST_F(AnswersTest, ThatAReportWasSentOnIsEnteredForWhoPhonedIn) {
  const std::string path = PathTo("one") + "/forward";
  const std::string page = Get(PathTo("one")).body;
  for (const char* id : {"id=\"way-phone\"", "id=\"onward_way-phone\"", "id=\"onward_said_by\""})
    EXPECT_EQ(page.find(id), page.rfind(id)) << "one of each " << id;
  Fields said = {{"onward", "redirected"}, {"onward_way", "phone"}, {"onward_said_by", "Kim Prov, IFO"},
                 {"onward_said_date", Date()}, {"onward_said_time", Time()}};
  const auto confirm = Post(path, said);
  EXPECT_THAT(confirm.body, HasSubstr("Kim Prov, IFO"));
  EXPECT_THAT(confirm.body, HasSubstr("name=\"onward_said_by\""));
  said.emplace_back("confirmed", "yes");
  EXPECT_EQ(Post(path, said).status, 303);
  const Step step = inbox_->Find(Hex("one"))->steps.back();
  EXPECT_EQ(step.state, LadderState::REDIRECTED);
  EXPECT_EQ(step.told.way, Way::PHONE);
  EXPECT_EQ(step.told.by, "Kim Prov, IFO");
  EXPECT_EQ(Outgoing().back().at, step.told.at.value);
}

TEST_F(AnswersTest, WhoPhonedInThatItGoesOnNeedsANameAndATimeThatCanBe) {
  const std::string path = PathTo("one") + "/forward";
  const auto faulty = [&](Fields fields, const std::string& field) {
    fields.insert(fields.end(), {{"onward", "redirected"}, {"confirmed", "yes"}});
    const auto page = Post(path, fields);
    EXPECT_EQ(page.status, 422);
    EXPECT_THAT(page.body, HasSubstr("href=\"#" + field + "\""));
    EXPECT_THAT(page.body, HasSubstr("id=\"" + field + "\""));
  };
  faulty({{"onward_way", "phone"}, {"onward_said_date", Date()}, {"onward_said_time", Time()}}, "onward_said_by");
  faulty({{"onward_way", "paper"}, {"onward_said_by", "Kim"}, {"onward_said_date", "2020-01-01"},
          {"onward_said_time", "10:00"}}, "onward_said_date");
  faulty({{"onward_said_by", "Kim"}}, "onward_way-direct");
  EXPECT_EQ(Outgoing().size(), 1U);
}

TEST_F(AnswersTest, AnAnswerIsCorrectedByAFormOfItsOwnOnceItWasShownOnceMore) {
  const std::string path = PathTo("one") + "/correct";
  EXPECT_THAT(Get(PathTo("one")).body, Not(HasSubstr("/correct\"")));
  EXPECT_EQ(Post(path, {{"say", "not-opened"}, {"confirmed", "yes"}}).status, 422) << "nothing to correct";
  EXPECT_EQ(Answer({{"say", "not-opened"}}).status, 303);
  const std::string page = Get(PathTo("one")).body;
  EXPECT_THAT(page, HasSubstr("action=\"" + path + "\""));
  EXPECT_THAT(page, Not(HasSubstr("say-not-opened"))) << "that is what stands";
  EXPECT_THAT(page, Not(HasSubstr("/answer\"")));
  const auto confirm = Post(path, {{"say", "opened-inquiry"}});
  EXPECT_EQ(confirm.status, 200);
  EXPECT_THAT(confirm.body, HasSubstr("Earlier answer"));
  EXPECT_THAT(confirm.body, HasSubstr("action=\"" + path + "\""));
  EXPECT_EQ(Outgoing().size(), 2U);
  EXPECT_EQ(Post(path, {{"say", "opened-inquiry"}, {"confirmed", "yes"}}).status, 303);
  ASSERT_EQ(Outgoing().size(), 3U);
  EXPECT_EQ(Outgoing()[2].answer, schema::Answer::OPENED_INQUIRY);
  EXPECT_EQ(Audited().back().detail, "corrected");
  const std::string after = Get(PathTo("one")).body;
  EXPECT_THAT(after, HasSubstr("corrected, stands no more"));
  EXPECT_EQ(Answer({{"say", "not-opened"}}).status, 422) << "a form that stood open";
  SignIn("rolf");
  Get("/");
  EXPECT_EQ(Post(path, {{"say", "not-opened"}, {"confirmed", "yes"}}).status, 403);
}

TEST_F(AnswersTest, CooperationOffersTheAnswersOfItsKindInBothLanguagesAndNeedsNoCaseNumber) {
  Receive(2, {.name = "call", .code = "SIG-B4", .awaits_answer = true});
  Get(PathTo("call"));
  const std::string page = Get(PathTo("call")).body;
  for (const char* word : {"say-registered", "say-accepted", "say-declined"})
    EXPECT_THAT(page, HasSubstr("type=\"radio\" id=\"" + std::string(word) + "\"")) << word;
  for (const char* word : {"say-assessed", "say-offered", "say-opened-inquiry", "say-moved"})
    EXPECT_THAT(page, Not(HasSubstr(word))) << word;
  EXPECT_THAT(page, HasSubstr("with a case number if there is one"));
  const std::string print = Get(PathTo("call") + "/print").body;
  EXPECT_THAT(print, HasSubstr("Accepted, we come"));
  EXPECT_THAT(print, Not(HasSubstr("inquiry")));
  for (const char* code : {"SIG-B1", "SIG-B2", "SIG-B3", "SIG-B4", "SIG-C1"})
    for (const schema::Answer answer : contract::AnswersTo(code))
      EXPECT_TRUE(contract::HasText("web.say." + contract::AnswerWord(answer))) << code;

  const std::string path = PathTo("call") + "/answer";
  EXPECT_EQ(Post(path, {{"say", "registered"}, {"confirmed", "yes"}}).status, 303);
  EXPECT_EQ(Outgoing().back().reference, "");
  EXPECT_EQ(Post(path, {{"say", "offered"}, {"confirmed", "yes"}}).status, 422) << "of another kind";
  const auto shown = Post(path, {{"say", "declined"}});
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, HasSubstr("It comes to nothing: declined"));
  EXPECT_EQ(Post(path, {{"say", "declined"}, {"confirmed", "yes"}, {"way", "phone"}, {"said_by", "Kim"},
                        {"said_date", Date()}, {"said_time", Time()}}).status, 303);
  EXPECT_EQ(Outgoing().back().answer, schema::Answer::DECLINED);
  EXPECT_EQ(inbox_->Find(Hex("call"))->steps.back().told.by, "Kim");
  EXPECT_THAT(Get(PathTo("call")).body, HasSubstr("say-accepted")) << "to be corrected to";
}

// Registered is a step on the way; of what a hub of before delivered it is the last one.
TEST_F(AnswersTest, WhatAwaitsAnAnswerWaitsUntilItIsGiven) {
  Receive(2, {.name = "new", .code = "SIG-B1", .awaits_answer = true});
  Receive(3, {.name = "old", .code = "SIG-B1"});
  for (const char* name : {"new", "old"}) ASSERT_TRUE(Say(name, "registered").ok());
  const auto waits = [&](const char* name) {
    const Row row = *inbox_->Find(Hex(name));
    return Waits(row, *SummaryOf(row));
  };
  EXPECT_TRUE(waits("new"));
  EXPECT_FALSE(waits("old"));
  ASSERT_TRUE(Say("new", "declined").ok());
  EXPECT_FALSE(waits("new"));
}

// A hub that is newer than this inbox: what is asked for goes by the legal class, on the page, at the door and when
// content is disposed of.
TEST_F(AnswersTest, AKindThatThisBuildDoesNotKnowIsDealtWithAsItsClass) {
  Receive(2, {.name = "b9", .code = "SIG-B9", .awaits_answer = true, .newer = true});
  Receive(3, {.name = "a9", .code = "SIG-A9", .newer = true});
  Receive(4, {.name = "last", .code = "SIG-B9", .newer = true});
  const auto answer_to = [&](const char* name, Fields fields) {
    fields.emplace_back("confirmed", "yes");
    return Post(PathTo(name) + "/answer", fields);
  };
  const std::string page = Get(PathTo("b9")).body;
  EXPECT_THAT(page, Not(HasSubstr("value=\"assessed\"")));
  EXPECT_EQ(answer_to("b9", {{"say", "assessed"}}).status, 422);
  EXPECT_EQ(answer_to("b9", {{"say", "registered"}, {"case", ""}}).status, 303) << "who works without a case has no number";
  const std::string report = Get(PathTo("a9")).body;
  EXPECT_THAT(report, HasSubstr("value=\"not-opened\""));
  EXPECT_THAT(report, HasSubstr("value=\"redirected\""));
  EXPECT_EQ(answer_to("a9", {{"say", "registered"}, {"case", ""}}).status, 422);
  EXPECT_EQ(answer_to("a9", {{"say", "registered"}, {"case", "A-1"}}).status, 303);
  Outbox& outbox = inbox_->outbox();
  const auto disposed = [&] {
    EXPECT_TRUE(outbox.AcceptedTo(OutboxSeq(outbox.next() - 1)).ok());
    clock_.Advance(31 * kDayMs);
    const auto gone = inbox_->DisposeDue(RetentionPolicy{30, "SN 2026/12"});
    EXPECT_TRUE(gone.ok());
    return gone.ok() ? *gone : 99;
  };
  EXPECT_EQ(disposed(), 1U) << "nobody could answer b9, and a9 waits for its answer";
  SignIn("anna");
  Get(PathTo("a9"));
  EXPECT_EQ(answer_to("a9", {{"say", "not-opened"}}).status, 303);
  EXPECT_EQ(disposed(), 1U);
}

TEST_F(AnswersTest, AReaderReads) {
  SignIn("rolf");
  ASSERT_EQ(Get("/").status, 200);
  EXPECT_THAT(Get(PathTo("one")).body, Not(HasSubstr("/answer\"")));
  EXPECT_EQ(Answer({{"say", "assessed"}}).status, 403);
  EXPECT_EQ(Outgoing().size(), 1U);
}

TEST_F(AnswersTest, APromptIsDecided) {
  Receive(2, {.name = "prompt", .code = "SIG-E1"});
  EXPECT_THAT(Get(PathTo("prompt")).body, HasSubstr("What does the prompt lead to?"));
  const std::string path = PathTo("prompt") + "/decide";
  EXPECT_EQ(Post(path, {{"decision", "dismissed"}, {"confirmed", "yes"}}).status, 422) << "a reason";
  EXPECT_EQ(Post(path, {{"confirmed", "yes"}}).status, 422);
  EXPECT_THAT(Post(path, {{"decision", "support"}}).body, HasSubstr("Check and send"));
  EXPECT_EQ(Post(path, {{"decision", "support"}, {"confirmed", "yes"}}).status, 303);
  EXPECT_EQ(Outgoing().back().decision, Decision::SUPPORT);
  EXPECT_EQ(Post(path, {{"decision", "report"}, {"confirmed", "yes"}}).status, 422) << "decided before";
  EXPECT_EQ(Post(PathTo("one") + "/decide", {{"decision", "report"}, {"confirmed", "yes"}}).status, 422);
}

TEST_F(AnswersTest, WhatWasAnsweredSurvivesACrash) {
  EXPECT_EQ(Answer({{"say", "assessed"}}).status, 303);
  site_.reset();
  CrashAndOpen();
  OpenSite();
  EXPECT_EQ(Get("/").status, 401) << "sessions are of one process";
  SignIn("anna");
  EXPECT_THAT(Get(PathTo("one")).body, HasSubstr("protection assessed"));
  EXPECT_EQ(Outgoing().size(), 2U);
  EXPECT_EQ(Audited().size(), 7U);
}

TEST_F(AnswersTest, AFullDiskLetsNobodyInUnnoticed) {
  store_.SetFull(true);
  EXPECT_EQ(Answer({{"say", "assessed"}}).status, 500);
  EXPECT_EQ(SignIn("anna").status, 500);
  EXPECT_EQ(Get("/").status, 401);
  store_.SetFull(false);
  SignIn("anna");
  Get(PathTo("one"));
  EXPECT_EQ(Answer({{"say", "assessed"}}).status, 303) << "nothing was half said";
  EXPECT_EQ(Outgoing().size(), 2U);
}

}  // namespace
}  // namespace sam::inbox::web::test
