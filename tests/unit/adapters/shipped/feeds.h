// The shipped mappings, each with the configuration and the samples that belong to it, and a run of
// one feed: what became of every message of its samples, in the order of file names.
#pragma once

#include <gtest/gtest.h>
#include <kj/string.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "adapters/maptool/sample_run.h"
#include "adapters/program/sources.h"
#include "broker/base/clock.h"
#include "broker/crypto/secret.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/support/temp_dir.h"

namespace sam::shipped {

struct Feed {
  const char* mapping;  // all relative to the repository
  const char* config;
  const char* samples;  // a folder
};

inline constexpr Feed kFeeds[] = {
    {"adapters/bvc/mappings/bvc-hl7v2.toml", "adapter-bvc.toml", "tests/fixtures/bvc"},
    {"adapters/bvc/mappings/bvc-fhir.toml", "adapter-fhir.toml", "adapters/bvc/samples/fhir"},
    {"adapters/dental/mappings/dental-csv.toml", "adapter-dental.toml", "tests/fixtures/dental"},
    {"adapters/dental/mappings/dental-xml.toml", "adapter-dental-xml.toml",
     "adapters/dental/samples/xml"},
    {"adapters/dental/mappings/dental-hl7v2.toml", "adapter-dental-hl7.toml",
     "adapters/dental/samples/hl7"},
    {"adapters/dental/mappings/dental-fhir.toml", "adapter-dental-fhir.toml",
     "adapters/dental/samples/fhir"},
    {"adapters/person/mappings/person-adt.toml", "adapter-person-adt.toml",
     "adapters/person/samples/hl7"},
    {"adapters/person/mappings/person-csv.toml", "adapter-person.toml",
     "adapters/person/samples/csv"},
    {"adapters/social/mappings/social-csv.toml", "adapter-social-csv.toml",
     "adapters/social/samples/csv"},
    {"adapters/social/mappings/social-fhir.toml", "adapter-social-fhir.toml",
     "adapters/social/samples/fhir"},
    {"adapters/social/mappings/social-lifecare.toml", "adapter-social.toml",
     "adapters/social/samples/lifecare"},
    {"adapters/social/mappings/social-sql.toml", "adapter-social-sql.toml",
     "adapters/social/samples/sql"},
};

inline std::string Source(const std::string& path) { return std::string(SAM_SOURCE) + "/" + path; }

inline std::string Relative(const std::filesystem::path& path) { return path.string().substr(Source("").size()); }

// The samples of a feed, by name.
inline std::vector<std::string> FilesOf(const Feed& feed) {
  std::vector<std::string> files;
  for (const std::filesystem::directory_entry& file : std::filesystem::directory_iterator(Source(feed.samples)))
    if (file.path().extension() != ".md") files.push_back(Relative(file.path()));
  std::sort(files.begin(), files.end());
  return files;
}

struct Told {
  std::string name;  // "adapters/.../x.csv message 3"
  kit::Verdict verdict;
};

inline std::string TextOf(const std::string& event) {
  const Result<std::string> text =
      wire::Read<schema::Event>(event, [](schema::Event::Reader reader) -> Result<std::string> {
        return std::string(kj::str(reader).cStr());
      });
  return text.ok() ? *text : text.error().message;
}

// A feed as its demo configures it, with a store in memory. Samples of no message at all fail.
class FeedRun {
 public:
  explicit FeedRun(const Feed& feed) {
    CryptoInit();
    Result<kit::AdapterConfig> config =
        kit::AdapterConfig::Load(Source("deploy/config/demo/") + feed.config, kinds_);
    EXPECT_TRUE(config.ok()) << feed.config << ": " << config.error().message;
    if (!config.ok()) return;
    config_ = std::make_unique<kit::AdapterConfig>(std::move(config).value());
    auto run = maptool::SampleRun::Open(*config_, Source(feed.mapping), kinds_, clock_);
    EXPECT_TRUE(run.ok()) << feed.mapping << ": " << run.error().message;
    if (run.ok()) run_ = std::move(run).value();
  }

  // `files` relative to the repository.
  std::vector<Told> Take(const std::vector<std::string>& files) {
    std::vector<std::string> paths;
    paths.reserve(files.size());
    for (const std::string& file : files) paths.push_back(Source(file));
    std::vector<Told> out = TakePaths(paths);
    for (Told& told : out) told.name.erase(0, Source("").size());
    return out;
  }

  // Files of a test's own, anywhere; `name` is then the whole path.
  std::vector<Told> TakePaths(const std::vector<std::string>& paths) {
    std::vector<Told> out;
    if (run_ == nullptr) return out;
    auto samples = run_->Read(paths);
    EXPECT_TRUE(samples.ok()) << samples.error().message;
    if (!samples.ok()) return out;
    for (const maptool::Sample& sample : *samples) {
      Result<kit::Verdict> verdict = run_->Take(sample, nullptr);
      EXPECT_TRUE(verdict.ok()) << sample.name;
      if (verdict.ok())
        out.push_back({sample.name, std::move(verdict).value()});
    }
    EXPECT_FALSE(out.empty()) << "no message in the samples";
    return out;
  }

  const kit::AdapterConfig& config() const { return *config_; }
  const kit::SourceKinds& kinds() const { return kinds_; }
  const Clock& clock() const { return clock_; }

 private:
  ManualClock clock_{Millis(1'782'864'000'000)};  // 2026-07-01: after all that the samples tell
  kit::SourceKinds kinds_ = program::Sources();
  std::unique_ptr<kit::AdapterConfig> config_;
  std::unique_ptr<maptool::SampleRun> run_;
};

inline const Feed& FeedOf(const std::string& id) {
  for (const Feed& feed : kFeeds)
    if (std::string(feed.mapping).find("/" + id + ".toml") != std::string::npos) return feed;
  ADD_FAILURE() << "no feed " << id;
  return kFeeds[0];
}

// "rule: type" of each event, or why there is none.
inline std::string Summary(const kit::Verdict& verdict) {
  std::string out = verdict.trigger;
  if (verdict.events.empty()) {
    out.append(" ").append(kit::VerdictName(verdict.kind));
    if (!verdict.reason.empty()) out.append(" ").append(verdict.reason);
  }
  for (const kit::MappedEvent& event : verdict.events)
    out.append(" ").append(event.rule).append(":").append(event.type->name);
  return out;
}

// What becomes of a sample with one text put in another's place.
inline kit::Verdict Changed(const char* feed, const std::string& sample, const std::string& from,
                            const std::string& to) {
  const test::TempDir folder;
  std::ifstream in(Source(sample), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << sample << ": " << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  const std::string path = folder / ("x" + sample.substr(sample.rfind('.')));
  std::ofstream(path, std::ios::binary) << text;
  FeedRun run(FeedOf(feed));
  std::vector<Told> told = run.TakePaths({path});
  return told.empty() ? kit::Verdict() : std::move(told.front().verdict);
}

}  // namespace sam::shipped
