// A pipeline with the FHIR mapping for BVC over a store whose power can be cut.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/fhir/bundle.h"
#include "adapters/fhir/fhir_settings.h"
#include "adapters/fhir/kind.h"
#include "tests/unit/adapters/fhir/samples.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::fhir::test {

inline kit::SourceKinds FhirKinds() {
  kit::SourceKinds kinds;
  kinds.formats.push_back(FhirFormatKind());
  kinds.connectors.push_back(FhirConnectorKind());
  return kinds;
}

struct FhirRig : sam::test::PipelineRig {
  FhirRig() {
    config.source.system_id = "cosmic.bollnas";
    config.source.org_nr = "2321000198";
    config.source.board = "Nämnden";
    config.production = false;
    config.connector = "fhir";
    auto settings = std::make_unique<FhirSettings>();
    settings->address = "127.0.0.1:0";
    settings->plain = true;
    settings->queue = 4;
    settings->limits.body_bytes = uint64_t{1} << 20;
    FhirClient client;
    client.name = "tandem";
    client.identity.system_id = "tandem.gavle";
    settings->clients.push_back(client);
    config.connector_settings = std::move(settings);
    kinds = FhirKinds();
    LoadMapping(std::string(SAM_SOURCE) + "/adapters/bvc/mappings/bvc-fhir.toml");
    OpenPipeline();
  }

  FhirSettings& settings() { return dynamic_cast<FhirSettings&>(*config.connector_settings); }

  kit::Verdict Take(const std::string& bytes, const std::string& peer = "fhir:") {
    return PipelineRig::Take(bytes, peer);
  }
};

}  // namespace sam::fhir::test
