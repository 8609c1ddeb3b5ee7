// Key holders: which CURVE keys may connect, and what each may do (peers.toml). Not journaled.
// Immutable after ParsePeers, any thread. Limits: 4 000 peers, 8 keys each.
//
//   [[peer]]  name, role = "source" | "subscriber" | "operator", key (z85, 40 characters) with
//             not_before / not_after, or [[peer.keys]] tables {key, not_before, not_after} while a
//             key is being changed; systems, controllers (organisation numbers), event_types
//             (empty: all), functions (their authorities count as controllers); operators: may
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/routing/directory.h"

namespace sam::routing {

enum class PeerRole { kSource, kSubscriber, kOperator };

struct PeerKey {
  std::string z85;
  Validity validity;
};

struct Peer {
  std::string name;
  PeerRole role = PeerRole::kSource;
  std::vector<PeerKey> keys;
  std::vector<std::string> systems;      // system ids it may publish as
  // Organisation numbers, ten digits, whose facts it may tell: nobody reports in another's name.
  std::vector<std::string> controllers;
  std::vector<std::string> event_types;  // empty: all its systems' types
  std::vector<std::string> functions;    // function ids it may subscribe as and answer for
  std::string may;  // operators: "viewer", "operator" or "privacy-officer"
};

struct Peers {
  std::vector<Peer> all;
  const Peer* ByName(std::string_view name) const;  // null: unknown
  const Peer* ByKey(std::string_view z85, Millis now) const;  // null: unknown or not valid now
};

// kInvalid: all findings. Functions are checked against `directory` when it is given.
Result<Peers> ParsePeers(std::string text, std::string file, const Directory* directory);

// Empty: not a Z85 text of 32 bytes.
std::string DecodeZ85Key(std::string_view z85);

}  // namespace sam::routing
