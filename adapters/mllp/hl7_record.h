// HL7 v2 behind the SourceRecord door. Selectors are those of adapters/hl7/path.h, and
// "OBX(3.1=UTF)-5.1": field 5 of the OBX segments whose field 3.1 is UTF.
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
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
  size_t where_number = 0;             // of this `where` among those of the format, from 0
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
  std::vector<hl7::Selector> wheres_;  // each once: a record looks each up once
};

class Hl7Record final : public kit::SourceRecord {
 public:
  // `today` judges centuries of ten-digit person numbers.
  Hl7Record(const Hl7Format& format, hl7::Message message, const hl7::Zone& zone,
            Millis today);

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector, const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  unsigned Groups() const override { return static_cast<unsigned>(groups_.size()); }
  unsigned GroupOf(const kit::Scope& scope) const override;
  bool BelongsToGroup(const kit::Selector& selector) const override;
  std::string trigger() const override;
  Result<std::string> MessageId() const override;
  bool test() const override;
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                           const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override;
  const hl7::Message& message() const { return message_; }
  // "PID-5"; the value of a finding or form with its code, "OBX(3.1=UTF)-5".
  std::vector<std::string> Places() const override;
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  // A place and the segments in which it is looked for.
  struct Spot {
    hl7::Selector place;
    hl7::SegmentRange range;
  };
  using ByValue = std::unordered_map<std::string, std::vector<uint32_t>>;

  // The place with scope and condition resolved; empty when no segment meets the condition.
  std::vector<Spot> Resolve(const kit::Selector& selector, const kit::Scope& scope) const;
  // The segments that meet a selector's `where`, in order.
  const std::vector<uint32_t>& Meeting(const Hl7Selector& compiled) const;
  std::string PlaceName(size_t segment, unsigned field) const;

  const Hl7Format& format_;
  hl7::Message message_;
  std::vector<hl7::SegmentRange> groups_;  // hl7/order_group.h
  hl7::ZonePolicy zones_;
  Millis today_;
  // By where_number: all segments by what stands there, read once. Each rule, each of its units and
  // each field asks again, so a search would cost the cube of the message.
  mutable std::vector<std::optional<ByValue>> met_;
  // What Get and All found for a selector with a `where` that many segments meet, by its id and
  // group: the unit at hand does not change it. Long texts are not kept twice.
  using Asked = std::pair<size_t, unsigned>;
  static constexpr size_t kMany = 16;
  static constexpr size_t kMaxKept = 64 << 10;
  mutable std::map<Asked, kit::Selected> first_;
  mutable std::map<Asked, std::vector<kit::Selected>> all_;
};

}  // namespace sam::mllp
