// The thread behind the link against peers that are no SSH servers: it always comes back, and ends
// when told to. Real servers: tests/flow/sftp_pull_test.py.
#include "adapters/sftp/worker.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sam::sftp {
namespace {

using testing::HasSubstr;

// A port that somebody listens on who never says a word; the kernel takes the connection.
struct Listener {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port = 0;
  Listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd, 4), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { ::close(fd); }
};

PulledFilesConfig ConfigFor(int port) {
  PulledFilesConfig config;
  config.sftp.emplace();
  config.sftp->host = "127.0.0.1";
  config.sftp->port = port;
  config.sftp->user = "u";
  config.sftp->key_file = "/nowhere/key";
  config.sftp->known_hosts = "/nowhere/known_hosts";
  config.sftp->folder = ".";
  config.sftp->timeout_ms = 1'000;
  return config;
}

// As the connector does: comes back for the reply again and again.
Reply Await(Worker& worker) {
  for (;;) {
    if (std::optional<Reply> reply = worker.Take()) return std::move(*reply);
    ::poll(nullptr, 0, 5);
  }
}

TEST(SftpWorker, NobodyThereIsUnreachable) {
  int port = 0;
  {
    const Listener gone;
    port = gone.port;
  }
  const PulledFilesConfig config = ConfigFor(port);
  Worker worker(config);
  EXPECT_FALSE(worker.busy());
  worker.Start({});
  EXPECT_TRUE(worker.busy());
  const Reply reply = Await(worker);
  EXPECT_FALSE(worker.busy());
  ASSERT_TRUE(reply.trouble);
  EXPECT_EQ(reply.trouble->what, "unreachable");
  EXPECT_TRUE(reply.trouble->passing);
}

TEST(SftpWorker, APeerThatNeverSpeaksIsGivenUp) {
  const Listener silent;
  const PulledFilesConfig config = ConfigFor(silent.port);
  Worker worker(config);
  worker.Start({});
  const Reply reply = Await(worker);
  ASSERT_TRUE(reply.trouble);
  EXPECT_EQ(reply.trouble->what, "unreachable");
}

TEST(SftpWorker, APeerThatSpeaksSomethingElseIsUnreachableAndItsWordsAreNotRepeated) {
  for (const char* words : {"HTTP/1.1 200 OK\r\n\r\nhemligt", "SSH-2.0-x\r\nhemligthemligthemligt",
                            "SSH-1.5-hemligt\r\n", "\r\n\r\n\r\n", ""}) {
    const Listener listener;
    const PulledFilesConfig config = ConfigFor(listener.port);
    Worker worker(config);
    worker.Start({});
    const int peer = ::accept(listener.fd, nullptr, nullptr);
    ASSERT_GE(peer, 0);
    const std::string text = words;
    EXPECT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    ::shutdown(peer, SHUT_WR);
    const Reply reply = Await(worker);
    ::close(peer);
    ASSERT_TRUE(reply.trouble) << words;
    EXPECT_EQ(reply.trouble->what, "unreachable") << words;
    EXPECT_THAT(reply.trouble->detail, testing::Not(HasSubstr("hemligt")));
  }
}

TEST(SftpWorker, ItEndsWhileItWaitsForAPeer) {
  const Listener silent;
  PulledFilesConfig config = ConfigFor(silent.port);
  config.sftp->timeout_ms = 600'000;
  auto worker = std::make_unique<Worker>(config);
  worker->Start({});
  const int peer = ::accept(silent.fd, nullptr, nullptr);  // it is connected now
  ASSERT_GE(peer, 0);
  worker.reset();
  ::close(peer);
}

TEST(SftpWorker, ClosingWithoutAConversationIsNothing) {
  const PulledFilesConfig config = ConfigFor(1);
  Worker worker(config);
  Request close;
  close.kind = Request::Kind::kClose;
  worker.Start(close);
  const Reply reply = Await(worker);
  EXPECT_FALSE(reply.trouble);
  EXPECT_EQ(reply.kind, Request::Kind::kClose);
}

}  // namespace
}  // namespace sam::sftp
