// XML behind the SourceRecord door: one record element, its places by path (place.h), and what its
// file says for all records.
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/timestamp.h"
#include "adapters/kit/source_record.h"
#include "adapters/xml/document.h"
#include "adapters/xml/place.h"

namespace sam::xml {

class XmlFormat final : public kit::SourceFormat {
 public:
  std::string name() const override { return "xml"; }
  Result<kit::Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;
  Status CheckTrigger(std::string_view trigger) const override;
  const Place& at(const kit::Selector& selector) const { return compiled_[selector.id]; }
  // Every name that some place has, so that one the schema lacks is found before the first file.
  std::set<std::string> Names() const;

 private:
  std::vector<Place> compiled_;
};

// The elements at a path, in document order. `from` is the root or the record, as the path says.
std::vector<const Node*> FindNodes(const Node& from, const std::vector<PlaceStep>& steps);
// The values at a path that say something.
std::vector<std::string> FindValues(const Node& root, const Node& record, const PlacePath& path);

struct XmlRow {
  Document document;
  const Node* record = nullptr;  // in the document, so a row is not moved once this is set
  std::string trigger;
  std::string message_id;
  std::string patient_system;
  bool lenient_numbers = false;
  bool charset_guessed = false;
  std::set<std::string> read;  // places that the decoder reads for itself
};

class XmlRecord final : public kit::SourceRecord {
 public:
  // `today` judges centuries of ten-digit person numbers.
  XmlRecord(const XmlFormat& format, std::unique_ptr<XmlRow> row, const hl7::Zone& zone,
            Millis today);

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector,
                                 const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override { return row_->trigger; }
  Result<std::string> MessageId() const override { return row_->message_id; }
  bool test() const override { return false; }
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                                const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override;
  std::vector<std::string> Places() const override;
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  std::vector<std::string> Values(const PlacePath& path, const kit::Scope& scope) const;

  const XmlFormat& format_;
  std::unique_ptr<XmlRow> row_;
  hl7::ZonePolicy zones_;
  Millis today_;
};

}  // namespace sam::xml
