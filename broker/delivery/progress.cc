// To and from the journal: progress, dead letters, rechecks; and what is measured.
#include <capnp/message.h>

#include <algorithm>
#include <utility>

#include "broker/base/log.h"
#include "broker/delivery/delivery.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::delivery {

namespace {

constexpr size_t kDraftsMax = 256;                 // records in one submission
constexpr int64_t kLookMicros = 1'000'000;         // look for new decisions at least this often
constexpr int64_t kUnansweredMicros = 60'000'000;  // a question to dispatch is put again after it

std::string ProgressBytes(const std::string& subscription, Lane lane, const LaneQueue& queue,
                          const std::vector<uint64_t>& dead, uint64_t offered_below) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::Progress>();
  out.setSubscription(subscription);
  out.setLane(static_cast<uint8_t>(lane));
  out.setFloor(queue.floor());
  out.setOfferedBelow(offered_below);
  auto also = out.initAlso(static_cast<unsigned>(queue.also().size()));
  unsigned i = 0;
  for (uint64_t sequence : queue.also()) also.set(i++, sequence);
  auto letters = out.initDeadLetters(static_cast<unsigned>(dead.size()));
  for (i = 0; i < dead.size(); ++i) letters.set(i, dead[i]);
  return wire::Flatten(message);
}

std::string RecheckBytes(const std::string& subscription, Lane lane, uint64_t sequence) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::Recheck>();
  out.setSubscription(subscription);
  out.setLane(static_cast<uint8_t>(lane));
  out.setSequence(sequence);
  return wire::Flatten(message);
}

}  // namespace

int DeliveryStage::TakeOutcomes() {
  int done = 0;
  while (auto outcome = doors_.port.up.TryPop()) {
    ++done;
    const auto found = at_journal_.find(outcome->token);
    if (found == at_journal_.end()) continue;
    for (size_t i = 0; i < found->second.size(); ++i) {
      Told& told = found->second[i];
      const bool written =
          i < outcome->each.size() && outcome->each[i].taken == journal::Taken::kWritten;
      if (told.recheck) {
        if (!written) rechecks_.push_back(*told.recheck);
        continue;
      }
      LaneBox& lane = told.subscription->lane(told.lane);
      lane.busy = false;
      if (written) continue;
      lane.dirty = true;
      lane.dead.insert(lane.dead.end(), told.dead.begin(), told.dead.end());
    }
    at_journal_.erase(found);
  }
  return done;
}

// One submission a round, with at most one progress record for each lane: acknowledgements that
// come while one is being written gather for the next.
int DeliveryStage::Submit() {
  journal::Submission submission;
  std::vector<Told> told;
  for (auto& [name, subscription] : subscriptions_) {
    for (Lane which : {Lane::kAcute, Lane::kNormal}) {
      LaneBox& lane = subscription->lane(which);
      if (lane.busy || (!lane.dirty && lane.dead.empty())) continue;
      if (submission.drafts.size() == kDraftsMax) break;
      journal::Draft draft;
      draft.kind = journal::Kind::PROGRESS;
      draft.payload = ProgressBytes(name, which, lane.queue, lane.dead,
                                    OfferedBelow(*subscription, lane));
      draft.peer = subscription->peer.empty() ? "hub" : subscription->peer;
      submission.drafts.push_back(std::move(draft));
      told.push_back({subscription.get(), which, lane.dead, std::nullopt});
    }
  }
  size_t asked = 0;
  for (; asked < rechecks_.size() && submission.drafts.size() < kDraftsMax; ++asked) {
    const Recheck& recheck = rechecks_[asked];
    journal::Draft draft;
    draft.kind = journal::Kind::RECHECK;
    // Names no subject: the question must be readable when the subject's key is erased.
    draft.payload = RecheckBytes(recheck.subscription->name, recheck.lane, recheck.sequence);
    draft.peer = "hub";
    submission.drafts.push_back(std::move(draft));
    told.push_back({recheck.subscription, recheck.lane, {}, recheck});
  }
  if (submission.drafts.empty()) return 0;
  submission.token = next_token_;
  if (!doors_.port.down.TryPush(std::move(submission))) return 0;  // nothing is lost: next round
  for (const Told& one : told) {
    if (one.recheck) continue;
    LaneBox& lane = one.subscription->lane(one.lane);
    lane.busy = true;
    lane.dirty = false;
    lane.dead.clear();
  }
  rechecks_.erase(rechecks_.begin(), rechecks_.begin() + static_cast<std::ptrdiff_t>(asked));
  const int count = static_cast<int>(told.size());
  at_journal_.emplace(next_token_++, std::move(told));
  return count;
}

