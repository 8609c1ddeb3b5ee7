#include "adapters/mllp/mllp_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

TEST(MllpServer, AThousandFramesInOneWriteAreAllStoredAndAnsweredInOrder) {
  ServerRig rig;
  Peer peer(rig.server->port());
  for (int i = 0; i < 1000; ++i)
    peer.QueueFrame(Numbered("siu_s26_missed", "N" + std::to_string(i)));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1000; })) << peer.acks.size();
  for (int i = 0; i < 1000; ++i)
    EXPECT_THAT(peer.acks[static_cast<size_t>(i)],
                HasSubstr("MSA|AA|N" + std::to_string(i) + "\r"));
  EXPECT_EQ(rig.store->outbox_next(), 1001U);
  EXPECT_LT(rig.faults.syncs(), 100U);  // groups, not one sync each
}

TEST(MllpServer, FiftyConnectionsEachGetTheirOwnAnswers) {
  ServerRig rig;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<Peer*> all;
  for (int p = 0; p < 50; ++p) {
    peers.push_back(std::make_unique<Peer>(rig.server->port()));
    all.push_back(peers.back().get());
    for (int i = 0; i < 5; ++i)
      peers.back()->QueueFrame(
          Numbered("siu_s26_missed", "P" + std::to_string(p) + "-" + std::to_string(i)));
  }
  ASSERT_TRUE(rig.Until(all, [&] {
    for (const Peer* peer : all)
      if (peer->acks.size() < 5) return false;
    return true;
  }));
  for (size_t p = 0; p < 50; ++p)
    for (size_t i = 0; i < 5; ++i)
      EXPECT_THAT(all[p]->acks[i],
                  HasSubstr("MSA|AA|P" + std::to_string(p) + "-" + std::to_string(i) + "\r"));
  EXPECT_EQ(rig.store->outbox_next(), 251U);
}

TEST(MllpServer, NothingIsAnsweredBeforeItIsOnDisk) {
  ServerRig rig;
  Peer peer(rig.server->port());
  rig.faults.FailNextSync(Internal("disk"));
  peer.QueueFrame(Fixture("siu_s26_missed"));
  EXPECT_FALSE(rig.Until(
      {&peer}, [&] { return !peer.acks.empty(); }, 200));
  ASSERT_TRUE(rig.last_error.has_value());  // final: the process goes down and recovers
  peer.Pump();
  EXPECT_TRUE(peer.acks.empty());
  EXPECT_TRUE(peer.bytes.empty());
}

TEST(MllpServer, AFullDiskClosesWithoutAnAnswerAndRecoversAlone) {
  ServerRig rig;
  rig.faults.SetFull(true);
  Peer first(rig.server->port());
  first.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&first}, [&] { return first.closed(); }));
  EXPECT_TRUE(first.bytes.empty());
  rig.faults.SetFull(false);
  Peer second(rig.server->port());
  second.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&second}, [&] { return second.acks.size() == 1; }));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(MllpServer, WhileRefusingEverySenderIsClosedWithoutAnAnswer) {
  ServerRig rig;
  rig.server->SetRefusing(true);
  Peer peer(rig.server->port());
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
  EXPECT_TRUE(peer.bytes.empty());
  EXPECT_TRUE(rig.Outbox().empty());
}

TEST(MllpServer, AHalfClosedPeerStillGetsItsAnswer) {
  ServerRig rig;
  Peer peer(rig.server->port());
  peer.QueueFrame(Fixture("siu_s26_missed"));
  peer.Pump();
  peer.HalfClose();
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
  ASSERT_EQ(peer.acks.size(), 1U);
}

