// What the installed libzmq does by itself. These facts shaped the links; when a new version
// differs, these tests tell.
#include <gtest/gtest.h>
#include <zmq.h>

#include <string>

#include "wire_fixture.h"

namespace sam::wire {
namespace {

class LibraryTest : public WireFixture {
 protected:
  // A CURVE server as a careless program would build it.
  void* Careless(bool enforce) {
    void* socket = zmq_socket(context_.raw(), ZMQ_ROUTER);
    const int one = 1;
    const int zero = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, server_keys_.secret_key().data(), 40);
    zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "samsignal", 9);
    if (enforce) {
      EXPECT_EQ(zmq_setsockopt(socket, 93, &one, sizeof one), 0);
    }
    EXPECT_EQ(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    char endpoint[128];
    size_t size = sizeof endpoint;
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size);
    endpoint_ = endpoint;
    return socket;
  }
  std::string endpoint_;
};

TEST_F(LibraryTest, WithoutZapHandlerAStrangerGetsInUnlessTheDomainIsEnforced) {
  {
    void* open = Careless(false);
    auto client = Call(endpoint_, stranger_);
    EXPECT_TRUE(Eventually([&] { return client->Send("hello").ok(); }));
    EXPECT_TRUE(Eventually([&] {
      char buffer[16];
      return zmq_recv(open, buffer, sizeof buffer, ZMQ_DONTWAIT) >= 0;
    })) << "libzmq has become fail-closed";
    client.reset();
    zmq_close(open);
  }
  void* closed = Careless(true);
  auto client = Call(endpoint_, stranger_);
  EXPECT_TRUE(Eventually([&] { return !client->last_failure().empty() || client->connected(); }));
  EXPECT_FALSE(client->connected());
  EXPECT_EQ(client->generation(), 0u);
  client.reset();
  zmq_close(closed);
}

TEST_F(LibraryTest, CurveIsBuiltIn) { EXPECT_EQ(zmq_has("curve"), 1); }

}  // namespace
}  // namespace sam::wire
