#include "broker/ingress/peers.h"

#include <algorithm>
#include <utility>

namespace sam::ingress {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool PeerRules::MayUseSystem(std::string_view system_id) const {
  if (system_id.empty()) return false;
  return Has(systems, system_id) || system_id == name || Has(functions, system_id);
}

bool PeerRules::MayPublish(std::string_view event_type) const {
  if (role == Role::kOperator) return false;
  if (!event_types.empty()) return Has(event_types, event_type);
  if (role == Role::kSource) return true;
  // A receiver answers; it does not tell about children unless peers.toml says so.
  return event_type == "signal.receipt" || event_type == "prompt.decided" ||
         event_type == "signal.withdrawn" || event_type == "signal.receiver.named";
}

bool PeerRules::MayAnswerFor(std::string_view function) const {
  return !function.empty() && Has(functions, function);
}

bool PeerRules::MayTellFor(std::string_view org) const { return Has(controllers, PlainOrg(org)); }

std::string PlainOrg(std::string_view org) {
  std::string out(org);
  out.erase(std::remove(out.begin(), out.end(), '-'), out.end());
  return out;
}

PeerTable::PeerTable(std::vector<PeerRules> peers) {
  for (PeerRules& peer : peers) {
    std::string name = peer.name;
    peers_.emplace(std::move(name), std::move(peer));
  }
}

const PeerRules* PeerTable::Find(std::string_view name) const {
  const auto found = peers_.find(name);
  return found == peers_.end() ? nullptr : &found->second;
}

}  // namespace sam::ingress
