// Hl7Decoder: HL7 v2 messages for the pipeline, and their acknowledgements. MLLP connections, files
// and the dry run share it. Threads: one, the pipeline's. Owned by main.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/hl7/batch_answer.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/source_kind.h"
#include "adapters/mllp/hl7_record.h"
#include "adapters/mllp/listen_config.h"
#include "broker/base/random.h"

namespace sam::mllp {

class Hl7Decoder final : public kit::Decoder {
 public:
  // kInvalid: the zone is not known, or the mapping is for another format.
  static Result<std::unique_ptr<kit::Decoder>> Make(const kit::DecoderParts& parts, Random random);

  Result<kit::Decoded> Decode(const std::string& bytes, const std::string& peer) override;
  std::vector<std::string> Split(std::string transmission) override;
  Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) override;
  std::vector<kit::Irregularity> Irregular() override { return std::exchange(irregular_, {}); }
  std::string Skeleton(const std::string& bytes) const override;
  std::string AnswerText(const std::string& bytes, const kit::Answer& answer) override;

  // The application acknowledgement that goes out as a message of its own; empty: none. `head`: the
  // message or its first part.
  std::string LaterAnswer(const std::string& head, const kit::Answer& answer);
  // As hl7::BatchAnswer, with an id of ours.
  std::string BatchAnswer(const std::string& opening, const std::vector<std::string>& acks) {
    return hl7::BatchAnswer(opening, acks, NextControlId());
  }
  // An answer to one of our own answers, by the id that it names.
  bool AnswersUs(const std::string& bytes) const;

 private:
  Hl7Decoder(const kit::DecoderParts& parts, const Hl7Format& format, hl7::Zone zone,
             Random random);
  std::string NextControlId();
  std::string Build(const std::string& bytes, hl7::AckCode code, const kit::Answer& answer,
                    const std::string& accept_condition);

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  const kit::Mapping& mapping_;
  const Hl7Format& format_;
  const hl7::Zone zone_;
  ListenConfig listen_;  // the adapter's own, or the defaults when messages come in otherwise
  std::vector<kit::Irregularity> irregular_;
  uint64_t ack_counter_ = 0;
  std::string ack_prefix_;
};

}  // namespace sam::mllp
