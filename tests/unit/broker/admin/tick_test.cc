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
#include "broker/admin/ask.h"
#include "broker/base/log.h"
#include "broker/base/login.h"
#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"
#include "tests/support/fault_store.h"
#include "tests/support/temp_dir.h"

namespace sam::admin {
namespace {

struct Answer {
  bool ok = false;
  std::string code;
  std::string message;
};

class FromTheDoor : public testing::Test {
 protected:
  using Fill = std::function<void(schema::AdminRequest::Builder)>;

  // What the operator reads, and what the journal was handed meanwhile.
  Answer Ask(bool test_environment, const Fill& fill) {
    return AskAll(test_environment, {fill}).at(0);
  }
  // One after the other, of the same hub.
  std::vector<Answer> AskAll(bool test_environment, const std::vector<Fill>& fills) {
    log::Init("admin_test", log::Level::kError);
    const std::string path = dir_ / "run/admin";
    auto door = wire::LocalDoor::Open(context_, path);
    EXPECT_TRUE(door.ok());
    stage::Doorbell bell;
    AdminHooks hooks;
    hooks.test_environment = test_environment;
    hooks.dispatched = [] { return Offset(100); };
    hooks.store = &store_;
    hooks.role_of = [this](const std::string& name) {
      const auto found = roles_.find(name);
      return found == roles_.end() ? std::string() : found->second;
    };
    AdminStage stage(**door, port_, bell, std::move(hooks));
    std::atomic<bool> answered{false};
    std::vector<std::string> replies;
    std::jthread asking([&] {
      for (const Fill& fill : fills) {
        capnp::MallocMessageBuilder message;
        fill(message.initRoot<schema::AdminRequest>());
        auto got = wire::AskLocalDoor(path, wire::Flatten(message), 20'000);
        replies.push_back(got.ok() ? *got : "");
      }
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
    std::vector<Answer> answers;
    for (const std::string& reply : replies) {
      auto parsed = wire::Parse<schema::AdminReply>(reply);
      answers.push_back(parsed.ok() ? Answer{parsed->get().getOk(), parsed->get().getCode().cStr(),
                                             parsed->get().getMessage().cStr()}
                                    : Answer{});
    }
    return answers;
  }

  ::sam::test::FaultStore store_;
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

// The advice named a table that peers.toml refuses.
TEST_F(AuditFromTheDoor, WhoIsNoOperatorIsToldAnEntryThatPeersTomlTakes) {
  const std::string message = Ask(false, "privacy-officer").message;
  EXPECT_NE(message.find("[[peer]]"), std::string::npos) << message;
  EXPECT_NE(message.find("role = \"operator\""), std::string::npos) << message;
  EXPECT_EQ(message.find("[[operator]]"), std::string::npos) << message;
}

// Nor does showing one record after the other tell whom the hub knows.
TEST_F(FromTheDoor, PayloadsShownAreLimitedInTheSameWay) {
  roles_[self_] = "privacy-officer";
  const Fill look = [](schema::AdminRequest::Builder request) {
    request.initAudit().setAction(kRevealAction);
    request.getAudit().setReason("tillsyn");
  };
  const std::vector<Answer> answers =
      AskAll(false, std::vector<Fill>(static_cast<size_t>(kSubjectReportsAtOnce) + 1, look));
  for (size_t i = 0; i + 1 < answers.size(); ++i) EXPECT_TRUE(answers[i].ok) << i;
  EXPECT_EQ(answers.back().code, CodeName(Code::kExhausted));
  EXPECT_EQ(taken_.size(), static_cast<size_t>(kSubjectReportsAtOnce)) << "none but those shown are audited";
}

// Trying one number after the other to learn whom the hub knows comes to an end; other looks do not.
TEST_F(FromTheDoor, ReportsToPersonsConcernedAreLimitedAndEachIsAudited) {
  roles_[self_] = "privacy-officer";
  const auto look = [](const char* action, const char* reason) {
    return [=](schema::AdminRequest::Builder request) {
      request.initAudit().setAction(action);
      request.getAudit().setReason(reason);
    };
  };
  std::vector<Fill> asked(static_cast<size_t>(kSubjectReportsAtOnce), look(kSubjectReportAction, "tillsyn"));
  asked.push_back(look(kSubjectReportAction, "tillsyn"));
  asked.push_back(look("reveal-payload", "tillsyn"));
  asked.push_back(look(kSubjectReportAction, ""));
  const std::vector<Answer> answers = AskAll(false, asked);
  for (size_t i = 0; i + 3 < answers.size(); ++i) EXPECT_TRUE(answers[i].ok) << i;
  EXPECT_EQ(answers[answers.size() - 3].code, CodeName(Code::kExhausted));
  EXPECT_TRUE(answers[answers.size() - 2].ok);
  EXPECT_EQ(answers.back().code, CodeName(Code::kInvalid)) << "no reason";
  EXPECT_EQ(taken_.size(), static_cast<size_t>(kSubjectReportsAtOnce) + 1);
}

// Dispatch cuts at its limit with a line in the log; who asked read that all was done.
TEST_F(FromTheDoor, AReplayThatWouldBeCutIsRefusedAndNothingIsWritten) {
  roles_[self_] = "operator";
  Batch batch;
  for (uint64_t number = 1; number <= dispatch::kReplayMax; ++number) {
    mailbox::Row row;
    row.decision = 10 + number;
    batch.Put(spaces::kMailbox, mailbox::RowKey("reception", Lane::kNormal, Sequence(number)),
              mailbox::EncodeRow(row).bytes);
  }
  ASSERT_TRUE(store_.Apply(batch, Durability::kNow).ok());
  const auto replay = [](uint64_t to) {
    return [=](schema::AdminRequest::Builder request) {
      auto asked = request.initReplay();
      asked.setReason("ny dator");
      asked.getReplay().setSubscription("reception");
      asked.getReplay().setToOffset(to);
    };
  };
  const std::vector<Answer> answers = AskAll(false, {replay(UINT64_MAX), replay(500)});
  EXPECT_EQ(answers[0].code, CodeName(Code::kInvalid));
  EXPECT_NE(answers[0].message.find("10000 numbers"), std::string::npos) << answers[0].message;
  EXPECT_TRUE(answers[1].ok);
  EXPECT_EQ(taken_, std::vector<journal::Kind>{journal::Kind::COMMAND});
}

}  // namespace
}  // namespace sam::admin
