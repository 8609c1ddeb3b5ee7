#include "broker/ingress/ingress.h"

#include <algorithm>
#include <utility>

#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/store/spaces.h"

namespace sam::ingress {
namespace {

constexpr int kFramesPerTurn = 256;

}  // namespace

Ingress::Ingress(const Parts& parts, IngressOptions options, SecretKey index_key,
                 PeerTablePtr peers)
    : parts_(parts),
      options_(std::move(options)),
      index_key_(std::move(index_key)),
      peers_(std::move(peers)),
      // What is under way when credit is withdrawn is still taken.
      rates_(options_.rate, options_.window_messages,
             static_cast<double>(options_.window_bytes + wire::kMaxFrameBytes)),
      trials_(options_.try_out),
      accepted_("samsignal_signals_accepted_total", "Events accepted and on disk"),
      duplicates_("samsignal_signals_duplicate_total", "Events sent again and recognized"),
      gaps_("samsignal_publish_gap_total", "Publishes whose forerunner was missing"),
      strays_("samsignal_publish_stray_total",
              "Frames of a conversation that this hub does not know; their sender is asked to greet"),
      lost_("samsignal_source_knows_more_total",
            "Greetings of sources that were told a higher accepted number than this log has"),
      sources_("samsignal_sources_connected", "Sources in conversation") {}

std::vector<wire::Pollable> Ingress::Pollables() {
  return {parts_.link.pollable(), parts_.bell.pollable()};
}

void Ingress::Stop() {
  stopping_ = true;
  for (auto& [route, session] : sessions_) {
    Send(session->peer(), wire::Encode(wire::Bye{}));
  }
}

bool Ingress::Drained() const { return tokens_.empty() && !waiting_; }

Result<int> Ingress::Work() {
  role_.Enter();
  parts_.bell.Clear();
  int done = 0;
  TakeTables();
  SAM_TRY(DropIfAsked());
  SAM_TRY(TakeOutcomes(done));
  for (int i = 0; i < kFramesPerTurn && !stopping_; ++i) {
    auto incoming = parts_.link.Receive();
    if (!incoming) break;
    ++done;
    TakeFrame(*incoming);
  }
  Submit();
  Housekeep();
  return done;
}

void Ingress::TakeTables() {
  while (auto table = parts_.tables.TryPop()) {
    peers_ = std::move(*table);
    std::vector<std::string> out;
    for (const auto& [route, session] : sessions_)
      if (peers_->Find(session->peer().user) == nullptr) out.push_back(route);
    for (const std::string& route : out) EndSession(route);
    const auto known = [this](const std::string& name) { return peers_->Find(name) != nullptr; };
    rates_.Forget(known);
    trials_.Forget(known);
    quiet_.Forget(known);
  }
}

// A key is valid no longer, and the link does not know which connection is its: all begin anew.
Status Ingress::DropIfAsked() {
  if (!parts_.link.TakeDropOrder()) return Ok();
  while (!sessions_.empty()) EndSession(std::string(sessions_.begin()->first));
  return parts_.link.DropAll();
}

bool Ingress::Busy() const {
  return stopping_ || waiting_.has_value() || held_bytes_ >= options_.read_ahead_bytes ||
         parts_.clock.SteadyMicros() < full_until_us_;
}

bool Ingress::DispatchIsBehind() const {
  return options_.behind && options_.behind() > options_.max_behind;
}

void Ingress::CountRefused(wire::Refusal code, uint32_t n) {
  metrics::Counter("samsignal_signals_rejected_total", "Events and frames refused",
                   {{"reason", wire::RefusalName(code)}})
      .Add(n);
}

void Ingress::Send(const wire::PeerId& peer, const std::string& bytes) {
  const Status sent = parts_.link.Send(peer, bytes);
  // Full: it is said again with the next heartbeat.
  if (!sent.ok() && sent.error().code == Code::kUnavailable) {
    const auto found = sessions_.find(peer.route);
    // The line is gone: the session ends with the next housekeeping.
    if (found != sessions_.end())
      found->second->heard_us = parts_.clock.SteadyMicros() - options_.lease_us;
  }
}

void Ingress::Refuse(const wire::PeerId& peer, wire::Refusal code, std::string_view field) {
  CountRefused(code);
  const QuietLog::Word word =
      quiet_.Ask(peer.user, wire::RefusalName(code), parts_.clock.SteadyMicros());
  if (word.say)
    log::Warn("ingress", "frame-refused", {{"peer", peer.user},
                                           {"code", wire::RefusalName(code)},
                                           {"field", field},
                                           {"left_out", word.left_out}});
  Send(peer, wire::Encode(wire::RefusedFrame{{0, code, std::string(field)}}));
}

// Not read, hence not acknowledged: an honest source still has it and sends it again.
void Ingress::TellOverRate(const wire::PeerId& peer) {
  const int64_t now = parts_.clock.SteadyMicros();
  metrics::Counter("samsignal_ingress_over_rate_total",
                   "Frames not read since their sender is over its rate", {{"peer", peer.user}})
      .Add();
  const QuietLog::Word word = quiet_.Ask(peer.user, "rate", now);
  if (word.say)
    log::Warn("ingress", "over-rate", {{"peer", peer.user}, {"left_out", word.left_out}});
  const auto found = sessions_.find(peer.route);
  if (found == sessions_.end()) {
    // Nor is each of a thousand frames worth an answer.
    if (word.say)
      Send(peer, wire::Encode(wire::RefusedFrame{{0, wire::Refusal::BUSY, "rate"}}));
    return;
  }
  Session& session = *found->second;
  session.heard_us = now;
  if (!session.told_busy || now - session.told_us >= int64_t{options_.busy_retry_ms} * 1000)
    TellState(session);
}

void Ingress::TakeFrame(const wire::Incoming& incoming) {
  const PeerRules* rules = peers_->Find(incoming.peer.user);
  if (rules == nullptr) {
    EndSession(incoming.peer.route);
    return Refuse(incoming.peer, wire::Refusal::NOT_ALLOWED, "peer");
  }
  const auto verdict =
      rates_.Arrive(incoming.peer.user, incoming.bytes.size(), parts_.clock.SteadyMicros());
  if (verdict == PeerRates::Verdict::kDrop) return TellOverRate(incoming.peer);
  auto parsed = wire::ParseFrame(incoming.bytes);
  if (!parsed.ok()) return Refuse(incoming.peer, wire::Refusal::MALFORMED, "");
  if (const auto* hello = std::get_if<wire::Hello>(&*parsed))
    return Greet(incoming.peer, *rules, *hello);
  // No conversation, so that the feed which runs with the same key is not disturbed.
  if (const auto* trial = std::get_if<wire::Trial>(&*parsed))
    return Send(incoming.peer,
                wire::Encode(trials_.Answer(*rules, *trial, options_.admit, index_key_,
                                            parts_.clock.Now(), parts_.clock.SteadyMicros())));
  const auto found = sessions_.find(incoming.peer.route);
  if (found == sessions_.end()) {
    strays_.Add();
    return Send(incoming.peer, wire::Encode(wire::Bye{}));  // "say Hello again"
  }
  Session& session = *found->second;
  session.heard_us = parts_.clock.SteadyMicros();
  if (auto* publish = std::get_if<wire::Publish>(&*parsed)) {
    if (publish->records.size() > 1)
      rates_.Paid(incoming.peer.user, publish->records.size() - 1, session.heard_us);
    TakePublish(session, *rules, std::move(*publish));
  } else if (std::holds_alternative<wire::Heartbeat>(*parsed)) {
    Send(session.peer(), wire::Encode(wire::Heartbeat{}));
    TellState(session);
  } else if (std::holds_alternative<wire::Bye>(*parsed)) {
    EndSession(incoming.peer.route);
  } else if (!std::holds_alternative<wire::UnknownFrame>(*parsed)) {
    Refuse(session.peer(), wire::Refusal::NOT_ALLOWED, "frame");  // the hub's own kinds of frame
  }
}

void Ingress::Greet(const wire::PeerId& peer, const PeerRules& rules, const wire::Hello& hello) {
  if (hello.protocol != wire::kProtocolVersion)
    return Refuse(peer, wire::Refusal::SCHEMA_UNKNOWN, "hello.protocol");
  if (hello.role != wire::Role::kSource || rules.role == PeerRules::Role::kOperator)
    return Refuse(peer, wire::Refusal::NOT_ALLOWED, "hello.role");
  if (!rules.MayUseSystem(hello.system_id))
    return Refuse(peer, wire::Refusal::NOT_ALLOWED, "hello.systemId");
  const SourceKey key(peer.user, hello.system_id);
  const auto before = routes_.find(key);
  if (before != routes_.end()) EndSession(std::string(before->second));
  EndSession(peer.route);  // the same line under another system id
  if (sessions_.size() >= options_.max_sessions)
    return Refuse(peer, wire::Refusal::BUSY, "sessions");

  // Never more than the source was told: another outbox may have used this name before. Less when
  // this hub was restored from a backup: then the outbox fills the gap.
  const auto known = floors_.find(key);
  const uint64_t here = known == floors_.end() ? 0 : known->second;
  const uint64_t floor = std::min(here, hello.last_accepted);
  if (here < hello.last_accepted) TellMissing(peer, hello, here);
  auto session = std::make_unique<Session>(peer, hello.system_id, floor, parts_.durable.get(),
                                           options_.window_messages);
  session->heard_us = parts_.clock.SteadyMicros();
  wire::Welcome welcome;
  welcome.hub = options_.hub;
  welcome.epoch = options_.epoch;
  welcome.software = options_.software;
  welcome.max_event_bytes = static_cast<uint32_t>(options_.admit.max_event_bytes);
  welcome.max_batch_bytes = static_cast<uint32_t>(options_.max_batch_bytes);
  welcome.accepted_to = floor;
  welcome.test = options_.admit.test_environment;
  if (options_.checkpoint) welcome.checkpoint = options_.checkpoint();
  Session& placed = *sessions_.emplace(peer.route, std::move(session)).first->second;
  routes_[key] = peer.route;
  sources_.Set(static_cast<double>(sessions_.size()));
  Send(peer, wire::Encode(welcome));
  TellState(placed);
}

// A new epoch, or a hub the source has not met, may lack what was accepted elsewhere. The same epoch
// of the same log may not: there acknowledged events are gone.
void Ingress::TellMissing(const wire::PeerId& peer, const wire::Hello& hello, uint64_t here) {
  const bool same = hello.last_hub == options_.hub && hello.last_epoch == options_.epoch;
  if (same) lost_.Add();
  const QuietLog::Word word = quiet_.Ask(peer.user, "missing", parts_.clock.SteadyMicros());
  if (!word.say) return;
  log::Write(same ? log::Level::kError : log::Level::kWarn, "ingress",
             same ? "source-knows-more-than-log" : "source-refills",
             {{"source", peer.user},
              {"accepted_here", here},
              {"told", hello.last_accepted},
              {"left_out", word.left_out}});
}

void Ingress::EndSession(const std::string& route) {
  const auto found = sessions_.find(route);
  if (found == sessions_.end()) return;
  held_bytes_ -= found->second->held_bytes();
  const auto named = routes_.find({found->second->peer().user, found->second->system_id()});
  if (named != routes_.end() && named->second == route) routes_.erase(named);
  // A submission under way is written all the same; its outcome finds nobody to tell.
  sessions_.erase(found);
  sources_.Set(static_cast<double>(sessions_.size()));
}

void Ingress::TakePublish(Session& session, const PeerRules& rules, wire::Publish publish) {
  size_t bytes = 0;
  for (const wire::PublishedRecord& record : publish.records) bytes += record.event.size();
  if (bytes > options_.max_batch_bytes && publish.records.size() > 1)
    return Refuse(session.peer(), wire::Refusal::TOO_LARGE, "publish");
  if (Busy()) {
    CountRefused(wire::Refusal::BUSY);
    return TellState(session);
  }
  bool answer_again = false;
  for (wire::PublishedRecord& record : publish.records) {
    switch (session.PlaceOf(record)) {
      case Session::Place::kSeen:
        answer_again = true;
        break;
      case Session::Place::kGap:
        gaps_.Add();
        return TellState(session);
      case Session::Place::kFull:
        CountRefused(wire::Refusal::BUSY);
        return TellState(session);
      case Session::Place::kNext:
        if (!TakeRecord(session, rules, record)) return TellState(session);
        break;
    }
  }
  if (answer_again) TellState(session);
}

bool Ingress::TakeRecord(Session& session, const PeerRules& rules, wire::PublishedRecord& record) {
  if (record.event.empty()) {
    session.TakeVoid(record.sequence);
    return true;
  }
  const size_t size = record.event.size();
  if (session.held_bytes() > 0 && session.held_bytes() + size > 2 * options_.window_bytes)
    return false;
  Admission admission =
      Admit(rules, record.event, options_.admit, parts_.clock.Now(), index_key_);
  if (admission.code != wire::Refusal::NONE) {
    CountRefused(admission.code);
    const QuietLog::Word word =
        quiet_.Ask(session.peer().user, "event", parts_.clock.SteadyMicros());
    if (word.say)
      log::Warn("ingress", "event-refused", {{"source", session.peer().user},
                                             {"number", record.sequence},
                                             {"code", wire::RefusalName(admission.code)},
                                             {"field", admission.field},
                                             {"left_out", word.left_out}});
  } else {
    held_bytes_ += admission.draft.bytes();  // as the session counts them
  }
  session.Take(record.sequence, std::move(admission));
  return true;
}

int64_t Ingress::WaitMillis(const Session& session) {
  // Behind, what is under way is still taken, a window at most (Session::Withdraw): a source whose
  // records are passed over sends them again only after its patience.
  if (Busy() || DispatchIsBehind()) return options_.busy_retry_ms;
  const int64_t wait_us =
      rates_.MicrosUntilCredit(session.peer().user, parts_.clock.SteadyMicros());
  return wait_us == 0 ? 0 : std::clamp<int64_t>(wait_us / 1000 + 1, 1, 60'000);
}

// Ack and window together: whoever lost one of them gets both again. The window first: a source that
// learns that its records are taken must know by then whether it may send more.
// `window_too` false: the ack of work done; then a window is told only when it changes (half of all
// frames otherwise).
void Ingress::TellState(Session& session, bool window_too) {
  uint64_t trim = session.floor();
  if (parts_.trim.policy() == TrimMark::Policy::kCovered)
    trim = session.CoveredTo(parts_.trim.covered());
  const int64_t wait_ms = WaitMillis(session);
  session.told_us = parts_.clock.SteadyMicros();
  if (window_too || session.told_busy != (wait_ms > 0)) SendWindow(session, wait_ms);
  Send(session.peer(), wire::Encode(session.MakeAck(trim)));
}

void Ingress::SendWindow(Session& session, int64_t wait_ms) {
  session.told_busy = wait_ms > 0;
  if (session.told_busy)
    session.Withdraw();
  else
    session.Grant();
  wire::Credit credit;
  credit.messages = wait_ms > 0 ? 0 : options_.window_messages;
  credit.bytes = wait_ms > 0 ? 0 : options_.window_bytes;
  credit.retry_after_ms = static_cast<uint32_t>(wait_ms);
  Send(session.peer(), wire::Encode(credit));
}

void Ingress::Submit() {
  if (waiting_) {
    if (!parts_.port.down.TryPush(std::move(*waiting_))) return;
    waiting_.reset();
  }
  // Round and round, beginning after the one served last, so that no source starves another.
  auto next = sessions_.upper_bound(turn_);
  for (size_t i = 0; i < sessions_.size(); ++i, ++next) {
    if (next == sessions_.end()) next = sessions_.begin();
    Session& session = *next->second;
    if (!session.ready() || stopping_) continue;
    turn_ = next->first;
    journal::Submission submission;
    submission.token = next_token_++;
    submission.drafts = session.Begin(options_.max_drafts);
    session.token = submission.token;
    if (submission.drafts.empty()) {
      Settled(session, session.SettleWithoutJournal());
      continue;
    }
    submission.batch.Put(spaces::kMeta, AcceptedKey(session.peer().user, session.system_id()),
                         BigEndian64(session.in_flight_to()));
    tokens_[submission.token] = next->first;
    if (!parts_.port.down.TryPush(std::move(submission))) {
      waiting_ = std::move(submission);  // NOLINT(bugprone-use-after-move): refused, so not moved
      return;
    }
  }
}

Status Ingress::TakeOutcomes(int& done) {
  while (auto outcome = parts_.port.up.TryPop()) {
    ++done;
    const auto token = tokens_.find(outcome->token);
    if (token == tokens_.end())
      return Internal("ingress: the journal answered a submission that nobody made");
    const auto found = sessions_.find(token->second);
    tokens_.erase(token);
    if (found == sessions_.end() || found->second->token != outcome->token) continue;
    Session& session = *found->second;
    const size_t before = session.held_bytes();
    const Session::Counts counts = session.Settle(*outcome);
    held_bytes_ -= before - session.held_bytes();
    if (counts.full)
      full_until_us_ =
          parts_.clock.SteadyMicros() + int64_t{options_.busy_retry_ms} * 1000;
    Settled(session, counts);
  }
  return Ok();
}

void Ingress::Settled(Session& session, const Session::Counts& counts) {
  accepted_.Add(counts.accepted);
  duplicates_.Add(counts.duplicates);
  for (const wire::Refusal code : counts.refused) {
    CountRefused(code);
    const QuietLog::Word word =
        quiet_.Ask(session.peer().user, "conflict", parts_.clock.SteadyMicros());
    if (word.say)
      log::Error("ingress", "event-conflict", {{"source", session.peer().user},
                                               {"code", wire::RefusalName(code)},
                                               {"left_out", word.left_out}});
  }
  if (counts.full) CountRefused(wire::Refusal::BUSY);
  floors_[{session.peer().user, session.system_id()}] = session.floor();
  TellState(session, /*window_too=*/false);
}

void Ingress::Housekeep() {
  const int64_t now = parts_.clock.SteadyMicros();
  if (now - housekept_us_ < 100'000) return;
  housekept_us_ = now;
  std::vector<std::string> gone;
  for (auto& [route, session] : sessions_) {
    if (now - session->heard_us >= options_.lease_us) {
      gone.push_back(route);
    } else if ((session->told_busy && WaitMillis(*session) == 0) ||
               now - session->told_us >= options_.heartbeat_us) {
      TellState(*session);
    }
  }
  for (const std::string& route : gone) EndSession(route);
}

}  // namespace sam::ingress