TEST(MllpServer, AResetBeforeTheAnswerLosesNothingAndTheResendIsRecognized) {
  ServerRig rig;
  {
    Peer peer(rig.server->port());
    peer.QueueFrame(Fixture("siu_s26_missed"));
    peer.Pump();
    ASSERT_TRUE(rig.Until({&peer}, [&] { return rig.store->outbox_next() == 2; }));
    peer.Reset();
  }
  Peer again(rig.server->port());
  again.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&again}, [&] { return again.acks.size() == 1; }));
  EXPECT_THAT(again.acks[0], HasSubstr("MSA|AA|"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(MllpServer, AFrameMayComeByteByByte) {
  ServerRig rig;
  Peer peer(rig.server->port());
  const std::string frame = hl7::Frame(Fixture("siu_s26_missed"));
  for (const char byte : frame) {
    peer.Queue(std::string(1, byte));
    peer.Pump();
    ASSERT_TRUE(rig.server->Step(0).ok());
  }
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
}

TEST(MllpServer, AFrameWithoutItsLastCrIsTakenWhenThePeerCloses) {
  ServerRig rig;
  Peer peer(rig.server->port());
  std::string frame = hl7::Frame(Fixture("siu_s26_missed"));
  frame.pop_back();
  peer.Queue(frame);
  peer.Pump();
  peer.HalfClose();
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
}

TEST(MllpServer, AFrameCutOffByTheEndOfTheConnectionIsNotTaken) {
  ServerRig rig;
  Peer peer(rig.server->port());
  peer.Queue(hl7::Frame(Fixture("siu_s26_missed")).substr(0, 100));
  peer.Pump();
  peer.HalfClose();
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
  EXPECT_TRUE(peer.bytes.empty());
  EXPECT_TRUE(rig.Outbox().empty());
}

TEST(MllpServer, AnEmptyFrameIsKeptAsideWithoutAnAnswerAndTheFeedGoesOn) {
  ServerRig rig;
  Peer peer(rig.server->port());
  peer.QueueFrame("");
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AA|B0009"));
  EXPECT_EQ(rig.Quarantine().size(), 1U);
}

TEST(MllpServer, AFrameWhoseEndWasLostIsRefusedAndTheNextIsTaken) {
  ServerRig rig;
  Peer peer(rig.server->port());
  std::string lost = hl7::Frame(Numbered("siu_s26_missed", "LOST"));
  lost.resize(lost.size() - 2);
  peer.Queue(lost);
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AR|LOST"));
  EXPECT_THAT(peer.acks[1], HasSubstr("MSA|AA|B0009"));
}

TEST(MllpServer, AFrameOverTheLimitIsDrainedAndRefused) {
  AdapterConfig config = TestConfig();
  ListenOf(config).max_frame_bytes = 4096;
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  peer.QueueFrame(Numbered("siu_s26_missed", "BIG") + "NTE|1||" + std::string(100'000, 'x') + "\r");
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AR|BIG"));
  EXPECT_THAT(peer.acks[0], HasSubstr("too large"));
  EXPECT_THAT(peer.acks[1], HasSubstr("MSA|AA|B0009"));
}

TEST(MllpServer, ABatchOfMoreMessagesThanItMayHoldIsRefusedWholeAndTheFeedGoesOn) {
  ServerRig rig;
  Peer peer(rig.server->port());
  std::string batch = Numbered("siu_s26_missed", "BATCH");
  for (size_t i = 0; i < MllpServer::kBatchMessages; ++i) batch += "MSH|^~\\&|\r";
  peer.QueueFrame(batch);
  peer.QueueFrame(Fixture("siu_s15_cancelled"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; })) << peer.acks.size();
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AR|BATCH"));
  EXPECT_TRUE(rig.Quarantine().empty());
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(MllpServer, ABatchIsAnsweredAsOneWhereItsSourceWantsThat) {
  AdapterConfig config = TestConfig();
  ListenOf(config).batch_answer = true;
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  const std::string two = Numbered("siu_s26_missed", "ONE") + Numbered("siu_s15_cancelled", "TWO");
  peer.QueueFrame("BHS|^~\\&|COSMIC|BVC|SAM|HUB|2026||||B7\r" + two + "BTS|2\r");
  peer.QueueFrame(two);  // no batch by its headers: each by itself
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 3; })) << peer.acks.size();
  EXPECT_THAT(peer.acks[0], HasSubstr("BHS|^~\\&|SAM|HUB|COSMIC|BVC|"));
  EXPECT_THAT(peer.acks[0], HasSubstr("|B7\rMSH|"));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AA|ONE\r"));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|AA|TWO\rBTS|2\r"));
  EXPECT_THAT(peer.acks[1], HasSubstr("MSA|AA|ONE"));
  EXPECT_THAT(peer.acks[2], HasSubstr("MSA|AA|TWO"));
}

TEST(MllpServer, AnotherProtocolIsClosed) {
  for (const std::string& hello :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01", 6),
        std::string("SSH-2.0-OpenSSH\r\n")}) {
    ServerRig rig;
    Peer peer(rig.server->port());
    peer.Queue(hello);
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
    EXPECT_TRUE(peer.bytes.empty());
  }
}

