// Receiving: one row for each signal id, nothing acknowledged that a crash could lose.
#include "adapters/inbox/inbox.h"

#include "tests/unit/adapters/inbox/fixture.h"

namespace sam::inbox::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Draft Named(const std::string& name) {
  Draft draft;
  draft.name = name;
  return draft;
}

TEST_F(InboxTest, OneRowForASignalThatComesTwice) {
  Receive(1, Named("one"));
  Receive(2, Named("one"));  // replayed under a new number
  ASSERT_TRUE(Take(3, Named("two")).ok());
  ASSERT_TRUE(Take(4, Named("two")).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].copies, 2u);
  EXPECT_EQ(rows[0].position, At(1)) << "the first place it came under stays";
  EXPECT_EQ(rows[1].copies, 2u);
  ASSERT_THAT(inbox_->Seen(), SizeIs(1));
  EXPECT_EQ(inbox_->Seen()[0], At(4));
}

TEST_F(InboxTest, ACrashBetweenTakeAndCommitLosesNothingThatWasAcknowledged) {
  Receive(1, Named("one"));
  ASSERT_TRUE(Take(2, Named("two")).ok());
  CrashAndOpen();
  EXPECT_THAT(Rows(), SizeIs(1));
  ASSERT_THAT(inbox_->Seen(), SizeIs(1));
  EXPECT_EQ(inbox_->Seen()[0], At(1)) << "number 2 is asked for again";
  Receive(2, Named("two"));
  CrashAndOpen();
  EXPECT_THAT(Rows(), SizeIs(2));
  EXPECT_EQ(inbox_->Seen()[0], At(2));
}

TEST_F(InboxTest, AFullDiskTakesNothingAndGoesOnWhenThereIsRoom) {
  Receive(1, Named("one"));
  store_.SetFull(true);
  ASSERT_TRUE(Take(2, Named("two")).ok());
  const Status full = inbox_->Commit();
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, Code::kExhausted);
  EXPECT_EQ(inbox_->Seen()[0], At(1));
  store_.SetFull(false);
  Receive(2, Named("two"));
  EXPECT_THAT(Rows(), SizeIs(2));
  EXPECT_EQ(Rows()[1].number, 2u);
}

// One came again in a batch that failed; it is answered before the batch comes again.
TEST_F(InboxTest, WhatWasDroppedIsNotWrittenOverAnAnswerGivenSince) {
  Receive(1, Named("one"));
  ASSERT_TRUE(Take(2, Named("one")).ok());
  ASSERT_TRUE(Take(3, Named("new")).ok());
  ASSERT_TRUE(inbox_->Drop().ok());
  ASSERT_TRUE(inbox_->Open(ToHex(IdOf("one").view()), "anna").ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].copies, 1u);
  ASSERT_THAT(rows[0].views, SizeIs(1));
  EXPECT_EQ(inbox_->Seen()[0], At(1)) << "numbers 2 and 3 are asked for again";
}

TEST_F(InboxTest, RowsArriveInOrderOverRestarts) {
  for (uint64_t i = 1; i <= 5; ++i) {
    Receive(i, Named(std::to_string(i)));
    Open();
  }
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(5));
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(rows[i].id, IdOf(std::to_string(i + 1)));
}

