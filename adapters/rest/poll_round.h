// PollRound: one reading of an endpoint, page by page, from "changed since" to the end; and where
// the next reading begins. Pure: no network, no store, no clock.
// Three traps are its reason:
// - A row may become visible after a younger one (its transaction was longer). So a round asks from
//   `overlap` before the cursor, and the pipeline knows again what it has seen.
// - Rows that change while pages are read move, and what follows them slides over the page border.
//   So a full page is followed by one that repeats its last rows: when the last row is not found
//   among them, the round begins again, and after kMaxRestarts ends without moving the cursor.
// - A server may cap pages below the limit asked for, from the beginning or from one day to the
//   next, and its pages then all look like the last one. So what follows a short page is asked for,
//   each time, unless it is empty itself. One that proves a cap is read again from the top, now that
//   it is known where pages end.
// And one may give more rows than asked for and have still more: that is a full page. When it
// ignores the offset too, its first row comes again.
// One thread. Owned by the connector.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/rest/json_row.h"
#include "broker/base/ids.h"

namespace sam::rest {

// What a source has shown of its paging; kept over rounds.
struct Paging {
  size_t limit = 200;  // asked for
  size_t full = 200;   // rows of a full page, as far as known
};

struct RoundStart {
  Millis cursor;       // everything changed up to here was seen
  Millis since;        // what is asked for
  bool dated = false;  // rows tell when they were changed
};

class PollRound {
 public:
  static constexpr size_t kOverlapRows = 10;
  static constexpr int kMaxRestarts = 3;

  enum class Next {
    kMore,    // ask for the page at offset()
    kDone,    // the cursor may move to cursor()
    kGaveUp,  // the pages did not hold still: the cursor stays
  };

  // Paging must outlive the round.
  PollRound(RoundStart start, Paging& paging, const hl7::Zone& zone);

  Millis since() const { return start_.since; }
  size_t offset() const { return offset_; }
  int restarts() const { return restarts_; }
  bool capped() const { return capped_; }  // the source gives fewer rows than asked for
  // Rows should tell when they were changed, and none did: the field has another name.
  bool undated() const { return start_.dated && any_rows_ && !youngest_; }

  // `now`: the earlier of the source's clock and ours when the page was asked for. A row from the
  // future moves the cursor up to there and no further, or nothing would be asked for until then.
  Next TakePage(const std::vector<PageRow>& rows, Millis now);
  Millis cursor() const;

  // How much older than the cursor of the round's beginning a row is; 0: it is not, or does not
  // say.
  int64_t LateMs(const PageRow& row) const;
  std::optional<Millis> ModifiedAt(const PageRow& row) const;

 private:
  void FromTheTop();
  Next Restart();

  RoundStart start_;
  Paging& paging_;
  const hl7::Zone zone_;
  size_t offset_ = 0;
  size_t repeats_ = 0;       // rows of the page before that the next one begins with
  size_t short_ = 0;         // rows of a short page: the next one should be empty
  bool capped_ = false;
  bool any_rows_ = false;
  int restarts_ = 0;
  std::string anchor_;
  std::string first_;  // row of the first page
  std::optional<Millis> youngest_;
  std::optional<Millis> began_;
};

}  // namespace sam::rest
