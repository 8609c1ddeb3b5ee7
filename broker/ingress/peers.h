// What ingress must know of each key holder. Immutable once made; main hands a new table to the
// stage through its pipe when peers.toml changed. Any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sam::ingress {

struct PeerRules {
  enum class Role { kSource, kSubscriber, kOperator };
  std::string name;  // as ZAP gives it
  Role role = Role::kSource;
  std::vector<std::string> systems;      // system ids it may publish as
  std::vector<std::string> event_types;  // empty: all; subscribers: answers only
  std::vector<std::string> functions;    // it may answer for these
  std::vector<std::string> controllers;  // organisation numbers, digits only: whose facts it tells

  // A peer's own name and its functions serve as system ids too, so that an agency that only
  // answers needs no system of its own.
  bool MayUseSystem(std::string_view system_id) const;
  bool MayPublish(std::string_view event_type) const;
  bool MayAnswerFor(std::string_view function) const;
  bool MayTellFor(std::string_view org) const;  // with or without hyphen
};

// "232100-0198" and "2321000198" are one organisation.
std::string PlainOrg(std::string_view org);

class PeerTable {
 public:
  explicit PeerTable(std::vector<PeerRules> peers);
  const PeerRules* Find(std::string_view name) const;  // null: unknown or taken away

 private:
  std::map<std::string, PeerRules, std::less<>> peers_;
};

using PeerTablePtr = std::unique_ptr<const PeerTable>;

}  // namespace sam::ingress
