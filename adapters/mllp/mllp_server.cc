#include "adapters/mllp/mllp_server.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "adapters/kit/feed_observer.h"
#include "adapters/mllp/net.h"
#include "broker/base/log.h"

namespace sam::mllp {
namespace {

SenderPins PinsOf(const kit::AdapterConfig& config) {
  std::vector<SenderPin> pins;
  for (const kit::SenderRule& sender : config.senders)
    pins.push_back({sender.application, sender.facility, sender.certificate});
  return SenderPins(std::move(pins));
}

}  // namespace

Result<std::unique_ptr<MllpServer>> MllpServer::Open(const ListenConfig& config,
                                                     const kit::ConnectorParts& parts) {
  for (const std::string& network : config.allow) SAM_TRY(CheckNetwork(network));
  std::unique_ptr<tls::Listener> tls;
  if (config.tls) {
    SAM_ASSIGN(tls, tls::Listener::Open("mllp", config.tls->files, parts.clock));
  }
  SAM_ASSIGN(const int listener, ListenOn(config.address));
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    ::close(listener);
    return Unavailable(std::string("cannot make an epoll: ") + std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::unique_ptr<MllpServer> out(new MllpServer(config, parts, listener, epoll));
  out->tls_ = std::move(tls);
  out->NoteCertificate();
  if (!out->pins_.empty() && (!config.tls || config.tls->files.client_ca_file.empty()))
    return Invalid(
        "a [[sender]] has a certificate, but [listen.tls] has no client_ca: nobody would show one");
  if (config.application_ack.where == ApplicationAck::Where::kElsewhere) {
    SAM_ASSIGN(out->answers_,
               AnswerSender::Open(config.application_ack, out->queue_, parts.clock, epoll));
  }
  return out;
}

MllpServer::MllpServer(const ListenConfig& config, const kit::ConnectorParts& parts, int listener,
                       int epoll)
    : config_(config),
      parts_(parts),
      pipeline_(parts.pipeline),
      store_(parts.store),
      clock_(parts.clock),
      guard_(parts.guard),
      hl7_(dynamic_cast<Hl7Decoder*>(&parts.decoder)),
      pins_(PinsOf(parts.config)),
      queue_(parts.store),
      listener_(listener),
      epoll_(epoll),
      port_(PortOf(listener)),
      open_connections_("samsignal_adapter_connections", "Open connections of senders"),
      group_seconds_("samsignal_adapter_group_seconds",
                     "From the first message of a group to its sync") {}

MllpServer::~MllpServer() {
  answers_.reset();
  connections_.clear();
  ::close(epoll_);
  ::close(listener_);
}

bool MllpServer::HasFrames() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& entry) { return !entry.second->frames().empty(); });
}

Result<int> MllpServer::Step(int wait_ms) {
  std::array<epoll_event, 64> events;
  const int wait = HasFrames() ? 0 : wait_ms;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
  if (count < 0 && errno != EINTR)
    return Internal(std::string("epoll_wait: ") + std::strerror(errno));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.fd == listener_) {
      Accept();
      continue;
    }
    const auto found = connections_.find(event.data.fd);
    if (found == connections_.end()) continue;
    if ((event.events & EPOLLOUT) != 0) found->second->Write();
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
      found->second->Read(clock_.SteadyMicros());
    if (found->second->WantsWrite()) found->second->Write();  // TLS answers by itself
  }
  SAM_ASSIGN(const int done, WorkGroup());
  if (answers_) SAM_TRY(answers_->Step());
  Timers();
  Sweep();
  return done;
}

void MllpServer::Accept() {
  while (true) {
    Result<Accepted> accepted = AcceptFrom(listener_);
    if (!accepted.ok()) {
      if (accepted.error().code != Code::kExhausted) return;
      log::Error("mllp", "no-descriptors",
                 {{"connections", static_cast<uint64_t>(connections_.size())}});
      MakeRoom();
      return;
    }
    if (!InNetworks(accepted->ip, config_.allow)) {
      ::close(accepted->fd);
      Tell("peer-not-allowed", accepted->peer, "not_in_allow");
      continue;
    }
    if (connections_.size() >= config_.max_connections) MakeRoom();
    if (connections_.size() >= config_.max_connections) {
      ::close(accepted->fd);
      Tell("too-many-connections", accepted->peer, "max_connections");
      continue;
    }
    hl7::FramerOptions options;
    options.max_frame_bytes = config_.max_frame_bytes;
    options.strict_end = config_.strict_end;
    const int fd = accepted->fd;
    auto connection =
        std::make_unique<MllpConnection>(fd, accepted->peer, options,
                                         tls_ ? tls_->NewSession() : nullptr, clock_.SteadyMicros());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    connections_[fd] = std::move(connection);
    open_connections_.Set(static_cast<double>(connections_.size()));
  }
}

// Idle peers never keep new ones out: the one that has been silent longest goes. It loses nothing.
void MllpServer::MakeRoom() {
  int oldest = -1;
  for (const auto& [fd, connection] : connections_)
    if (connection->idle() &&
        (oldest < 0 || connection->last_read_us() < connections_[oldest]->last_read_us()))
      oldest = fd;
  if (oldest >= 0) Close(oldest, "room_for_others");
}

void MllpServer::Watch(MllpConnection& connection) {
  epoll_event event{};
  if (connection.WantsRead()) event.events |= EPOLLIN;
  if (connection.WantsWrite()) event.events |= EPOLLOUT;
  event.data.fd = connection.fd();
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd(), &event);
}

