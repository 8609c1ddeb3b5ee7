// MemoryStore: a Store that forgets, for dry runs. One thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "broker/store/store.h"

namespace sam {

class MemoryStore final : public Store {
 public:
  Status Apply(const Batch& batch, Durability durability) override;
  Status Sync() override { return Ok(); }
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override;
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override;
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override;
  Status Checkpoint(const std::string& directory) override;  // kInvalid: there is nothing to keep

 private:
  std::map<std::pair<uint8_t, std::string>, std::string> rows_;
};

}  // namespace sam
