// The door keeper: who is let in, who is counted, and that the hub finds out when the door is open.
#include "broker/wire/zap.h"

#include <thread>

#include "broker/base/metrics.h"
#include "wire_fixture.h"

namespace sam::wire {
namespace {

using ZapTest = WireFixture;

TEST(ZapTable, WrongEntriesAreRefused) {
  const std::string key = CurveKeys::Generate().public_key();
  EXPECT_TRUE(ZapTable::Make({{key, "bvc-1", {}, {}}}).ok());
  EXPECT_FALSE(ZapTable::Make({{"short", "bvc-1", {}, {}}}).ok());
  EXPECT_FALSE(ZapTable::Make({{key, "", {}, {}}}).ok());
  EXPECT_FALSE(ZapTable::Make({{key, "a b", {}, {}}}).ok());
  EXPECT_FALSE(ZapTable::Make({{key, std::string(ZapHandler::kSelfTestName), {}, {}}}).ok());
  EXPECT_FALSE(ZapTable::Make({{key, "a", {}, {}}, {key, "b", {}, {}}}).ok());
}

TEST(ZapTable, DatesOfAKeyAreKept) {
  const std::string key = CurveKeys::Generate().public_key();
  const auto table = ZapTable::Make({{key, "a", Millis(100), Millis(200)}});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->Ask(key, Millis(99)).verdict, ZapTable::Verdict::kNotYetValid);
  EXPECT_EQ(table->Ask(key, Millis(100)).verdict, ZapTable::Verdict::kIn);
  EXPECT_EQ(table->Ask(key, Millis(200)).verdict, ZapTable::Verdict::kIn);
  EXPECT_EQ(table->Ask(key, Millis(201)).verdict, ZapTable::Verdict::kExpired);
  EXPECT_EQ(table->Ask(CurveKeys::Generate().public_key(), Millis(150)).verdict,
            ZapTable::Verdict::kUnknownKey);
}

TEST(ZapTable, ItIsSeenWhenAKeyIsValidNoLonger) {
  const std::string one = CurveKeys::Generate().public_key();
  const std::string two = CurveKeys::Generate().public_key();
  const auto table = [](std::vector<AllowedKey> keys) { return *ZapTable::Make(std::move(keys)); };
  const ZapTable both = table({{one, "a", {}, {}}, {two, "a", Millis(100), Millis(200)}});
  EXPECT_FALSE(both.Loses(both, Millis(150), Millis(200)));
  EXPECT_TRUE(both.Loses(both, Millis(200), Millis(201))) << "its last moment has passed";
  EXPECT_FALSE(both.Loses(both, Millis(201), Millis(300))) << "which is told once";
  EXPECT_FALSE(both.Loses(both, Millis(50), Millis(60))) << "one that was never let in yet";
  const ZapTable first = table({{one, "a", {}, {}}});
  EXPECT_TRUE(both.Loses(first, Millis(150), Millis(150))) << "taken away; the name has another";
  EXPECT_FALSE(first.Loses(both, Millis(150), Millis(150))) << "one more is no loss";
  EXPECT_TRUE(first.Loses(table({{one, "b", {}, {}}}), Millis(1), Millis(1)))
      << "the same key is somebody else";
  EXPECT_TRUE(first.Loses(table({{one, "a", {}, Millis(5)}}), Millis(1), Millis(6)));
}

TEST_F(ZapTest, UnknownKeyGetsNowhereAndIsCounted) {
  StartZap({{bvc_.public_key(), "bvc", {}, {}}});
  auto server = Serve();
  auto stranger = Call(server->endpoints()[0], stranger_);
  EXPECT_TRUE(Eventually([&] { return zap_->refused() > 0 && !stranger->Send("x").ok() &&
                                      !stranger->last_failure().empty(); }));
  EXPECT_EQ(stranger->generation(), 0u);
  EXPECT_FALSE(server->Receive());
  EXPECT_NE(stranger->last_failure().find("peers.toml"), std::string::npos);
  EXPECT_NE(metrics::Expose().find("samsignal_handshake_failures_total{reason=\"unknown-key\"}"),
            std::string::npos);
}

TEST_F(ZapTest, KeyEnteredLaterGetsInWithoutRestartingTheClient) {
  StartZap({});
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_);
  EXPECT_TRUE(Eventually([&] { return !client->last_failure().empty() || client->connected(); }));
  EXPECT_EQ(client->generation(), 0u);
  ASSERT_TRUE(zap_->Replace(Table({{bvc_.public_key(), "bvc", {}, {}}})).ok());
  EXPECT_TRUE(Eventually([&] { return client->Send("in").ok(); }));
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.peer.user, "bvc");
  EXPECT_EQ(client->generation(), 1u);
  EXPECT_TRUE(client->last_failure().empty());
}