TEST_F(InboxTest, NumbersAreKeptPerHubEpochAndLane) {
  Receive(1, Named("one"));
  ASSERT_TRUE(inbox_->Take(At(1, Lane::kAcute), SignalBytes(Named("acute")),
                           wire::WithheldCode::NONE, {}).ok());
  ASSERT_TRUE(inbox_->Take(At(1, Lane::kNormal, 2), SignalBytes(Named("epoch")),
                           wire::WithheldCode::NONE, {}).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  EXPECT_THAT(inbox_->Seen(), SizeIs(3));
  EXPECT_THAT(Rows(), SizeIs(3));
}

TEST_F(InboxTest, ALaneThatBeginsLaterSaysNothingAboutItsFloor) {
  EXPECT_TRUE(inbox_->IsEmpty());
  Receive(57, Named("one"));
  EXPECT_THAT(inbox_->Seen(), IsEmpty());
  EXPECT_FALSE(inbox_->IsEmpty());
}

TEST_F(InboxTest, WithheldNumbersAreKeptWithTheirReason) {
  ASSERT_TRUE(inbox_->Take(At(1), {}, wire::WithheldCode::ERASED, {}).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  Open();
  EXPECT_THAT(Rows(), IsEmpty());
  const auto numbers = inbox_->Numbers();
  ASSERT_THAT(*numbers, SizeIs(1));
  EXPECT_EQ((*numbers)[0].withheld, wire::WithheldCode::ERASED);
  EXPECT_EQ(inbox_->Seen()[0], At(1)) << "a withheld number is no gap";
}

TEST_F(InboxTest, AGapIsShownUntilItIsFilled) {
  Receive(1, Named("one"));
  Receive(4, Named("four"));
  ASSERT_TRUE(inbox_->NoteGap({At(2), 3}).ok());
  Open();
  ASSERT_THAT(*inbox_->Numbers(), SizeIs(1));
  Receive(2, Named("two"));
  EXPECT_THAT(*inbox_->Numbers(), SizeIs(1));
  Receive(3, Named("three"));
  EXPECT_THAT(*inbox_->Numbers(), IsEmpty());
  EXPECT_EQ(inbox_->Seen()[0], At(4));
}

TEST_F(InboxTest, WhatCannotBeReadIsKeptAndShown) {
  ASSERT_TRUE(inbox_->Take(At(1), "not a message!!!", wire::WithheldCode::NONE, {}).ok());
  ASSERT_TRUE(inbox_->Commit().ok());
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_TRUE(rows[0].unreadable);
  EXPECT_EQ(rows[0].signal, "not a message!!!");
  EXPECT_TRUE(inbox_->Open(ToHex(rows[0].id.view()), "anna").ok());
}

TEST_F(InboxTest, AWithdrawalMarksItsSignalWhicheverCameFirst) {
  Draft withdrawal = Named("w1");
  withdrawal.code = "WITHDRAWN";
  withdrawal.withdraws = "one";
  Receive(1, Named("one"));
  Receive(2, withdrawal);
  EXPECT_EQ(inbox_->Find(Hex("one"))->withdrawn_by, IdOf("w1"));
  withdrawal.name = "w2";
  withdrawal.withdraws = "two";
  Receive(3, withdrawal);
  Open();
  Receive(4, Named("two"));
  EXPECT_EQ(inbox_->Find(Hex("two"))->withdrawn_by, IdOf("w2"));
  EXPECT_EQ(inbox_->Find(Hex("two"))->withdrawn_reason, "corrected");
}

TEST_F(InboxTest, IdsAreFoundByTheirFirstDigits) {
  Receive(1, Named("one"));
  EXPECT_TRUE(inbox_->Find(Hex("one").substr(0, 5)).ok());
  EXPECT_EQ(inbox_->Find("zzzz").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Find(Hex("one").substr(0, 3)).error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Find(Hex("two")).error().code, Code::kNotFound);
}

TEST_F(InboxTest, AnAmbiguousIdIsAConflict) {
  std::map<std::string, int> seen;
  uint64_t sequence = 1;
  std::string shared;
  for (int i = 0; shared.empty() && i < 2000; ++i) {
    const std::string name = "n" + std::to_string(i);
    Receive(sequence++, Named(name));
    if (++seen[Hex(name).substr(0, 4)] == 2) shared = Hex(name).substr(0, 4);
  }
  ASSERT_FALSE(shared.empty());
  EXPECT_EQ(inbox_->Find(shared).error().code, Code::kConflict);
}

TEST_F(InboxTest, NothingReadableLiesOnTheDisk) {
  Receive(1, Named("one"));
  ASSERT_TRUE(Say("one", "registered", "CASE-NUMBER-17").ok());
  for (uint8_t space = 0; space < 8; ++space) {
    ASSERT_TRUE(store_.Scan(Space{space}, {}, {}, [](std::string_view, std::string_view value) {
      EXPECT_EQ(value.find(kChild), std::string_view::npos);
      EXPECT_EQ(value.find("the concern itself"), std::string_view::npos);
      EXPECT_EQ(value.find("CASE-NUMBER-17"), std::string_view::npos);
      return true;
    }).ok());
  }
}

TEST_F(InboxTest, AnotherKekOrFunctionIsRefused) {
  const SecretKey wrong = SecretKey::Random();
  auto denied = Inbox::Open(store_, wrong, speaker_, clock_, Random(1));
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(denied.error().code, Code::kDenied);
  Speaker other = speaker_;
  other.function = "gavle.mottagning";
  auto conflict = Inbox::Open(store_, kek_, other, clock_, Random(1));
  ASSERT_FALSE(conflict.ok());
  EXPECT_EQ(conflict.error().code, Code::kConflict);
}

TEST_F(InboxTest, ARowMovedToAnotherKeyIsCorrupt) {
  Receive(1, Named("one"));
  const auto sealed = store_.Get(Space{1}, IdOf("one").view());
  Batch batch;
  batch.Put(Space{1}, std::string(IdOf("two").view()), **sealed);
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  const auto found = inbox_->Find(Hex("two"));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kCorrupt);
}

TEST_F(InboxTest, TheOutboxForgetsOnlyWhatTheHubLetsGo) {
  Receive(1, Named("one"));
  ASSERT_TRUE(Say("one", "opened").ok());
  ASSERT_TRUE(Say("one", "registered", "A-1").ok());
  Outbox& outbox = inbox_->outbox();
  ASSERT_TRUE(outbox.TrimTo(OutboxSeq(2)).ok());
  EXPECT_THAT(Outgoing(), SizeIs(2)) << "not even accepted yet";
  ASSERT_TRUE(outbox.AcceptedTo(OutboxSeq(2)).ok());
  ASSERT_TRUE(outbox.TrimTo(OutboxSeq(1)).ok());
  EXPECT_THAT(Outgoing(), SizeIs(1));
  CrashAndOpen();
  EXPECT_EQ(inbox_->outbox().accepted(), OutboxSeq(2));
}

TEST_F(InboxTest, ARefusalByTheHubIsKeptAtItsStep) {
  Receive(1, Named("one"));
  ASSERT_TRUE(Say("one", "opened").ok());
  ASSERT_TRUE(inbox_->outbox().Refused(OutboxSeq(1), wire::Refusal::NOT_ALLOWED, "system").ok());
  ASSERT_TRUE(inbox_->outbox().Refused(OutboxSeq(1), wire::Refusal::BUSY, "other").ok());
  const auto row = inbox_->Find(Hex("one"));
  const auto refusal = inbox_->RefusalOf(row->steps[0]);
  ASSERT_TRUE(refusal.ok() && *refusal);
  EXPECT_EQ((*refusal)->code, wire::Refusal::NOT_ALLOWED);
}

TEST_F(InboxTest, TheSenderTakesItsSignalBackByAReceiptAboutIt) {
  Draft receipt = Named("r1");
  receipt.code = "RECEIPT";
  receipt.tells_about = "sent";
  Receive(1, receipt);
  EXPECT_EQ(inbox_->Withdraw(Hex("r1"), "", "anna").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Withdraw(Hex("r1"), std::string(65, 'x'), "anna").error().code, Code::kInvalid);
  const auto told = inbox_->Withdraw(Hex("r1"), "corrected", "anna");
  ASSERT_TRUE(told.ok()) << told.error().message;
  EXPECT_FALSE(told->said_before);
  EXPECT_TRUE(inbox_->Withdraw(Hex("r1"), "corrected", "anna")->said_before);
  EXPECT_EQ(inbox_->Withdraw(Hex("r1"), "other", "anna").error().code, Code::kConflict);
  CrashAndOpen();
  EXPECT_TRUE(inbox_->Withdraw(Hex("r1"), "corrected", "anna")->said_before);
  const auto sent = Outgoing();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].type, "signal.withdrawn");
  EXPECT_EQ(sent[0].about, IdOf("sent").view());
  EXPECT_EQ(sent[0].reference, "corrected");
  EXPECT_EQ(sent[0].message_id, "withdrawal:" + Hex("sent"));
  EXPECT_EQ(sent[0].person, kChild) << "sealed under the child's key at the hub as well";
}

