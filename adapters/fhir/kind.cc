#include "adapters/fhir/kind.h"

#include <utility>

#include "adapters/fhir/fhir_decoder.h"
#include "adapters/fhir/fhir_server.h"
#include "broker/edge/tls.h"

namespace sam::fhir {

kit::FormatKind FhirFormatKind() {
  kit::FormatKind kind;
  kind.name = "fhir";
  kind.make = [] { return std::make_unique<FhirFormat>(); };
  kind.decoder = [](const kit::DecoderParts& parts, Random random) {
    return FhirDecoder::Make(parts, random);
  };
  kind.settings = {"check_processing_id", "quarantine_answer"};
  kind.instead = "FHIR is always UTF-8; who may send stands in [[fhir.client]].";
  return kind;
}

kit::ConnectorKind FhirConnectorKind() {
  kit::ConnectorKind kind;
  kind.section = "fhir";
  kind.formats = {"fhir"};
  kind.read = ReadFhir;
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* fhir = dynamic_cast<const FhirSettings*>(&settings);
    if (fhir == nullptr) return Internal("[fhir] was read by somebody else");
    SAM_ASSIGN(std::unique_ptr<FhirServer> server, FhirServer::Open(*fhir, parts));
    return std::unique_ptr<kit::Connector>(std::move(server));
  };
  kind.check = [](const kit::ConnectorSettings& settings) -> Status {
    const auto* fhir = dynamic_cast<const FhirSettings*>(&settings);
    if (fhir == nullptr) return Internal("[fhir] was read by somebody else");
    if (!fhir->plain) SAM_TRY(edge::LoadTls(fhir->tls));
    return Ok();
  };
  return kind;
}

}  // namespace sam::fhir
