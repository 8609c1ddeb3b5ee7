#include "broker/routing/peers.h"

#include <array>
#include <set>

#include "broker/config/toml.h"
#include "broker/contract/catalogue.h"
#include "broker/routing/toml_parts.h"

namespace sam::routing {
namespace {

constexpr size_t kMaxPeers = 4'000;
constexpr size_t kMaxKeys = 8;
constexpr size_t kKeyText = 40;
constexpr std::string_view kZ85 =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

class PeersReader {
 public:
  explicit PeersReader(const Directory* directory) : directory_(directory) {}

  Result<Peers> Read(std::string text, std::string file) {
    SAM_ASSIGN(config::Document document,
               config::Document::Parse(std::move(text), std::move(file)));
    config::Table root = document.Root();
    for (config::Table& table : root.List("peer")) AddPeer(table);
    if (out_.all.size() > kMaxPeers) root.Fail("peer", "at most 4000 peers");
    SAM_TRY(document.Done());
    return std::move(out_);
  }

 private:
  void AddPeer(config::Table& table) {
    Peer one;
    one.name = table.Text("name");
    if (table.Has("name") && !IsDirectoryId(one.name)) {
      table.Fail("name", "a name of 1-64 letters a-z, digits, '.', '-', '_'");
    }
    if (!names_.insert(one.name).second) table.Fail("name", "a name not used before");
    one.role = static_cast<PeerRole>(table.OneOf("role", {"source", "subscriber", "operator"}));
    if (table.Has("key")) AddKey(table, one);
    for (config::Table& key : table.List("keys")) AddKey(key, one);
    // An operator may come through the local socket only; then the login name says who it is.
    if (one.keys.empty() && one.role != PeerRole::kOperator)
      table.Fail("key", "a public key (or [[peer.keys]])");
    if (one.keys.size() > kMaxKeys) table.Fail("keys", "at most 8 keys for one peer");
    one.systems = table.TextList("systems");
    ReadControllers(table, one);
    one.event_types = table.TextList("event_types");
    one.functions = table.TextList("functions");
    if (one.role == PeerRole::kOperator) {
      const std::vector<std::string> may = {"viewer", "operator", "privacy-officer"};
      one.may = may[static_cast<size_t>(table.OneOf("may", may, 0))];
    }
    CheckRights(table, one);
    out_.all.push_back(std::move(one));
  }

  static void ReadControllers(config::Table& table, Peer& peer) {
    for (const std::string& written : table.TextList("controllers")) {
      const std::string org = NormalOrg(written);
      if (org.empty())
        table.Fail("controllers", "organisation numbers of ten digits with a right check digit");
      peer.controllers.push_back(org);
    }
    if (peer.role == PeerRole::kSource && peer.controllers.empty())
      table.Fail("controllers",
                 "the organisation numbers whose facts this source tells, like [\"2321000198\"]");
  }

  void AddKey(config::Table& table, Peer& peer) {
    PeerKey key;
    key.z85 = table.Text("key");
    // The key itself is never repeated in a message: a secret key may have been pasted by mistake.
    if (table.Has("key") && DecodeZ85Key(key.z85).empty()) {
      table.Fail("key", "a public key of 40 characters as \"samsignal keys new\" prints it");
    } else if (!keys_.insert(key.z85).second) {
      table.Fail("key", "a key that no other entry has");
    }
    key.validity = ReadValidity(table, "not_before", "not_after", Days::kSwedish);
    peer.keys.push_back(std::move(key));
  }

  void CheckRights(config::Table& table, Peer& peer) {
    if (peer.role == PeerRole::kSource && peer.systems.empty()) {
      table.Fail("systems", "at least one system id that this source publishes as");
    }
    if (peer.role == PeerRole::kSubscriber && peer.functions.empty()) {
      table.Fail("functions", "at least one function that this peer subscribes as");
    }
    std::vector<std::string> types;
    for (const auto& type : contract::EventTypes()) types.push_back(type.name);
    for (const std::string& type : peer.event_types) {
      if (contract::EventTypeByName(type) == nullptr) {
        FailUnknown(table, "event_types", "event types of the catalogue", type, types);
      }
    }
    if (directory_ == nullptr) return;
    std::vector<std::string> functions;
    for (const Function& function : directory_->functions()) functions.push_back(function.id);
    for (const std::string& id : peer.functions) {
      const Function* function = directory_->FunctionById(id);
      if (function == nullptr) {
        FailUnknown(table, "functions", "functions of the directory", id, functions);
        continue;
      }
      const Authority* authority = directory_->AuthorityById(function->authority);
      if (authority != nullptr) peer.controllers.push_back(authority->org);
    }
  }

  const Directory* directory_;
  Peers out_;
  std::set<std::string> names_, keys_;
};

}  // namespace

const Peer* Peers::ByName(std::string_view name) const {
  for (const Peer& peer : all) {
    if (peer.name == name) return &peer;
  }
  return nullptr;
}

const Peer* Peers::ByKey(std::string_view z85, Millis now) const {
  for (const Peer& peer : all) {
    for (const PeerKey& key : peer.keys) {
      if (key.z85 == z85 && key.validity.Holds(now)) return &peer;
    }
  }
  return nullptr;
}

Result<Peers> ParsePeers(std::string text, std::string file, const Directory* directory) {
  return PeersReader(directory).Read(std::move(text), std::move(file));
}

std::string DecodeZ85Key(std::string_view z85) {
  if (z85.size() != kKeyText) return "";
  std::string out;
  for (size_t at = 0; at < z85.size(); at += 5) {
    uint64_t value = 0;
    for (const char c : z85.substr(at, 5)) {
      const size_t digit = kZ85.find(c);
      if (digit == std::string_view::npos) return "";
      value = value * 85 + digit;
    }
    if (value > UINT32_MAX) return "";
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
  }
  return out;
}

}  // namespace sam::routing
