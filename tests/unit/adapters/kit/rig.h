// Rig: a pipeline over a store whose power can be cut, with the shipped mapping for BVC.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kj/string.h>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/mllp/kind.h"
#include "adapters/mllp/listen_config.h"
#include "broker/base/clock.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/support/fault_store.h"

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

// An event as Cap'n Proto prints it: (header = (...), body = (bvcVisitMissed = (...))).
inline std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  EXPECT_TRUE(text.ok()) << text.error().message;
  return text.ok() ? *text : "";
}

struct Rig {
  AdapterConfig config;
  ManualClock clock{Millis(1'772'445'600'000)};  // 2026-03-02T10:00:00Z
  std::unique_ptr<Mapping> mapping = BvcMapping();
  sam::test::FaultStore faults;
  SecretKey key = SecretKey::Random();
  std::unique_ptr<AdapterStore> store;
  std::unique_ptr<Decoder> decoder;
  std::optional<Pipeline> pipeline;

  explicit Rig(AdapterConfig c = TestConfig()) : config(std::move(c)) { Open(); }

  void Open() {
    pipeline.reset();
    store.reset();
    Result<std::unique_ptr<AdapterStore>> opened =
        AdapterStore::Open(faults, key.Clone(), clock, config.keep);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store = std::move(opened).value();
    Result<std::unique_ptr<Decoder>> made =
        MakeDecoder(TestKinds(), config, *mapping, clock, Random(7));
    ASSERT_TRUE(made.ok()) << made.error().message;
    decoder = std::move(made).value();
    pipeline.emplace(Pipeline::Make(config, *mapping, *decoder, *store, clock, Random(8)));
  }

  // Power cut and restart.
  void Crash() {
    faults.Crash();
    Open();
  }

  // One message as a group of its own.
  Verdict Take(const std::string& bytes) {
    EXPECT_TRUE(pipeline->Begin().ok());
    Result<Verdict> verdict = pipeline->Take(bytes, "10.0.0.1:4000");
    EXPECT_TRUE(verdict.ok()) << verdict.error().message;
    EXPECT_TRUE(pipeline->Commit().ok());
    return verdict.ok() ? std::move(verdict).value() : Verdict();
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

  std::vector<Quarantined> Quarantine() {
    std::vector<Quarantined> out;
    EXPECT_TRUE(store
                    ->EachQuarantine([&](const Quarantined& row) {
                      out.push_back(row);
                      return true;
                    })
                    .ok());
    return out;
  }
};

}  // namespace sam::kit::test
