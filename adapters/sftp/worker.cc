#include "adapters/sftp/worker.h"

#include <utility>

#include "broker/base/check.h"

namespace sam::sftp {

Worker::Worker(const PulledFilesConfig& config) : config_(config) {
  thread_ = std::jthread([this] { Run(); });
}

Worker::~Worker() {
  wire_.Stop();
  // A request under way ends by the cut, and its reply finds nobody.
  turn_ = kStop;
  turn_.notify_all();
  thread_.join();
}

void Worker::Start(Request request) {
  SAM_CHECK(turn_ == kNobody);
  request_ = std::move(request);
  turn_ = kThread;
  turn_.notify_all();
}

std::optional<Reply> Worker::Take() {
  if (turn_ == kThread && wire_.Late()) wire_.Cut();
  if (turn_ != kOwner) return std::nullopt;
  std::optional<Reply> out = std::move(reply_);
  turn_ = kNobody;
  return out;
}

void Worker::Run() {
  for (;;) {
    int turn = turn_;
    while (turn != kThread && turn != kStop) {
      turn_.wait(turn);
      turn = turn_;
    }
    if (turn == kStop) break;
    reply_ = Work(request_);
    int expected = kThread;
    turn_.compare_exchange_strong(expected, kOwner);
  }
  session_.reset();
}

Reply Worker::Work(const Request& request) {
  Reply out;
  out.kind = request.kind;
  if (request.kind == Request::Kind::kClose) {
    session_.reset();
    return out;
  }
  if (!session_) {
    Trouble trouble{"unreachable", true, true, "stopping"};
    session_ = Session::Open(config_, wire_, trouble);
    if (!session_) {
      wire_.Close();
      out.trouble = std::move(trouble);
      return out;
    }
  }
  switch (request.kind) {
    case Request::Kind::kList: out.trouble = session_->List(out.listing); break;
    case Request::Kind::kFetch:
      out.trouble = session_->Fetch(request.file, request.local, out);
      break;
    case Request::Kind::kPut: out.trouble = session_->Put(request.local, request.target); break;
    case Request::Kind::kSettle: out.trouble = session_->Settle(request, out); break;
    case Request::Kind::kClose: break;
  }
  wire_.Rest();
  if (out.trouble && out.trouble->whole) session_.reset();
  return out;
}

}  // namespace sam::sftp
