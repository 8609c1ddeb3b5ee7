// Who is served and who is not: greeting, subscribing, what a subscriber says it holds, keys and leases.
#include "tests/unit/broker/delivery/rig.h"

namespace sam::delivery::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Delivery, PositionsOfAnEarlierEpochMeanNothing) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Hello();
  Position other = peer.At(1);
  other.epoch -= 1;
  peer.Subscribe(kSub, {other});
  peer.Credit();
  EXPECT_THAT(peer.Numbers(), ElementsAre(1));
  wire::DeliverAck ack{kSub, Lane::kNormal, 1, {}, other.epoch};
  peer.Say(ack);
  EXPECT_THAT(rig.Progress(), IsEmpty());
}

TEST(Delivery, ASubscriberAheadOfTheHubIsRefused) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Hello();
  peer.Subscribe(kSub, {peer.At(2)});
  EXPECT_EQ(peer.refused_.code, wire::Refusal::CONFLICT);
  EXPECT_EQ(peer.refused_.field, "seen");
  peer.Credit();
  EXPECT_THAT(peer.Take(), IsEmpty());
}

ReceiverRow RowOf(Rig& rig, const std::string& subscription) {
  const auto table = rig.receivers_.Take();
  if (table == nullptr) return {};
  for (const ReceiverRow& row : *table)
    if (row.subscription == subscription) return row;
  return {};
}

