#include "broker/admin/replay.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/mailbox/mailbox.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

constexpr std::array<Lane, kLanes> kBothLanes = {Lane::kNormal, Lane::kAcute};

bool IsWithheld(const mailbox::Row& row) { return row.withheld != schema::WithheldCode::NONE; }

}  // namespace

Result<ReplayCount> CountReplay(const Store& store, const ReplayRange& range) {
  const mailbox::MailboxReader reader(store);
  ReplayCount count;
  std::vector<uint64_t> fresh;
  for (const Lane lane : kBothLanes) {
    SAM_TRY(reader.Scan(range.subscription, lane, Sequence(1), SIZE_MAX,
                        [&](Sequence, const mailbox::Row& row) {
                          // As dispatch: a repetition is not repeated, the first sending is.
                          if (row.replayed || row.decision < range.from || row.decision > range.to)
                            return true;
                          count.decisions.push_back(row.decision);
                          if (IsWithheld(row)) ++count.withheld;
                          else fresh.push_back(row.decision);
                          return true;
                        }));
  }
  std::sort(count.decisions.begin(), count.decisions.end());
  for (const uint64_t decision : fresh) {
    SAM_ASSIGN(const auto content, store.Get(spaces::kPayload, BigEndian64(decision)));
    if (!content) ++count.gone;
  }
  return count;
}

std::vector<ReplayRange> StepsOf(const ReplayRange& range, const ReplayCount& count,
                                 uint64_t at_once) {
  std::vector<ReplayRange> steps;
  uint64_t from = range.from;
  for (uint64_t begin = 0; begin < count.rows(); begin += at_once) {
    const uint64_t end = std::min(begin + at_once, count.rows());
    const bool last = end == count.rows();
    // Each decision is one row's, so no step's end falls between two rows of one place.
    const uint64_t to = last ? range.to : count.decisions[end - 1];
    steps.push_back({range.subscription, from, to});
    from = to + 1;
  }
  return steps;
}

Result<ReplayStart> StartReplay(const Store& store, const std::string& subscription) {
  const mailbox::MailboxReader reader(store);
  ReplayStart start;
  for (size_t i = 0; i < kBothLanes.size(); ++i) {
    SAM_ASSIGN(const mailbox::LaneState lane, reader.StateOf(subscription, kBothLanes[i]));
    start[i] = lane.next;
  }
  return start;
}

Result<ReplayTold> TellReplay(const Store& store, const std::string& subscription,
                              const ReplayStart& start) {
  const mailbox::MailboxReader reader(store);
  ReplayTold told;
  for (size_t i = 0; i < kBothLanes.size(); ++i) {
    SAM_TRY(reader.Scan(subscription, kBothLanes[i], start[i], SIZE_MAX,
                        [&](Sequence, const mailbox::Row& row) {
                          if (row.replayed) ++(IsWithheld(row) ? told.withheld : told.sent);
                          return true;
                        }));
  }
  return told;
}

}  // namespace sam::admin
