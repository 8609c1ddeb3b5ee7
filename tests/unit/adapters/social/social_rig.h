// Social: the adapter as a demo configuration of social services has it, over a store in memory, so
// that tests see what each row of the samples becomes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kj/string.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "adapters/rest/json_row.h"
#include "adapters/rest/kind.h"
#include "adapters/sql/kind.h"
#include "broker/contract/required.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/support/fault_store.h"

namespace sam::kit::test {

inline std::string ReadAll(const std::string& path) {
  std::ifstream in(std::string(SAM_SOURCE) + "/" + path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

inline SourceKinds Kinds() {
  SourceKinds kinds;
  kinds.formats.push_back(rest::RestKind());
  kinds.connectors.push_back(rest::PollKind());
  kinds.connectors.push_back(sql::SqlKind());
  return kinds;
}

inline std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  return text.ok() ? *text : text.error().message;
}

class Social : public testing::Test {
 protected:
  explicit Social(const std::string& config = "adapter-social.toml", std::string samples = "lifecare")
      : file_("/deploy/config/demo/" + config), samples_(std::move(samples)) {}
  void SetUp() override {
    auto loaded = AdapterConfig::Load(std::string(SAM_SOURCE) + file_, Kinds());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    config_.emplace(std::move(loaded).value());
    auto mapping = Mapping::Load(config_->mapping_file, Kinds());
    ASSERT_TRUE(mapping.ok()) << mapping.error().message;
    mapping_ = std::move(mapping).value();
    auto store = AdapterStore::Open(memory_, SecretKey::Random(), clock_, config_->keep);
    ASSERT_TRUE(store.ok());
    store_ = std::move(store).value();
    auto decoder = MakeDecoder(Kinds(), *config_, *mapping_, clock_, Random(7));
    ASSERT_TRUE(decoder.ok()) << decoder.error().message;
    decoder_ = std::move(decoder).value();
    pipeline_.emplace(Pipeline::Make(*config_, *mapping_, *decoder_, *store_, clock_, Random(7)));
  }

  Verdict Take(const std::string& message) {
    EXPECT_TRUE(pipeline_->Begin().ok());
    Result<Verdict> verdict = pipeline_->Take(message, "poll");
    EXPECT_TRUE(verdict.ok());
    EXPECT_TRUE(pipeline_->Commit().ok());
    return verdict.ok() ? std::move(verdict).value() : Verdict();
  }
  Verdict Row(const std::string& endpoint, const std::string& row) {
    return Take(rest::Envelope(endpoint, row));
  }
  std::vector<Verdict> Sample(const std::string& endpoint) {
    const std::string name = "adapters/social/samples/" + samples_ + "/" + endpoint + ".json";
    auto messages = decoder_->Sample(name, ReadAll(name));
    EXPECT_TRUE(messages.ok());
    std::vector<Verdict> out;
    for (const std::string& message : *messages) out.push_back(Take(message));
    return out;
  }

  std::string file_, samples_;
  std::optional<AdapterConfig> config_;
  ManualClock clock_{Millis(1'772'445'600'000)};  // 2026-03-02T10:00:00Z
  std::unique_ptr<Mapping> mapping_;
  sam::test::FaultStore memory_;
  std::unique_ptr<AdapterStore> store_;
  std::unique_ptr<Decoder> decoder_;
  std::optional<Pipeline> pipeline_;
};

inline std::vector<std::string> Types(const Verdict& verdict) {
  std::vector<std::string> out;
  for (const MappedEvent& event : verdict.events) {
    out.push_back(event.type->name);
    const auto parsed = wire::Parse<schema::Event>(event.bytes);
    EXPECT_TRUE(parsed.ok() && contract::CheckRequired(parsed->get()).ok()) << event.rule;
    // What no row may carry, whatever else it says.
    for (const char* never : {"Tandvård", "Omsorgssvikt", "Våld", "BVC", "Polis", "Familjehem",
                              "Jourhem", "Vårdnadshavare"})
      EXPECT_THAT(TextOf(event.bytes), testing::Not(testing::HasSubstr(never))) << event.rule;
  }
  if (!verdict.reason.empty()) out.push_back(verdict.reason + ": " + verdict.detail);
  return out;
}

}  // namespace sam::kit::test
