#include "tests/bench/source_file.h"

#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "adapters/files/files_config.h"
#include "adapters/program/adapter.h"
#include "adapters/program/sources.h"
#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/crypto/secret.h"
#include "tests/bench/measure.h"

namespace sam::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "ftv_bench.csv";
constexpr std::string_view kBooking = ";B-";  // begins the cell of a row that names a booking

struct Sample {
  std::string header;
  std::vector<std::string> rows;
};

Result<Sample> ReadSample(const std::string& source) {
  std::ifstream in(source + "/tests/fixtures/dental/ftv_dygn_20260302.csv");
  Sample out;
  if (!std::getline(in, out.header)) return NotFound("the dental fixture is not there");
  for (std::string row; std::getline(in, row);)
    if (row.find(kBooking) != std::string::npos) out.rows.push_back(row);
  return out;
}

// Fresh bookings, so that no two rows are the same fact and each is told.
uint64_t WriteFile(const Sample& sample, const FilePlan& plan, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  const bool text = plan.text_bytes > 0;
  out << sample.header << (text ? ";fritext" : "") << "\n";
  const std::string filler =
      "anteckning utan betydelse för någon regel, som journalsystemet skickar med ändå, ";
  std::string row;
  for (uint64_t i = 0; i < plan.rows; ++i) {
    row = sample.rows[i % sample.rows.size()];
    row.insert(row.find(kBooking) + kBooking.size(), std::to_string(i) + "-");
    if (text) {
      row += ';';
      for (uint64_t n = i * 7919; row.size() < plan.text_bytes; n += 104729)
        row.append(filler).append(std::to_string(n % 1000003)).append(", ");
    }
    out << row << "\n";
  }
  out.close();
  return fs::file_size(path);
}

double LimitSeconds(const std::string& path, const std::string& directory, size_t group) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  SAM_CHECK(rocksdb::DB::Open(options, directory, &db).ok());
  rocksdb::WriteOptions sync;
  sync.sync = true;
  std::ifstream in(path, std::ios::binary);
  const int64_t begin = NowMicros();
  rocksdb::WriteBatch batch;
  uint64_t next = 0;
  for (std::string row; std::getline(in, row);) {
    SAM_CHECK(batch.Put(BigEndian64(next++), row).ok());
    if (batch.Count() < group) continue;
    SAM_CHECK(db->Write(sync, &batch).ok());
    batch.Clear();
  }
  SAM_CHECK(db->Write(sync, &batch).ok());
  const auto spent = static_cast<double>(NowMicros() - begin) * 1e-6;
  delete db;
  fs::remove_all(directory);
  return spent;
}

struct Taken {
  uint64_t rows = 0;
  double rss = 0;  // the highest seen
};

Result<Taken> TakeAll(kit::Connector& connector, const FilePlan& plan) {
  Taken out;
  const std::string done = plan.folder + "/in/done/" + kFile + ".ok";
  const int64_t begin = NowMicros();
  uint64_t told = 0, turns = 0;
  while (!fs::exists(done)) {
    if (fs::exists(plan.folder + "/in/failed/" + kFile + ".err"))
      return Invalid("the file was refused: see " + plan.folder);
    SAM_ASSIGN(const int taken, connector.Step(10));
    out.rows += static_cast<uint64_t>(taken);
    if (turns++ % 16 != 0) continue;
    const double rss = MemoryMiB(getpid());
    out.rss = std::max(out.rss, rss);
    if (!plan.progress || out.rows * 10 < told * plan.rows) continue;
    ++told;
    std::printf("  %10lu rows %8.1f s %8.0f MiB\n", static_cast<unsigned long>(out.rows),
                static_cast<double>(NowMicros() - begin) * 1e-6, rss);
    std::fflush(stdout);
  }
  return out;
}

}  // namespace

Result<SourceRow> FileRow(const FilePlan& plan) {
  const kit::SourceKinds kinds = program::Sources();
  const SystemClock clock;
  SAM_ASSIGN(kit::AdapterConfig config,
             kit::AdapterConfig::Load(plan.source + "/deploy/config/demo/adapter-dental.toml",
                                      kinds));
  auto* files = dynamic_cast<files::FilesConfig*>(config.connector_settings.get());
  if (files == nullptr) return Internal("the dental demonstration has no [files]");
  files->folder = plan.folder + "/in";
  files->done = files->folder + "/done";
  files->failed = files->folder + "/failed";
  files->max_file_bytes = uint64_t{4} << 30;
  for (const std::string& folder : {files->folder, files->done, files->failed})
    fs::create_directories(folder);
  config.store_path = plan.folder + "/store";
  config.store_key_file = plan.folder + "/store.key";
  SAM_TRY(SecretKey::Random().ToFile(config.store_key_file));

  SourceRow row;
  row.name = plan.name;
  row.limit_name = "RocksDB, same groups";
  SAM_ASSIGN(const Sample sample, ReadSample(plan.source));
  const std::string path = files->folder + "/" + kFile;
  const auto bytes = static_cast<double>(WriteFile(sample, plan, path));
  const auto rows = static_cast<double>(plan.rows);
  row.limit = rows / LimitSeconds(path, plan.folder + "/limit", files->group_rows);
  std::ofstream(path + ".done").close();  // it is whole

  SAM_ASSIGN(const std::unique_ptr<program::AdapterCore> core,
             program::AdapterCore::Open(config, kinds, clock));
  SAM_ASSIGN(kit::CrashGuard guard, kit::CrashGuard::Open(plan.folder + "/at-work", 3));
  const kit::ConnectorParts parts{config,       *core->pipeline, *core->decoder,
                                  *core->store, clock,           &guard};
  SAM_ASSIGN(const std::unique_ptr<kit::Connector> connector,
             kinds.ConnectorOf("files")->open(*config.connector_settings, parts));
  const double cpu = CpuSeconds(getpid());
  const int64_t begin = NowMicros();
  SAM_ASSIGN(const Taken taken, TakeAll(*connector, plan));
  const double seconds = static_cast<double>(NowMicros() - begin) * 1e-6;
  row.cpu_us = (CpuSeconds(getpid()) - cpu) * 1e6 / rows;
  row.rate = rows / seconds;
  row.mb = bytes * 1e-6 / seconds;
  row.ratio = row.rate / row.limit;
  row.rss = taken.rss;
  row.whole = taken.rows == plan.rows && core->store->outbox_next() > plan.rows;
  return row;
}

}  // namespace sam::bench
