#include "adapters/sql/table_reading.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "adapters/rest/iso_time.h"
#include "adapters/sql/row_text.h"
#include "broker/base/log.h"

namespace sam::sql {
namespace {

std::string MarkName(const TableConfig& config) { return "sql/" + config.name; }

int64_t Number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

}  // namespace

TableReading::TableReading(size_t number, const SqlConfig& sql, const hl7::Zone& zone,
                           kit::AdapterStore& store)
    : number_(number),
      sql_(sql),
      config_(sql.tables[number]),
      zone_(zone),
      store_(store),
      late_("samsignal_sql_late_rows_total",
            "Rows that came after younger ones, and were seen thanks to the overlap",
            {{"table", config_.name}}),
      too_late_("samsignal_sql_rows_beyond_overlap_total",
                "Rows that only the sweep found: the overlap is too short",
                {{"table", config_.name}}),
      success_at_("samsignal_sql_last_success_seconds",
                  "When the table was last read to its end, seconds since 1970",
                  {{"table", config_.name}}) {}

Result<std::unique_ptr<TableReading>> TableReading::Open(size_t number, const SqlConfig& sql,
                                                         const hl7::Zone& zone,
                                                         kit::AdapterStore& store, Millis now) {
  std::unique_ptr<TableReading> out(new TableReading(number, sql, zone, store));
  SAM_ASSIGN(const std::optional<std::string> mark, store.Mark(MarkName(out->config_)));
  if (mark) {
    std::optional<Place> place = ReadPlace(*mark);
    if (!place) return Corrupt("the mark of table " + out->config_.name + " is not one of [sql]");
    if (place->read_again == sql.read_again) {
      out->place_ = std::move(*place);
      return out;
    }
    SAM_TRY(out->BeginAgain(std::move(*place)));
    store.PutMark(MarkName(out->config_), WritePlace(out->place_));
    return out;
  }
  Place& place = out->place_;
  place.read_again = sql.read_again;
  place.swept = now;
  place.state = sql.first_load == FirstLoad::kSkip ? Place::State::kNew : Place::State::kFirstLoad;
  if (out->config_.cursor == CursorKind::kOverlap && sql.first_load == FirstLoad::kSkip) {
    place.state = Place::State::kRead;
    place.cursor = now;
  }
  // "From now on" is decided once: a restart before the first page must not leave a gap.
  store.PutMark(MarkName(out->config_), WritePlace(place));
  return out;
}

// "From now on" would pass over exactly the rows that are to be read again: what was changed between
// the old place and now.
Status TableReading::BeginAgain(Place before) {
  const bool skip = sql_.first_load == FirstLoad::kSkip;
  if (skip && config_.cursor != CursorKind::kOverlap && before.state != Place::State::kNew)
    return Invalid("read_again was raised, and with first_load = \"skip\" the rows that changed "
                   "since table " + config_.name +
                   " was last read would never be told. Say first_load = \"baseline\" (all rows are "
                   "told and raise no prompts) or \"live\" (they do) in [sql], and start again");
  if (skip && before.state != Place::State::kFirstLoad) {
    place_ = std::move(before);  // nothing was read, or a time says the same after a restore
  } else {
    place_.state = Place::State::kFirstLoad;
    place_.swept = before.swept;
  }
  place_.read_again = sql_.read_again;
  log::Info("sql", "sql-read-again", {{"table", config_.name}});
  return Ok();
}

Question TableReading::Next(Millis now) {
  Question out;
  out.table = number_;
  if (config_.cursor != CursorKind::kOverlap) {
    out.look_only = place_.state == Place::State::kNew;
    if (!open_) floor_.reset();
    open_ = true;
    if (last_ || !place_.key.at.empty()) out.from = last_ ? *last_ : place_.key;
    return out;
  }
  if (!open_) {
    open_ = true;
    youngest_.reset();
    sweeping_ = sql_.sweep_back_ms > 0 && now.value - place_.swept.value >= sql_.sweep_every_ms;
  }
  if (last_) {
    out.from = last_;
  } else if (place_.state == Place::State::kRead) {
    const int64_t back =
        sweeping_ ? std::max(sql_.sweep_back_ms, config_.overlap_ms) : config_.overlap_ms;
    // A clock that was set back must not make us ask for the future.
    const Millis since(
        std::max<int64_t>(0, std::min(place_.cursor.value, now.value) - back));
    out.since_local = rest::WriteSince(since, rest::TimeStyle::kLocal, zone_);
    out.since_utc = rest::WriteSince(since, rest::TimeStyle::kUtc, zone_);
  }
  return out;
}

Trouble TableReading::Check(Page& page, Millis now) {
  for (size_t i = 1; i < page.rows.size(); ++i)
    if (page.rows[i].key.at == page.rows[i - 1].key.at &&
        page.rows[i].key.id == page.rows[i - 1].key.id)
      return {"id-not-unique", false, false,
              "two rows of one change have the same " + config_.id + "; one would be lost"};
  ended_ = page.rows.size() < sql_.page && !page.cut;
  // A server that rounds what it compares would show the same page for ever.
  if (!ended_ && last_ && page.rows.back().key.at == last_->at &&
      page.rows.back().key.id == last_->id)
    return {"unexpected", false, false,
            "a page ends where it began: " + config_.cursor_column +
                " is compared with less than it holds; CAST it in the view"};
  next_ = place_;
  if (config_.cursor == CursorKind::kOverlap) {
    JudgeOverlap(page, now);
    return {};
  }
  if (!place_.key.at.empty() && page.oldest < Number(place_.key.at))
    return {"went-back", false, false,
            "its transactions are numbered lower than before: restored, or another server. Put the "
            "right one, or raise read_again"};
  JudgeSnapshot(page);
  return {};
}

void TableReading::JudgeSnapshot(const Page& page) {
  if (!floor_) floor_ = page.oldest;
  next_.key = Key{std::to_string(*floor_), ""};
  taking_.reset();
  if (ended_) {
    next_.state = Place::State::kRead;
    return;
  }
  taking_ = page.rows.back().key;
  if (Number(taking_->at) < *floor_) next_.key = *taking_;
}

std::optional<Millis> TableReading::TimeOf(const SqlRow& row) const {
  const Result<hl7::Timestamp> stamp = rest::ReadIsoTime(row.key.at, zone_);
  return stamp.ok() ? stamp->instant : std::nullopt;
}

void TableReading::JudgeOverlap(Page& page, Millis now) {
  for (SqlRow& row : page.rows) {
    const std::optional<Millis> at = TimeOf(row);
    if (!at) {  // such as PostgreSQL's infinity
      NoteDamage(row.damaged, config_.cursor_column, kNoTime);
      continue;
    }
    youngest_ = youngest_ ? std::max(*youngest_, *at) : *at;
  }
  taking_.reset();
  if (!ended_) {
    taking_ = page.rows.back().key;
    return;
  }
  next_.state = Place::State::kRead;
  // A row from the future moves the cursor up to now and no further.
  if (youngest_) next_.cursor = std::max(place_.cursor, std::min(*youngest_, now));
  if (sweeping_) next_.swept = now;
}

void TableReading::PutPlace() {
  if (!(next_ == place_)) store_.PutMark(MarkName(config_), WritePlace(next_));
}

bool TableReading::Finish(int64_t now_us, Millis now) {
  place_ = next_;
  last_ = std::exchange(taking_, std::nullopt);
  if (!ended_) {
    due_us = now_us;
    return false;
  }
  open_ = false;
  success_at_.Set(static_cast<double>(now.value) * 1e-3);
  due_us = now_us + config_.every_ms * 1000;
  return true;
}

void TableReading::Abandon() {
  open_ = false;
  last_.reset();
  taking_.reset();
}

void TableReading::NoteFresh(const SqlRow& row) {
  if (config_.cursor != CursorKind::kOverlap || place_.state != Place::State::kRead) return;
  const std::optional<Millis> at = TimeOf(row);
  const int64_t late_ms = at ? place_.cursor.value - at->value : 0;
  if (late_ms <= 0) return;
  if (late_ms <= config_.overlap_ms) {
    late_.Add();
    return;
  }
  too_late_.Add();
  log::Warn("sql", "sql-overlap-short",
            {{"table", config_.name},
             {"late_s", late_ms / kSecondMs},
             {"overlap_s", config_.overlap_ms / kSecondMs}});
}

}  // namespace sam::sql