TEST_F(ZapTest, RevokedKeyIsOffTheLineAfterDropAllAndTheGoodOneComesBack) {
  const CurveKeys dental = CurveKeys::Generate();
  StartZap({{bvc_.public_key(), "bvc", {}, {}}, {dental.public_key(), "dental", {}, {}}});
  auto server = Serve();
  auto good = Call(server->endpoints()[0], bvc_);
  auto revoked = Call(server->endpoints()[0], dental);
  EXPECT_TRUE(Eventually([&] { return good->connected() && revoked->connected(); }));
  ASSERT_TRUE(zap_->Replace(Table({{bvc_.public_key(), "bvc", {}, {}}})).ok());
  EXPECT_TRUE(revoked->Send("still here").ok());  // ZAP is asked at connect only
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  ASSERT_TRUE(server->DropAll().ok());
  EXPECT_TRUE(Eventually([&] { return !server->Receive() && good->generation() >= 2; }));
  EXPECT_TRUE(good->Send("back").ok());
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.peer.user, "bvc");
  EXPECT_TRUE(Eventually([&] { return zap_->refused() > 0; }));
  EXPECT_FALSE(revoked->Send("x").ok());
}

TEST_F(ZapTest, SecondHandlerInOneProcessIsRefused) {
  StartZap({});
  const auto second = ZapHandler::Start(context_, clock_, ZapTable());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
}

TEST_F(ZapTest, SelfTestPassesWithAHandler) {
  StartZap({{bvc_.public_key(), "bvc", {}, {}}});
  const Status proof = ProveDoor(context_, ServerOptions{}, zap_->self_keys(), clock_);
  EXPECT_TRUE(proof.ok()) << proof.error().message;
  EXPECT_EQ(zap_->refused(), 0u) << "its own stranger is nobody to look for";
}

TEST_F(ZapTest, SelfTestFailsWithoutAHandler) {
  const Status proof = ProveDoor(context_, ServerOptions{}, bvc_, clock_);
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code, Code::kDenied);
}

TEST_F(ZapTest, SelfTestFailsWhenTheHandlerLetsEverybodyIn) {
  void* door = zmq_socket(context_.raw(), ZMQ_REP);
  ASSERT_EQ(zmq_bind(door, "inproc://zeromq.zap.01"), 0);
  std::atomic<bool> stop{false};
  std::jthread naive([&] {
    while (!stop) {
      zmq_pollitem_t item{door, 0, ZMQ_POLLIN, 0};
      if (zmq_poll(&item, 1, 20) <= 0) continue;
      std::string id;
      for (int i = 0, more = 1; more != 0; ++i) {
        char buffer[256];
        const int n = zmq_recv(door, buffer, sizeof buffer, 0);
        if (i == 1) id.assign(buffer, static_cast<size_t>(n));
        size_t size = sizeof more;
        zmq_getsockopt(door, ZMQ_RCVMORE, &more, &size);
      }
      for (const std::string& part : {std::string("1.0"), id, std::string("200"), std::string("OK"),
                                      std::string("anybody")})
        zmq_send(door, part.data(), part.size(), ZMQ_SNDMORE);
      zmq_send(door, "", 0, 0);
    }
  });
  const Status proof = ProveDoor(context_, ServerOptions{}, bvc_, clock_);
  EXPECT_EQ(proof.ok() ? Code::kInternal : proof.error().code, Code::kDenied);
  EXPECT_NE(proof.error().message.find("random key was let in"), std::string::npos);
  stop = true;
  naive.join();
  zmq_close(door);
}

}  // namespace
}  // namespace sam::wire
