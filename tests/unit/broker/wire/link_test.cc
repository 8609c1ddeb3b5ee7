// The links over real sockets with real keys.
#include "broker/wire/zmq_link.h"

#include "wire_fixture.h"

namespace sam::wire {
namespace {

class LinkTest : public WireFixture {
 protected:
  void SetUp() override { StartZap({{bvc_.public_key(), "bvc", {}, {}}}); }

  // A peer with a good key and bad manners.
  void* Raw(const std::string& endpoint, const std::string& routing_id = {}) {
    void* socket = zmq_socket(context_.raw(), ZMQ_DEALER);
    const int zero = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_keys_.public_key().data(), 40);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, bvc_.public_key().data(), 40);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, bvc_.secret_key().data(), 40);
    if (!routing_id.empty())
      zmq_setsockopt(socket, ZMQ_ROUTING_ID, routing_id.data(), routing_id.size());
    zmq_connect(socket, endpoint.c_str());
    return socket;
  }
};

TEST_F(LinkTest, FramesGoBothWaysAtTheirFullSize) {
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_);
  const std::string big(kMaxFrameBytes, 'b');
  EXPECT_TRUE(Eventually([&] { return client->Send(big).ok(); }));
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.bytes, big);
  ASSERT_TRUE(server->Send(in.peer, big).ok());
  std::optional<std::string> answer;
  EXPECT_TRUE(Eventually([&] { return (answer = client->Receive()).has_value(); }));
  EXPECT_EQ(*answer, big);
}

TEST_F(LinkTest, TooLargeIsRefusedBySenderAndCutByReceiver) {
  auto server = Serve(4096);
  auto client = Call(server->endpoints()[0], bvc_);
  EXPECT_TRUE(Eventually([&] { return client->connected(); }));
  EXPECT_EQ(client->Send(std::string(kMaxFrameBytes + 1, 'x')).error().code, Code::kInvalid);
  ASSERT_TRUE(client->Send(std::string(5000, 'x')).ok());
  // The connection dies, nothing arrives, and the client is back by itself.
  EXPECT_TRUE(Eventually([&] { return client->generation() >= 2; }));
  EXPECT_FALSE(server->Receive());
  EXPECT_TRUE(Eventually([&] { return client->Send("small").ok(); }));
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.bytes, "small");
  EXPECT_EQ(server->Send(in.peer, std::string(5000, 'x')).error().code, Code::kInvalid);
}

TEST_F(LinkTest, MessagesOfManyPartsAreThrownAwayAndCounted) {
  auto server = Serve();
  void* rude = Raw(server->endpoints()[0]);
  zmq_send(rude, "a", 1, ZMQ_SNDMORE);
  zmq_send(rude, "b", 1, ZMQ_SNDMORE);
  zmq_send(rude, "c", 1, 0);
  zmq_send(rude, "good", 4, 0);
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.bytes, "good");
  EXPECT_EQ(server->dropped(), 1u);
  zmq_close(rude);
}

TEST_F(LinkTest, NameComesFromTheKeyWhateverThePeerClaims) {
  auto server = Serve();
  void* forger = Raw(server->endpoints()[0], "operator");
  zmq_send(forger, "hi", 2, 0);
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  EXPECT_EQ(in.peer.user, "bvc");
  zmq_close(forger);
}

TEST_F(LinkTest, TakenRoutingIdDoesNotTakeOverTheConversation) {
  auto server = Serve();
  void* first = Raw(server->endpoints()[0], "A");
  zmq_send(first, "1", 1, 0);
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  void* second = Raw(server->endpoints()[0], "A");
  zmq_send(second, "2", 1, 0);
  EXPECT_TRUE(Eventually([&] { return zap_->admitted() >= 2; }));
  ASSERT_TRUE(server->Send(in.peer, "for the first").ok());
  char buffer[32];
  int n = -1;
  EXPECT_TRUE(Eventually([&] {
    return (n = zmq_recv(first, buffer, sizeof buffer, ZMQ_DONTWAIT)) >= 0;
  }));
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(n)), "for the first");
  EXPECT_LT(zmq_recv(second, buffer, sizeof buffer, ZMQ_DONTWAIT), 0);
  zmq_close(first);
  zmq_close(second);
}

