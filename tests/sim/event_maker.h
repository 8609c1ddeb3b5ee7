// EventMaker: what source systems tell about children, drawn from the world's seed: honest events,
// the same message again, the same message mapped anew, a corrected or retracted one, other content
// under a message id that is taken. Reports bring files, whose parts come one by one after them, some
// twice, some never. Identities are made up: system "urn:sim", values "SIM-1".
// One thread; the world must outlive it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/uuid7.h"
#include "schemas/event.capnp.h"
#include "tests/sim/world.h"

namespace sam::sim {

// Every report's address begins so: what an ordinary reader of the log gets may never hold it.
inline constexpr std::string_view kMadeUpAddress = "Sim street ";

class EventMaker {
 public:
  explicit EventMaker(World& world);

  struct Telling {
    std::string what;
    std::string system;
    std::string bytes;
  };
  // The next thing the system of this place tells. Places: see Places().
  Telling Next(size_t place);

  struct Place {
    std::string system;  // system id of the source that tells
    std::string unit;    // HSA id
    std::string function;
    std::string org;
    std::string board;
    std::string municipality;
  };
  static const std::vector<Place>& Places();

 private:
  struct Child {
    std::string id;
    std::string old_id;  // empty: known by one identity only
    Millis born;
    std::string municipality;
    schema::Protection protection = schema::Protection::NONE;
    std::vector<std::string> appointments;
    bool registered = false;
    bool linked = false;
  };
  struct Made {
    std::string bytes;
    std::string type;
  };

  using Body = schema::Event::Body::Builder;
  Child& ChildOf(size_t place);
  void Fill(const Place& place, Child& child, Body body);
  void FillVisit(Child& child, Body body);
  void FillOutcome(const Child& child, Body body);
  void FillConsent(const Child& child, Body body);
  void FillReport(const Place& place, Body body);
  void FillPerson(const Place& place, Child& child, Body body);
  void AddFiles(size_t place, schema::Event::Reader report);
  Telling Fresh(size_t place);
  Telling Again(size_t place);

  World& world_;
  Uuid7 ids_;
  uint64_t messages_ = 0;
  std::vector<std::vector<Child>> children_;  // by place
  std::vector<std::vector<Made>> made_;       // by place
  std::vector<std::vector<Telling>> parts_;   // by place: of files, still to be told
};

}  // namespace sam::sim
