// Delivery's rules over a real journal and a network in memory.
#include "broker/delivery/delivery.h"

#include "broker/base/text.h"
#include "broker/contract/place.h"

#include "tests/unit/broker/delivery/rig.h"

namespace sam::delivery::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Delivery, GreetsAndDeliversInOrderWithPositions) {
  Rig rig;
  rig.Put(Text("one"));
  rig.Put(Text("two", "b"));
  Peer peer(rig, "soc");
  peer.Hello();
  ASSERT_TRUE(peer.welcome_);
  EXPECT_EQ(peer.welcome_->hub, rig.journal_->hub());
  EXPECT_EQ(peer.welcome_->checkpoint, "checkpoint");
  peer.Subscribe();
  EXPECT_THAT(peer.Take(), IsEmpty()) << "sent without credit";
  peer.Credit();
  const auto items = peer.Take();
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(items[0].signal, "one");
  EXPECT_EQ(items[0].position, peer.At(1));
  EXPECT_EQ(items[0].attempt, 1);
  EXPECT_EQ(items[1].signal, "two");
}

TEST(Delivery, AReportIsGivenWholeAsItWasComposedAndNothingElseIsGivenAPlace) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.setCode("SIG-A1");
  signal.getBody().initReport().setChildAddress("a street");
  const contract::PlaceSplit split = contract::SplitPlaces(signal.asReader());
  Rig rig;
  Post report = Text(split.rest);
  report.place = split.place;
  report.statutory = true;
  rig.Put(report);
  Post other = report;  // as if one had come into a record of another class
  other.statutory = false;
  other.child = "b";
  rig.Put(other);
  Peer peer(rig, "soc");
  peer.Join();
  const auto items = peer.Take();
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(items[0].signal, contract::CanonicalBytes(signal.asReader()));
  EXPECT_EQ(items[1].signal, split.rest);
}

TEST(Delivery, CreditByCountHoldsTheRestBack) {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.Put(Text(std::to_string(i), "child" + std::to_string(i)));
  Peer peer(rig, "soc");
  peer.Join(4);  // one of four is kept for the acute lane
  EXPECT_THAT(peer.Numbers(), ElementsAre(1, 2, 3));
  EXPECT_THAT(peer.Numbers(), IsEmpty());
  rig.Put(Text("acute", "z", Lane::kAcute));
  EXPECT_THAT(peer.Texts(), ElementsAre("acute"));
  peer.Ack(2);
  EXPECT_THAT(peer.Numbers(), ElementsAre(4)) << "two answered, one more is in the acute lane";
  peer.Credit(0);
  peer.Ack(4);
  EXPECT_THAT(peer.Numbers(), IsEmpty()) << "a window of zero is a pause";
}

TEST(Delivery, CreditByBytesHoldsTheRestBack) {
  Rig rig;
  for (int i = 0; i < 4; ++i)
    rig.Put(Text(std::string(1000, 'x'), "child" + std::to_string(i)));
  Peer peer(rig, "soc");
  peer.Hello();
  peer.Subscribe();
  peer.Credit(64, 3000);
  EXPECT_THAT(peer.Numbers(), ElementsAre(1, 2));
  peer.Ack(1);
  EXPECT_THAT(peer.Numbers(), ElementsAre(3));
}

TEST(Delivery, NothingBeyondTheDurableMarkIsSent) {
  Rig rig;
  Peer peer(rig, "soc");
  peer.Join();
  // A row that names a decision which is not on disk yet.
  mailbox::Row row;
  row.decision = rig.reader_->durable().value;
  row.versions = rig.now_;
  Batch batch;
  batch.Put(spaces::kMailbox, mailbox::RowKey(kSub, Lane::kNormal, Sequence(1)),
            mailbox::EncodeRow(row).bytes);
  ASSERT_TRUE(rig.store_.Apply(batch, Durability::kLater).ok());
  EXPECT_THAT(peer.Take(), IsEmpty());
}

