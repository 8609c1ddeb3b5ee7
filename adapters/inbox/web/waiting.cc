#include "adapters/inbox/web/waiting.h"

#include <utility>

#include "adapters/inbox/ladder.h"

namespace sam::inbox::web {

bool Waits(const Row& row, const Summary& summary) {
  if (!row.withdrawn_by.empty() || SentOn(row)) return false;
  if (IsNotice(summary.code)) return false;
  if (summary.legal_class == 'E') return row.decision == Decision::UNKNOWN;
  const LadderState end =
      summary.legal_class == 'A' ? LadderState::ANSWERED : LadderState::REGISTERED;
  return Rank(HighestOf(row)) < Rank(end);
}

Status Waiting::Look(const Row& row) {
  SAM_ASSIGN(const Summary summary, SummaryOf(row));
  if (!Waits(row, summary)) return Ok();
  waiting_.emplace(summary.acute, row.number);
  numbers_.insert(row.number);
  return Ok();
}

Status Waiting::Refresh() {
  Status looked = Read();
  if (!looked.ok()) seen_ = 0;  // all is read again
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
    if (looked.ok()) seen_ = row.number;
    return looked.ok();
  }));
  return looked;
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
