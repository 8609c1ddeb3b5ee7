// XmlDecoder: one record in its envelope to a record with a name, checked against the schema where
// there is one. Serves the live feed, the dry run (which gives it whole files) and records sent
// again from quarantine, so what was fixed by hand is checked as well. Threads: one, the
// pipeline's. Owned by main.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/kit/decoder.h"
#include "adapters/kit/source_kind.h"
#include "adapters/xml/envelope.h"
#include "adapters/xml/options.h"
#include "adapters/xml/xml_record.h"

namespace sam::xml {

// Settings of a connector that carries XML are of this class too.
class CarriesXml {
 public:
  CarriesXml() = default;
  CarriesXml(CarriesXml&&) = default;
  CarriesXml& operator=(CarriesXml&&) = default;
  virtual ~CarriesXml() = default;
  XmlOptions xml;
};

class XmlDecoder final : public kit::Decoder {
 public:
  // kInvalid: the connector carries no XML, the mapping names what the schema does not have, or the
  // zone is not known.
  static Result<std::unique_ptr<kit::Decoder>> Make(const kit::DecoderParts& parts);

  Result<kit::Decoded> Decode(const std::string& bytes, const std::string& peer) override;
  Result<std::vector<std::string>> Sample(const std::string& name, std::string bytes) override;

 private:
  XmlDecoder(const kit::DecoderParts& parts, const XmlFormat& format, const XmlOptions& options,
             hl7::Zone zone);
  std::string SchemaFaultText(const Envelope& envelope, const Document& document) const;
  bool IsPerson(std::string_view text) const;
  bool NamesAPerson(const XmlRow& row, const PlacePath& place) const;

  const kit::AdapterConfig& config_;
  const Clock& clock_;
  const XmlFormat& format_;
  const XmlOptions& options_;
  hl7::Zone zone_;
};

}  // namespace sam::xml