TEST(Delivery, NothingLeavesWhileTheDisksReserveIsGoneAndItGoesOnByItself) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Hello();
  peer.Subscribe();
  rig.free_bytes_ = 500;  // low: input is refused, delivery goes on
  rig.Pass(2'000);
  peer.Credit();
  EXPECT_THAT(peer.Texts(), ElementsAre("one"));
  rig.Put(Text("two", "b"));
  rig.free_bytes_ = 50;
  rig.clock_.Advance(2'000);
  ASSERT_TRUE(rig.journal_->Work().ok());
  EXPECT_THAT(peer.Take(), IsEmpty()) << "what cannot be audited may not be disclosed";
  rig.free_bytes_ = 1'000'000;
  rig.Pass(2'000);
  EXPECT_THAT(peer.Texts(), ElementsAre("two"));
}

TEST(Delivery, AcknowledgedIsJournaledGroupedPerLane) {
  Rig rig;
  for (int i = 0; i < 6; ++i) rig.Put(Text(std::to_string(i), "c" + std::to_string(i)));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), SizeIs(6));
  for (uint64_t i = 1; i <= 3; ++i)
    ASSERT_TRUE(peer.link_->Send(wire::Encode(wire::DeliverAck{
                    kSub, Lane::kNormal, i, {}, rig.journal_->epoch()})).ok());
  peer.Ack(3, {5});
  const auto told = rig.Progress();
  ASSERT_THAT(told, SizeIs(1)) << "several acknowledgements of one round are one record";
  EXPECT_EQ(told[0].sub, kSub);
  EXPECT_EQ(told[0].floor, 3u);
  EXPECT_THAT(told[0].also, ElementsAre(5));
}

TEST(Delivery, AfterACrashOfTheHubOnlyWhatWasNotJournaledComesAgain) {
  Rig rig;
  for (int i = 0; i < 4; ++i) rig.Put(Text(std::to_string(i), "c" + std::to_string(i)));
  {
    Peer peer(rig, "soc");
    peer.Join();
    EXPECT_THAT(peer.Take(), SizeIs(4));
    peer.Ack(2, {4});
  }
  rig.FoldProgress();
  rig.CrashAndStart();
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Numbers(), ElementsAre(3));
}

TEST(Delivery, AReconnectGoesOnFromTheFloor) {
  Rig rig;
  for (int i = 0; i < 4; ++i) rig.Put(Text(std::to_string(i), "c" + std::to_string(i)));
  auto first = std::make_unique<Peer>(rig, "soc");
  first->Join();
  EXPECT_THAT(first->Take(), SizeIs(4));
  first->Ack(2);
  Peer second(rig, "soc");
  second.Join();
  EXPECT_THAT(second.Numbers(), ElementsAre(3, 4));
}

TEST(Delivery, WhatTheSubscriberSaysItHoldsIsNotSentAgain) {
  Rig rig;
  for (int i = 0; i < 4; ++i) rig.Put(Text(std::to_string(i), "c" + std::to_string(i)));
  Peer peer(rig, "soc");
  peer.Hello();
  peer.Subscribe(kSub, {peer.At(3)});
  peer.Credit();
  EXPECT_THAT(peer.Numbers(), ElementsAre(4));
  ASSERT_THAT(rig.Progress(), SizeIs(1));
  EXPECT_EQ(rig.Progress()[0].floor, 3u);
}

TEST(Delivery, UnansweredIsSentAgainWithItsAttemptCounted) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), SizeIs(1));
  rig.Pass(10'000);
  EXPECT_THAT(peer.Take(), IsEmpty()) << "it backs off first";
  rig.Pass(1'300);
  const auto again = peer.Take();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].attempt, 2);
}

TEST(Delivery, AcuteGoesFirstAndNormalIsNotStarved) {
  Rig rig;
  for (int i = 0; i < 8; ++i) {
    rig.Put(Text("n" + std::to_string(i), "n" + std::to_string(i)));
    rig.Put(Text("A" + std::to_string(i), "a" + std::to_string(i), Lane::kAcute));
  }
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("A0", "A1", "A2", "A3", "n0", "A4", "A5", "A6", "A7",
                                        "n1", "n2", "n3", "n4", "n5", "n6", "n7"));
}

