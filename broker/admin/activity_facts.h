// What was done and declined, for statistics: talks and forms of child health care, visits that nobody came
// to, dental care offered to guardians. One fact for each happening, without who it was about and without
// what was said. Main thread of a tool. Memory: two hundred bytes for each happening of the period.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "broker/admin/fact_log.h"
#include "broker/statistics/period.h"

namespace sam::admin {

// "epds", "visit.missed": the ends of text ids (stat.activity, stat.offer). Empty: not counted.
std::string ActivityOf(schema::Event::Body::Reader body);
std::string OfferOf(schema::Event::Body::Reader body);

class ActivityReader {
 public:
  // `test`: the hub is in a test environment, where everything is a test.
  ActivityReader(const statistics::Period& period, bool test) : period_(period), test_(test) {}

  void Note(const journal::Header& header, schema::Event::Reader event);

  struct Facts {
    std::vector<statistics::Fact> activities, offers;
  };
  // What stands: neither taken back nor corrected, and what two sources told counted once.
  Result<Facts> Take(People& people) const;

 private:
  struct Happening {
    EventId event;
    SubjectId subject;
    Millis at;
    std::string code;
    bool offer = false;
    std::vector<std::string> keys;  // by which another telling of the same is known
  };
  const statistics::Period& period_;
  bool test_;
  std::vector<Happening> happenings_;       // in the order of the log
  std::unordered_set<EventId> replaced_;
};

}  // namespace sam::admin
