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

namespace sam::mllp {

struct Hl7Selector {
  hl7::Selector place;
  bool numbered = false;  // the text names the occurrence itself, so a scope does not apply
  std::optional<hl7::Selector> where;  // in the same segment ...
  std::string equals;                  // ... has this value
};

class Hl7Format final : public kit::SourceFormat {
 public:
  std::string name() const override { return "hl7v2"; }
  Result<kit::Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;
  Status CheckTrigger(std::string_view trigger) const override;
  std::string TriggerHint(std::string_view trigger) const override;
  std::string UnitHint(std::string_view unit) const override;
  std::string PlaceHint(const kit::Selector& selector) const override;
  const Hl7Selector& at(const kit::Selector& selector) const { return compiled_[selector.id]; }

 private:
  std::vector<Hl7Selector> compiled_;
};

class Hl7Record final : public kit::SourceRecord {
 public:
  // `today` judges centuries of ten-digit person numbers.
  Hl7Record(const Hl7Format& format, hl7::Message message, const hl7::Zone& zone,
            Millis today);

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector, const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override;
  Result<std::string> MessageId() const override;
  bool test() const override;
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                           const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override;
  // "PID-5"; the value of a finding or form with its code, "OBX(3.1=UTF)-5".
  std::vector<std::string> Places() const override;
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  // The place with scope and condition resolved; empty when no segment meets the condition.
  std::vector<hl7::Selector> Resolve(const kit::Selector& selector, const kit::Scope& scope) const;

  std::string PlaceName(const std::string& segment, unsigned occurrence, unsigned field) const;

  const Hl7Format& format_;
  hl7::Message message_;
  hl7::ZonePolicy zones_;
  Millis today_;
};

}  // namespace sam::mllp
