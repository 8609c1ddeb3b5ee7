// The local door: who may knock, and that nobody waits for ever.
#include "broker/wire/local_door.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmq.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

#include "broker/base/login.h"

namespace sam::wire {
namespace {

class LocalDoorTest : public testing::Test {
 protected:
  LocalDoorTest() {
    char name[] = "/tmp/sam-door-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/run/admin";
  }
  ~LocalDoorTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
  std::string path_;
  ZmqContext context_;
};

TEST_F(LocalDoorTest, QuestionIsAnsweredAndOnlyTheOwnerMayKnock) {
  auto door = LocalDoor::Open(context_, path_);
  ASSERT_TRUE(door.ok()) << door.error().message;
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder_ + "/run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  std::jthread stage([&] {
    for (int answered = 0; answered < 2;) {
      zmq_pollitem_t item{(*door)->pollable().socket, 0, ZMQ_POLLIN, 0};
      zmq_poll(&item, 1, 100);
      if (auto request = (*door)->Receive()) {
        EXPECT_FALSE((*door)->Receive());  // not before the answer
        EXPECT_EQ((*door)->caller(), LoginName(ThisProcess()));
        EXPECT_TRUE((*door)->Reply("echo " + *request).ok());
        ++answered;
      }
    }
  });
  EXPECT_EQ(*AskLocalDoor(path_, "status", 5000), "echo status");
  EXPECT_EQ(*AskLocalDoor(path_, "again", 5000), "echo again");
}

// Linux keeps a user per thread, and the thread of the caller's socket has that of who made it.
TEST_F(LocalDoorTest, TheCallerIsWhoKnocksAndNotWhoListens) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  constexpr uid_t kSomebodyElse = 65'534;
  auto door = LocalDoor::Open(context_, path_);
  ASSERT_TRUE(door.ok()) << door.error().message;
  for (const std::string& open : {folder_, folder_ + "/run", path_})
    ASSERT_EQ(chmod(open.c_str(), 0777), 0);
  Result<std::string> answer = Internal("not asked");
  std::jthread asking([&] {
    if (syscall(SYS_setresuid, kSomebodyElse, kSomebodyElse, kSomebodyElse) != 0) return;
    answer = AskLocalDoor(path_, "who am I", 20'000);
  });
  std::optional<std::string> request;
  for (int i = 0; i < 200 && !request; ++i) {
    zmq_pollitem_t item{(*door)->pollable().socket, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, 100);
    request = (*door)->Receive();
  }
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ((*door)->caller(), LoginName({kSomebodyElse, getpid()}));
  EXPECT_TRUE((*door)->Reply("done").ok());
  asking.join();
  EXPECT_TRUE(answer.ok());
}

// A configuration that is named by a relative path gives one; both ends find the same socket.
TEST_F(LocalDoorTest, PathMayBeRelativeToWhereTheProgramRuns) {
  const std::string relative = std::filesystem::relative(path_).string();
  ASSERT_NE(relative.front(), '/');
  auto door = LocalDoor::Open(context_, relative);
  ASSERT_TRUE(door.ok()) << door.error().message;
  EXPECT_EQ((*door)->path(), path_);
  const auto answer = AskLocalDoor(relative, "x", 100);
  EXPECT_NE(answer.error().message.find(path_), std::string::npos) << answer.error().message;
  EXPECT_TRUE((*door)->Receive());  // it came, and waits for its answer
}

TEST_F(LocalDoorTest, NobodyThereIsSaidAtOnce) {
  const auto answer = AskLocalDoor(path_, "x", 200);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_NE(answer.error().message.find(path_), std::string::npos);
}

TEST_F(LocalDoorTest, ProgramThatDoesNotAnswerEndsInATimeOut) {
  auto door = LocalDoor::Open(context_, path_);
  ASSERT_TRUE(door.ok());
  EXPECT_EQ(AskLocalDoor(path_, "x", 100).error().code, Code::kUnavailable);
  // The question that nobody waits for any more does not block the next one.
  ASSERT_TRUE((*door)->Receive());
  EXPECT_TRUE((*door)->Reply("late").ok());
  EXPECT_EQ((*door)->Reply("twice").error().code, Code::kInternal);
}

TEST_F(LocalDoorTest, FolderOpenToOthersIsRefused) {
  std::filesystem::create_directories(folder_ + "/run");
  ASSERT_EQ(chmod((folder_ + "/run").c_str(), 0755), 0);
  const auto door = LocalDoor::Open(context_, path_);
  EXPECT_EQ(door.error().code, Code::kDenied);
  EXPECT_NE(door.error().message.find("chmod 700"), std::string::npos);
}

TEST_F(LocalDoorTest, SecondProgramAtTheSameDoorIsAConflictAndACrashedOneIsNot) {
  auto first = LocalDoor::Open(context_, path_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(LocalDoor::Open(context_, path_).error().code, Code::kConflict);
  // A file left by a crash: nobody listens behind it.
  first->reset();
  std::filesystem::remove(path_);
  FILE* left = std::fopen(path_.c_str(), "w");
  std::fclose(left);
  EXPECT_TRUE(LocalDoor::Open(context_, path_).ok());
}

TEST_F(LocalDoorTest, PathsThatNoSocketCanHaveAreRefused) {
  EXPECT_EQ(LocalDoor::Open(context_, "/tmp/" + std::string(120, 'x')).error().code,
            Code::kInvalid);
  EXPECT_EQ(LocalDoor::Open(context_, "").error().code, Code::kInvalid);
  EXPECT_EQ(AskLocalDoor(std::string(120, 'x'), "x", 10).error().code, Code::kInvalid);
  EXPECT_EQ(AskLocalDoor(path_, std::string(kMaxDoorBytes + 1, 'x'), 10).error().code,
            Code::kInvalid);
}

}  // namespace
}  // namespace sam::wire
