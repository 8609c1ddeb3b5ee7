// Session: one source's conversation as a state machine without sockets. Numbers are taken strictly
// in succession; one submission at a time is with the journal while the next gathers, and nothing
// counts as accepted before its outcome is there.
// One thread: ingress. Limits: at most window records and bytes are held; the list of refused
// numbers is as long as the window (a source that publishes a number has been told everything a
// window below it).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "broker/ingress/admit.h"
#include "broker/journal/inbox.h"
#include "broker/wire/frame.h"
#include "broker/wire/link.h"

namespace sam::ingress {

class Session {
 public:
  // `floor`: the number that both sides agree is accepted. `mark`: journal records known to lie
  // before everything this session will accept (for trimming below `floor`).
  Session(wire::PeerId peer, std::string system_id, uint64_t floor, Offset mark,
          uint32_t window_messages);

  enum class Place {
    kNext,    // the number is awaited: Take it
    kSeen,    // accepted or held already: answer again
    kGap,     // something before it is missing: the source will send again
    kFull,    // more than the window, or than what was under way when credit was withdrawn
  };
  Place PlaceOf(const wire::PublishedRecord& record) const;
  void Take(uint64_t sequence, Admission admission);
  void TakeVoid(uint64_t upto);

  bool ready() const { return !gathering_.empty() && in_flight_.empty(); }
  // Moves what has gathered into one submission with at most `max_drafts` drafts. Empty drafts
  // (all refused) need no journal: call SettleWithoutJournal.
  std::vector<journal::Draft> Begin(size_t max_drafts);
  // Told with each window. Between Withdraw and Grant one window more is taken: what was under way.
  void Grant() { taken_limit_ = kNoLimit; }
  void Withdraw();
  uint64_t in_flight_to() const { return in_flight_.empty() ? floor_ : in_flight_.back().sequence; }

  struct Counts {
    uint32_t accepted = 0;
    uint32_t duplicates = 0;
    std::vector<wire::Refusal> refused;  // conflicts and reused envelopes
    bool full = false;                   // the journal refused for want of disk
  };
  Counts Settle(const journal::Outcome& outcome);
  Counts SettleWithoutJournal();
  void Rewind();  // everything not accepted is unasked for again

  wire::Ack MakeAck(uint64_t trim_to) const;
  // Highest number whose record lies below `covered`.
  uint64_t CoveredTo(Offset covered);

  const wire::PeerId& peer() const { return peer_; }
  const std::string& system_id() const { return system_id_; }
  uint64_t floor() const { return floor_; }
  size_t held_bytes() const { return held_bytes_; }
  size_t held_records() const { return gathering_.size() + in_flight_.size(); }
  bool in_flight() const { return !in_flight_.empty(); }

  // The stage's notes about this conversation.
  int64_t heard_us = 0;
  int64_t told_us = 0;
  bool told_busy = false;
  uint64_t token = 0;  // of the submission under way

 private:
  struct Item {
    uint64_t sequence = 0;
    uint64_t ordinal = 0;  // counts records, where numbers may jump over a hole
    bool drafted = false;
    size_t bytes = 0;
    wire::Refusal code = wire::Refusal::NONE;
    std::string field;
    journal::Draft draft;
  };
  struct Covered {
    uint64_t sequence;
    Offset below;  // everything up to `sequence` lies below this offset
  };
  void Accept(const Item& item, wire::Refusal code, std::string field);
  void NoteCovered(uint64_t sequence, Offset below);

  wire::PeerId peer_;
  std::string system_id_;
  uint64_t floor_;
  uint64_t next_;  // awaited number
  uint32_t window_;
  uint32_t duplicates_ = 0;
  size_t held_bytes_ = 0;
  std::deque<Item> gathering_;
  std::vector<Item> in_flight_;
  struct Told {
    uint64_t ordinal;
    wire::RefusedRecord refused;
  };
  std::deque<Told> refused_;
  uint64_t taken_ = 0;             // ordinal of the last record taken
  uint64_t accepted_ordinal_ = 0;  // and of the last one accepted
  static constexpr uint64_t kNoLimit = UINT64_MAX;
  uint64_t taken_limit_ = 0;  // ordinal; a new conversation has no credit yet
  std::deque<Covered> covered_;
  uint64_t covered_to_ = 0;
  Offset highest_;
};

}  // namespace sam::ingress
