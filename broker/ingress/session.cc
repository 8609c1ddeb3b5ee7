#include "broker/ingress/session.h"

#include <algorithm>
#include <utility>

#include "broker/base/check.h"

namespace sam::ingress {
namespace {

// Places remembered for trimming between two backups; when it is full, neighbours are merged into
// the later one, which only makes the source keep its records a little longer.
constexpr size_t kCoveredMax = 4096;

}  // namespace

Session::Session(wire::PeerId peer, std::string system_id, uint64_t floor, Offset mark,
                 uint32_t window_messages)
    : peer_(std::move(peer)),
      system_id_(std::move(system_id)),
      floor_(floor),
      next_(floor + 1),
      window_(window_messages),
      highest_(mark) {
  if (floor_ > 0) NoteCovered(floor_, mark);
}

Session::Place Session::PlaceOf(const wire::PublishedRecord& record) const {
  if (record.sequence < next_) return Place::kSeen;
  const uint64_t first = record.event.empty() ? record.void_from : record.sequence;
  if (first > next_) return Place::kGap;
  // One above the window: a hole may ride along with a full batch.
  if (held_records() > window_ || taken_ >= taken_limit_) return Place::kFull;
  return Place::kNext;
}

void Session::Withdraw() {
  if (taken_limit_ == kNoLimit) taken_limit_ = taken_ + window_ + 1;
}

void Session::Take(uint64_t sequence, Admission admission) {
  SAM_CHECK(sequence == next_);
  Item item;
  item.sequence = sequence;
  item.ordinal = ++taken_;
  item.code = admission.code;
  item.field = std::move(admission.field);
  if (item.code == wire::Refusal::NONE) {
    item.drafted = true;
    item.bytes = admission.draft.bytes();
    item.draft = std::move(admission.draft);
  }
  held_bytes_ += item.bytes;
  gathering_.push_back(std::move(item));
  ++next_;
  // Whoever publishes this record has been told the answers a whole window before it.
  while (!refused_.empty() && refused_.front().ordinal + window_ + 1 < taken_)
    refused_.pop_front();
}

void Session::TakeVoid(uint64_t upto) {
  SAM_CHECK(upto >= next_);
  Item item;
  item.sequence = upto;
  item.ordinal = ++taken_;
  gathering_.push_back(std::move(item));
  next_ = upto + 1;
}

std::vector<journal::Draft> Session::Begin(size_t max_drafts) {
  SAM_CHECK(ready());
  std::vector<journal::Draft> drafts;
  while (!gathering_.empty() && drafts.size() < max_drafts) {
    Item item = std::move(gathering_.front());
    gathering_.pop_front();
    if (item.drafted) drafts.push_back(std::move(item.draft));
    in_flight_.push_back(std::move(item));
  }
  return drafts;
}

void Session::Accept(const Item& item, wire::Refusal code, std::string field) {
  floor_ = item.sequence;
  accepted_ordinal_ = item.ordinal;
  if (code != wire::Refusal::NONE)
    refused_.push_back({item.ordinal, {item.sequence, code, std::move(field)}});
}

Session::Counts Session::Settle(const journal::Outcome& outcome) {
  Counts counts;
  size_t next = 0;
  for (const Item& item : in_flight_) {
    held_bytes_ -= item.bytes;
    if (counts.full) continue;
    if (!item.drafted) {
      Accept(item, item.code, item.field);
      continue;
    }
    SAM_CHECK(next < outcome.each.size());
    const journal::Outcome::Each& each = outcome.each[next++];
    switch (each.taken) {
      case journal::Taken::kWritten:
        ++counts.accepted;
        Accept(item, wire::Refusal::NONE, {});
        break;
      case journal::Taken::kDuplicate:
        ++counts.duplicates;
        Accept(item, wire::Refusal::NONE, {});
        break;
      case journal::Taken::kConflict:
        counts.refused.push_back(wire::Refusal::CONFLICT);
        Accept(item, wire::Refusal::CONFLICT, "header.sourceMessageId");
        break;
      case journal::Taken::kEnvelopeReused:
        counts.refused.push_back(wire::Refusal::ENVELOPE_REUSED);
        Accept(item, wire::Refusal::ENVELOPE_REUSED, "header.eventId");
        break;
      case journal::Taken::kRefusedFull:
        counts.full = true;
        break;
    }
    if (!counts.full) highest_ = std::max(highest_, each.offset.next());
  }
  in_flight_.clear();
  duplicates_ += counts.duplicates;
  NoteCovered(floor_, highest_);
  if (counts.full) Rewind();
  return counts;
}

Session::Counts Session::SettleWithoutJournal() { return Settle({}); }

void Session::Rewind() {
  in_flight_.clear();
  gathering_.clear();
  held_bytes_ = 0;
  next_ = floor_ + 1;
  taken_ = accepted_ordinal_;
}

wire::Ack Session::MakeAck(uint64_t trim_to) const {
  wire::Ack ack;
  ack.accepted_to = floor_;
  ack.trim_to = std::min(trim_to, floor_);
  for (const Told& told : refused_) ack.refused.push_back(told.refused);
  ack.duplicates = duplicates_;
  return ack;
}

void Session::NoteCovered(uint64_t sequence, Offset below) {
  if (!covered_.empty() && covered_.back().below == below) {
    covered_.back().sequence = sequence;
    return;
  }
  covered_.push_back({sequence, below});
  if (covered_.size() <= kCoveredMax) return;
  std::deque<Covered> merged;
  for (size_t i = 1; i < covered_.size(); i += 2) merged.push_back(covered_[i]);
  if (covered_.size() % 2 == 1) merged.push_back(covered_.back());
  covered_ = std::move(merged);
}

uint64_t Session::CoveredTo(Offset covered) {
  while (!covered_.empty() && covered_.front().below <= covered) {
    covered_to_ = covered_.front().sequence;
    covered_.pop_front();
  }
  return covered_to_;
}

}  // namespace sam::ingress