// What the log is told of numbers that may have left.
uint64_t DeliveryStage::OfferedBelow(const Subscription& subscription, const LaneBox& lane) const {
  if (!options_.tell_offers) return 0;
  return subscription.session != nullptr ? lane.claim : lane.offered_below;
}

// Connections that a crash ended without a word, and all those that a restored copy forgot: what
// has a number by now may have left, nothing else has.
Status DeliveryStage::TellUnclosed() {
  unclosed_told_ = true;
  SAM_ASSIGN(const auto names, mailbox_.Subscriptions());
  for (const std::string& name : names) {
    auto& slot = subscriptions_[name];
    if (!slot) slot = std::make_unique<Subscription>(name, options_.retry);
    if (slot->loaded) continue;  // a connection came first, and told
    for (Lane which : {Lane::kNormal, Lane::kAcute}) {
      SAM_ASSIGN(const auto below, mailbox_.OfferedBelow(name, which));
      if (options_.epoch == 1 && below.value_or(0) < mailbox::kAnyOffered) continue;
      SAM_ASSIGN(const mailbox::LaneState state, mailbox_.StateOf(name, which));
      slot->lane(which).offered_below = state.next.value;
      slot->lane(which).dirty = true;
    }
  }
  return Ok();
}

Result<int> DeliveryStage::LookForRenewed() {
  const uint64_t durable = doors_.log.durable().value;
  if (durable == renewed_mark_ && now_us_ < renewed_at_us_) return 0;
  renewed_mark_ = durable;
  renewed_at_us_ = now_us_ + kLookMicros;
  int renewed = 0;
  for (auto& [name, subscription] : subscriptions_) {
    for (Lane which : {Lane::kAcute, Lane::kNormal}) {
      LaneBox& lane = subscription->lane(which);
      for (uint64_t sequence : lane.queue.asked()) {
        const Flight* flight = lane.queue.Find(sequence);
        SAM_ASSIGN(const auto row, mailbox_.Get(name, which, Sequence(sequence)));
        if (!row) continue;
        const bool answered = row->decision != flight->decision && row->decision < durable;
        if (answered) {
          lane.queue.Renewed(sequence, row->withheld != wire::WithheldCode::NONE);
          ++renewed;
          continue;
        }
        // Acknowledged on an earlier connection, and folded since this one began: no decision will come.
        SAM_ASSIGN(const mailbox::LaneState known, mailbox_.StateOf(name, which));
        if (known.Acked(Sequence(sequence)) && lane.queue.Received(sequence)) {
          ++renewed;
        } else if (now_us_ - flight->asked_us > kUnansweredMicros) {
          log::Warn("delivery", "decision-overdue", {{"subscription", name}, {"number", sequence}});
          if (flight->dead)
            lane.dead.push_back(sequence);
          else
            rechecks_.push_back({subscription.get(), which, sequence});
          lane.queue.Asked(sequence, now_us_);
        }
      }
    }
  }
  return renewed;
}

void DeliveryStage::Expire() {
  for (auto& [name, subscription] : subscriptions_) {
    for (Lane which : {Lane::kAcute, Lane::kNormal}) {
      LaneBox& lane = subscription->lane(which);
      for (const LaneQueue::Expired& one : lane.queue.Expire(now_us_, random_)) {
        if (one.given_up) {
          subscription->dead_letters.Add();
          lane.dead.push_back(one.sequence);
          log::Warn("delivery", "dead-letter",
                    {{"subscription", name}, {"number", one.sequence}});
        } else if (one.stuck) {
          subscription->statutory_stuck.Add();
          log::Error("delivery", "statutory-unacknowledged",
                     {{"subscription", name}, {"number", one.sequence}});
        }
      }
    }
  }
}

