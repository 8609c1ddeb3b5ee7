// Decoder of "rest-json": one message is one row with the name of its endpoint (Envelope). Which
// field is the row's id and which goes into the trigger comes from the connector's settings ([poll], or
// [sql] of ../sql).
// Threads: one, the pipeline's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/source_kind.h"
#include "adapters/rest/rest_format.h"
#include "adapters/rest/row_settings.h"

namespace sam::rest {

class RestDecoder final : public kit::Decoder {
 public:
  static Result<std::unique_ptr<kit::Decoder>> Make(const kit::DecoderParts& parts);

  Result<kit::Decoded> Decode(const std::string& bytes, const std::string& peer) override;
  // An answer of the source as it was saved, named after its endpoint ("Actualisations.json",
  // "Actualisations-2.json"), or messages as they lie in quarantine, one a line.
  Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) override;

 private:
  RestDecoder(const kit::DecoderParts& parts, const RestFormat& format, hl7::Zone zone,
              const RowSettings* settings);

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  const RestFormat& format_;
  hl7::Zone zone_;
  RowFieldsByEndpoint fields_;
  std::string rows_field_;
};

}  // namespace sam::rest
