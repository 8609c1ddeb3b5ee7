#include "adapters/rest/poll_round.h"

#include <algorithm>

#include "adapters/rest/iso_time.h"

namespace sam::rest {
namespace {

const std::string& Name(const PageRow& row) { return row.id.empty() ? row.json : row.id; }

}  // namespace

PollRound::PollRound(RoundStart start, Paging& paging, const hl7::Zone& zone)
    : start_(start), paging_(paging), zone_(zone) {}

std::optional<Millis> PollRound::ModifiedAt(const PageRow& row) const {
  if (row.modified.empty()) return std::nullopt;
  const Result<hl7::Timestamp> stamp = ReadIsoTime(row.modified, zone_);
  if (!stamp.ok() || !stamp->instant) return std::nullopt;
  return *stamp->instant;
}

int64_t PollRound::LateMs(const PageRow& row) const {
  const std::optional<Millis> at = ModifiedAt(row);
  return at ? std::max<int64_t>(0, start_.cursor.value - at->value) : 0;
}

void PollRound::FromTheTop() {
  offset_ = 0;
  repeats_ = 0;
  short_ = 0;
  anchor_.clear();
}

PollRound::Next PollRound::Restart() {
  FromTheTop();
  return ++restarts_ > kMaxRestarts ? Next::kGaveUp : Next::kMore;
}

PollRound::Next PollRound::TakePage(const std::vector<PageRow>& rows, Millis now) {
  // What changes after the first page was asked for belongs to the next round, also after a
  // restart.
  if (!began_) began_ = now;
  any_rows_ |= !rows.empty();
  for (const PageRow& row : rows) {
    const std::optional<Millis> at = ModifiedAt(row);
    if (at && (!youngest_ || *at > *youngest_)) youngest_ = at;
  }
  if (short_ > 0) {
    if (rows.empty()) return Next::kDone;
    capped_ = true;
    paging_.full = short_;
    FromTheTop();  // these two pages did not overlap, so a row may have slipped between them
    return Next::kMore;
  }
  // More rows than asked for, and those of the top again: it knows neither limit nor offset, and this
  // is all it has.
  const bool all = rows.size() > paging_.limit && offset_ > 0 && Name(rows.front()) == first_;
  if (all) return Next::kDone;
  if (repeats_ > 0) {
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(repeats_, rows.size()));
    const bool found =
        std::any_of(rows.begin(), end, [&](const PageRow& row) { return Name(row) == anchor_; });
    if (!found) return Restart();
  }
  if (rows.empty()) return Next::kDone;
  if (offset_ == 0) first_ = Name(rows.front());
  offset_ += rows.size();
  if (rows.size() < paging_.full) {
    short_ = rows.size();
    repeats_ = 0;
    return Next::kMore;
  }
  // What looked like a cap may have been a row that came between two questions.
  paging_.full = std::min(rows.size(), paging_.limit);
  anchor_ = Name(rows.back());
  // A tenth of the page, and never the whole of it, or the round would not get on.
  repeats_ = rows.size() == 1 ? 0 : std::clamp<size_t>(rows.size() / 10, 1, kOverlapRows);
  offset_ -= repeats_;
  return Next::kMore;
}

Millis PollRound::cursor() const {
  const Millis now = began_.value_or(start_.cursor);
  if (!start_.dated) return std::max(start_.cursor, now);
  if (!youngest_) return start_.cursor;
  return std::max(start_.cursor, std::min(*youngest_, now));
}

}  // namespace sam::rest