TEST(Delivery, ASlowSubscriberDoesNotSlowAnother) {
  Rig rig;
  rig.rights_.insert({"fast", "bollnas.forebyggande"});
  for (int i = 0; i < 300; ++i) rig.Put(Text("x", "c" + std::to_string(i)));
  Post other = Text("for the fast one");
  other.sub = "bollnas.forebyggande";
  rig.Put(other);
  Peer slow(rig, "soc");
  slow.Join(1'000);
  Peer fast(rig, "fast");
  fast.Hello();
  fast.Subscribe("bollnas.forebyggande");
  fast.Credit();
  EXPECT_THAT(fast.Texts(), ElementsAre("for the fast one"));
  EXPECT_LE(slow.Take().size(), LaneQueue::kWindowMax) << "no more than the window without answer";
}

TEST(Delivery, AChangedVersionIsDecidedAnewBeforeItLeaves) {
  Rig rig;
  rig.Put(Text("old mask", "a"));
  rig.Put(Text("later of the same child", "a"));
  rig.Put(Text("another child", "b"));
  mailbox::Versions changed = rig.now_;
  changed.protection = 1;
  rig.versions_[Child("a")] = changed;
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("another child"));
  auto asked = rig.Rechecks();
  ASSERT_THAT(asked, SizeIs(1)) << "the same child's later one waits behind it";
  EXPECT_EQ(asked[0].floor, 1u);
  rig.Pass(2'000);
  EXPECT_THAT(rig.Rechecks(), SizeIs(1)) << "asked once";
  rig.Renew(Lane::kNormal, 1, "new mask");
  rig.Renew(Lane::kNormal, 2, "new mask of the later");
  EXPECT_THAT(peer.Texts(), ElementsAre("new mask", "new mask of the later"));
}

// An agreement or a function that ended meanwhile leaves no trace in the log.
TEST(Delivery, WhatHasWaitedADayIsAskedForAgainBeforeItLeaves) {
  Rig rig;
  rig.Put(Text("from friday", "a"));
  rig.clock_.Advance(86'400'000 - 60'000);
  rig.Put(Text("fresh", "b"));
  rig.clock_.Advance(60'000);
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("fresh"));
  rig.Pass(2'000);
  const auto asked = rig.Rechecks();
  ASSERT_THAT(asked, Not(IsEmpty()));
  EXPECT_EQ(asked[0].floor, 1u);
  // Where the hub's time stands still the new decision is as old as the first: it goes all the same.
  rig.Renew(Lane::kNormal, 1, "decided anew");
  EXPECT_THAT(peer.Texts(), ElementsAre("decided anew"));
}

TEST(Delivery, ARecheckThatSaysNoFillsTheNumber) {
  Rig rig;
  rig.Put(Text("secret", "a"));
  mailbox::Versions changed = rig.now_;
  changed.consent = 9;
  rig.versions_[Child("a")] = changed;
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), IsEmpty());
  rig.Renew(Lane::kNormal, 1, "", wire::WithheldCode::REFUSED_AT_DELIVERY);
  const auto items = peer.Take();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].withheld, wire::WithheldCode::REFUSED_AT_DELIVERY);
  EXPECT_EQ(items[0].signal, "");
}

TEST(Delivery, ANewConfigurationIsAskedForToo) {
  Rig rig;
  rig.Put(Text("one"));
  rig.now_.config = "c2";
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), IsEmpty());
  EXPECT_THAT(rig.Rechecks(), SizeIs(1));
}

TEST(Delivery, AnErasedPayloadIsAskedForAndThenWithheld) {
  Rig rig;
  rig.Put(Text("one"));
  const auto row = **mailbox::MailboxReader(rig.store_).Get(kSub, Lane::kNormal, Sequence(1));
  Batch batch;
  batch.Delete(spaces::kPayload, BigEndian64(row.decision));
  ASSERT_TRUE(rig.store_.Apply(batch, Durability::kNow).ok());
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), IsEmpty());
  ASSERT_THAT(rig.Rechecks(), SizeIs(1));
  rig.Renew(Lane::kNormal, 1, "", wire::WithheldCode::ERASED);
  const auto items = peer.Take();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].withheld, wire::WithheldCode::ERASED);
}

