// ZAP: the one door keeper. libzmq asks it about every CURVE handshake; without an answer nobody
// gets in (option 93 is set on every server socket, since without it libzmq lets strangers in).
// ZapHandler owns one thread that reads no disk and takes no lock. It answers from an immutable
// table; Replace() hands it a new one. ZAP is asked at connect only: when a key is valid no longer
// (ZapTable::Loses: taken away, another's, past its date) the links must DropAll(); whoever reads
// messages checks each one's peer against the live table besides.
// Threads: Start, Replace, destructor on the owner's thread (main); counters on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/wire/curve.h"
#include "broker/wire/zmq_context.h"
#include "broker/wire/zmq_link.h"

namespace sam::wire {

// One key that may connect. A peer may have several (overlap while it changes keys).
struct AllowedKey {
  std::string key;   // Z85, public
  std::string name;  // the peer: becomes PeerId.user
  std::optional<Millis> not_before;
  std::optional<Millis> not_after;
};

// Immutable. Build anywhere, hand over with Replace.
class ZapTable {
 public:
  // kInvalid: a key that is none, a key given twice, an empty name or one with other characters
  // than letters, digits, '.', '-' and '_' (names go into handshakes, metrics and logs).
  static Result<ZapTable> Make(std::vector<AllowedKey> keys);
  ZapTable() = default;

  enum class Verdict { kIn, kUnknownKey, kNotYetValid, kExpired };
  struct Answer {
    Verdict verdict = Verdict::kUnknownKey;
    std::string name;
  };
  Answer Ask(std::string_view key_z85, Millis now) const;
  // A key that this table let in at `then` is not let in by `next` at `now`, or as somebody else.
  bool Loses(const ZapTable& next, Millis then, Millis now) const;
  size_t size() const { return keys_.size(); }

 private:
  std::unordered_map<std::string, AllowedKey> keys_;
};

class ZapHandler {
 public:
  // Binds the handler's address in this context and starts its thread. kConflict: this context has
  // a handler already.
  static Result<std::unique_ptr<ZapHandler>> Start(ZmqContext& context, const Clock& clock,
                                                   ZapTable table);
  ~ZapHandler();

  // Returns when the new table is in force.
  Status Replace(ZapTable table);

  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  uint64_t admitted() const { return admitted_.load(std::memory_order_relaxed); }
  // A key made at start that only this process knows, let in under the name kSelfTestName (which no
  // peer may have): the known key of the self-test.
  const CurveKeys& self_keys() const { return self_keys_; }
  static constexpr std::string_view kSelfTestName = "!self-test";
  // The ZAP domain of its listener: what is refused there is neither counted nor logged.
  static constexpr const char* kSelfTestDomain = "samsignal-self-test";

 private:
  explicit ZapHandler(const Clock& clock) : clock_(clock) {}
  void Run(ZapTable table);
  void ServeOne(const ZapTable& table);

  const Clock& clock_;
  CurveKeys self_keys_;
  void* door_ = nullptr;      // REP at inproc://zeromq.zap.01, the thread's
  void* control_in_ = nullptr;   // PAIR, the thread's end
  void* control_out_ = nullptr;  // PAIR, the owner's end
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> admitted_{0};
  std::jthread thread_;
};

// Proves on a private loopback port, with the same options as `like`, that a random key
// stays out and the handler's own key gets in. Anything else: kDenied, and the hub must not serve.
// Takes about half a second; blocking. Run before the public endpoints are bound, and hourly.
Status ProveDoor(ZmqContext& context, const ServerOptions& like, const CurveKeys& self_keys,
                 const Clock& clock);

}  // namespace sam::wire
