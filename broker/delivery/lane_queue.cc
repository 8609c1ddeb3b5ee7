#include "broker/delivery/lane_queue.h"

#include <algorithm>

#include "broker/base/check.h"

namespace sam::delivery {

void LaneQueue::Load(uint64_t floor, const std::vector<uint64_t>& also) {
  floor_ = floor;
  for (uint64_t sequence : also)
    if (sequence > floor) also_.insert(sequence);
  Advance();
  next_read_ = floor_ + 1;
  known_to_ = also_.empty() ? floor_ : *also_.rbegin();
}

bool LaneQueue::WantsMore() const {
  return flights_.size() < kWindowMax && next_read_ - floor_ <= kSpanMax;
}

void LaneQueue::Add(uint64_t sequence, const SubjectId& subject) {
  SAM_CHECK(sequence >= next_read_);
  next_read_ = sequence + 1;
  if (acked(sequence)) return;
  flights_[sequence].subject = subject;
}

int LaneQueue::Pump(int64_t now_us, const std::function<Verdict(uint64_t, Flight&)>& offer) {
  std::set<SubjectId> waiting;
  int taken = 0;
  for (auto& [sequence, flight] : flights_) {
    if (flight.state == Flight::State::kSent) continue;
    const bool ordered = !flight.subject.empty();
    if (ordered && waiting.count(flight.subject) > 0) continue;
    if (flight.state == Flight::State::kReady && flight.due_us <= now_us) {
      const Verdict verdict = offer(sequence, flight);
      if (verdict == Verdict::kStop) break;
      if (verdict == Verdict::kTaken) {
        flight.state = Flight::State::kSent;
        flight.sent_us = now_us;
        flight.serial = next_serial_++;
        if (flight.attempt < UINT16_MAX) ++flight.attempt;
        ++in_flight_;
        in_flight_bytes_ += flight.bytes;
        known_to_ = std::max(known_to_, sequence);
        ++taken;
        continue;
      }
    }
    if (ordered) waiting.insert(flight.subject);
  }
  return taken;
}

void LaneQueue::ToReady(Flight& flight, int64_t due_us) {
  if (flight.state == Flight::State::kSent) {
    --in_flight_;
    in_flight_bytes_ -= flight.bytes;
  }
  flight.state = Flight::State::kReady;
  flight.due_us = due_us;
}

void LaneQueue::Unsent(uint64_t sequence) {
  const auto found = flights_.find(sequence);
  if (found == flights_.end() || found->second.state != Flight::State::kSent) return;
  ToReady(found->second, 0);
  --found->second.attempt;
}

bool LaneQueue::Drop(uint64_t sequence) {
  const auto found = flights_.find(sequence);
  if (found == flights_.end()) return false;
  Flight& flight = found->second;
  if (flight.state == Flight::State::kSent)
    highest_acked_serial_ = std::max(highest_acked_serial_, flight.serial);
  ToReady(flight, 0);
  flights_.erase(found);
  return true;
}

void LaneQueue::Advance() {
  while (!also_.empty() && *also_.begin() <= floor_ + 1) {
    floor_ = std::max(floor_, *also_.begin());
    also_.erase(also_.begin());
  }
}

int LaneQueue::Ack(uint64_t floor, const std::vector<uint64_t>& also, int64_t now_us,
                   int* unsent) {
  int fresh = 0;
  *unsent = floor > known_to_ ? 1 : 0;
  // A number that was read but never offered stays: only what was sent can have been received.
  const uint64_t upto = std::min(floor, known_to_);
  for (auto at = flights_.begin(); at != flights_.end() && at->first <= upto;) {
    const auto here = at++;
    if (here->second.attempt == 0) {
      ++*unsent;
      continue;
    }
    also_.insert(here->first);
    Drop(here->first);
    ++fresh;
  }
  for (uint64_t sequence : also) {
    const auto found = flights_.find(sequence);
    if (found == flights_.end()) {
      if (sequence > known_to_) ++*unsent;
      continue;
    }
    if (found->second.attempt == 0) {
      ++*unsent;
      continue;
    }
    also_.insert(sequence);
    Drop(sequence);
    ++fresh;
  }
  Advance();
  if (fresh > 0) last_ack_us_ = now_us;
  return fresh;
}

bool LaneQueue::Received(uint64_t sequence) {
  if (flights_.find(sequence) == flights_.end()) return false;
  also_.insert(sequence);
  Drop(sequence);
  Advance();
  return true;
}

int LaneQueue::Seen(uint64_t floor, int64_t now_us) {
  if (floor <= floor_) return 0;
  int fresh = 0;
  while (!flights_.empty() && flights_.begin()->first <= floor) {
    Drop(flights_.begin()->first);
    ++fresh;
  }
  fresh += static_cast<int>(next_read_ <= floor);
  floor_ = floor;
  known_to_ = std::max(known_to_, floor);
  next_read_ = std::max(next_read_, floor + 1);
  Advance();
  last_ack_us_ = now_us;
  return fresh;
}

// Doubling from the first step, with a fifth of jitter either way, so that what failed together
// does not come back together.
int64_t LaneQueue::BackOff(int tries, Random& random) const {
  int64_t wait = policy_.first_us;
  for (int i = 1; i < tries && wait < policy_.max_us; ++i) wait *= 2;
  wait = std::min(wait, policy_.max_us);
  const auto fifth = static_cast<uint64_t>(wait / 5);
  return wait - static_cast<int64_t>(fifth) + static_cast<int64_t>(random.Below(2 * fifth + 1));
}

void LaneQueue::ReadyAfter(uint64_t sequence, const SubjectId& subject) {
  if (subject.empty()) return;
  for (auto at = flights_.upper_bound(sequence); at != flights_.end(); ++at)
    if (at->second.subject == subject && at->second.state == Flight::State::kSent)
      ToReady(at->second, 0);
}

std::vector<LaneQueue::Expired> LaneQueue::Expire(int64_t now_us, Random& random) {
  std::vector<Expired> out;
  for (auto& [sequence, flight] : flights_) {
    if (flight.state != Flight::State::kSent) continue;
    const bool passed_over = flight.serial < highest_acked_serial_;
    const int64_t since = passed_over ? flight.sent_us : std::max(flight.sent_us, last_ack_us_);
    if (now_us - since < policy_.ack_timeout_us) continue;
    if (flight.tries < UINT16_MAX) ++flight.tries;
    if (passed_over && flight.failures < UINT16_MAX) ++flight.failures;
    ToReady(flight, now_us + BackOff(flight.tries, random));
    ReadyAfter(sequence, flight.subject);
    Expired expired{sequence, false, false};
    if (passed_over && flight.failures >= policy_.attempts && !flight.withheld) {
      if (flight.statutory) {
        expired.stuck = true;
      } else {
        expired.given_up = true;
        flight.dead = true;
        flight.state = Flight::State::kAsked;
        flight.asked_us = now_us;
      }
    }
    out.push_back(expired);
  }
  return out;
}

void LaneQueue::Detach(int64_t now_us, bool broken, Random& random) {
  for (auto& [sequence, flight] : flights_) {
    if (flight.state != Flight::State::kSent) continue;
    if (!broken) {
      ToReady(flight, 0);
      continue;
    }
    // The first break costs nothing. What was under way at one break after another may be what
    // breaks the receiver: it waits, so that others get through before it.
    if (flight.tries < UINT16_MAX) ++flight.tries;
    if (flight.serial < highest_acked_serial_ && flight.failures < UINT16_MAX) ++flight.failures;
    ToReady(flight, flight.tries <= 1 ? 0 : now_us + BackOff(flight.tries - 1, random));
  }
}

void LaneQueue::Asked(uint64_t sequence, int64_t now_us) {
  const auto found = flights_.find(sequence);
  if (found == flights_.end()) return;
  ToReady(found->second, 0);
  found->second.state = Flight::State::kAsked;
  found->second.asked_us = now_us;
}

void LaneQueue::Renewed(uint64_t sequence, bool withheld) {
  const auto found = flights_.find(sequence);
  if (found == flights_.end() || found->second.state != Flight::State::kAsked) return;
  found->second.withheld = withheld;
  ToReady(found->second, 0);
}

std::vector<uint64_t> LaneQueue::asked() const {
  std::vector<uint64_t> out;
  for (const auto& [sequence, flight] : flights_)
    if (flight.state == Flight::State::kAsked) out.push_back(sequence);
  return out;
}

const Flight* LaneQueue::Find(uint64_t sequence) const {
  const auto found = flights_.find(sequence);
  return found == flights_.end() ? nullptr : &found->second;
}

}  // namespace sam::delivery
