// PipelineRig: an adapter's pipeline over a store whose power can be cut, at a time moved by hand.
// Rooms of sources add their settings, mapping and connector. Header only, since the libraries it
// stands on are those of the test that includes it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kj/string.h>

#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/place_door.h"
#include "broker/base/clock.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/support/fault_store.h"

namespace sam::test {

// An event as Cap'n Proto prints it: (header = (...), body = (bvcVisitMissed = (...))).
inline std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  EXPECT_TRUE(text.ok()) << text.error().message;
  return text.ok() ? *text : "";
}

// What reading a message takes: no store.
struct DecoderRig {
  kit::SourceKinds kinds;
  kit::AdapterConfig config;
  ManualClock clock{Millis(1'772'445'600'000)};  // 2026-03-02T10:00:00Z
  std::unique_ptr<kit::Mapping> mapping;

  void LoadMapping(const std::string& path) { Keep(kit::Mapping::Load(path, kinds)); }
  void ParseMapping(const std::string& text) {
    Keep(kit::Mapping::Parse(
        text, "m.toml", [](const std::string& name) { return NotFound(name); }, kinds));
  }
  std::unique_ptr<kit::Decoder> MakeDecoder() const {
    auto made = kit::MakeDecoder(kinds, config, *mapping, clock, Random(7));
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return made.ok() ? std::move(made).value() : nullptr;
  }

 private:
  void Keep(Result<std::unique_ptr<kit::Mapping>> made) {
    ASSERT_TRUE(made.ok()) << made.error().message;
    mapping = std::move(made).value();
  }
};

struct PipelineRig : DecoderRig {
  FaultStore faults;
  SecretKey key = SecretKey::Random();
  std::unique_ptr<kit::AdapterStore> store;
  std::unique_ptr<kit::Decoder> decoder;
  std::optional<kit::Pipeline> pipeline;

  // The process is gone; what it had on disk stays.
  void Close() {
    pipeline.reset();
    decoder.reset();
    store.reset();
  }

  // As a new process would find the store.
  void OpenPipeline() {
    Close();
    auto opened = kit::AdapterStore::Open(faults, key.Clone(), clock, config.keep);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store = std::move(opened).value();
    decoder = MakeDecoder();
    ASSERT_NE(decoder, nullptr);
    pipeline.emplace(kit::Pipeline::Make(config, *mapping, *decoder, *store, clock, Random(8)));
  }

  kit::ConnectorParts Parts(kit::CrashGuard* guard = nullptr) {
    return {config, *pipeline, *decoder, *store, clock, guard};
  }

  // One message as a group of its own.
  kit::Verdict Take(const std::string& bytes, const std::string& peer) {
    EXPECT_TRUE(pipeline->Begin().ok());
    Result<kit::Verdict> verdict = pipeline->Take(bytes, peer);
    EXPECT_TRUE(verdict.ok()) << verdict.error().message;
    EXPECT_TRUE(pipeline->Commit().ok());
    return verdict.ok() ? std::move(verdict).value() : kit::Verdict();
  }

  // What the hub would get.
  std::vector<std::string> Outbox() const {
    std::vector<std::string> out;
    EXPECT_TRUE(kit::OutboxPlaceDoor(*store)
                    .Read(1, SIZE_MAX,
                          [&](uint64_t, std::string_view event) {
                            out.emplace_back(event);
                            return true;
                          })
                    .ok());
    return out;
  }

  std::vector<kit::Quarantined> Quarantine() const {
    std::vector<kit::Quarantined> out;
    EXPECT_TRUE(store
                    ->EachQuarantine([&](const kit::Quarantined& row) {
                      out.push_back(row);
                      return true;
                    })
                    .ok());
    return out;
  }
};

}  // namespace sam::test
