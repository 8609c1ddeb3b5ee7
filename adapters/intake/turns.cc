#include "adapters/intake/turns.h"

#include <algorithm>

namespace sam::intake {
namespace {

constexpr int kQuietFailures = 2;  // a network that blinks is nobody's alarm

}  // namespace

const char* DoingName(Doing doing) {
  switch (doing) {
    case Doing::kPosting: return "posting";
    case Doing::kLookingUp: return "looking-up";
    case Doing::kAttaching: return "attaching";
    case Doing::kFiling: return "filing";
    case Doing::kListing: return "listing";
    case Doing::kNothing: break;
  }
  return "nothing";
}

std::optional<Entry> Turns::Next(const std::map<uint64_t, Entry>& pending, NextDoing next_doing) {
  std::optional<Entry> before, behind;
  for (const auto& [number, entry] : pending) {
    const std::optional<Doing> doing = next_doing(entry);
    if (!doing || way(*doing).pause_until > NowMs()) continue;
    const auto turn = turns_.find(number);
    if (turn != turns_.end() && turn->second.due > NowMs()) continue;
    std::optional<Entry>& first = turn != turns_.end() && turn->second.behind ? behind : before;
    if (!first || (entry.acute && !first->acute)) first = entry;
  }
  if (before || !behind) return before;
  for (auto& [number, turn] : turns_) turn.behind = false;  // all others had their turn
  return behind;
}

unsigned Turns::LaterAndLater(uint64_t number, int64_t least_ms) {
  Turn& turn = turns_[number];
  Later(number, std::max(turn.wait.NextMs(limits_.backoff_min_ms, limits_.backoff_max_ms, random_),
                         least_ms));
  return static_cast<unsigned>(turn.wait.failures);
}

bool Turns::Denied(uint64_t number, Doing doing) {
  Turn& turn = turns_[number];
  turn.behind = true;
  if (turn.denials == 0 || turn.others != way(doing).done) ++turn.denials;
  turn.others = way(doing).done;
  return turn.denials >= limits_.attempts;
}

bool Turns::Pause(Doing doing, bool passing, int64_t asked_ms) {
  rest::BackOff& outage = way(doing).outage;
  const int64_t wait = outage.NextMs(limits_.backoff_min_ms, limits_.backoff_max_ms, random_);
  way(doing).pause_until = NowMs() + std::max(wait, asked_ms);
  if (outage.told || (passing && outage.failures <= kQuietFailures)) return false;
  outage.told = true;
  return true;
}

bool Turns::Done(Doing doing) {
  ++way(doing).done;
  const bool told = way(doing).outage.told;
  way(doing).outage = rest::BackOff();
  return told;
}

}  // namespace sam::intake
