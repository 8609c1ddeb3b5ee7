// Who may set the hub's clock from the local door.
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "broker/admin/admin_stage.h"
#include "broker/base/log.h"
#include "broker/wire/codec.h"
#include "tests/support/temp_dir.h"

namespace sam::admin {
namespace {

struct Answer {
  bool ok = false;
  std::string code;
};

class TickFromTheDoor : public testing::Test {
 protected:
  // What the operator reads, and what the journal was handed meanwhile.
  Answer Ask(bool test_environment) {
    log::Init("admin_test", log::Level::kError);
    const std::string path = dir_ / "run/admin";
    auto door = wire::LocalDoor::Open(context_, path);
    EXPECT_TRUE(door.ok());
    stage::Doorbell bell;
    AdminHooks hooks;
    hooks.test_environment = test_environment;
    hooks.dispatched = [] { return Offset(100); };
    hooks.role_of = [](const std::string&) { return std::string("operator"); };
    AdminStage stage(**door, port_, bell, std::move(hooks));
    std::atomic<bool> answered{false};
    std::string reply;
    std::jthread asking([&] {
      capnp::MallocMessageBuilder message;
      message.initRoot<schema::AdminRequest>().setTick(1'772'000'000'000);
      auto got = wire::AskLocalDoor(path, wire::Flatten(message), 20'000);
      if (got.ok()) reply = *got;
      answered = true;
    });
    while (!answered) {
      EXPECT_TRUE(stage.Work().ok());
      while (auto submission = port_.down.TryPop()) {
        taken_.push_back(submission->drafts.at(0).kind);
        EXPECT_TRUE(port_.up.TryPush({submission->token, {{journal::Taken::kWritten, Offset(7)}}}));
      }
      std::this_thread::yield();
    }
    asking.join();
    auto parsed = wire::Parse<schema::AdminReply>(reply);
    if (!parsed.ok()) return {};
    return {parsed->get().getOk(), parsed->get().getCode().cStr()};
  }

  ::sam::test::TempDir dir_;
  wire::ZmqContext context_;
  journal::Port port_{8, nullptr, nullptr};
  std::vector<journal::Kind> taken_;
};

TEST_F(TickFromTheDoor, IsRefusedInProductionAndNothingIsWritten) {
  const Answer answer = Ask(false);
  EXPECT_FALSE(answer.ok);
  EXPECT_EQ(answer.code, CodeName(Code::kDenied));
  EXPECT_TRUE(taken_.empty());
}

TEST_F(TickFromTheDoor, IsTakenInATestEnvironment) {
  EXPECT_TRUE(Ask(true).ok);
  EXPECT_EQ(taken_, std::vector<journal::Kind>{journal::Kind::TICK});
}

}  // namespace
}  // namespace sam::admin
