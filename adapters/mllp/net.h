// Small TCP helpers: addresses, listening, connecting. Any thread, no state. Addresses are
// numbers, so that a running feed never waits for a name server; ConnectTo alone asks one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/result.h"

namespace sam::mllp {

// "127.0.0.1:2575" or "[::1]:2575". kInvalid with what was expected.
Result<std::pair<std::string, uint16_t>> SplitAddress(const std::string& address);

// A listening, non-blocking socket. kUnavailable: taken, or not of this machine; kDenied: no
// rights.
Result<int> ListenOn(const std::string& address);
uint16_t PortOf(int fd);

struct Accepted {
  int fd = -1;
  std::string peer;  // "10.1.2.3:40112"
  std::string ip;
};
// Non-blocking, keep-alive on (first probe after 60 s, dead after three of 20 s). kNotFound: nobody
// waits; kExhausted: no file descriptors.
Result<Accepted> AcceptFrom(int listener);

// A non-blocking socket that is writable once the peer is there, or has an error then (Connected).
Result<int> BeginConnect(const std::string& address);
// kNotFound: not yet. kUnavailable: it failed.
Status Connected(int fd);
// Blocking, for tools. A name is looked up and each of its addresses tried in turn, `timeout_ms` for
// each; the name server has its own time limit. The error names the last address.
Result<int> ConnectTo(const std::string& address, int timeout_ms);

// "10.1.0.0/16" or a single address, IPv4 or IPv6 (single only).
Status CheckNetwork(const std::string& network);
bool InNetworks(const std::string& ip, const std::vector<std::string>& networks);

}  // namespace sam::mllp
