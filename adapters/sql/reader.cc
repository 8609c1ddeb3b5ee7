#include "adapters/sql/reader.h"

#include <pthread.h>

#include <utility>

#include "broker/base/check.h"

namespace sam::sql {
namespace {

constexpr int kIdleMs = 1'000;

}  // namespace

Reader::Reader(std::unique_ptr<Database> database)
    : database_(std::move(database)), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Reader::~Reader() {
  thread_.request_stop();
  asked_.Ring();
  thread_.join();
}

void Reader::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "sql");
  while (!stop.stop_requested()) {
    std::optional<Question> question = questions_.TryPop();
    if (!question) {
      asked_.Wait(kIdleMs);
      continue;
    }
    // One question, one reply: there is always room.
    SAM_CHECK(replies_.TryPush(database_->Ask(*question)));
  }
}

void Reader::Start(Question question) {
  SAM_CHECK(!busy_ && questions_.TryPush(std::move(question)));
  busy_ = true;
}

std::optional<Reply> Reader::Step(int wait_ms) {
  if (replies_.empty()) answered_.Wait(wait_ms);
  std::optional<Reply> reply = replies_.TryPop();
  if (reply) busy_ = false;
  return reply;
}

}  // namespace sam::sql
