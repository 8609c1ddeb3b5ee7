// TableReading: where the reading of one table stands, which question comes next, and what a page
// says about it. Two cursors, both safe:
// - Snapshot. Below the number of the oldest transaction under way everything is final: nothing can
//   appear there later. So the place moves up to that number, as it was when the round began, and no
//   further; what is visible above it is told at once, and read again until it is final too.
// - Overlap. Rows from `overlap` before the youngest time seen, all over again; the pipeline knows
//   what it has seen. Rows that come later than that are found by the sweep, counted and told.
// Pages follow each other by (at, id). Each begins with the last row of the one before, so that two
// rows with the same key are seen side by side, and refused, instead of being cut apart and lost.
// One thread; no database here. Owned by the connector.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/hl7/zone.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/rest/back_off.h"
#include "adapters/sql/page.h"
#include "adapters/sql/place.h"
#include "adapters/sql/sql_config.h"
#include "broker/base/metrics.h"
#include "broker/base/result.h"

namespace sam::sql {

class TableReading {
 public:
  // kCorrupt: the mark in the store is none of ours. kInvalid: read_again was raised, and
  // first_load would pass over what is to be read.
  static Result<std::unique_ptr<TableReading>> Open(size_t number, const SqlConfig& sql,
                                                    const hl7::Zone& zone,
                                                    kit::AdapterStore& store, Millis now);

  const TableConfig& config() const { return config_; }
  const Place& place() const { return place_; }

  Question Next(Millis now);
  // Why the page must not be taken; an empty code: it may. `now`: the earlier of both clocks. A row
  // whose time is none is marked: it goes aside and moves no cursor.
  Trouble Check(Page& page, Millis now);
  // With the last group of a page: puts the new place. Commit, then Finish; true: read to the end.
  void PutPlace();
  bool Finish(int64_t now_us, Millis now);
  // The round begins again at its durable place.
  void Abandon();

  bool baseline() const {
    return place_.state != Place::State::kRead && sql_.first_load == FirstLoad::kBaseline;
  }
  // A row that was not known: how far before the cursor it lay, and what that says.
  void NoteFresh(const SqlRow& row);

  int64_t due_us = 0;
  int64_t asked_us = 0;
  rest::BackOff trouble;

 private:
  TableReading(size_t number, const SqlConfig& sql, const hl7::Zone& zone,
               kit::AdapterStore& store);
  Status BeginAgain(Place before);
  void JudgeSnapshot(const Page& page);
  void JudgeOverlap(Page& page, Millis now);
  std::optional<Millis> TimeOf(const SqlRow& row) const;

  const size_t number_;
  const SqlConfig& sql_;
  const TableConfig& config_;
  hl7::Zone zone_;
  kit::AdapterStore& store_;
  Place place_;
  Place next_;         // after the page at hand
  bool ended_ = false;  // the page at hand is the last one

  bool open_ = false;  // a round is under way
  std::optional<int64_t> floor_;  // snapshot: the oldest transaction when it began
  bool sweeping_ = false;
  std::optional<Key> last_;   // of the pages taken
  std::optional<Key> taking_;  // of the page at hand
  std::optional<Millis> youngest_;

  metrics::Counter late_, too_late_;
  metrics::Gauge success_at_;
};

}  // namespace sam::sql
