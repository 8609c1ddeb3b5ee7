#include "broker/stage/runner.h"

#include <pthread.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/log.h"

namespace sam::stage {
namespace {

zmq_pollitem_t ToItem(const wire::Pollable& pollable) {
  zmq_pollitem_t item{};
  item.socket = pollable.socket;
  item.fd = pollable.fd;
  item.events = ZMQ_POLLIN;
  return item;
}

}  // namespace

StageRunner::StageRunner(Stage& stage, OnError on_error, const Clock& clock)
    : stage_(stage), on_error_(std::move(on_error)), clock_(clock) {}

StageRunner::~StageRunner() {
  Stop();
  Join();
}

void StageRunner::Start() {
  SAM_CHECK(!thread_.joinable());
  thread_ = std::jthread([this] { Run(); });
}

void StageRunner::Stop() {
  stop_.store(true, std::memory_order_release);
  wake_.Ring();
}

void StageRunner::Join() {
  if (thread_.joinable()) thread_.join();
}

void StageRunner::Run() {
  // The kernel keeps 15 characters.
  const std::string short_name(stage_.name().substr(0, 15));
  pthread_setname_np(pthread_self(), short_name.c_str());
  result_ = Loop();
  if (result_.ok()) result_ = Drain();
  if (!result_.ok()) {
    log::Error(stage_.name(), "stage-ended", {{"code", result_.error().code},
                                              {"why", result_.error().message}});
  }
  ended_.store(true, std::memory_order_release);
  if (!result_.ok() && on_error_) on_error_(stage_.name(), result_.error());
}

Status StageRunner::Loop() {
  std::vector<zmq_pollitem_t> items;
  for (const wire::Pollable& pollable : stage_.Pollables()) {
    if (pollable.socket != nullptr || pollable.fd >= 0) items.push_back(ToItem(pollable));
  }
  items.push_back(ToItem(wake_.pollable()));
  while (!stop_.load(std::memory_order_acquire)) {
    beats_.fetch_add(1, std::memory_order_relaxed);
    SAM_ASSIGN(const int done, stage_.Work());
    if (done > 0) continue;
    const int64_t wait_us = std::clamp<int64_t>(stage_.IdleMicros(), 0, kPollMicrosMax);
    // Rounded up: a wait of 0 ms would spin until the deadline.
    const long wait_ms = static_cast<long>((wait_us + 999) / 1000);
    if (zmq_poll(items.data(), static_cast<int>(items.size()), wait_ms) < 0 && errno != EINTR)
      return Internal(std::string("waiting for work failed: ") + zmq_strerror(errno));
  }
  return Ok();
}

Status StageRunner::Drain() {
  const int64_t deadline = clock_.SteadyMicros() + kDrainMicros;
  stage_.Stop();
  while (!stage_.Drained()) {
    beats_.fetch_add(1, std::memory_order_relaxed);
    SAM_ASSIGN(const int done, stage_.Work());
    if (clock_.SteadyMicros() >= deadline)
      return Unavailable("stage did not drain in time; its work is taken up at the next start");
    if (done == 0) zmq_poll(nullptr, 0, 1);
  }
  return Ok();
}

}  // namespace sam::stage
