#include "broker/admin/endings.h"

#include <algorithm>

#include "broker/base/log.h"

namespace sam::admin {
namespace {

class Collector {
 public:
  Collector(Millis now, int days) : now_(now), until_(now.value + int64_t{days} * 86'400'000) {}

  // `goes_on`: whether something holds in its place from that moment on.
  template <typename F>
  void Look(const char* kind, const std::string& id, const routing::Validity& validity, F&& goes_on) {
    if (!validity.to || *validity.to <= now_ || *validity.to > until_) return;
    if (!goes_on(*validity.to)) found_.push_back({kind, id, *validity.to});
  }
  std::vector<Ending> Done() {
    std::sort(found_.begin(), found_.end(), [](const Ending& a, const Ending& b) {
      return a.at != b.at ? a.at < b.at : a.kind != b.kind ? a.kind < b.kind : a.id < b.id;
    });
    return std::move(found_);
  }

 private:
  Millis now_, until_;
  std::vector<Ending> found_;
};

bool SameRoute(const routing::Agreement& a, const routing::Agreement& b) {
  return a.signal == b.signal && a.from == b.from && a.to == b.to && a.to_role == b.to_role;
}

}  // namespace

EndingWatch::EndingWatch() {
  constexpr const char* kName = "samsignal_ends_soon";
  constexpr const char* kHelp = "Parts of the configuration whose last day comes within so many days, and that nothing follows";
  for (const char* kind : {"agreement", "function", "key", "unit"})
    counted_.push_back({kind, metrics::Gauge(kName, kHelp, {{"kind", kind}, {"days", "30"}}),
                        metrics::Gauge(kName, kHelp, {{"kind", kind}, {"days", "7"}})});
}

void EndingWatch::Look(const routing::Directory& directory, const routing::Agreements& agreements,
                       const routing::Peers& peers, Millis now) {
  const std::vector<Ending> all = EndingsWithin(directory, agreements, peers, now, kEndsSoonDays);
  std::set<std::string> told;
  for (const Ending& one : all) {
    const bool week = one.DaysLeft(now) < kEndsNowDays;
    const std::string name = one.kind + " " + one.id + " " + std::to_string(one.at.value) + (week ? " 7" : " 30");
    if (!told_.contains(name))
      log::Warn("main", "ends-soon", {{"kind", one.kind}, {"id", one.id}, {"days", one.DaysLeft(now)}});
    told.insert(name);
  }
  told_ = std::move(told);
  for (Counted& counted : counted_) {
    double month = 0, week = 0;
    for (const Ending& one : all) {
      if (one.kind != counted.kind) continue;
      ++month;
      if (one.DaysLeft(now) < kEndsNowDays) ++week;
    }
    counted.month.Set(month);
    counted.week.Set(week);
  }
}

std::vector<Ending> EndingsWithin(const routing::Directory& directory,
                                  const routing::Agreements& agreements,
                                  const routing::Peers& peers, Millis now, int days) {
  Collector collector(now, days);
  for (const routing::Agreement& one : agreements.all())
    collector.Look("agreement", one.id, one.validity, [&](Millis at) {
      return std::any_of(agreements.all().begin(), agreements.all().end(), [&](const auto& other) {
        return SameRoute(one, other) && other.validity.Holds(at);
      });
    });
  for (const routing::Unit& unit : directory.units())
    collector.Look("unit", unit.hsa_id, unit.validity,
                   [&](Millis at) { return directory.UnitAt(unit.hsa_id, at) != nullptr; });
  for (const routing::Function& function : directory.functions())
    collector.Look("function", function.id, function.validity,
                   [&](Millis at) { return directory.FunctionAt(function.id, at) != nullptr; });
  for (const routing::Peer& peer : peers.all)
    for (const routing::PeerKey& key : peer.keys)
      collector.Look("key", peer.name, key.validity, [&](Millis at) {
        return std::any_of(peer.keys.begin(), peer.keys.end(),
                           [&](const auto& other) { return other.validity.Holds(at); });
      });
  return collector.Done();
}

}  // namespace sam::admin
