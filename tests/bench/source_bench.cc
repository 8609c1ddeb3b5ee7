// source_bench: what sources cost, each row beside its limit from the same run: decoding and mapping
// in one thread, a file to the fsynced outbox, MLLP connections to the fsynced outbox. No hub runs.
// Usage and how to read the table: README.md beside this file.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <string>

#include "adapters/program/sources.h"
#include "broker/base/check.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"
#include "tests/bench/mllp.h"
#include "tests/bench/mllp_limit.h"
#include "tests/bench/source_file.h"
#include "tests/bench/source_work.h"

namespace sam::bench {
namespace {

struct Options {
  std::string build = SAM_BENCH_BUILD;
  std::string source = SAM_BENCH_SOURCE;
  std::string folder;
  std::string rows;
  double seconds = 3;
  bool quick = false;
  bool json = false;
  bool gigabyte = false;
};

class Bench {
 public:
  Bench(const Options& options, std::string folder)
      : options_(options), folder_(std::move(folder)) {}

  int Run() {
    if (!options_.json) PrintSourceHead();
    if (options_.gigabyte) {
      File("CSV file of 1 GB to outbox", 1'000'000, 1030);
      return whole_ ? 0 : 1;
    }
    for (const WorkPlan& plan : WorkPlans())
      WorkOf(plan);
    if (IsWanted("CSV file to outbox")) File("CSV file to outbox", 100'000, 0);
    Mllp();
    return whole_ ? 0 : 1;
  }

 private:
  bool IsWanted(const std::string& name) const {
    return options_.rows.empty() || name.find(options_.rows) != std::string::npos;
  }

  void Take(const SourceRow& row) {
    whole_ = whole_ && row.whole;
    if (options_.json)
      std::printf("%s\n", ToJson(row).c_str());
    else
      Print(row);
    std::fflush(stdout);
  }

  void Fail(const Error& error) {
    std::fprintf(stderr, "source_bench: %s\n", error.message.c_str());
    whole_ = false;
  }

  void WorkOf(const WorkPlan& plan) {
    const Result<std::vector<SourceRow>> rows =
        WorkRows(plan, options_.source, kinds_, clock_, options_.seconds,
                 [this](const std::string& name) { return IsWanted(name); });
    if (!rows.ok()) return Fail(rows.error());
    for (const SourceRow& row : *rows) Take(row);
  }

  void File(const std::string& name, uint64_t rows, size_t text_bytes) {
    FilePlan plan{name, options_.source, folder_ + "/file", rows, text_bytes, options_.gigabyte};
    std::filesystem::create_directory(plan.folder);
    const Result<SourceRow> row = FileRow(plan);
    std::filesystem::remove_all(plan.folder);
    if (!row.ok()) return Fail(row.error());
    Take(*row);
  }

  void Mllp() {
    for (const int connections : {1, 4, 16, 64}) {
      const std::string name = "MLLP c" + std::to_string(connections) + " to outbox";
      if (!IsWanted(name)) continue;
      const std::string folder = folder_ + "/mllp" + std::to_string(connections);
      std::filesystem::create_directory(folder);
      Row limit;
      {
        const MllpLimit server(folder + "/limit");
        limit = MllpLoad(server.port(), connections, options_.seconds, 0, 0);
      }
      std::filesystem::create_directory(folder + "/lab");
      Lab lab(folder + "/lab", options_.build, options_.source);
      const Status started = lab.StartAdapter();
      if (!started.ok()) return Fail(started.error());
      const Row ours = MllpLoad(lab.mllp_port(), connections, options_.seconds, 0, lab.adapter());
      SourceRow row;
      row.name = name;
      row.limit_name = "bare TCP and RocksDB";
      row.rate = ours.rate;
      row.mb = ours.rate * static_cast<double>(kMllpMessageBytes) * 1e-6;
      row.cpu_us = ours.other_cpu;
      row.p50 = ours.p50;
      row.p99 = ours.p99;
      row.limit = limit.rate;
      row.ratio = limit.rate > 0 ? ours.rate / limit.rate : 0;
      row.rss = MemoryMiB(lab.adapter());
      row.whole = ours.whole && limit.whole;
      Take(row);
    }
  }

  Options options_;
  std::string folder_;
  kit::SourceKinds kinds_ = program::Sources();
  SystemClock clock_;
  bool whole_ = true;
};

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("source_bench: what sources cost, beside their limits, in one run", "source_bench");
  app.add_option("--build", options.build, "Folder of the built programs")->capture_default_str();
  app.add_option("--folder", options.folder, "Where the stores lie (default: the build folder)");
  app.add_option("--rows", options.rows, "Only rows whose name holds this, such as 'CSV'");
  app.add_option("--seconds", options.seconds, "A row")->capture_default_str();
  app.add_flag("--quick", options.quick, "A second a row");
  app.add_flag("--json", options.json, "One object a line");
  app.add_flag("--gigabyte", options.gigabyte, "Only this: a CSV file of 1 GB, with its memory");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (options.quick) options.seconds = std::min(options.seconds, 1.0);
  CryptoInit();
  log::Init("source_bench", log::Level::kError);
  const std::string folder = MakeFolder(options.folder.empty() ? options.build : options.folder);
  if (folder.empty()) {
    std::fprintf(stderr, "source_bench: cannot make a folder in %s\n", options.build.c_str());
    return 69;
  }
  const int code = Bench(options, folder).Run();
  std::filesystem::remove_all(folder);
  return code;
}

}  // namespace
}  // namespace sam::bench

int main(int argc, char** argv) { return sam::bench::Main(argc, argv); }
