// Filer: sends the files of a report after its page, each once and in the report's order, to the intake
// that the Writer made. One request at a time, apart from the Writer's: an acute report does not wait
// while 40 MB go over a slow line. Every step is on disk before the next request leaves.
//
//   WAITING -> POSTING -> SENT
//      ^          | the answer is not known: the intake's list is read for the file's name
//      +----------+ not there; there: SENT                REFUSED, DOUBT: a person must look
//
// A file is sent when all of it is here and its digest is the report's. One that is damaged, or not whole
// after file_wait, gets a page in its place that says where it is; it is then not sent any more.
// A refused file holds up no other one; when nothing else can go, the entry is HELD.
// Owned by the inbox's run; its thread only. Memory: one part of a file (120 KiB).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "adapters/intake/answers.h"
#include "adapters/intake/body.h"
#include "adapters/intake/book.h"
#include "adapters/intake/config.h"
#include "adapters/intake/requests.h"
#include "adapters/rest/http_pull.h"
#include "broker/base/clock.h"
#include "broker/base/metrics.h"
#include "broker/base/random.h"

namespace sam::intake {

class Filer {
 public:
  static constexpr int64_t kLookAgainMs = 1'000;  // for parts that came meanwhile

  // kInternal: libcurl cannot start. kInvalid: one of its options.
  static Result<std::unique_ptr<Filer>> Make(Book& book, Config config, const Clock& clock,
                                             Random random);
  Filer(Book& book, Config config, std::unique_ptr<rest::HttpPull> pull, const Clock& clock,
        Random random);

  // The number of things done. Errors are the store's.
  Result<int> Step();

 private:
  Status Act(Entry entry);
  // Of those that wait, the one that can go now; WAITING with `missing` set anew is kept first.
  Result<std::optional<size_t>> Ready(Entry& entry, const std::vector<Listed>& listed);
  // Nothing can go now: the end, a person's, or later.
  Status Rest(Entry entry);
  Status BeginFile(Entry entry, size_t file, const Listed& listed);
  Status BeginList(const Entry& entry);
  Result<std::string> NextPiece(const Entry& entry, size_t file);

  Status Take(const Requests::Answered& answered);
  Status TakeFile(Entry entry, size_t file, const rest::HttpAnswer& answer);
  Status TakeList(Entry entry, size_t file, const rest::HttpAnswer& answer);
  Status Settle(Entry entry, size_t file, FileState state);
  Status NotLetIn(Entry entry, size_t file, Doing doing, const char* what,
                  const rest::HttpAnswer& answer, FileState end);
  Status Hold(Entry entry, Why why);

  Book& book_;
  const Config config_;
  const Clock& clock_;
  Requests requests_;
  Turns& turns_;  // of requests_
  uint16_t next_piece_ = 0;
  uint64_t pieces_ = 0;   // read since the start
  Status broken_ = Ok();  // why the piece at hand could not be read

  metrics::Counter sent_;
  metrics::Counter missing_;
  metrics::Gauge open_;
};

}  // namespace sam::intake
