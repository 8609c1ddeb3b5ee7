// FHIR R4 behind the SourceRecord door. Selectors are those of path.h; a unit is a repeating
// element ("component"); a trigger is "Appointment:noshow", or the type alone where a resource has
// no status.
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/fhir/document.h"
#include "adapters/fhir/path.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/source_record.h"
#include "adapters/kit/told_order.h"

namespace sam::fhir {

class FhirFormat final : public kit::SourceFormat {
 public:
  std::string name() const override { return "fhir"; }
  Result<kit::Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;
  Status CheckTrigger(std::string_view trigger) const override;
  const Path& at(const kit::Selector& selector) const { return compiled_[selector.id]; }

 private:
  std::vector<Path> compiled_;
};

class FhirRecord final : public kit::SourceRecord {
 public:
  FhirRecord(const FhirFormat& format, Document document, const hl7::Zone& zone, Millis today)
      : format_(format), document_(std::move(document)), zone_(zone), today_(today) {}

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector,
                                 const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override;
  // type/id/versionId. Without a version lastUpdated stands for it, without both (and for a
  // resource without an id) the content.
  // As kit::Decoded::object.
  std::string Object() const;
  Result<std::string> MessageId() const override;
  // By versionId, among those of one resource, and lastUpdated.
  std::optional<kit::ToldOrder> Order() const;
  bool test() const override;  // meta.tag or meta.security HTEST: the standard's mark of test data
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                                const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override { return {}; }
  // "participant.actor.identifier.value", "extension(url=urn:x).valueCode"; of a resource that came
  // along "->Patient.birthDate". An element that is read as a whole reads all that is in it.
  std::vector<std::string> Places() const override;
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  std::vector<Node> At(const Path& path, const kit::Scope& scope) const;
  size_t Owners(const kit::Selector& selector, const kit::Scope& scope) const;
  std::vector<Node> Nodes(const kit::Selector& selector, const kit::Scope& scope) const;

  const FhirFormat& format_;
  Document document_;
  hl7::Zone zone_;
  Millis today_;
};

}  // namespace sam::fhir
