// Writer: brings each entry of the book to its end: POST of the intake, POST of its attachment,
// "registered" back to the sender. One request at a time, never blocking. Every step is on disk
// before the next request leaves.
//
//   WAITING -> POSTING -> CREATED -> ATTACHED -> DONE
//      ^          | the answer is not known: looked up by our reference, after settle_s
//      +----------+ not there                       HELD: a person must look (Why)
//
// An intake is posted again only when the answer, or the look-up, says that it is not there. The
// attachment of a known intake is sent again after a lost answer: the same page twice on one intake
// is harmless, one that is missing is not.
// Owned by the inbox's run; its thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/intake/answers.h"
#include "adapters/intake/book.h"
#include "adapters/intake/config.h"
#include "adapters/rest/back_off.h"
#include "adapters/rest/http_pull.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"

namespace sam::intake {

class Writer {
 public:
  static constexpr size_t kPage = 200;     // rows of one page of a look-up
  static constexpr size_t kMaxPages = 50;  // beyond it nobody can tell
  static constexpr int64_t kStaleMs = 10 * kMinuteMs;

  // kInternal: libcurl cannot start. kInvalid: one of its options, or no zone data.
  static Result<std::unique_ptr<Writer>> Make(Book& book, Config config, const Clock& clock,
                                              Random random);
  Writer(Book& book, Config config, hl7::Zone zone, std::unique_ptr<rest::HttpPull> pull,
         const Clock& clock, Random random);

  // The number of things done. Errors are the store's.
  Result<int> Step();

 private:
  enum class Doing { kNothing, kPosting, kLookingUp, kAttaching };
  struct Search {
    Millis since;
    size_t pages = 0;
    size_t offset = 0;
    std::vector<std::string> ids;
    bool unclear = false;
  };

  std::optional<Entry> Next() const;
  Status Act(Entry entry);
  Status BeginPost(Entry entry, const Delivered& delivered);
  Status BeginLookUp(const Entry& entry);
  Status BeginAttach(Entry entry, const Delivered& delivered);
  Status Ask(Doing doing, const Entry& entry,
             const std::function<Status(const rest::HttpPull::Query&)>& send);

  Status Take(const rest::HttpAnswer& answer);
  Status TakePost(Entry entry, const rest::HttpAnswer& answer);
  Status TakeLookUp(Entry entry, const rest::HttpAnswer& answer);
  Status EndLookUp(Entry entry);
  Status TakeAttach(Entry entry, const rest::HttpAnswer& answer);

  Status Hold(Entry entry, Why why, int status);
  void Pause(const char* what, int64_t asked_ms);
  void Recovered();
  void Later(uint64_t number, int64_t wait_ms) { due_[number] = NowMs() + wait_ms; }
  int64_t NowMs() const { return clock_.SteadyMicros() / 1000; }
  void Gauges();

  Book& book_;
  const Config config_;
  const hl7::Zone zone_;
  std::unique_ptr<rest::HttpPull> pull_;
  const Clock& clock_;
  Random random_;

  Doing doing_ = Doing::kNothing;
  uint64_t current_ = 0;
  Search search_;
  std::map<uint64_t, int64_t> due_;          // steady time; absent: now
  std::map<uint64_t, rest::BackOff> waits_;  // of single entries
  rest::BackOff outage_;                     // of the system as a whole
  int64_t pause_until_ = 0;

  metrics::Counter created_;
  metrics::Counter attached_;
  metrics::Counter doubts_;
  metrics::Counter failures_;
  metrics::Gauge open_;
  metrics::Gauge held_;
};

}  // namespace sam::intake
