// LaneQueue: one lane of one subscription, from the mailbox to the acknowledgement. Knows what is
// waiting, sent, acknowledged or asked about again, and decides what may go out next. No I/O, no
// payload: a signal is read anew for each sending, so memory is the window's and nothing more.
// Owned by DeliveryStage, delivery thread only. Times are steady microseconds.
//
// Order: a number is not sent while an earlier one of the same child waits in this lane (for
// redelivery or a new decision). Sent and unanswered is fine, the channel keeps order; when one has
// to go again, all later ones of that child go again after it.
// A time-out counts against a signal only when the receiver passed it over, that is acknowledged
// something sent after it. A receiver that acknowledges nothing is down: nothing is given up then.
// Limits: kWindowMax numbers read ahead; kSpanMax numbers between the floor and the newest read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/random.h"

namespace sam::delivery {

struct RetryPolicy {
  int64_t ack_timeout_us = 30'000'000;
  int64_t first_us = 1'000'000;     // back-off after the first unanswered sending; doubles
  int64_t max_us = 1'800'000'000;   // half an hour
  int attempts = 8;                 // passed over so often: to the dead letters (never class A)
};

struct Flight {
  enum class State { kReady, kSent, kAsked };  // kAsked: waits for dispatch's new decision
  State state = State::kReady;
  SubjectId subject;       // zero: about nobody, no order to keep
  bool statutory = false;  // class A: never given up
  bool withheld = false;   // tells only that the number is empty: never given up either
  bool dead = false;       // given up; asked for the notice that fills its number
  uint64_t decision = 0;   // offset of the decision last read
  uint16_t attempt = 0;    // times sent
  uint16_t tries = 0;      // sendings without an answer: sets the back-off
  uint16_t failures = 0;   // times passed over
  int64_t due_us = 0;
  int64_t sent_us = 0;
  int64_t asked_us = -1;
  uint64_t serial = 0;     // order of sending within the lane
  size_t bytes = 0;
};

class LaneQueue {
 public:
  static constexpr size_t kWindowMax = 256;
  static constexpr uint64_t kSpanMax = 4096;  // bounds the numbers acknowledged above the floor

  explicit LaneQueue(RetryPolicy policy = {}) : policy_(policy) {}

  // As dispatch has it on disk; once, before anything else.
  void Load(uint64_t floor, const std::vector<uint64_t>& also);

  // Reading ahead. Numbers must be added in order; those acknowledged already are passed over.
  uint64_t next_read() const { return next_read_; }
  bool WantsMore() const;
  void Add(uint64_t sequence, const SubjectId& subject);

  // Offers what may go out now, lowest number first, until `offer` says stop.
  enum class Verdict {
    kTaken,   // marked as sent
    kWait,    // not now (a new decision is awaited): its child waits with it
    kStop,    // no room: nothing more this time
  };
  int Pump(int64_t now_us, const std::function<Verdict(uint64_t, Flight&)>& offer);
  void Unsent(uint64_t sequence);  // the frame it was in did not leave

  // Everything up to `floor`, and `also`. Returns how many were new. Numbers never sent are not
  // accepted: acknowledging the future would lose signals; they are counted in `unsent`.
  int Ack(uint64_t floor, const std::vector<uint64_t>& also, int64_t now_us, int* unsent);
  // The log says that it was acknowledged, on a connection that ended before that was folded. False: it
  // is not held here.
  bool Received(uint64_t sequence);
  // What the subscriber says it holds, when it subscribes: as good as an acknowledgement.
  int Seen(uint64_t floor, int64_t now_us);

  struct Expired {
    uint64_t sequence;
    bool given_up;   // now to be told to dispatch as a dead letter
    bool stuck;      // class A, past its attempts: people must be told
  };
  std::vector<Expired> Expire(int64_t now_us, Random& random);
  // The channel is gone. `broken`: what was unanswered counts as tried once more.
  void Detach(int64_t now_us, bool broken, Random& random);

  void Asked(uint64_t sequence, int64_t now_us);
  // The row has a new decision: it may be offered again.
  void Renewed(uint64_t sequence, bool withheld);
  std::vector<uint64_t> asked() const;

  uint64_t floor() const { return floor_; }
  const std::set<uint64_t>& also() const { return also_; }
  const Flight* Find(uint64_t sequence) const;
  size_t in_flight() const { return in_flight_; }
  size_t in_flight_bytes() const { return in_flight_bytes_; }
  size_t held() const { return flights_.size(); }
  uint64_t known_to() const { return known_to_; }
  bool acked(uint64_t sequence) const { return sequence <= floor_ || also_.count(sequence) > 0; }

 private:
  bool Drop(uint64_t sequence);
  void Advance();
  void ToReady(Flight& flight, int64_t due_us);
  void ReadyAfter(uint64_t sequence, const SubjectId& subject);
  int64_t BackOff(int tries, Random& random) const;

  RetryPolicy policy_;
  std::map<uint64_t, Flight> flights_;
  uint64_t floor_ = 0;
  std::set<uint64_t> also_;
  uint64_t next_read_ = 1;
  uint64_t known_to_ = 0;  // highest number this receiver can know
  uint64_t next_serial_ = 1;
  uint64_t highest_acked_serial_ = 0;
  int64_t last_ack_us_ = 0;
  size_t in_flight_ = 0;
  size_t in_flight_bytes_ = 0;
};

}  // namespace sam::delivery
