// FHIR messages for the pipeline: whose, which key, whole or not. A message is what document.h
// reads; a sample file may hold whatever the listener takes, and is read and answered as a request is.
// Threads: one, the pipeline's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/fhir/exchange.h"
#include "adapters/fhir/fhir_record.h"
#include "adapters/fhir/fhir_settings.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/decoder.h"
#include "broker/base/random.h"

namespace sam::fhir {

// The types of resources that the mapping has rules for, in order of their names.
std::vector<std::string> TypesRead(const kit::Mapping& mapping);

class FhirDecoder final : public kit::Decoder {
 public:
  // kInvalid: the zone is not known.
  static Result<std::unique_ptr<kit::Decoder>> Make(const kit::DecoderParts& parts, Random random);

  Result<kit::Decoded> Decode(const std::string& bytes, const std::string& peer) override;
  Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) override;
  bool Whole() const override { return sample_ && sample_->whole(); }
  std::string AnswerToSample(const std::vector<kit::Verdict>& verdicts) override;
  std::vector<kit::Irregularity> Irregular() override { return std::exchange(irregular_, {}); }

 private:
  FhirDecoder(const kit::DecoderParts& parts, const FhirFormat& format, hl7::Zone zone)
      : config_(parts.config),
        clock_(parts.clock),
        format_(format),
        zone_(zone),
        exchange_(BaseOf(parts.config), TypesRead(parts.mapping)) {}
  static std::string BaseOf(const kit::AdapterConfig& config);

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  const FhirFormat& format_;
  hl7::Zone zone_;
  const Exchange exchange_;  // for samples: as the listener reads and answers them
  std::vector<kit::Irregularity> irregular_;
  std::optional<Plan> sample_;  // of the sample that was cut last, as a request
};

}  // namespace sam::fhir
