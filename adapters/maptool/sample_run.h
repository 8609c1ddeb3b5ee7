// SampleRun: samples through the pipeline of the live feed, over a store in memory that forgets
// everything at the end. One thread; owned by a tool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/map_trace.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"
#include "broker/store/memory_store.h"

namespace sam::maptool {

struct Sample {
  std::string name;  // "visits.hl7 message 3"
  std::string bytes;
  bool kept = false;  // out of an adapter's store, which leaves notes in place of long content
  std::string folder = {};  // where files lie that it names; empty: nowhere
};

class SampleRun {
 public:
  // Config, kinds and clock must outlive the run. kInvalid: what is wrong with the mapping.
  static Result<std::unique_ptr<SampleRun>> Open(const kit::AdapterConfig& config,
                                                 const std::string& mapping_file,
                                                 const kit::SourceKinds& kinds, const Clock& clock);

  // The messages of these files; a folder stands for the files in it, by name.
  Result<std::vector<Sample>> Read(const std::vector<std::string>& files);
  // `trace` may be null; it is emptied first.
  Result<kit::Verdict> Take(const Sample& sample, kit::MapTrace* trace);

  const kit::Mapping& mapping() const { return *mapping_; }

 private:
  SampleRun() = default;
  Result<std::vector<std::string>> Messages(const std::string& file);

  const Clock* clock_ = nullptr;
  std::unique_ptr<kit::Mapping> mapping_;
  MemoryStore memory_;
  std::unique_ptr<kit::AdapterStore> store_;
  std::unique_ptr<kit::Decoder> decoder_;
  std::optional<kit::Pipeline> pipeline_;
};

// Would this verdict need a person?
bool IsBad(const kit::Verdict& verdict);

}  // namespace sam::maptool
