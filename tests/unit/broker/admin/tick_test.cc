// Who may set the hub's clock from the local door, and whom an audit row names.
#include <capnp/message.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "broker/admin/admin_stage.h"
#include "broker/base/log.h"
#include "broker/base/login.h"
#include "broker/wire/codec.h"
#include "tests/support/temp_dir.h"

namespace sam::admin {
namespace {

struct Answer {
  bool ok = false;
  std::string code;
};

class FromTheDoor : public testing::Test {
 protected:
  using Fill = std::function<void(schema::AdminRequest::Builder)>;

  // What the operator reads, and what the journal was handed meanwhile.
  Answer Ask(bool test_environment, const Fill& fill) {
    log::Init("admin_test", log::Level::kError);
    const std::string path = dir_ / "run/admin";
    auto door = wire::LocalDoor::Open(context_, path);
    EXPECT_TRUE(door.ok());
    stage::Doorbell bell;
    AdminHooks hooks;
    hooks.test_environment = test_environment;
    hooks.dispatched = [] { return Offset(100); };
    hooks.role_of = [this](const std::string& name) {
      const auto found = roles_.find(name);
      return found == roles_.end() ? std::string() : found->second;
    };
    AdminStage stage(**door, port_, bell, std::move(hooks));
    std::atomic<bool> answered{false};
    std::string reply;
    std::jthread asking([&] {
      capnp::MallocMessageBuilder message;
      fill(message.initRoot<schema::AdminRequest>());
      auto got = wire::AskLocalDoor(path, wire::Flatten(message), 20'000);
      if (got.ok()) reply = *got;
      answered = true;
    });
    while (!answered) {
      EXPECT_TRUE(stage.Work().ok());
      while (auto submission = port_.down.TryPop()) {
        taken_.push_back(submission->drafts.at(0).kind);
        payload_ = submission->drafts.at(0).payload;
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
  const std::string self_ = LoginName(ThisProcess());
  std::map<std::string, std::string> roles_{{"anna", "privacy-officer"}};
  std::vector<journal::Kind> taken_;
  std::string payload_;  // of the last one
};

class TickFromTheDoor : public FromTheDoor {
 protected:
  Answer Ask(bool test_environment) {
    return FromTheDoor::Ask(test_environment, [](schema::AdminRequest::Builder request) {
      request.setTick(1'772'000'000'000);
    });
  }
};

class AuditFromTheDoor : public FromTheDoor {
 protected:
  // Asks under the name of the privacy officer with a row that says it was somebody else, in another
  // role. The kernel knows better than both.
  Answer Ask(bool test_environment, const char* role) {
    return FromTheDoor::Ask(test_environment, [=](schema::AdminRequest::Builder request) {
      request.setOperator("anna");
      request.setRole(role);
      auto row = request.initAudit();
      row.setAction("reveal");
      row.setOperator("somebody else");
      row.setRole("viewer");
      row.setReason("tillsyn");
      row.initOffsets(1).set(0, 17);
    });
  }
  // "operator role reason offset", of the row that was handed to the journal.
  std::string Row() const {
    auto parsed = wire::Parse<schema::AuditRow>(payload_);
    if (!parsed.ok()) return "";
    const auto row = parsed->get();
    return std::string(row.getOperator().cStr()) + " " + row.getRole().cStr() + " " +
           row.getReason().cStr() + " " + std::to_string(row.getOffsets()[0]);
  }
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

TEST_F(AuditFromTheDoor, NamesWhoAskedAndTheRoleThatTheDirectoryGives) {
  roles_[self_] = "privacy-officer";
  EXPECT_TRUE(Ask(false, "operator").ok);
  EXPECT_EQ(taken_, std::vector<journal::Kind>{journal::Kind::AUDIT});
  EXPECT_EQ(Row(), self_ + " privacy-officer tillsyn 17");
}

TEST_F(AuditFromTheDoor, ARoleThatTheDirectoryDoesNotGiveIsNotBelieved) {
  EXPECT_EQ(Ask(false, "privacy-officer").code, CodeName(Code::kDenied));
  roles_[self_] = "operator";
  EXPECT_EQ(Ask(false, "privacy-officer").code, CodeName(Code::kDenied));
  EXPECT_TRUE(taken_.empty());
}

TEST_F(AuditFromTheDoor, ATestHubNotesTheRoleThatWasSaid) {
  EXPECT_TRUE(Ask(true, "privacy-officer").ok);
  EXPECT_EQ(Row(), self_ + " privacy-officer tillsyn 17");
}

}  // namespace
}  // namespace sam::admin
