// FilesRig: a watched folder on disk, a store whose power can be cut, the shipped dental mapping,
// and a clock of its own. Start() is a new process over the same folder and store.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/csv/kind.h"
#include "adapters/files/files_connector.h"
#include "adapters/files/sealed_file.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/mllp/kind.h"
#include "adapters/xml/kind.h"
#include "tests/support/pipeline_rig.h"
#include "tests/support/temp_dir.h"

namespace sam::files::test {

inline kit::SourceKinds Kinds() {
  kit::SourceKinds kinds;
  kinds.formats = {csv::CsvKind(), xml::XmlKind(), mllp::Hl7Kind()};
  kinds.connectors = {FilesKind()};
  return kinds;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

inline const std::vector<std::string>& DentalColumns() {
  static const std::vector<std::string> kColumns = {
      "personnr", "fodelsedatum", "klinik_hsaid", "handelse", "datum",
      "tid",      "besokstyp",    "nr_i_rad",     "orsak",    "kommun"};
  return kColumns;
}

inline std::string Header() {
  std::string out;
  for (const std::string& column : DentalColumns()) out += (out.empty() ? "" : ";") + column;
  return out + "\r\n";
}

// Rows that differ and all make one event each.
inline std::string MissedRow(int n) {
  const std::string day = std::to_string(n % 28 + 1);
  std::string out = "20210325K069;2021-03-25;SE2321000198-FTVTEST;UB;2026-02-";
  out.append(day.size() == 1 ? "0" : "").append(day).append(";");
  const std::string minute = std::to_string(n % 60);
  out.append(std::to_string(10 + n / 60 % 13)).append(minute.size() == 1 ? ":0" : ":");
  out.append(minute).append(";US;");
  return out.append(std::to_string(n % 100)).append(";;2121\r\n");
}

struct FilesRig : sam::test::PipelineRig {
  sam::test::TempDir folder;
  FilesConfig* files = nullptr;
  std::string mapping_file = std::string(SAM_SOURCE) + "/adapters/dental/mappings/dental-csv.toml";
  std::optional<kit::CrashGuard> guard;  // made by a test that wants one, before Start
  std::unique_ptr<kit::Connector> connector;

  FilesRig() {
    config.source = {"t4.test", "2321000198", "Namnd", "", false};
    config.production = false;
    config.connector = "files";
    auto settings = std::make_unique<FilesConfig>();
    files = settings.get();
    files->folder = folder.path();
    files->done = folder / "done";
    files->failed = folder / "failed";
    files->attachments = folder.path();
    files->patterns = {"*.csv", "*.hl7"};
    files->stable_s = 10;
    files->csv.columns.clear();
    files->csv.required = DentalColumns();
    files->csv.trigger_column = "handelse";
    files->csv.person_columns = {"personnr"};
    config.connector_settings = std::move(settings);
  }

  void StartPipeline() {
    connector.reset();
    Close();
    kinds = Kinds();
    LoadMapping(mapping_file);
    OpenPipeline();
  }
  void Start() {
    StartPipeline();
    auto open = FilesConnector::Open(*files, Parts(guard ? &*guard : nullptr));
    ASSERT_TRUE(open.ok()) << open.error().message;
    connector = std::move(open).value();
  }
  void Crash() {
    faults.Crash();
    Start();
  }

  void Drop(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
  bool Has(const std::string& name) const { return std::filesystem::exists(folder / name); }
  std::string Receipt(const std::string& name) const { return ReadFile(folder / name); }

  // What a sealed file holds.
  std::string Opened(const std::string& name) const {
    const SecretKey file_key = store->rows().FileKey();
    const Result<SealedFile> file = SealedFile::Open(folder / name, file_key);
    EXPECT_TRUE(file.ok()) << file.error().message;
    std::string out;
    for (uint64_t at = 0; file.ok() && at < file->chunks(); ++at) out += file->Chunk(at).value();
    return out;
  }

  // Turns until nothing happens any more and the files that lie there are old enough.
  int Run(int turns = 200) {
    int taken = 0;
    for (int i = 0; i < turns; ++i) {
      clock.Advance(1000);
      const Result<int> step = connector->Step(0);
      EXPECT_TRUE(step.ok()) << step.error().message;
      taken += step.ok() ? *step : 0;
    }
    return taken;
  }

  uint64_t Events() const { return store->outbox_next() - 1; }
};

}  // namespace sam::files::test
