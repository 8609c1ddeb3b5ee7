// What the log is told of numbers that may have left: a withdrawal goes by it.
#include "tests/unit/broker/delivery/rig.h"

namespace sam::delivery::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Rig::Told Last(Rig& rig, Lane lane) {
  Rig::Told out;
  for (const Rig::Told& told : rig.Progress())
    if (told.lane == static_cast<uint8_t>(lane)) out = told;
  return out;
}

TEST(Offers, NothingLeavesBeforeDispatchHasTakenInThatAConnectionStands) {
  Rig rig({}, true);
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), IsEmpty());
  for (const Lane lane : {Lane::kNormal, Lane::kAcute})
    EXPECT_GE(Last(rig, lane).offered, mailbox::kAnyOffered);
  rig.FoldProgress();
  EXPECT_THAT(peer.Texts(), ElementsAre("one"));
}

TEST(Offers, TheWordOfAnEarlierConnectionIsNotTakenForTheNewOnes) {
  Rig rig({}, true);
  rig.Put(Text("one"));
  Peer first(rig, "soc");
  first.Join();
  rig.FoldProgress();
  EXPECT_THAT(first.Texts(), ElementsAre("one"));
  const uint64_t claim = Last(rig, Lane::kNormal).offered;
  Peer second(rig, "soc");
  second.Join();
  EXPECT_THAT(second.Texts(), IsEmpty()) << "its own word is not folded yet";
  EXPECT_NE(Last(rig, Lane::kNormal).offered, claim);
  rig.FoldProgress();
  EXPECT_THAT(second.Texts(), ElementsAre("one"));
}

TEST(Offers, TheEndOfAConnectionTellsHowFarItCame) {
  Rig rig({}, true);
  for (const char* text : {"one", "two"}) rig.Put(Text(text));
  Peer peer(rig, "soc");
  peer.Join();
  rig.FoldProgress();
  EXPECT_THAT(peer.Texts(), ElementsAre("one", "two"));
  peer.Say(wire::Bye{});
  EXPECT_EQ(Last(rig, Lane::kNormal).offered, 3u);
  EXPECT_EQ(Last(rig, Lane::kAcute).offered, 1u);
  rig.FoldProgress();
  rig.Put(Text("three"));
  Peer later(rig, "soc");
  later.Hello();
  later.Subscribe();
  later.Say(wire::Bye{});
  EXPECT_EQ(Last(rig, Lane::kNormal).offered, 3u) << "nothing more has left, and nothing less";
}

TEST(Offers, AfterACrashAllThatHasANumberMayHaveLeft) {
  Rig rig({}, true);
  rig.Put(Text("one"));
  {
    Peer peer(rig, "soc");
    peer.Join();
    rig.FoldProgress();
    EXPECT_THAT(peer.Texts(), ElementsAre("one"));
  }
  rig.Put(Text("two"));
  rig.CrashAndStart();
  rig.Turn();
  EXPECT_EQ(Last(rig, Lane::kNormal).offered, 3u);
  rig.FoldProgress();
  rig.CrashAndStart();
  rig.Turn();
  EXPECT_EQ(Last(rig, Lane::kNormal).offered, 3u) << "that is known: nothing to tell again";
}

TEST(Offers, AStageThatIsNotAskedToSaysNothing) {
  Rig rig;
  rig.Put(Text("one"));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("one"));
  EXPECT_THAT(rig.Progress(), IsEmpty());
}

}  // namespace
}  // namespace sam::delivery::test
