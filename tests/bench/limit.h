// The limit the hub is measured against, in the same run on the same machine: a bare ZeroMQ ROUTER
// and one RocksDB write batch per round with sync on, 500-byte records, nothing else. No CURVE, no
// schema, no dedupe, no sealing, no proofs.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace sam::bench {

class LimitServer {
 public:
  explicit LimitServer(const std::string& directory);
  ~LimitServer();
  const std::string& endpoint() const { return endpoint_; }

 private:
  void Run(const std::string& directory);
  void* context_;
  void* router_;
  std::string endpoint_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sam::bench
