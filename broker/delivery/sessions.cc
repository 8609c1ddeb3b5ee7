// The conversation with subscribers: greeting, subscribing, credit, acknowledgements, leases.
#include <algorithm>
#include <utility>
#include <variant>

#include "broker/base/log.h"
#include "broker/delivery/delivery.h"

namespace sam::delivery {

// A key is valid no longer, and the link does not know which connection is its: all begin anew.
Status DeliveryStage::DropIfAsked() {
  if (!doors_.link.TakeDropOrder()) return Ok();
  while (!sessions_.empty()) End(sessions_.begin()->first, /*broken=*/true, /*bye=*/false);
  return doors_.link.DropAll();
}

int DeliveryStage::Receive() {
  int taken = 0;
  while (taken < kFramesPerRound) {
    auto incoming = doors_.link.Receive();
    if (!incoming) break;
    ++taken;
    Handle(incoming->peer, incoming->bytes);
  }
  return taken;
}

void DeliveryStage::Say(Session& session, std::string_view bytes) {
  // A word that does not get through is said again: everything here is repeated by heartbeats.
  if (doors_.link.Send(session.peer(), bytes).ok()) session.Sent(now_us_);
}

void DeliveryStage::Refuse(const wire::PeerId& peer, wire::Refusal code, std::string_view field) {
  protocol_errors_.Add();
  const QuietLog::Word word = quiet_.Ask(peer.user, wire::RefusalName(code), now_us_);
  if (word.say)
    log::Warn("delivery", "frame-refused", {{"peer", peer.user},
                                            {"code", wire::RefusalName(code)},
                                            {"field", field},
                                            {"left_out", word.left_out}});
  wire::RefusedFrame frame;
  frame.refused.code = code;
  frame.refused.field = std::string(field);
  if (!doors_.link.Send(peer, wire::Encode(frame)).ok())
    log::Debug("delivery", "refusal-not-sent", {{"peer", peer.user}});
}

void DeliveryStage::Handle(const wire::PeerId& peer, std::string_view bytes) {
  if (stopping_) return;
  auto parsed = wire::ParseFrame(bytes);
  if (!parsed.ok()) return Refuse(peer, wire::Refusal::MALFORMED, "frame");
  if (const auto* hello = std::get_if<wire::Hello>(&*parsed)) return OnHello(peer, *hello);
  const auto found = sessions_.find(peer);
  if (found == sessions_.end()) {
    // We do not know this conversation (a restart of ours, or a lease run out): begin anew.
    if (!std::holds_alternative<wire::Bye>(*parsed) &&
        !doors_.link.Send(peer, wire::Encode(wire::Bye{})).ok())
      log::Debug("delivery", "bye-not-sent", {{"peer", peer.user}});
    return;
  }
  Session& session = *found->second;
  session.Heard(now_us_);
  if (std::holds_alternative<wire::UnknownFrame>(*parsed)) return;
  if (const auto* asked = std::get_if<wire::CheckpointWord>(&*parsed))
    return OnCheckpoint(session, asked->from);
  if (std::holds_alternative<wire::Bye>(*parsed))
    return End(peer, /*broken=*/false, /*bye=*/false);
  bool fits = false;
  if (std::holds_alternative<wire::Heartbeat>(*parsed)) {
    fits = session.Take(SessionEvent::kHeartbeat);
  } else if (const auto* subscribe = std::get_if<wire::Subscribe>(&*parsed)) {
    SessionState next;
    fits = NextState(session.state(), SessionEvent::kSubscribe, &next);
    if (fits) return OnSubscribe(session, *subscribe);
  } else if (const auto* credit = std::get_if<wire::Credit>(&*parsed)) {
    fits = session.Take(SessionEvent::kCredit);
    if (fits) session.SetWindow(credit->messages, credit->bytes);
  } else if (const auto* ack = std::get_if<wire::DeliverAck>(&*parsed)) {
    fits = session.Take(SessionEvent::kAck);
    if (fits) OnAck(session, *ack);
  }
  if (fits) return;
  protocol_errors_.Add();
  if (const QuietLog::Word word = quiet_.Ask(peer.user, "place", now_us_); word.say)
    log::Warn("delivery", "frame-out-of-place",
              {{"peer", peer.user}, {"left_out", word.left_out}});
  End(peer, /*broken=*/false, /*bye=*/true);
}

void DeliveryStage::OnHello(const wire::PeerId& peer, const wire::Hello& hello) {
  if (hello.role != wire::Role::kSubscriber)
    return Refuse(peer, wire::Refusal::NOT_ALLOWED, "role");
  if (hello.protocol != wire::kProtocolVersion)
    return Refuse(peer, wire::Refusal::SCHEMA_UNKNOWN, "protocol");
  auto found = sessions_.find(peer);
  if (found == sessions_.end()) {
    if (sessions_.size() >= options_.sessions_max)
      return Refuse(peer, wire::Refusal::BUSY, "sessions");
    auto session = std::make_unique<Session>(
        peer, std::make_unique<WireChannel>(doors_.link, peer), now_us_);
    found = sessions_.emplace(peer, std::move(session)).first;
    sessions_gauge_.Set(static_cast<double>(sessions_.size()));
  }
  Session& session = *found->second;
  Leave(session, /*broken=*/true);
  session.Heard(now_us_);
  session.software = PlainSoftware(hello.software);
  if (!session.Take(SessionEvent::kHello)) return;
  wire::Welcome welcome;
  welcome.hub = options_.hub;
  welcome.epoch = options_.epoch;
  welcome.software = options_.software;
  welcome.test = options_.test;
  if (doors_.checkpoint) welcome.checkpoint = doors_.checkpoint();
  Say(session, wire::Encode(welcome));
}

Result<DeliveryStage::Subscription*> DeliveryStage::Load(const std::string& name) {
  auto& slot = subscriptions_[name];
  if (!slot) slot = std::make_unique<Subscription>(name, options_.retry);
  if (slot->loaded) return slot.get();
  for (Lane lane : {Lane::kNormal, Lane::kAcute}) {
    SAM_ASSIGN(const mailbox::LaneState state, mailbox_.StateOf(name, lane));
    std::vector<uint64_t> also;
    for (Sequence sequence : state.also) also.push_back(sequence.value);
    slot->queue(lane).Load(state.ack_floor.value, also);
    SAM_ASSIGN(const auto below, mailbox_.OfferedBelow(name, lane));
    const bool told = below && *below < mailbox::kAnyOffered && options_.epoch == 1;
    // Of a log without a word about it, all that has a number may have left.
    const uint64_t from = told ? *below : below || options_.epoch > 1 ? state.next.value : 1;
    slot->lane(lane).offered_below = std::max(slot->lane(lane).offered_below, from);
  }
  slot->loaded = true;
  return slot.get();
}

// False: the subscriber holds numbers that this hub never gave, or of an epoch that it has not begun
// (it is an older copy of itself). Going on would give new signals numbers taken for old ones.
bool DeliveryStage::TakeSeen(Session& session, Subscription& subscription,
                             const std::vector<Position>& seen) {
  for (const Position& position : seen) {
    if (position.hub != options_.hub) continue;
    if (position.epoch > options_.epoch) {
      log::Error("delivery", "subscriber-ahead",
                 {{"subscription", subscription.name}, {"peer", session.peer().user},
                  {"seen_epoch", position.epoch}, {"epoch", options_.epoch}});
      return false;
    }
    if (position.epoch != options_.epoch) continue;
    const auto state = mailbox_.StateOf(subscription.name, position.lane);
    if (!state.ok()) return false;
    if (position.sequence >= state->next) {
      log::Error("delivery", "subscriber-ahead",
                 {{"subscription", subscription.name}, {"peer", session.peer().user},
                  {"seen", position.sequence}, {"next", state->next}});
      return false;
    }
    LaneBox& lane = subscription.lane(position.lane);
    if (position.sequence.value < lane.queue.floor()) {
      const uint64_t lost = lane.queue.floor() - position.sequence.value;
      subscription.gap.Add(static_cast<double>(lost));
      log::Warn("delivery", "subscriber-behind",
                {{"subscription", subscription.name}, {"seen", position.sequence},
                 {"acknowledged", lane.queue.floor()}});
    } else if (lane.queue.Seen(position.sequence.value, now_us_) > 0) {
      lane.dirty = true;
    }
  }
  return true;
}

void DeliveryStage::OnSubscribe(Session& session, const wire::Subscribe& subscribe) {
  const wire::PeerId peer = session.peer();
  if (!doors_.may_subscribe(peer.user, subscribe.subscription))
    return Refuse(peer, wire::Refusal::NOT_ALLOWED, "subscription");
  auto loaded = Load(subscribe.subscription);
  if (!loaded.ok()) return Refuse(peer, wire::Refusal::BUSY, "subscription");
  Subscription& subscription = **loaded;
  if (subscription.session != nullptr && subscription.session != &session) {
    const wire::PeerId older = subscription.session->peer();
    log::Info("delivery", "taken-over", {{"subscription", subscription.name}});
    End(older, /*broken=*/true, /*bye=*/true);
    // After the goodbye, so that the older one waits before it tries again instead of at once.
    Refuse(older, wire::Refusal::CONFLICT, "subscription");
  }
  Leave(session, /*broken=*/true);
  if (!TakeSeen(session, subscription, subscribe.seen)) {
    session.Take(SessionEvent::kHello);  // greeted, and of no subscription: it has nothing to answer
    return Refuse(peer, wire::Refusal::CONFLICT, "seen");
  }
  if (!session.Take(SessionEvent::kSubscribe)) return;
  subscription.session = &session;
  for (LaneBox& lane : subscription.lanes) {
    lane.claim = mailbox::kAnyOffered | random_.Next();
    lane.claimed = false;
    lane.dirty = lane.dirty || options_.tell_offers;
  }
  subscription.peer = peer.user;
  subscription.software = session.software;
  gauges_at_us_ = now_us_;  // that it is here is seen at once
  session.subscription = subscription.name;
  session.SetWindow(0, 0);
}

void DeliveryStage::OnAck(Session& session, const wire::DeliverAck& ack) {
  // An older epoch's numbers mean other signals. Nor may a session without a subscription name one
  // that is empty too.
  const auto found = subscriptions_.find(session.subscription);
  if (session.subscription.empty() || found == subscriptions_.end() ||
      ack.subscription != session.subscription || ack.epoch != options_.epoch) {
    protocol_errors_.Add();
    return;
  }
  LaneBox& lane = found->second->lane(ack.lane);
  int unsent = 0;
  if (lane.queue.Ack(ack.floor, ack.also, now_us_, &unsent) > 0) lane.dirty = true;
  if (unsent > 0) {
    protocol_errors_.Add();
    log::Warn("delivery", "acknowledged-unsent",
              {{"subscription", session.subscription}, {"numbers", unsent}});
  }
}

void DeliveryStage::OnCheckpoint(Session& session, uint64_t from) {
  if (!doors_.checkpoint_from || !session.MayAskProof(now_us_)) return;
  Say(session, wire::Encode(doors_.checkpoint_from(from)));
}

void DeliveryStage::Leave(Session& session, bool broken) {
  if (session.subscription.empty()) return;
  const auto found = subscriptions_.find(session.subscription);
  session.subscription.clear();
  if (found == subscriptions_.end() || found->second->session != &session) return;
  found->second->session = nullptr;
  for (LaneBox& lane : found->second->lanes) {
    lane.queue.Detach(now_us_, broken, random_);
    lane.offered_below = std::max(lane.offered_below, lane.queue.known_to() + 1);
    lane.dirty = lane.dirty || options_.tell_offers;
  }
}

void DeliveryStage::End(const wire::PeerId& peer, bool broken, bool bye) {
  const auto found = sessions_.find(peer);
  if (found == sessions_.end()) return;
  if (bye) Say(*found->second, wire::Encode(wire::Bye{}));
  Leave(*found->second, broken);
  sessions_.erase(found);
  sessions_gauge_.Set(static_cast<double>(sessions_.size()));
}

void DeliveryStage::WatchSessions() {
  std::vector<wire::PeerId> over;
  for (auto& [peer, session] : sessions_) {
    if (now_us_ - session->heard_us() > 3 * options_.heartbeat_us) {
      over.push_back(peer);
      continue;
    }
    if (now_us_ - session->sent_us() >= options_.heartbeat_us)
      Say(*session, wire::Encode(wire::Heartbeat{}));
  }
  for (const wire::PeerId& peer : over) {
    log::Info("delivery", "lease-over", {{"peer", peer.user}});
    End(peer, /*broken=*/true, /*bye=*/true);
  }
}

}  // namespace sam::delivery
