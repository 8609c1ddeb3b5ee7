// The limit of the MLLP rows: a server that puts each frame into RocksDB as it came, one synced write
// batch for all that was waiting, and answers. No HL7, no dedupe, no mapping, no sealing.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace sam::bench {

class MllpLimit {
 public:
  explicit MllpLimit(const std::string& directory);  // one store in it
  ~MllpLimit();
  MllpLimit(const MllpLimit&) = delete;
  MllpLimit& operator=(const MllpLimit&) = delete;
  uint16_t port() const { return port_; }

 private:
  void Run(const std::string& directory);
  int listen_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sam::bench
