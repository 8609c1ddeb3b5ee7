// A feed as its demonstration configures it (deploy/config/demo), with the messages of its samples:
// what the decode and map rows work on. Samples that would be put aside are left out.
// One thread; owned by main. Fictitious persons only, as in the samples.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/mapper.h"
#include "adapters/kit/source_kind.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::bench {

class SourceFeed {
 public:
  // `config` is the name of a demonstration file. `kinds` and `clock` must outlive the feed.
  static Result<std::unique_ptr<SourceFeed>> Open(const std::string& source,
                                                  const std::string& config,
                                                  const kit::SourceKinds& kinds,
                                                  const Clock& clock);

  // The messages of these files (a folder: of all in it), `count` in all, each with ids of its own
  // where the format is HL7 v2 or CSV.
  Result<std::vector<std::string>> Messages(const std::vector<std::string>& files, size_t count);
  // Events made; negative: it would be put aside or refused.
  int DecodeAndMap(const std::string& bytes);
  bool Decode(const std::string& bytes);

  const kit::AdapterConfig& config() const { return config_; }
  const kit::Mapping& mapping() const { return *mapping_; }
  kit::Decoder& decoder() { return *decoder_; }

 private:
  explicit SourceFeed(kit::AdapterConfig config) : config_(std::move(config)) {}
  std::string source_;
  kit::AdapterConfig config_;
  std::unique_ptr<kit::Mapping> mapping_;
  std::unique_ptr<kit::Decoder> decoder_;
  std::optional<kit::Mapper> mapper_;
};

}  // namespace sam::bench
