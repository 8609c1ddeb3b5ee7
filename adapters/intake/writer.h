// Writer: brings each entry of the book to its end: POST of the intake, POST of its attachment,
// "registered" back to the sender. One request at a time, never blocking. Every step is on disk
// before the next request leaves.
//
//   WAITING -> POSTING -> CREATED -> ATTACHED -> DONE
//                                                 or FILING: the rest is the Filer's
//      ^          | the answer is not known: looked up by our reference, after settle_s
//      +----------+ not there                       HELD: a person must look (Why)
//
// An intake is posted again only when the answer, or the look-up, says that it is not there. The
// attachment of a known intake is sent again after a lost answer: the same page twice on one intake
// is harmless, one that is missing is not.
// Owned by the inbox's run; its thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/intake/answers.h"
#include "adapters/intake/book.h"
#include "adapters/intake/config.h"
#include "adapters/intake/requests.h"
#include "adapters/rest/http_pull.h"
#include "adapters/rest/poll_round.h"
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
  struct Search {
    std::optional<rest::PollRound> round;
    Millis since;
    size_t pages = 0;
    std::vector<std::string> ids;
    bool unclear = false;
  };

  Status Act(Entry entry);
  Status BeginPost(Entry entry, const Delivered& delivered);
  Status BeginSearch(const Entry& entry);
  Status BeginLookUp(const Entry& entry);
  // From when on a row of a POST at `posted` may be dated, by their clock as far as it is known.
  Millis LookBack(Millis posted) const;
  Status BeginAttach(Entry entry, const Delivered& delivered);

  Status Take(const Requests::Answered& answered);
  Status TakePost(Entry entry, const rest::HttpAnswer& answer);
  Status TakeLookUp(Entry entry, const rest::HttpAnswer& answer);
  Status GoOnLooking(const Entry& entry, rest::PollRound::Next next);
  Status EndLookUp(Entry entry);
  Status TakeAttach(Entry entry, const rest::HttpAnswer& answer);

  Status Hold(Entry entry, Why why, int status);
  // Certainly not carried out, and perhaps for this entry alone.
  Status NotLetIn(Entry entry, Doing doing, const char* what, const rest::HttpAnswer& answer,
                  Why why);
  void InDoubt(const Entry& entry);
  void Gauges();

  Book& book_;
  const Config config_;
  const hl7::Zone zone_;
  const Clock& clock_;
  Requests requests_;
  Turns& turns_;  // of requests_
  rest::Paging paging_{kPage, kPage};

  Search search_;
  int64_t behind_ms_ = 0;  // how far their clock was behind ours, at most

  metrics::Counter created_;
  metrics::Counter attached_;
  metrics::Counter doubts_;
  metrics::Gauge open_;
  metrics::Gauge held_;
  metrics::Gauge withdrawn_;
};

}  // namespace sam::intake
