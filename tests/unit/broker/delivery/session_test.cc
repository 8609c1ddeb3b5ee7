// The conversation's states and the room a subscriber gives.
#include "broker/delivery/session.h"

#include <gtest/gtest.h>

namespace sam::delivery {
namespace {

class NoLink final : public wire::ServerLink {
 public:
  std::optional<wire::Incoming> Receive() override { return std::nullopt; }
  Status Send(const wire::PeerId&, std::string_view) override { return Unavailable("none"); }
  wire::Pollable pollable() const override { return {}; }
  Status DropAll() override { return Ok(); }
};

Session Made(NoLink& link) {
  return Session({"peer", "route"}, std::make_unique<WireChannel>(link, wire::PeerId{}), 0);
}

Session Flowing(NoLink& link, uint32_t messages, uint64_t bytes) {
  Session session = Made(link);
  EXPECT_TRUE(session.Take(SessionEvent::kHello));
  EXPECT_TRUE(session.Take(SessionEvent::kSubscribe));
  EXPECT_TRUE(session.Take(SessionEvent::kCredit));
  session.SetWindow(messages, bytes);
  return session;
}

TEST(Session, NothingBeforeHelloAndNoCreditBeforeSubscribe) {
  NoLink link;
  Session session = Made(link);
  for (SessionEvent event : {SessionEvent::kSubscribe, SessionEvent::kCredit, SessionEvent::kAck,
                             SessionEvent::kHeartbeat})
    EXPECT_FALSE(session.Take(event));
  EXPECT_TRUE(session.Take(SessionEvent::kHello));
  EXPECT_FALSE(session.Take(SessionEvent::kCredit));
  EXPECT_FALSE(session.Take(SessionEvent::kAck));
  EXPECT_EQ(session.state(), SessionState::kGreeted);
}

TEST(Session, HelloAlwaysBeginsAnew) {
  NoLink link;
  Session session = Flowing(link, 4, 1000);
  EXPECT_TRUE(session.Take(SessionEvent::kHello));
  EXPECT_EQ(session.state(), SessionState::kGreeted);
  EXPECT_FALSE(session.HasRoom(true, 0, 0, 1));
}

TEST(Session, AFourthOfTheWindowIsKeptForTheAcuteLane) {
  NoLink link;
  Session session = Flowing(link, 8, 1000);
  EXPECT_TRUE(session.HasRoom(false, 5, 0, 1));
  EXPECT_FALSE(session.HasRoom(false, 6, 0, 1));
  EXPECT_TRUE(session.HasRoom(true, 7, 0, 1));
  EXPECT_FALSE(session.HasRoom(true, 8, 0, 1));
  EXPECT_FALSE(session.HasRoom(false, 1, 700, 100));
  EXPECT_TRUE(session.HasRoom(true, 1, 700, 100));
}

TEST(Session, OneSignalAlwaysFitsAnEmptyWindow) {
  NoLink link;
  Session one = Flowing(link, 1, 10);
  EXPECT_TRUE(one.HasRoom(false, 0, 0, 50'000));
  EXPECT_FALSE(one.HasRoom(false, 1, 50'000, 1));
  Session none = Flowing(link, 0, 10);
  EXPECT_FALSE(none.HasRoom(true, 0, 0, 1));
}

}  // namespace
}  // namespace sam::delivery
