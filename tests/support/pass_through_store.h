// A Store that hands everything on to another one: what a test's own store changes is all it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/store/store.h"

namespace sam {

class PassThroughStore : public Store {
 public:
  explicit PassThroughStore(Store& store) : store_(store) {}
  Status Apply(const Batch& batch, Durability durability) override {
    return store_.Apply(batch, durability);
  }
  Status Sync() override { return store_.Sync(); }
  Result<std::optional<std::string>> Get(Space space, std::string_view key) const override {
    return store_.Get(space, key);
  }
  Status Scan(Space space, std::string_view from, std::string_view until,
              const Visitor& visit) const override {
    return store_.Scan(space, from, until, visit);
  }
  Status ScanBack(Space space, std::string_view from, std::string_view until,
                  const Visitor& visit) const override {
    return store_.ScanBack(space, from, until, visit);
  }
  Status Checkpoint(const std::string& directory) override { return store_.Checkpoint(directory); }

 protected:
  Store& store_;
};

}  // namespace sam
