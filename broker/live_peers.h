// LivePeers: who may do what, as of the last reload, for threads that ask at each message. Main puts a
// new table in place; readers take the pointer and never wait. Old tables are kept until the end: a
// reload is a rare, human event and a table is small.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/routing/peers.h"

namespace sam {

class LivePeers {
 public:
  void Replace(routing::Peers peers) {  // main thread
    tables_.push_back(std::make_unique<const routing::Peers>(std::move(peers)));
    current_.store(tables_.back().get(), std::memory_order_release);
  }
  const routing::Peers& now() const { return *current_.load(std::memory_order_acquire); }

  bool MaySubscribe(const std::string& peer, const std::string& function) const {
    const routing::Peer* found = now().ByName(peer);
    if (found == nullptr) return false;
    for (const std::string& own : found->functions)
      if (own == function) return true;
    return false;
  }

  // "viewer", "operator" or "privacy-officer"; empty: no operator of this hub.
  std::string OperatorRole(const std::string& name) const {
    const routing::Peer* found = now().ByName(name);
    return found != nullptr && found->role == routing::PeerRole::kOperator ? found->may : "";
  }

 private:
  std::vector<std::unique_ptr<const routing::Peers>> tables_;
  std::atomic<const routing::Peers*> current_{nullptr};
};

}  // namespace sam