TEST_F(LinkTest, SendingToAGonePeerIsUnavailable) {
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_);
  EXPECT_TRUE(Eventually([&] { return client->Send("x").ok(); }));
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  client.reset();
  Status sent = Ok();
  EXPECT_TRUE(Eventually([&] { return !(sent = server->Send(in.peer, "y")).ok(); }));
  EXPECT_EQ(sent.error().code, Code::kUnavailable);
}

TEST_F(LinkTest, StalledPeerFillsUpAndIsSaidToBeFull) {
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_);
  EXPECT_TRUE(Eventually([&] { return client->Send("x").ok(); }));
  Incoming in;
  ASSERT_TRUE(Hear(*server, in));
  const std::string frame(20'000, 'f');
  Status sent = Ok();
  for (int i = 0; i < 20'000 && sent.ok(); ++i) sent = server->Send(in.peer, frame);
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().code, Code::kExhausted);
  // What was taken arrives, and the line works again.
  EXPECT_TRUE(Eventually([&] { return client->Receive().has_value(); }));
}

TEST_F(LinkTest, NothingIsQueuedBeforeThereIsAHub) {
  std::string endpoint;
  {
    auto server = Serve();
    endpoint = server->endpoints()[0];
  }
  auto client = Call(endpoint, bvc_);
  EXPECT_EQ(client->Send("x").error().code, Code::kUnavailable);
  EXPECT_EQ(client->generation(), 0u);
}

TEST_F(LinkTest, WrongServerKeyIsToldInPlainWords) {
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_, CurveKeys::Generate().public_key());
  EXPECT_TRUE(Eventually([&] { return !client->Receive() && !client->last_failure().empty(); }));
  EXPECT_NE(client->last_failure().find("server key"), std::string::npos);
  EXPECT_EQ(client->generation(), 0u);
}

TEST_F(LinkTest, TwoListenersWithTwoKeysServeAtOnce) {
  const CurveKeys next = CurveKeys::Generate();
  ServerOptions options;
  options.listeners.push_back({"tcp://127.0.0.1:*", server_keys_.Clone()});
  options.listeners.push_back({"tcp://127.0.0.1:*", next.Clone()});
  auto server = ZmqServerLink::Open(context_, std::move(options));
  ASSERT_TRUE(server.ok());
  auto old_client = Call((*server)->endpoints()[0], bvc_);
  auto new_client = Call((*server)->endpoints()[1], bvc_, next.public_key());
  EXPECT_TRUE(Eventually([&] { return old_client->connected() && new_client->connected(); }));
}

TEST_F(LinkTest, AddressesThatCanNotServeAreErrors) {
  auto server = Serve();
  const auto open = [&](const std::string& endpoint) {
    ServerOptions options;
    options.listeners.push_back({endpoint, server_keys_.Clone()});
    return ZmqServerLink::Open(context_, std::move(options));
  };
  EXPECT_EQ(open(server->endpoints()[0]).error().code, Code::kUnavailable);
  EXPECT_EQ(open("ws://127.0.0.1:1").error().code, Code::kInvalid);
  EXPECT_EQ(open("tcp://nowhere").error().code, Code::kInvalid);
  ClientOptions options;
  options.endpoint = "tcp://127.0.0.1:1";
  options.server_key = "short";
  options.keys = bvc_.Clone();
  EXPECT_EQ(ZmqClientLink::Open(context_, std::move(options), clock_, Random(1)).error().code,
            Code::kInvalid);
}

TEST_F(LinkTest, UnbindThrowsEverybodyOutAndListensNoMore) {
  auto server = Serve();
  auto client = Call(server->endpoints()[0], bvc_);
  EXPECT_TRUE(Eventually([&] { return client->connected(); }));
  server->Unbind();
  EXPECT_TRUE(Eventually([&] { return !server->Receive() && !client->connected(); }));
}

}  // namespace
}  // namespace sam::wire
