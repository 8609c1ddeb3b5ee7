// Keys, links and waiting for the tests over real sockets: loopback, wildcard ports.
#pragma once

#include <gtest/gtest.h>
#include <zmq.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/wire/zap.h"
#include "broker/wire/zmq_link.h"

namespace sam::wire {

// Looks again and again, since sockets take their time; false when nothing came in ten seconds.
inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    zmq_poll(nullptr, 0, 5);
  }
  return false;
}

class WireFixture : public testing::Test {
 protected:
  static ZapTable Table(std::vector<AllowedKey> keys) {
    auto table = ZapTable::Make(std::move(keys));
    SAM_CHECK(table.ok());
    return std::move(*table);
  }
  void StartZap(std::vector<AllowedKey> keys) {
    auto zap = ZapHandler::Start(context_, clock_, Table(std::move(keys)));
    ASSERT_TRUE(zap.ok());
    zap_ = std::move(*zap);
  }
  std::unique_ptr<ZmqServerLink> Serve(int64_t max_bytes = kMaxFrameBytes) {
    ServerOptions options;
    options.listeners.push_back({"tcp://127.0.0.1:*", server_keys_.Clone()});
    options.max_message_bytes = max_bytes;
    auto server = ZmqServerLink::Open(context_, std::move(options));
    SAM_CHECK(server.ok());
    return std::move(*server);
  }
  std::unique_ptr<ZmqClientLink> Call(const std::string& endpoint, const CurveKeys& keys) {
    return Call(endpoint, keys, server_keys_.public_key());
  }
  std::unique_ptr<ZmqClientLink> Call(const std::string& endpoint, const CurveKeys& keys,
                                      const std::string& server_key) {
    ClientOptions options;
    options.endpoint = endpoint;
    options.server_key = server_key;
    options.keys = keys.Clone();
    options.retry_us_min = 50'000;
    auto client = ZmqClientLink::Open(context_, std::move(options), clock_, Random(1));
    SAM_CHECK(client.ok());
    return std::move(*client);
  }
  static bool Hear(ZmqServerLink& server, Incoming& out) {
    return Eventually([&] {
      auto in = server.Receive();
      if (!in) return false;
      out = std::move(*in);
      return true;
    });
  }

  SystemClock clock_;
  ZmqContext context_;
  CurveKeys server_keys_ = CurveKeys::Generate();
  CurveKeys bvc_ = CurveKeys::Generate();
  CurveKeys stranger_ = CurveKeys::Generate();
  std::unique_ptr<ZapHandler> zap_;
};

}  // namespace sam::wire