// What people write may be a name. A row of an earlier build, which kept the word as it was, is still read.
TEST_F(InboxTest, TheReasonOfTakingBackIsKeptSealed) {
  Draft receipt = Named("r1");
  receipt.code = "RECEIPT";
  receipt.tells_about = "sent";
  Receive(1, receipt);
  ASSERT_TRUE(inbox_->Withdraw(Hex("r1"), "Kanariesson", "anna").ok());
  size_t rows = 0;
  ASSERT_TRUE(store_
                  .Scan(spaces::kCursors, "", "",
                        [&](std::string_view, std::string_view value) {
                          ++rows;
                          EXPECT_EQ(value.find("Kanariesson"), std::string_view::npos);
                          return true;
                        })
                  .ok());
  EXPECT_GT(rows, 0u);
  Batch earlier;
  earlier.Put(spaces::kCursors, "told-withdrawn/" + std::string(IdOf("before").view()), "corrected");
  ASSERT_TRUE(store_.Apply(earlier, Durability::kNow).ok());
  EXPECT_EQ(inbox_->TookBackFor(IdOf("before"))->value_or(""), "corrected");
  EXPECT_EQ(inbox_->TookBackFor(IdOf("sent"))->value_or(""), "Kanariesson");
}

TEST_F(InboxTest, AReceiverTakesNothingBackThatItWasSent) {
  Receive(1, Named("one"));
  EXPECT_EQ(inbox_->Withdraw(Hex("one"), "corrected", "anna").error().code, Code::kInvalid);
  EXPECT_EQ(inbox_->Withdraw("ffff", "corrected", "anna").error().code, Code::kNotFound);
  EXPECT_THAT(Outgoing(), IsEmpty());
}

}  // namespace
}  // namespace sam::inbox::test
