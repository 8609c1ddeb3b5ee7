#include "broker/wire/memory_link.h"

#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "broker/base/check.h"
#include "broker/wire/limits.h"

namespace sam::wire {
namespace {

struct UnderWay {
  int64_t at_us;
  std::string bytes;
};

// One calling end and its present connection. Frames of an older connection are gone with it.
struct Client {
  std::string server;
  std::string user;
  std::string route;      // empty: not connected
  uint64_t generation = 0;
  int64_t away_until_us = 0;
  std::deque<UnderWay> up;
  std::deque<UnderWay> down;
};

}  // namespace

struct MemoryNet::State {
  State(Random& r, const Clock& c, MemoryFaults f) : random(r), clock(c), faults(f) {}

  void CutClient(Client& client) {
    client.route.clear();
    client.up.clear();
    client.down.clear();
    client.away_until_us = clock.SteadyMicros() + faults.reconnect_us;
  }

  void ConnectIfPossible(Client& client) {
    if (!client.route.empty() || listening.count(client.server) == 0) return;
    if (refused.count(client.user) != 0 || clock.SteadyMicros() < client.away_until_us) return;
    client.route = "r" + std::to_string(++routes);
    ++client.generation;
  }

  // Puts a frame on its way, or loses it. False: the queue is full.
  bool Put(Client& client, std::deque<UnderWay>& queue, std::string_view bytes) {
    if (queue.size() >= static_cast<size_t>(kHighWaterMark)) return false;
    if (random.Chance(faults.disconnect)) {
      CutClient(client);
      return true;
    }
    if (random.Chance(faults.drop)) return true;
    const int copies = random.Chance(faults.duplicate) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto delay =
          static_cast<int64_t>(random.Below(static_cast<uint64_t>(faults.delay_us_max) + 1));
      queue.push_back({clock.SteadyMicros() + delay, std::string(bytes)});
      if (queue.size() >= 2 && random.Chance(faults.reorder))
        std::swap(queue[queue.size() - 1], queue[queue.size() - 2]);
    }
    return true;
  }

  std::optional<std::string> Get(std::deque<UnderWay>& queue) {
    if (queue.empty() || queue.front().at_us > clock.SteadyMicros()) return std::nullopt;
    std::string bytes = std::move(queue.front().bytes);
    queue.pop_front();
    return bytes;
  }

  Random& random;
  const Clock& clock;
  MemoryFaults faults;
  std::set<std::string> listening;
  std::set<std::string> refused;
  std::vector<Client*> clients;  // owned by their links
  uint64_t routes = 0;
};

namespace {

class MemoryServer final : public ServerLink {
 public:
  MemoryServer(MemoryNet::State& net, std::string name) : net_(net), name_(std::move(name)) {
    SAM_CHECK(net_.listening.insert(name_).second);
  }
  ~MemoryServer() override {
    net_.listening.erase(name_);
    CutAll();
  }

  std::optional<Incoming> Receive() override {
    // Fair queueing as ROUTER does it: the one after the last served comes first.
    const size_t count = net_.clients.size();
    for (size_t i = 0; i < count; ++i) {
      Client& client = *net_.clients[(turn_ + i) % count];
      if (client.server != name_ || client.route.empty()) continue;
      if (auto bytes = net_.Get(client.up)) {
        turn_ = (turn_ + i + 1) % count;
        return Incoming{{client.user, client.route}, std::move(*bytes)};
      }
    }
    return std::nullopt;
  }

  Status Send(const PeerId& peer, std::string_view bytes) override {
    for (Client* client : net_.clients) {
      if (client->server != name_ || client->route.empty() || client->route != peer.route) continue;
      if (!net_.Put(*client, client->down, bytes)) return Exhausted("queue to the peer is full");
      return Ok();
    }
    return Unavailable("peer is gone");
  }

  Pollable pollable() const override { return {}; }
  Status DropAll() override {
    CutAll();
    return Ok();
  }

 private:
  void CutAll() {
    for (Client* client : net_.clients)
      if (client->server == name_) net_.CutClient(*client);
  }

  MemoryNet::State& net_;
  std::string name_;
  size_t turn_ = 0;
};

class MemoryClient final : public ClientLink {
 public:
  MemoryClient(MemoryNet::State& net, const std::string& server, const std::string& user)
      : net_(net) {
    client_.server = server;
    client_.user = user;
    net_.clients.push_back(&client_);
  }
  ~MemoryClient() override { std::erase(net_.clients, &client_); }

  std::optional<std::string> Receive() override {
    net_.ConnectIfPossible(client_);
    return net_.Get(client_.down);
  }
  Status Send(std::string_view bytes) override {
    net_.ConnectIfPossible(client_);
    if (client_.route.empty()) return Unavailable("not connected");
    if (!net_.Put(client_, client_.up, bytes)) return Exhausted("queue to the hub is full");
    return Ok();
  }
  uint64_t generation() override {
    net_.ConnectIfPossible(client_);
    return client_.generation;
  }
  Pollable pollable() const override { return {}; }

 private:
  MemoryNet::State& net_;
  Client client_;
};

}  // namespace

MemoryNet::MemoryNet(Random& random, const Clock& clock, MemoryFaults faults)
    : state_(std::make_unique<State>(random, clock, faults)) {}
MemoryNet::~MemoryNet() { SAM_CHECK(state_->clients.empty() && state_->listening.empty()); }

std::unique_ptr<ServerLink> MemoryNet::Listen(const std::string& name) {
  return std::make_unique<MemoryServer>(*state_, name);
}

std::unique_ptr<ClientLink> MemoryNet::Connect(const std::string& server, const std::string& user) {
  return std::make_unique<MemoryClient>(*state_, server, user);
}

void MemoryNet::SetFaults(const MemoryFaults& faults) { state_->faults = faults; }

void MemoryNet::Cut(const std::string& user) {
  for (Client* client : state_->clients)
    if (client->user == user) state_->CutClient(*client);
}

void MemoryNet::SetAllowed(const std::string& user, bool in) {
  // As ZeroMQ: a key taken away stays connected until it is cut.
  if (in) {
    state_->refused.erase(user);
  } else {
    state_->refused.insert(user);
  }
}

bool MemoryNet::quiet() const {
  for (const Client* client : state_->clients)
    if (!client->up.empty() || !client->down.empty()) return false;
  return true;
}

}  // namespace sam::wire
