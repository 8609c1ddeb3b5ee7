// `test --against`: two mappings over the same messages, and what would become different: the
// verdict, events that come or go, fields that change. Each runs over a store of its own, so that
// corrections find the events of their own run. One thread.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/source_kind.h"
#include "adapters/maptool/sample_run.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::maptool {

struct CompareOptions {
  bool reveal = false;  // personal values; whoever sets it has written the audit row
  bool json = false;    // one object for each message that differs, a line each
};

struct CompareReport {
  size_t messages = 0;
  size_t different = 0;
};

// The configuration's mapping against `other`. kInvalid: a mapping is wrong, or `other` is for
// another format.
class Comparer {
 public:
  static Result<Comparer> Open(const kit::AdapterConfig& config, const std::string& other,
                               const kit::SourceKinds& kinds, const Clock& clock);
  Result<std::vector<Sample>> Read(const std::vector<std::string>& files) {
    return ours_->Read(files);
  }
  Result<CompareReport> Run(const std::vector<Sample>& samples, const CompareOptions& options,
                            std::ostream& out);

 private:
  Comparer() = default;
  std::unique_ptr<SampleRun> ours_, other_;
};

}  // namespace sam::maptool