// Sends `peer` on through rounds in which it answers everything but number 1.
void PassOver(Rig& rig, Peer& peer, int rounds) {
  uint64_t fresh = 100;
  for (int i = 0; i < rounds; ++i) {
    const uint64_t number = rig.Put(Text("other", "o" + std::to_string(fresh++)));
    peer.Take();
    peer.Ack(0, {number});
    rig.Pass(10'001);
    rig.Pass(70'000 - 10'001 - 50'000);
    peer.Say(wire::Heartbeat{});
    rig.Pass(25'000);
    peer.Say(wire::Heartbeat{});
    rig.Pass(25'000);
    peer.Say(wire::Heartbeat{});
  }
}

TEST(Delivery, PassedOverTooOftenGoesToTheDeadLettersAndTheLaneGoesOn) {
  Rig rig;
  rig.Put(Text("poison", "p"));
  rig.Put(Text("later of the same child", "p"));
  Peer peer(rig, "soc");
  peer.Join();
  PassOver(rig, peer, 6);
  std::vector<uint64_t> dead;
  for (const auto& told : rig.Progress())
    dead.insert(dead.end(), told.dead.begin(), told.dead.end());
  ASSERT_FALSE(dead.empty());
  EXPECT_EQ(dead.front(), 1u);
  peer.Take();
  rig.Renew(Lane::kNormal, 1, "", wire::WithheldCode::DEAD_LETTERED);
  bool told = false;
  for (const auto& item : peer.Take())
    if (item.position.sequence.value == 1)
      told = item.withheld == wire::WithheldCode::DEAD_LETTERED;
  EXPECT_TRUE(told) << "the number is filled, so that it is no gap";
}

TEST(Delivery, AStatutoryReportStaysHoweverOftenItIsPassedOver) {
  Rig rig;
  Post report = Text("report", "p");
  report.statutory = true;
  rig.Put(report);
  Peer peer(rig, "soc");
  peer.Join();
  PassOver(rig, peer, 10);
  for (const auto& told : rig.Progress()) EXPECT_THAT(told.dead, IsEmpty());
}

TEST(Delivery, ADamagedDecisionStopsNobodyElse) {
  Rig rig;
  rig.Put(Text("one", "a"));
  rig.Put(Text("two", "b"));
  const auto row = **mailbox::MailboxReader(rig.store_).Get(kSub, Lane::kNormal, Sequence(1));
  Batch batch;
  batch.Put(spaces::kPayload, BigEndian64(row.decision), "garbage!");
  ASSERT_TRUE(rig.store_.Apply(batch, Durability::kNow).ok());
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("two"));
}

TEST(Delivery, AFullJournalPortLosesNoAcknowledgement) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), SizeIs(1));
  journal::Submission filler;
  while (rig.port_->down.TryPush(journal::Submission(filler))) {
  }
  ASSERT_TRUE(peer.link_->Send(wire::Encode(wire::DeliverAck{
                  kSub, Lane::kNormal, 1, {}, rig.journal_->epoch()})).ok());
  Rig::Check(rig.delivery_->Work());
  EXPECT_FALSE(rig.delivery_->Drained());
  rig.Turn(6);
  ASSERT_THAT(rig.Progress(), SizeIs(1));
  EXPECT_EQ(rig.Progress()[0].floor, 1u);
}

TEST(Delivery, StopSaysGoodbyeAndDrains) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), SizeIs(1));
  peer.Ack(1);
  rig.delivery_->Stop();
  rig.Turn();
  peer.Read();
  EXPECT_EQ(peer.byes_, 1);
  EXPECT_TRUE(rig.delivery_->Drained());
  EXPECT_EQ(rig.Progress().back().floor, 1u);
}

TEST(Delivery, AStoreThatFailsIsTheStagesError) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  peer.Take();
  rig.Put(Text("two", "b"));
  rig.store_.FailNextRead(Corrupt("test"));
  const auto worked = rig.delivery_->Work();
  ASSERT_FALSE(worked.ok());
  EXPECT_EQ(worked.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace sam::delivery::test