// Nothing waited for it, so nobody missed it, until the night of an acute report.
TEST(Delivery, AReceiverThatIsAwayIsMissedAlsoWhenNothingWaits) {
  Rig rig;
  rig.expected_ = {"never.came", kSub};
  Peer peer(rig, "soc");
  peer.Join();
  rig.Pass(6'000);
  const ReceiverRow there = RowOf(rig, kSub);
  EXPECT_TRUE(there.connected);
  EXPECT_EQ(there.software, "test?1");
  EXPECT_GT(there.seen.value, 0);
  peer.Say(wire::Bye{});
  rig.Pass(6'000);
  EXPECT_FALSE(RowOf(rig, kSub).connected);
  EXPECT_FALSE(RowOf(rig, kSub).silent);
  rig.Pass(7 * 3'600'000);
  const auto silent = rig.receivers_.Take();
  ASSERT_NE(silent, nullptr);
  ASSERT_EQ(silent->size(), 2u) << "one that never came is missed as well";
  for (const ReceiverRow& row : *silent) EXPECT_TRUE(row.silent) << row.subscription;
  const std::string all = metrics::Expose();
  EXPECT_NE(all.find("samsignal_receiver_silent{subscription=\"never.came\"} 1"), std::string::npos);
  EXPECT_NE(all.find("samsignal_receiver_info{software=\"test?1\",subscription=\"bollnas.mottagning\"} 1"), std::string::npos);
  rig.expected_ = {"never.came"};
  rig.Pass(6'000);
  EXPECT_FALSE(RowOf(rig, kSub).silent) << "of one that was taken out of peers.toml nobody waits to hear";
}

TEST(Delivery, WhatAReceiverSaysOfItselfIsMadeHarmless) {
  EXPECT_EQ(PlainSoftware("samsignal-inbox/0.1.0"), "samsignal-inbox/0.1.0");
  EXPECT_EQ(PlainSoftware("a\"}\n<b>"), "a???\?b?");
  EXPECT_EQ(PlainSoftware(""), "unknown");
  EXPECT_EQ(PlainSoftware(std::string(500, 'x')).size(), 40u);
}

// A witness asks whether the log goes on from what it keeps; a proof has its price.
TEST(Delivery, ASubscriberIsToldTheNewestCheckpointOnceASecond) {
  Rig rig;
  Peer peer(rig, "soc");
  peer.Join();
  wire::CheckpointWord asked;
  asked.from = 17;
  peer.Say(asked);
  peer.Say(asked);
  peer.Take();
  ASSERT_EQ(peer.checkpoints_.size(), 1u);
  EXPECT_EQ(peer.checkpoints_[0].from, 17u);
  EXPECT_EQ(peer.checkpoints_[0].note, "newest");
  rig.Pass(2'000);
  peer.Say(asked);
  peer.Take();
  EXPECT_EQ(peer.checkpoints_.size(), 2u);
}

uint64_t Lost() {
  const std::string all = metrics::Expose();
  const std::string name = std::string("samsignal_gap_detected_total{subscription=\"") + kSub + "\"} ";
  const size_t at = all.find(name);
  return at == std::string::npos ? 0 : std::stoull(all.substr(at + name.size()));
}

// Its store is lost: what it had acknowledged is nowhere but in our log.
TEST(Delivery, ASubscriberThatHoldsNothingOfWhatItAcknowledgedIsCountedAndServed) {
  Rig rig;
  rig.Put(Text("one"));
  rig.Put(Text("two"));
  Peer peer(rig, "soc");
  peer.Join();
  peer.Ack(2);
  const uint64_t before = Lost();
  Peer silent(rig, "soc");
  silent.Join();
  EXPECT_EQ(Lost(), before) << "a receiver may leave out what it has seen";
  Peer empty(rig, "soc");
  empty.Hello();
  empty.Subscribe(kSub, {empty.At(0)});
  EXPECT_EQ(Lost(), before + 2);
  empty.Credit();
  rig.Put(Text("three"));
  EXPECT_THAT(empty.Texts(), ElementsAre("three"));
}

TEST(Delivery, ASubscriberOfALaterEpochIsRefusedSinceTheHubIsAnOlderCopy) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Hello();
  Position later = peer.At(1);
  later.epoch += 1;
  peer.Subscribe(kSub, {later});
  EXPECT_EQ(peer.refused_.code, wire::Refusal::CONFLICT);
  peer.Credit();
  EXPECT_THAT(peer.Take(), IsEmpty());
}

// A subscriber's key is all it takes to say this, and it must not end the hub for everybody.
TEST(Delivery, WhoIsRefusedAfterItHadSubscribedHasNothingToAcknowledge) {
  Rig rig;
  rig.Put(Text("one"));
  for (const bool flowing : {false, true}) {
    Peer peer(rig, "soc");
    peer.Hello();
    peer.Subscribe();
    if (flowing) peer.Credit();
    // In one round, as a hand-made peer sends them.
    ASSERT_TRUE(peer.link_->Send(wire::Encode(wire::Subscribe{kSub, {peer.At(1'000'000)}})).ok());
    peer.Say(wire::DeliverAck{"", Lane::kNormal, 1, {}, rig.journal_->epoch()});
    EXPECT_EQ(peer.refused_.code, wire::Refusal::CONFLICT);
    EXPECT_EQ(peer.byes_, 1) << "an acknowledgement of nothing has no place in the conversation";
  }
  Peer next(rig, "soc");
  next.Join();
  EXPECT_THAT(next.Texts(), ElementsAre("one"));
}

TEST(Delivery, OnlyFunctionsOfTheDirectoryEntryMaySubscribe) {
  Rig rig;
  rig.Put(Text("one"));
  Peer stranger(rig, "other");
  stranger.Join();
  EXPECT_EQ(stranger.refused_.code, wire::Refusal::NOT_ALLOWED);
  EXPECT_THAT(stranger.Take(), IsEmpty());
  Peer source(rig, "soc");
  source.Hello(wire::Role::kSource);
  EXPECT_EQ(source.refused_.field, "role");
}

TEST(Delivery, RightsTakenAwayStopTheFlow) {
  Rig rig;
  Peer peer(rig, "soc");
  peer.Join();
  rig.rights_.clear();
  rig.Put(Text("one"));
  EXPECT_THAT(peer.Take(), IsEmpty());
  EXPECT_EQ(peer.refused_.code, wire::Refusal::NOT_ALLOWED);
  EXPECT_EQ(peer.byes_, 1);
}

// Its name may still subscribe, with another key; the line does not tell which one it is.
TEST(Delivery, AKeyTakenAwayIsOffTheLineAndTheOthersComeBack) {
  Rig rig;
  Peer thief(rig, "soc");
  thief.Join();
  rig.net_.SetAllowed("soc", false);
  rig.Put(Text("one"));
  rig.link_->AskToDrop();
  EXPECT_THAT(thief.Take(), IsEmpty());
  EXPECT_EQ(rig.delivery_->sessions(), 0u);
  rig.Pass(60'000);
  EXPECT_FALSE(thief.link_->Send(wire::Encode(wire::Heartbeat{})).ok());
  rig.net_.SetAllowed("soc", true);
  rig.Pass(60'000);
  Peer good(rig, "soc");
  good.Join();
  EXPECT_THAT(good.Texts(), ElementsAre("one")) << "dropped once, not for ever";
}

TEST(Delivery, TheNewestConnectionWins) {
  Rig rig;
  Peer old(rig, "soc");
  old.Join();
  Peer young(rig, "soc");
  young.Join();
  old.Read();
  EXPECT_EQ(old.byes_, 1);
  EXPECT_EQ(old.refused_.code, wire::Refusal::CONFLICT);
  rig.Put(Text("one"));
  EXPECT_THAT(young.Texts(), ElementsAre("one"));
  EXPECT_THAT(old.Texts(), IsEmpty());
  EXPECT_EQ(rig.delivery_->sessions(), 1u);
}

TEST(Delivery, AnUnknownConversationIsToldToBeginAnew) {
  Rig rig;
  Peer peer(rig, "soc");
  (void)peer.link_->generation();
  peer.Credit();
  EXPECT_EQ(peer.byes_, 1);
  ASSERT_TRUE(peer.link_->Send("not a frame").ok());
  rig.Turn();
  peer.Read();
  EXPECT_EQ(peer.refused_.code, wire::Refusal::MALFORMED);
}

TEST(Delivery, SilenceOfThreeHeartbeatsEndsTheSession) {
  Rig rig;
  Peer peer(rig, "soc");
  peer.Join();
  rig.Pass(10'000);
  peer.Read();
  EXPECT_EQ(peer.heartbeats_, 1);
  rig.Pass(21'000);
  EXPECT_EQ(rig.delivery_->sessions(), 0u);
}

}  // namespace
}  // namespace sam::delivery::test