Result<int> MllpServer::WorkGroup() {
  if (!HasFrames()) return 0;
  const int64_t began = clock_.SteadyMicros();
  std::vector<Waiting> waiting;
  std::vector<int> touched;
  int messages = 0;
  SAM_TRY(pipeline_.Begin());
  entered_.clear();
  // From the one after the last group's first, so that nobody is always served last.
  std::vector<int> order;
  for (const auto& [fd, connection] : connections_)
    if (!connection->frames().empty()) order.push_back(fd);
  std::rotate(order.begin(), std::upper_bound(order.begin(), order.end(), next_fd_), order.end());
  next_fd_ = order.front();
  for (const int fd : order) {
    MllpConnection& connection = *connections_[fd];
    touched.push_back(fd);
    if (refusing_) continue;
    for (size_t taken = 0; taken < config_.max_unacked && !connection.frames().empty(); ++taken) {
      if (static_cast<size_t>(messages) >= kGroupMessages || store_.batch_bytes() >= kGroupBytes)
        break;
      hl7::FrameEvent event = std::move(connection.frames().front());
      connection.frames().pop_front();
      const Status status = TakeOne(connection, std::move(event), waiting);
      if (!status.ok()) return LoseGroup(status.error(), touched);
      ++messages;
    }
  }
  if (refusing_) return LoseGroup(Exhausted("nothing is taken now"), touched);
  const Status committed = pipeline_.Commit();
  if (!committed.ok()) return LoseGroup(committed.error(), touched);
  full_told_ = false;
  if (guard_ != nullptr)
    for (const Mac16& key : entered_) guard_->Forget(key);
  for (const Waiting& answer : waiting) {
    const auto found = connections_.find(answer.fd);
    if (found != connections_.end()) found->second->Answer(answer.ack);
  }
  for (const int fd : touched) {
    const auto found = connections_.find(fd);
    if (found != connections_.end()) found->second->Write();
  }
  last_message_us_ = clock_.SteadyMicros();
  group_seconds_.Observe(static_cast<double>(last_message_us_ - began) * 1e-6);
  return messages;
}

// Nothing of the group may be answered: everybody whose message was in it is closed and sends
// again.
Result<int> MllpServer::LoseGroup(const Error& error, const std::vector<int>& touched) {
  for (const int fd : touched) Close(fd, "not_stored");
  if (error.code != Code::kExhausted) return error;
  if (!full_told_)
    log::Error("mllp", "store-full", {{"closed", static_cast<uint64_t>(touched.size())}});
  full_told_ = true;
  SAM_TRY(pipeline_.Begin());
  return 0;
}

void MllpServer::NoteCertificate() {
  if (tls_ && parts_.observer != nullptr)
    parts_.observer->NoteCertificate("mllp", tls_->expires_at());
  if (parts_.observer != nullptr && answers_ && answers_->certificate_ends().value != 0)
    parts_.observer->NoteCertificate("mllp-answers", answers_->certificate_ends());
}

void MllpServer::Timers() {
  if (tls_) tls_->Look();
  NoteCertificate();
  const int64_t now = clock_.SteadyMicros();
  std::vector<std::pair<int, const char*>> close;
  for (const auto& [fd, connection] : connections_) {
    const int64_t silent_ms = (now - connection->last_read_us()) / 1000;
    if (connection->framer().WaitingForCr() && silent_ms >= kFsWaitMs) connection->FinishWaiting();
    const int64_t since = connection->frame_since_us();
    const int64_t stuck_ms = connection->StuckUs(now) / 1000;
    if (connection->shaking_hands() &&
        (now - connection->opened_us()) / 1000 >= config_.tls->handshake_timeout_ms)
      close.emplace_back(fd, "handshake_timeout");
    else if (since >= 0 && (now - since) / 1000 >= config_.frame_timeout_ms &&
        connection->frames().empty())
      close.emplace_back(fd, "frame_timeout");
    else if (connection->WantsWrite() && stuck_ms >= config_.frame_timeout_ms)
      close.emplace_back(fd, "answers_not_fetched");  // or it would hold its place for ever
    else if (config_.idle_timeout_ms > 0 && connection->idle() &&
             silent_ms >= config_.idle_timeout_ms)
      close.emplace_back(fd, "idle");
  }
  for (const auto& [fd, why] : close) Close(fd, why);
}

void MllpServer::Sweep() {
  std::vector<int> finished;
  for (const auto& [fd, connection] : connections_) {
    if (connection->Finished())
      finished.push_back(fd);
    else
      Watch(*connection);
  }
  for (const int fd : finished) {
    TellEnd(*connections_[fd]);
    connections_[fd]->End();
    Close(fd, "");
  }
}

void MllpServer::Tell(const char* event, const std::string& peer, const char* why,
                      const std::string& detail) {
  const QuietLog::Word word = quiet_.Ask(event, why, clock_.SteadyMicros());
  if (word.say)
    log::Info("mllp", event,
              {{"peer", peer}, {"why", why}, {"detail", detail}, {"left_out", word.left_out}});
}

void MllpServer::TellEnd(const MllpConnection& connection) {
  if (connection.framer().HasPartial())
    Tell("closed", connection.peer(), "cut_inside_frame");
  else if (connection.spoke_plain())
    Tell("closed", connection.peer(), "plain_on_a_tls_port");
  else if (!connection.tls_error().empty())
    Tell("closed", connection.peer(), "tls_failed", connection.tls_error());
}

void MllpServer::Close(int fd, const char* why) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  if (why[0] != '\0') Tell("closed", found->second->peer(), why);
  connections_.erase(found);  // epoll forgets a closed descriptor by itself
  open_connections_.Set(static_cast<double>(connections_.size()));
}

}  // namespace sam::mllp
