// What an inbox forgets: by a decision on disposal, or one person; never what is not finished; over kills.
#include "adapters/inbox/disposal.h"

#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOther[] = "98240301AA06";

class Forgetting : public InboxTest {
 protected:
  static RetentionPolicy Decided(int64_t days = 30) { return {days, "SN 2026/12"}; }
  void Later(int64_t days) { clock_.Advance(days * kDayMs); }
  // The hub has taken all that was said.
  void Acknowledge() {
    Outbox& outbox = inbox_->outbox();
    ASSERT_TRUE(outbox.AcceptedTo(OutboxSeq(outbox.next() - 1)).ok());
  }
  void Answered(uint64_t sequence, const Draft& draft) {
    Receive(sequence, draft);
    ASSERT_TRUE(Say(draft.name, "registered", "A-1").ok());
    ASSERT_TRUE(Say(draft.name, "not-opened").ok());
    Acknowledge();
  }
  size_t Dispose(int64_t days = 30) {
    const auto gone = inbox_->DisposeDue(Decided(days));
    EXPECT_TRUE(gone.ok()) << gone.error().message;
    return gone.ok() ? *gone : 0;
  }
};

TEST_F(Forgetting, AnAnsweredReportGoesAfterItsDaysAndIsNotShownAnewWhenItIsSentAgain) {
  Answered(1, {.name = "one"});
  Receive(2, {.name = "two", .person = kOther});
  Later(29);
  EXPECT_EQ(Dispose(), 0u);
  Later(2);
  EXPECT_EQ(Dispose(), 1u);
  EXPECT_EQ(Rows().size(), 1u);
  const auto gone = inbox_->Find(Hex("one"));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, Code::kNotFound);
  EXPECT_THAT(gone.error().message, HasSubstr("SN 2026/12"));
  Receive(3, {.name = "one"});
  EXPECT_EQ(Rows().size(), 1u);
  CrashAndOpen();
  Receive(4, {.name = "three"});
  EXPECT_EQ(Rows().back().number, 3u);
}

TEST_F(Forgetting, WithoutADecisionNothingGoes) {
  Answered(1, {.name = "one"});
  Receive(2, {.name = "two"});
  Later(1000);
  const auto gone = inbox_->DisposeDue(RetentionPolicy{});
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(*gone, 0u);
  EXPECT_EQ(Rows().size(), 2u);
}

TEST_F(Forgetting, WhatIsNotFinishedStaysWhateverItsAge) {
  Receive(1, {.name = "open"});
  Receive(2, {.name = "open2"});
  Later(1000);
  EXPECT_EQ(Dispose(), 0u);
  ASSERT_TRUE(Say("open", "registered", "A-1").ok());
  Later(1000);
  EXPECT_EQ(Dispose(), 0u);
  ASSERT_TRUE(Say("open", "not-opened").ok());
  Later(1000);
  EXPECT_EQ(Dispose(), 0u);  // the hub has not taken the answer
  Acknowledge();
  EXPECT_EQ(Dispose(), 1u);
}

TEST_F(Forgetting, APromptThatNobodyDecidedOnAndAHoldThatNobodyAnsweredStay) {
  Receive(1, {.name = "prompt", .code = "SIG-E1"});
  Receive(2, {.name = "hold", .code = "HOLD", .holds = "ours"});
  Receive(3, {.name = "last", .code = "SIG-E1"});
  Later(1000);
  EXPECT_EQ(Dispose(), 0u);
  ASSERT_TRUE(inbox_->Decide(Hex("prompt"), Decision::SUPPORT, "", "anna").ok());
  ASSERT_TRUE(inbox_->Name(Hex("hold"), "gavle.mottagning", "Anna Ek", "anna").ok());
  Later(1000);
  EXPECT_EQ(Dispose(), 2u);
}

TEST_F(Forgetting, FilesGoWithTheirReportAndPartsThatComeLaterMakeNoFile) {
  const std::string content(250, 'x');
  Receive(1, {.name = "one", .files = {content}});
  for (size_t i = 0; i < 3; ++i)
    Receive(2 + i, {.name = "part" + std::to_string(i), .files = {content}, .part_of = "one", .index = i});
  ASSERT_TRUE(Say("one", "registered", "A-1").ok());
  ASSERT_TRUE(Say("one", "not-opened").ok());
  Acknowledge();
  Receive(9, {.name = "last"});
  const std::string key(IdOf("one").view());
  Later(31);
  EXPECT_EQ(Dispose(), 1u);
  size_t parts = 0;
  for (const Space space : {spaces::kParts, spaces::kFiles})
    EXPECT_TRUE(store_.Scan(space, "", "", [&](std::string_view, std::string_view) { return ++parts != 0; }).ok());
  EXPECT_EQ(parts, 0u);
  Receive(10, {.name = "part0", .files = {content}, .part_of = "one", .index = 0});
  EXPECT_TRUE(store_.Scan(spaces::kFiles, "", "", [&](std::string_view, std::string_view) { return ++parts != 0; }).ok());
  EXPECT_EQ(parts, 0u);
}