TEST(MllpServer, ASenderThatDoesNotFetchItsAnswersIsNotReadAndHoldsNobodyUp) {
  AdapterConfig config = TestConfig();
  ServerRig rig(std::move(config));
  Peer deaf(rig.server->port());
  deaf.deaf = true;
  for (int i = 0; i < 20'000; ++i)
    deaf.QueueFrame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|D" + std::to_string(i) + "|T|2.5\r");
  Peer other(rig.server->port());
  other.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&deaf, &other}, [&] { return other.acks.size() == 1; }));
}

// Whole frames at a time, so that none is half received: another timer would close it for that.
TEST(MllpServer, ASenderThatNeverFetchesItsAnswersDoesNotHoldItsPlaceForEver) {
  AdapterConfig config = TestConfig();
  ListenOf(config).frame_timeout_ms = 100;
  ListenOf(config).max_unacked = 1000;
  ServerRig rig(std::move(config));
  Peer deaf(rig.server->port());
  deaf.deaf = true;
  ASSERT_TRUE(rig.Until({&deaf}, [&] { return rig.server->connections() == 1; }));
  int sent = 0;
  EXPECT_TRUE(rig.Until({&deaf}, [&] {
    for (int left = deaf.sent() ? 50 : 0; left > 0; --left)
      deaf.QueueFrame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|D" + std::to_string(sent++) + "|T|2.5\r");
    return rig.server->connections() == 0;
  })) << sent;
}

TEST(MllpServer, IdlePeersNeverKeepNewOnesOut) {
  AdapterConfig config = TestConfig();
  ListenOf(config).max_connections = 4;
  ServerRig rig(std::move(config));
  std::vector<std::unique_ptr<Peer>> idle;
  std::vector<Peer*> all;
  for (int i = 0; i < 4; ++i) {
    idle.push_back(std::make_unique<Peer>(rig.server->port()));
    all.push_back(idle.back().get());
  }
  ASSERT_TRUE(rig.Until(all, [&] { return rig.server->connections() == 4; }));
  Peer fresh(rig.server->port());
  all.push_back(&fresh);
  fresh.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until(all, [&] { return fresh.acks.size() == 1; }));
  EXPECT_EQ(rig.server->connections(), 4U);
}

TEST(MllpServer, APeerThatIsNotAllowedIsClosed) {
  AdapterConfig config = TestConfig();
  ListenOf(config).allow = {"10.0.0.0/8"};
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
}

TEST(MllpServer, AMistakenNetworkIsRefusedAtStart) {
  AdapterConfig config = TestConfig();
  ListenOf(config).allow = {"10.0.0.0/33"};
  Rig rig(std::move(config));
  const SystemClock clock;
  const auto server =
      MllpServer::Open(ListenOf(rig.config), {rig.config, *rig.pipeline, *rig.decoder, *rig.store, clock});
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, Code::kInvalid);
}

TEST(MllpServer, AFrameThatNeverEndsIsClosedAfterItsTime) {
  AdapterConfig config = TestConfig();
  ListenOf(config).frame_timeout_ms = 0;
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  peer.Queue("\x0bMSH|");
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.closed(); }));
}

TEST(MllpServer, APoisonMessageIsPutAsideAndAnswered) {
  ServerRig rig;
  const std::string path = testing::TempDir() + "mllp_guard";
  std::remove(path.c_str());
  const std::string bytes = Fixture("siu_s26_missed");
  const Digest digest = rig.store->rows().ContentDigest(bytes);
  CrashGuard::Open(path, 1)->Enter(*Mac16::From(digest.view().substr(0, Mac16::kSize)));
  Result<CrashGuard> guard = CrashGuard::Open(path, 1);
  ASSERT_TRUE(guard.ok());
  rig.server =
      std::move(MllpServer::Open(ListenOf(rig.config), rig.Parts(rig.real, &*guard)))
          .value();
  Peer peer(rig.server->port());
  peer.QueueFrame(bytes);
  peer.QueueFrame(Fixture("siu_s15_cancelled"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].reason, "poison");
  EXPECT_EQ(rig.Outbox().size(), 1U);
  rig.server.reset();  // before the guard
}

}  // namespace
}  // namespace sam::mllp::test
