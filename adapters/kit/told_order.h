// ToldOrder: what puts the tellings of one object in order when they do not come in it: a source that
// sends again what was refused for want of room, a message that is sent from quarantine days later.
// EpisodeOrders: what one message finds out about the episodes that it touches, and leaves there.
// Threads: one, the pipeline's. A value of this kind lives as long as one message is worked on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "adapters/kit/source_record.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"

namespace sam::kit {

class AdapterStore;

struct ToldOrder {
  std::string object;    // whose versions these are; as a decoder gives it: its name, in a row: a hash
  uint64_t version = 0;  // 0: none
  // The time that the source put on it: between these, since a minute is no instant. 0: none.
  Millis from{0};
  Millis until{0};

  bool empty() const { return version == 0 && from.value == 0; }
  bool operator==(const ToldOrder&) const = default;
  void SetTime(const TimeValue& time);
  // "12" is; a version that is no number, or 0, says nothing of the order.
  void SetVersion(const std::string& name, const std::string& number);
};

// A version decides among those of one object, a time among all. Older is what one of them says and
// none denies: a source that counts anew after a move is not silenced for ever.
bool IsOlder(const ToldOrder& came, const ToldOrder& told);

// What stands in one episode's row: for each type of event, the newest message that a rule about it
// has looked at, also when it had nothing to tell.
using ToldOrders = std::map<std::string, ToldOrder>;

enum class Age {
  kLatest,       // also when nothing is known: told as it comes
  kOlder,        // something newer was told of this episode
  kOlderOfType,  // and a rule about this type of event has seen it
};

class EpisodeOrders {
 public:
  // `order`: the message's own; empty: nobody asks and nothing is written (rows of files come in
  // the file's order). The store must outlive it.
  EpisodeOrders(AdapterStore& store, std::string system_id, std::optional<ToldOrder> order,
                Millis now);

  // An error is the store's.
  Result<Age> Look(const std::string& type, const std::string& episode);
  // Into the open group, when the message was told and not put aside.
  void Put();

 private:
  AdapterStore& store_;
  std::string system_id_;
  ToldOrder order_;
  std::map<std::string, std::pair<ToldOrders, ToldOrders>> seen_;  // by episode: before, and after
};

}  // namespace sam::kit