TEST_F(Forgetting, AKillBeforeTheSyncLeavesAllOfItAndAfterItNothing) {
  Answered(1, {.name = "one"});
  Answered(2, {.name = "two", .person = kOther});
  Receive(3, {.name = "last"});
  Later(31);
  store_.FailNextApply(Unavailable("cut"));
  EXPECT_FALSE(inbox_->DisposeDue(Decided()).ok());
  CrashAndOpen();
  EXPECT_EQ(Rows().size(), 3u);
  EXPECT_EQ(Dispose(), 2u);
  CrashAndOpen();
  EXPECT_EQ(Rows().size(), 1u);
  EXPECT_EQ(Dispose(), 0u);
}

TEST_F(Forgetting, OnePersonIsErasedWithTheNoticesAndNobodyElse) {
  Answered(1, {.name = "one"});
  Receive(2, {.name = "other", .person = kOther});
  Receive(3, {.name = "reminder", .code = "REMINDER", .person = "", .reminds = "one"});
  Command command{"erase", Hex("one").substr(0, 8), "", "", "begäran 7", "anna"};
  command.language = contract::Language::kEnglish;
  Reply reply = Execute(*inbox_, "bollnas.mottagning", command);
  ASSERT_TRUE(reply.ok) << reply.text;
  EXPECT_THAT(reply.json, HasSubstr("\"signals\":2"));
  EXPECT_EQ(Rows().size(), 3u);
  command.word = "confirm";
  reply = Execute(*inbox_, "bollnas.mottagning", command);
  ASSERT_TRUE(reply.ok) << reply.text;
  CrashAndOpen();
  ASSERT_EQ(Rows().size(), 1u);
  EXPECT_EQ(Rows().front().id, IdOf("other"));
  std::vector<Action> actions;
  ASSERT_TRUE(inbox_->audit().Each(1, 100, [&](const AuditRow& row) {
    if (row.detail == "begäran 7") actions.push_back(row.action);
    return true;
  }).ok());
  EXPECT_EQ(actions, (std::vector<Action>{Action::SOUGHT_TO_ERASE, Action::ERASED, Action::ERASED}));
}

// A reason is free text: it goes with whom it was said about.
TEST_F(Forgetting, WhatWasSaidWhenASignalWasTakenBackGoesWithThePersonAlsoWhatEarlierBuildsWrote) {
  Answered(1, {.name = "one"});
  Batch batch;
  for (const char* said : {"took-back/", "told-withdrawn/", "named/", "told-named/"})
    batch.Put(spaces::kCursors, said + std::string(IdOf("one").view()), "Kanariesson");
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  Command command{"erase", Hex("one").substr(0, 8), "confirm", "", "begäran 7", "anna"};
  ASSERT_TRUE(Execute(*inbox_, "bollnas.mottagning", command).ok);
  size_t left = 0;
  ASSERT_TRUE(store_.Scan(spaces::kCursors, {}, {}, [&](std::string_view key, std::string_view) {
    left += key.find(IdOf("one").view()) != std::string_view::npos ? 1 : 0;
    return true;
  }).ok());
  EXPECT_EQ(left, 0u);
}

TEST_F(Forgetting, AnUnfinishedSignalStopsAnErasureUnlessItIsSaid) {
  Receive(1, {.name = "one"});
  Receive(2, {.name = "other", .person = kOther});
  Command command{"erase", Hex("one").substr(0, 8), "confirm", "", "begäran 7", "anna"};
  Reply reply = Execute(*inbox_, "bollnas.mottagning", command);
  EXPECT_FALSE(reply.ok);
  EXPECT_EQ(reply.code, Code::kConflict);
  command.reference = "despite";
  reply = Execute(*inbox_, "bollnas.mottagning", command);
  EXPECT_TRUE(reply.ok) << reply.text;
  EXPECT_EQ(Rows().size(), 1u);
}

}  // namespace
}  // namespace sam::inbox::test
