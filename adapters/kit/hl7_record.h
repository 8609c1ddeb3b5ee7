// HL7 v2 behind the SourceRecord door. Selectors are those of adapters/hl7/path.h, and
// "OBX(3.1=UTF)-5.1": field 5 of the OBX segments whose field 3.1 is UTF.
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/message.h"
#include "adapters/hl7/timestamp.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/source_record.h"

namespace sam::kit {

struct Hl7Selector {
  hl7::Selector place;
  bool numbered = false;  // the text names the occurrence itself, so a scope does not apply
  std::optional<hl7::Selector> where;  // in the same segment ...
  std::string equals;                  // ... has this value
};

class Hl7Format final : public SourceFormat {
 public:
  std::string name() const override { return "hl7v2"; }
  Result<Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;
  Status CheckTrigger(std::string_view trigger) const override;
  const Hl7Selector& at(const Selector& selector) const { return compiled_[selector.id]; }

 private:
  std::vector<Hl7Selector> compiled_;
};

class Hl7Record final : public SourceRecord {
 public:
  // `today` judges centuries of ten-digit person numbers.
  Hl7Record(const Hl7Format& format, const hl7::Message& message, const hl7::Zone& zone,
            Millis today);

  Selected Get(const Selector& selector, const Scope& scope) const override;
  std::vector<Selected> All(const Selector& selector, const Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override;
  Result<std::string> MessageId() const override;
  bool test() const override;
  Result<TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<IdentifierValue> Identifiers(const Selector& selector,
                                           const Scope& scope) const override;
  std::string PersonName(const Selector& selector, const Scope& scope) const override;
  std::vector<std::string> Doubts() const override;

 private:
  // The place with scope and condition resolved; empty when no segment meets the condition.
  std::vector<hl7::Selector> Resolve(const Selector& selector, const Scope& scope) const;

  const Hl7Format& format_;
  const hl7::Message& message_;
  hl7::ZonePolicy zones_;
  Millis today_;
};

}  // namespace sam::kit
