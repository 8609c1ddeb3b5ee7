#include "adapters/inbox/web/waiting.h"

#include <utility>

#include "adapters/inbox/ladder.h"

namespace sam::inbox::web {

namespace {
int RankOf(bool acute, bool held) { return (acute ? 2 : 0) + (held ? 1 : 0); }
}  // namespace

bool Waits(const Row& row, const Summary& summary) {
  if (!row.withdrawn_by.empty() || IsNotice(summary.code)) return false;
  return !IsDone(row, summary.legal_class, summary.awaits_answer);
}

Status Waiting::Look(const Row& row) {
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  if (!Waits(row, summary)) return Ok();
  waiting_.emplace(RankOf(summary.acute, false), row.number);
  numbers_.insert(row.number);
  return Ok();
}

Status Waiting::Refresh() {
  Status looked = Read();
  if (!looked.ok()) {  // all is read again
    seen_ = 0;
    holds_.Clear();
  }
  return looked;
}

Status Waiting::Read() {
  const std::set<uint64_t> before = std::exchange(numbers_, {});
  waiting_.clear();
  Status looked = Ok();
  for (const uint64_t number : before) {
    SAM_TRY(inbox_.Each(number, [&](Row&& row) {
      if (row.number == number) looked = Look(row);
      return false;
    }));
    if (!looked.ok()) return looked;
  }
  SAM_TRY(inbox_.Each(seen_ + 1, [&](Row&& row) {
    looked = Look(row);
    if (looked.ok()) looked = holds_.Note(row);
    if (looked.ok()) seen_ = row.number;
    return looked.ok();
  }));
  SAM_TRY(std::move(looked));
  SAM_ASSIGN(held_, holds_.Now(inbox_));
  for (const HeldSignal& one : held_) {
    if (!one.WaitsHere()) continue;
    waiting_.emplace(RankOf(one.acute, true), one.number);
    numbers_.insert(one.number);
  }
  return Ok();
}

std::vector<uint64_t> Waiting::Page(uint64_t skip, size_t limit) const {
  std::vector<uint64_t> out;
  for (const auto& [acute, number] : waiting_) {
    if (out.size() == limit) return out;
    if (skip > 0)
      --skip;
    else
      out.push_back(number);
  }
  for (uint64_t number = seen_; number > 0 && out.size() < limit; --number) {
    if (numbers_.count(number) != 0) continue;
    if (skip > 0)
      --skip;
    else
      out.push_back(number);
  }
  return out;
}

}  // namespace sam::inbox::web
