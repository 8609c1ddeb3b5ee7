// MemoryNet: a network in memory with every misfortune of a real one, decided by a seed. The
// simulator and tests run stages and clients over it; they can not tell it from ZeroMQ.
// One thread. Time comes from the Clock: a delayed frame arrives when the clock has moved on.
// Limits: each connection queues at most kHighWaterMark frames a direction, like ZeroMQ.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/wire/link.h"

namespace sam::wire {

// Probabilities per frame sent. Harsher than TCP, where loss comes with a disconnect only: what
// survives this survives that.
struct MemoryFaults {
  double drop = 0;
  double duplicate = 0;
  double reorder = 0;     // overtakes the frame before it
  double disconnect = 0;  // all frames under way are lost, the client connects anew
  int64_t delay_us_max = 0;
  int64_t reconnect_us = 200'000;  // how long a cut client stays away
};

class MemoryNet {
 public:
  // `random` and `clock` must outlive the net; the net must outlive its links.
  MemoryNet(Random& random, const Clock& clock, MemoryFaults faults = {});
  ~MemoryNet();

  // A listening end. One per name at a time: destroy the old one first (a crash), which cuts all
  // its clients; they come back when somebody listens under the name again.
  std::unique_ptr<ServerLink> Listen(const std::string& name);
  // A calling end, authenticated as `user` as by its key. The server need not exist yet.
  std::unique_ptr<ClientLink> Connect(const std::string& server, const std::string& user);

  void SetFaults(const MemoryFaults& faults);
  void Cut(const std::string& user);                 // all connections of this user, once
  void SetAllowed(const std::string& user, bool in);  // a key taken from or put in the table
  bool quiet() const;                                // nothing under way in any direction

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sam::wire
