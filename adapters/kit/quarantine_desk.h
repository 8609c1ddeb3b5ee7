// QuarantineDesk: the commands on messages that were put aside: list, show, resend, fix, discard,
// one at a time or all that a filter names. Bulk work goes page by page, so that a running adapter
// takes messages in between; each entry has an audit row of its own.
// Threads: one, the store's writer, between groups. Content is hidden unless `reveal` comes with a
// reason, and then the access is in the audit before anything is shown.
//
//   list [json] [FILTER...] [from=N]                    a page; FILTER as in quarantine_filter.h
//   show N [json] [reveal REASON]
//   resend N REASON | fix N REASON BASE64 | discard N REASON        each also with json at the end
//   preview resend|discard [json] FILTER...             how many open entries that would be
//   bulk resend|discard REASON [json] FILTER... from=N upto=M stop=K   a page of it
// A page begins with the line "#page next=N done=D failed=F upto=M matched=C"; next=0: the last
// one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/quarantine_filter.h"
#include "broker/base/result.h"

namespace sam::kit {

struct PageHead {
  uint64_t next = 0;
  uint64_t done = 0;
  uint64_t failed = 0;
  uint64_t upto = 0;
  uint64_t matched = 0;

  std::string Line() const;
  // Takes the line off the front of `page`. kInvalid: there is none.
  static Result<PageHead> TakeFrom(std::string& page);
};

class QuarantineDesk {
 public:
  static constexpr size_t kListPage = 500;
  static constexpr size_t kBulkPage = 20;  // two syncs each: a fraction of a second of the feed

  QuarantineDesk(AdapterStore& store, Pipeline& pipeline) : store_(store), pipeline_(pipeline) {}

  // words without "quarantine". Errors as Commands::Run.
  Result<std::string> Run(const Words& words, const std::string& operator_name);

 private:
  struct Page {
    QuarantineFilter filter;
    uint64_t from = 1;
    uint64_t upto = UINT64_MAX;
    uint64_t stop = 0;  // failures to end after; 0: never
    bool json = false;
  };
  static Result<Page> ReadPage(const Words& words, size_t at);
  Result<std::string> List(const Words& words);
  Result<std::string> Show(uint64_t number, const Words& words, const std::string& operator_name);
  Result<std::string> Preview(const Words& words);
  Result<std::string> Bulk(const Words& words, const std::string& operator_name);
  Result<std::string> Resend(uint64_t number, const Words& words, const std::string& operator_name);
  Status ResendOne(uint64_t number, const std::string& reason, const std::string& operator_name);
  Status Discard(uint64_t number, const std::string& reason, const std::string& operator_name);
  Status Note(const std::string& operator_name, const std::string& action, uint64_t number,
              const std::string& reason);

  AdapterStore& store_;
  Pipeline& pipeline_;
};

}  // namespace sam::kit