Result<int64_t> DeliveryStage::Oldest(Subscription& subscription, Lane lane, Millis now) const {
  uint64_t sequence = 1;
  if (subscription.loaded) {
    sequence = subscription.queue(lane).floor() + 1;
    while (subscription.queue(lane).acked(sequence)) ++sequence;
  } else {
    SAM_ASSIGN(const mailbox::LaneState state, mailbox_.StateOf(subscription.name, lane));
    sequence = state.ack_floor.value + 1;
    while (state.Acked(Sequence(sequence))) ++sequence;
  }
  SAM_ASSIGN(const auto row, mailbox_.Get(subscription.name, lane, Sequence(sequence)));
  return row ? std::max<int64_t>(0, now.value - row->decided_at.value) : 0;
}

// Nothing waits for a receiver that is away until the night that something does.
void DeliveryStage::NoteReceiver(Subscription& subscription, bool expected, Millis now, ReceiverTable& table) {
  const bool connected = subscription.session != nullptr;
  if (connected) {
    subscription.seen = now;
    subscription.seen_us = now_us_;
    const bool known = subscription.software_seen.contains(subscription.software);
    if (!known && subscription.software_seen.size() >= Subscription::kSoftwareMax) subscription.software = "other";
    subscription.software_seen.try_emplace(
        subscription.software,
        metrics::Gauge("samsignal_receiver_info", "1: the software that the receiver greeted with last",
                       {{"subscription", subscription.name}, {"software", subscription.software}}));
    for (auto& [software, gauge] : subscription.software_seen) gauge.Set(software == subscription.software ? 1 : 0);
  }
  const int64_t since_us = std::max(subscription.seen_us, started_us_);
  const bool silent = expected && !connected && now_us_ - since_us >= options_.silent_us;
  if (silent && !subscription.is_silent)
    log::Error("delivery", "receiver-silent",
               {{"subscription", subscription.name}, {"hours", (now_us_ - since_us) / 3'600'000'000}});
  if (!silent && subscription.is_silent)
    log::Info("delivery", "receiver-back", {{"subscription", subscription.name}});
  subscription.is_silent = silent;
  subscription.connected.Set(connected ? 1 : 0);
  subscription.silent.Set(silent ? 1 : 0);
  table.push_back({subscription.name, subscription.peer, subscription.software, connected, silent,
                   subscription.seen, subscription.oldest_ms / 1000});
}

Status DeliveryStage::UpdateGauges() {
  SAM_ASSIGN(auto names, mailbox_.Subscriptions());
  // Those that nobody subscribes to count as well: a dead receiver is what the gauges are for.
  std::vector<std::string> expected;
  if (doors_.expected) {
    expected = doors_.expected();
    names.insert(names.end(), expected.begin(), expected.end());
    for (const auto& [name, subscription] : subscriptions_) names.push_back(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  const Millis now = doors_.clock.Now();
  auto table = std::make_unique<ReceiverTable>();
  for (const std::string& name : names) {
    auto& slot = subscriptions_[name];
    if (!slot) slot = std::make_unique<Subscription>(name, options_.retry);
    slot->oldest_ms = 0;
    for (Lane which : {Lane::kNormal, Lane::kAcute}) {
      SAM_ASSIGN(const int64_t age, Oldest(*slot, which, now));
      slot->oldest[static_cast<size_t>(which)].Set(static_cast<double>(age) / 1000.0);
      slot->oldest_ms = std::max(slot->oldest_ms, age);
    }
    // Of one that was taken out of peers.toml nobody waits to hear.
    const bool awaited = std::find(expected.begin(), expected.end(), name) != expected.end();
    NoteReceiver(*slot, awaited || !doors_.expected, now, *table);
  }
  if (doors_.receivers != nullptr) doors_.receivers->Put(std::move(table));
  return Ok();
}

}  // namespace sam::delivery
