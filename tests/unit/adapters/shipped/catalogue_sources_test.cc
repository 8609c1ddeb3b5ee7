// The catalogue against what is shipped: each event type that the schema lists comes out of some
// mapping with a sample of its source, or is made by a program of ours that is named here. A type,
// a mapping or a sample that somebody forgot fails by its name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "broker/contract/catalogue.h"
#include "broker/contract/required.h"
#include "tests/unit/adapters/shipped/feeds.h"

namespace sam::shipped {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Types that carry a signal's id, which no source system knows, and those that the hub derives. The
// file is where the program makes, or alone may make, what the text names.
struct Program {
  const char* type;
  const char* who;
  const char* file;
  const char* text;
};
constexpr Program kPrograms[] = {
    {"expectation.overdue", "the hub's timers; read in the log by rules_flow_test.cc and day.py",
     "broker/dispatch/overdue_event.cc", "initExpectationOverdue"},
    {"prompt.decided", "samsignal-inbox", "adapters/inbox/ladder.cc", "initPromptDecided"},
    {"report.attachment", "the adapter, after a report.signed that brings files",
     "adapters/kit/attachment_parts.cc", "initReportAttachment"},
    {"signal.receiver.named", "samsignal-inbox of its sender", "adapters/inbox/ladder.cc",
     "initSignalReceiverNamed"},
    {"signal.receipt", "samsignal-inbox", "adapters/inbox/ladder.cc", "initSignalReceipt"},
    {"signal.withdrawn", "samsignal-inbox of its sender; read in the log by social_intake_test.py",
     "adapters/inbox/ladder.cc", "initSignalWithdrawn"},
};

// Samples that go aside though their name does not say "broken": what they try stands in the test
// of their mapping. The whole file name.
const std::set<std::string> kGoAside = {"oru_unknown_enum.hl7"};

std::string ReadAll(const std::string& path) {
  std::ifstream in(Source(path), std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// "adapters/x/mappings/y.toml message 3" -> "y.toml"
std::string FileName(const std::string& sample) {
  const std::string path = sample.substr(0, sample.find(" message "));
  return path.substr(path.rfind('/') + 1);
}

bool IsBroken(const std::string& sample) {
  const std::string name = FileName(sample);
  return name.find("broken") != std::string::npos || kGoAside.contains(name);
}

TEST(ShippedMappings, EveryMappingHasAConfigurationAndSamples) {
  std::set<std::string> listed, folders;
  for (const Feed& feed : kFeeds) {
    listed.insert(feed.mapping);
    folders.insert(feed.samples);
    const FeedRun run(feed);
    EXPECT_TRUE(fs::equivalent(run.config().mapping_file, Source(feed.mapping))) << feed.config;
  }
  for (const fs::directory_entry& domain : fs::directory_iterator(Source("adapters"))) {
    const fs::path mappings = domain.path() / "mappings";
    if (fs::exists(mappings))
      for (const fs::directory_entry& file : fs::directory_iterator(mappings))
        if (file.path().extension() == ".toml") {
          EXPECT_TRUE(listed.contains(Relative(file.path())))
              << Relative(file.path()) << " has no samples: name them in kFeeds";
        }
    const fs::path samples = domain.path() / "samples";
    if (!fs::exists(samples)) continue;
    for (const fs::directory_entry& folder : fs::directory_iterator(samples))
      EXPECT_TRUE(folders.contains(Relative(folder.path())))
          << Relative(folder.path()) << " belongs to no mapping: name it in kFeeds";
  }
}

using Samples = std::map<std::string, std::vector<Told>>;  // by mapping

// Each file by itself: some are variants of one message, which together would be a conflict.
const Samples& Alone() {
  static const Samples all = [] {
    Samples out;
    for (const Feed& feed : kFeeds)
      for (const std::string& file : FilesOf(feed))
        for (Told& told : FeedRun(feed).Take({file})) out[feed.mapping].push_back(std::move(told));
    return out;
  }();
  return all;
}

// One after another, by name: what corrects or takes back finds what came before.
const Samples& Together() {
  static const Samples all = [] {
    Samples out;
    for (const Feed& feed : kFeeds) out[feed.mapping] = FeedRun(feed).Take(FilesOf(feed));
    return out;
  }();
  return all;
}

// Every event of every sample, both ways.
template <typename Visit>
void ForEachEvent(const Visit& visit) {
  for (const Samples* samples : {&Alone(), &Together()})
    for (const auto& [mapping, all] : *samples)
      for (const Told& told : all)
        for (const kit::MappedEvent& event : told.verdict.events) visit(told, event);
}

TEST(ShippedMappings, EverySampleIsTakenUnlessItsNameSaysBroken) {
  for (const auto& [mapping, samples] : Alone()) {
    std::map<std::string, bool> broken;  // file -> some message of it went aside
    for (const Told& told : samples) {
      const bool bad = maptool::IsBad(told.verdict);
      if (IsBroken(told.name)) {
        broken[told.name.substr(0, told.name.find(" message "))] |= bad;
      } else {
        EXPECT_FALSE(bad) << mapping << ": " << told.name << ": " << told.verdict.reason << ": "
                          << told.verdict.detail;
      }
    }
    for (const auto& [file, bad] : broken) EXPECT_TRUE(bad) << file << " is not broken";
  }
}

TEST(ShippedMappings, EveryEventHasWhatTheHubRequires) {
  ForEachEvent([](const Told& told, const kit::MappedEvent& event) {
    const auto parsed = wire::Parse<schema::Event>(event.bytes);
    ASSERT_TRUE(parsed.ok()) << told.name;
    EXPECT_EQ(contract::MissingField(parsed->get()), "") << told.name << " rule " << event.rule;
  });
}

TEST(ShippedMappings, EveryEventTypeOfTheCatalogueComesOutOfSomeSample) {
  std::set<std::string> told;
  ForEachEvent([&](const Told&, const kit::MappedEvent& event) { told.insert(event.type->name); });
  std::map<std::string, const Program*> programs;
  for (const Program& one : kPrograms) programs[one.type] = &one;
  for (const contract::EventType& type : contract::EventTypes()) {
    const bool ours = programs.contains(type.name);
    EXPECT_NE(told.contains(type.name), ours)
        << "row " << type.row << ", " << type.name
        << (ours ? ": a mapping tells it, so kPrograms need not name it"
                 : ": no shipped mapping with a sample tells it");
    programs.erase(type.name);
  }
  for (const auto& [type, program] : programs) ADD_FAILURE() << type << " is not in the catalogue";
}

TEST(ShippedMappings, WhatNoMappingTellsIsMadeByTheProgramThatIsNamed) {
  for (const Program& one : kPrograms)
    EXPECT_THAT(ReadAll(one.file), HasSubstr(one.text)) << one.type << ": " << one.who;
}

// An address, an answer of a form or the words of a report travel in the report alone, and with
// those who give a consent.
TEST(ShippedMappings, NoEventButAReportOrAConsentHoldsAnAddressANameOrFreeText) {
  ForEachEvent([](const Told& told, const kit::MappedEvent& event) {
    if (event.type->name == "report.signed" || event.type->name == "consent.changed") return;
    const std::string text = TextOf(event.bytes);
    for (const char* never : {"gatan", "gata 1", "82130", "Canaryord", "Testsson"})
      EXPECT_EQ(text.find(never), std::string::npos) << told.name << ": " << event.rule;
  });
}

}  // namespace
}  // namespace sam::shipped
