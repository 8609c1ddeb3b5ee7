#include "adapters/mllp/answer_sender.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "adapters/hl7/ack.h"
#include "adapters/hl7/header.h"
#include "adapters/mllp/net.h"
#include "broker/base/log.h"

namespace sam::mllp {

Result<std::unique_ptr<AnswerSender>> AnswerSender::Open(const ApplicationAck& config,
                                                         AnswerQueue& queue, const Clock& clock,
                                                         int epoll) {
  std::unique_ptr<AnswerSender> out(new AnswerSender(config, queue, clock, epoll));
  if (config.tls) {
    SAM_ASSIGN(tls::Context context, tls::Context::Client(*config.tls));
    out->tls_ = std::make_unique<tls::Context>(std::move(context));
  }
  return out;
}

AnswerSender::AnswerSender(const ApplicationAck& config, AnswerQueue& queue, const Clock& clock,
                           int epoll)
    : config_(config),
      queue_(queue),
      clock_(clock),
      epoll_(epoll),
      waiting_("samsignal_adapter_answers_waiting",
               "Application acknowledgements that their receiver has not taken yet"),
      taken_("samsignal_adapter_answers_total", "Application acknowledgements sent",
             {{"outcome", "taken"}}),
      refused_("samsignal_adapter_answers_total", "Application acknowledgements sent",
               {{"outcome", "refused"}}) {}

AnswerSender::~AnswerSender() {
  if (connecting_ >= 0) ::close(connecting_);
}

Status AnswerSender::Step() {
  SAM_ASSIGN(const AnswerQueue::Span span, queue_.Waiting());
  next_ = std::max(next_, span.first);
  waiting_.Set(static_cast<double>(span.next - next_));
  if (connection_ != nullptr) return Talk();
  if (connecting_ < 0 && next_ >= span.next) return Keep();
  return Connect();
}

Status AnswerSender::Connect() {
  if (connecting_ < 0) {
    if (clock_.SteadyMicros() < next_try_us_) return Ok();
    const Result<int> fd = BeginConnect(config_.address);
    if (!fd.ok()) {
      Fail(fd.error().message);
      return Ok();
    }
    connecting_ = *fd;
    deadline_us_ = clock_.SteadyMicros() + int64_t{config_.answer_timeout_ms} * 1000;
    Watch(connecting_, true);
    return Ok();
  }
  const Status connected = Connected(connecting_);
  if (!connected.ok()) {
    const bool late = clock_.SteadyMicros() >= deadline_us_;
    if (connected.error().code != Code::kNotFound || late)
      Fail(late ? "no connection in time" : connected.error().message);
    return Ok();
  }
  if (tls_ != nullptr) {
    const Result<bool> reloaded = tls_->ReloadIfChanged();
    if (!reloaded.ok())
      log::Warn("mllp", "ack-certificate-not-reloaded", {{"why", reloaded.error().message}});
  }
  connection_ = std::make_unique<MllpConnection>(std::exchange(connecting_, -1), config_.address,
                                                 hl7::FramerOptions(),
                                                 tls_ ? tls_->NewSession() : nullptr,
                                                 clock_.SteadyMicros());
  connection_->Start();
  return Talk();
}

Status AnswerSender::Talk() {
  connection_->Write();
  connection_->Read(clock_.SteadyMicros());
  while (!connection_->frames().empty()) {
    const hl7::FrameEvent event = std::move(connection_->frames().front());
    connection_->frames().pop_front();
    if (!config_.confirmed) continue;  // it answers although it was asked not to
    if (event.kind == hl7::FrameEvent::Kind::kFrame && under_way_ && !outcome_)
      TakeAnswer(event.bytes);
    else
      Fail("what came is no answer to what was sent");
    if (connection_ == nullptr) return Ok();
  }
  // Nobody will say more: what is written is all that can be known.
  if (under_way_ && !config_.confirmed && !connection_->WantsWrite() &&
      !connection_->shaking_hands())
    outcome_ = true;
  if (outcome_) SAM_TRY(Taken());
  if (connection_->ClosedByPeer()) {
    if (under_way_)
      Fail(connection_->tls_error().empty() ? "the peer closed the connection"
                                            : connection_->tls_error());
    else
      connection_.reset();  // an idle peer may go; no pause for that
    return Ok();
  }
  if (!under_way_) return SendNext();
  if (clock_.SteadyMicros() >= deadline_us_) Fail("no answer in time");
  if (connection_ != nullptr) Watch(connection_->fd(), connection_->WantsWrite());
  return Ok();
}

Status AnswerSender::SendNext() {
  SAM_ASSIGN(const AnswerQueue::Span span, queue_.Waiting());
  next_ = std::max(next_, span.first);
  if (next_ >= span.next) {
    Watch(connection_->fd(), connection_->WantsWrite());
    return Keep();
  }
  SAM_ASSIGN(const std::optional<std::string> text, queue_.Get(next_));
  if (!text) return Corrupt("answer " + std::to_string(next_) + " is missing in its queue");
  id_ = std::string(hl7::ReadHeader(*text).Field(10));
  under_way_ = true;
  deadline_us_ = clock_.SteadyMicros() + int64_t{config_.answer_timeout_ms} * 1000;
  connection_->Answer(*text);
  connection_->Write();
  Watch(connection_->fd(), connection_->WantsWrite());
  return Ok();
}

void AnswerSender::TakeAnswer(const std::string& bytes) {
  const Result<hl7::ParsedAck> ack = hl7::ParseAck(bytes);
  if (!ack.ok()) return Fail("the peer's answer is no acknowledgement");
  if (ack->control_id != id_) return Fail("the answer is for another message");
  outcome_ = ack->positive();
}

Status AnswerSender::Taken() {
  if (*outcome_) {
    taken_.Add();
  } else {
    // The same bytes would be refused again, and those behind it have to go on.
    refused_.Add();
    log::Warn("mllp", "ack-refused", {{"answer", next_}});
  }
  under_way_ = false;
  outcome_.reset();
  pause_us_ = kFirstPauseUs;
  ++next_;
  return ++unsynced_ >= kUnsynced ? Keep() : Ok();
}

Status AnswerSender::Keep() {
  if (unsynced_ == 0) return Ok();
  Status kept = queue_.DropBefore(next_);
  if (!kept.ok() && kept.error().code != Code::kExhausted) return kept;
  if (kept.ok()) unsynced_ = 0;
  return Ok();
}

void AnswerSender::Fail(const std::string& why) {
  // One line for each try; the pause grows, so that a peer that is away for a week fills no disk.
  log::Warn("mllp", "ack-not-sent",
            {{"to", config_.address}, {"why", why}, {"again_in_s", pause_us_ / 1'000'000}});
  if (connecting_ >= 0) ::close(std::exchange(connecting_, -1));
  connection_.reset();
  under_way_ = false;
  outcome_.reset();
  next_try_us_ = clock_.SteadyMicros() + pause_us_;
  pause_us_ = std::min(pause_us_ * 2, kLongestPauseUs);
}

void AnswerSender::Watch(int fd, bool write) {
  if (epoll_ < 0) return;
  epoll_event event{};
  event.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) != 0)
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace sam::mllp
