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

struct FhirRig {
  kit::AdapterConfig config;
  ManualClock clock{Millis(1'772'445'600'000)};  // 2026-03-02T10:00:00Z
  std::unique_ptr<kit::Mapping> mapping;
  sam::test::FaultStore faults;
  std::unique_ptr<kit::AdapterStore> store;
  std::unique_ptr<kit::Decoder> decoder;
  std::optional<kit::Pipeline> pipeline;

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
    Result<std::unique_ptr<kit::Mapping>> loaded = kit::Mapping::Load(
        std::string(SAM_SOURCE) + "/adapters/bvc/mappings/bvc-fhir.toml", FhirKinds());
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    if (!loaded.ok()) return;
    mapping = std::move(loaded).value();
    Result<std::unique_ptr<kit::AdapterStore>> opened =
        kit::AdapterStore::Open(faults, SecretKey::Random(), clock, config.keep);
    EXPECT_TRUE(opened.ok());
    store = std::move(opened).value();
    Result<std::unique_ptr<kit::Decoder>> made =
        kit::MakeDecoder(FhirKinds(), config, *mapping, clock, Random(7));
    EXPECT_TRUE(made.ok());
    decoder = std::move(made).value();
    pipeline.emplace(
        kit::Pipeline::Make(config, *mapping, *decoder, *store, clock, Random(8)));
  }

  FhirSettings& settings() { return dynamic_cast<FhirSettings&>(*config.connector_settings); }

  kit::Verdict Take(const std::string& bytes, const std::string& peer = "fhir:") {
    EXPECT_TRUE(pipeline->Begin().ok());
    Result<kit::Verdict> verdict = pipeline->Take(bytes, peer);
    EXPECT_TRUE(verdict.ok()) << verdict.error().message;
    EXPECT_TRUE(pipeline->Commit().ok());
    return verdict.ok() ? std::move(verdict).value() : kit::Verdict();
  }

  std::vector<std::string> Outbox() {
    std::vector<std::string> out;
    EXPECT_TRUE(store
                    ->ReadOutbox(1, SIZE_MAX,
                                 [&](uint64_t, std::string_view event) {
                                   out.emplace_back(event);
                                   return true;
                                 })
                    .ok());
    return out;
  }

  size_t InQuarantine() {
    size_t count = 0;
    EXPECT_TRUE(store
                    ->EachQuarantine([&](const kit::Quarantined&) {
                      ++count;
                      return true;
                    })
                    .ok());
    return count;
  }
};

}  // namespace sam::fhir::test
