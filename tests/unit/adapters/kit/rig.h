// Rig: a pipeline over a store whose power can be cut, with the shipped mapping for BVC.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/mllp/kind.h"
#include "adapters/mllp/listen_config.h"
#include "tests/support/pipeline_rig.h"

namespace sam::kit::test {

inline std::string Source(const std::string& path) { return std::string(SAM_SOURCE) + "/" + path; }

inline std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

inline std::string Fixture(const std::string& name) {
  std::string bytes = ReadAll(Source("tests/fixtures/bvc/" + name + ".hl7"));
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline SourceKinds TestKinds() {
  SourceKinds kinds;
  kinds.formats.push_back(mllp::Hl7Kind());
  kinds.connectors.push_back(mllp::ListenKind());
  return kinds;
}

inline mllp::ListenConfig& ListenOf(AdapterConfig& config) {
  return dynamic_cast<mllp::ListenConfig&>(*config.connector_settings);
}

inline AdapterConfig TestConfig() {
  AdapterConfig config;
  config.source.system_id = "cosmic.bollnas";
  config.source.org_nr = "2321000198";
  config.source.board = "Hälso- och sjukvårdsnämnden";
  config.production = false;
  config.connector = "listen";
  auto listen = std::make_unique<mllp::ListenConfig>();
  listen->address = "127.0.0.1:0";
  config.connector_settings = std::move(listen);
  return config;
}

inline std::unique_ptr<Mapping> BvcMapping() {
  Result<std::unique_ptr<Mapping>> mapping =
      Mapping::Load(Source("adapters/bvc/mappings/bvc-hl7v2.toml"), TestKinds());
  EXPECT_TRUE(mapping.ok()) << mapping.error().message;
  return mapping.ok() ? std::move(mapping).value() : nullptr;
}

using sam::test::TextOf;

struct Rig : sam::test::PipelineRig {
  explicit Rig(AdapterConfig c = TestConfig()) {
    kinds = TestKinds();
    config = std::move(c);
    mapping = BvcMapping();
    Open();
  }

  void Open() { OpenPipeline(); }

  // Power cut and restart.
  void Crash() {
    faults.Crash();
    Open();
  }

  Verdict Take(const std::string& bytes) { return PipelineRig::Take(bytes, "10.0.0.1:4000"); }
};

}  // namespace sam::kit::test
