// sam_bench: one run, one table. The limit (bare ZeroMQ and RocksDB) and the hub are measured right
// after each other for each window, so that the ratios hold on a machine that others use too.
// Usage and how to read the table: README.md beside this file.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"
#include "tests/bench/mllp.h"
#include "tests/bench/publish.h"

namespace sam::bench {
namespace {

struct Options {
  std::string build = SAM_BENCH_BUILD;
  std::string source = SAM_BENCH_SOURCE;
  std::string folder;
  std::string rows;
  double seconds = 5;
  int rounds = 1;
  bool quick = false;
  bool json = false;
  bool keep = false;
  uint64_t soak = 0;
};

class Bench {
 public:
  Bench(const Options& options, const std::string& folder)
      : options_(options), folder_(folder), lab_(folder, options.build, options.source) {}

  int Run() {
    const Status started = lab_.StartHub();
    if (!started.ok()) {
      std::fprintf(stderr, "sam_bench: %s\n", started.error().message.c_str());
      return 69;
    }
    if (!options_.json) PrintHead();
    if (options_.soak > 0)
      Soak();
    else
      for (int round = 0; round < options_.rounds; ++round) Rows();
    return whole_ ? 0 : 1;
  }

 private:
  bool Wanted(const std::string& name) const {
    return options_.rows.empty() || name.find(options_.rows) != std::string::npos;
  }

  void Take(const Row& row) {
    whole_ = whole_ && row.whole;
    if (options_.json) {
      std::printf("%s\n", ToJson(row).c_str());
      std::fflush(stdout);
    } else {
      Print(row);
    }
  }

  static std::string Name(const std::string& kind, int window, int publishers) {
    return kind + " w" + std::to_string(window) + " p" + std::to_string(publishers);
  }

  Row Limit(int window) {
    RowPlan plan{"limit", window, 1, options_.seconds};
    const std::string folder = folder_ + "/limit" + std::to_string(++limits_);
    Row row = LimitRow(folder, plan);
    std::filesystem::remove_all(folder);
    Take(row);
    return row;
  }

  void Hub(const std::string& kind, Receiver receiver, int window, int publishers,
           const Row& limit) {
    RowPlan plan{kind, window, publishers, options_.seconds};
    Row row = HubRow(lab_, plan, receiver);
    if (limit.rate > 0) {
      row.rate_ratio = row.rate / limit.rate;
      row.p50_ratio = row.p50 / limit.p50;
    }
    Take(row);
  }

  void Rows() {
    struct Kind {
      const char* name;
      Receiver receiver;
      std::vector<int> publishers;
    };
    const std::vector<Kind> kinds = {{"hub acknowledged", Receiver::kNone, {1, 2, 4}},
                                     {"hub confirmed", Receiver::kMemory, {1}},
                                     {"hub confirmed, inbox", Receiver::kInbox, {1}}};
    for (const int window : {1, 16, 256, 1024}) {
      std::vector<std::pair<const Kind*, int>> plan;
      for (const Kind& kind : kinds)
        for (const int publishers : kind.publishers)
          if (Wanted(Name(kind.name, window, publishers))) plan.emplace_back(&kind, publishers);
      if (plan.empty() && !Wanted(Name("limit", window, 1))) continue;
      const Row limit = Limit(window);
      for (const auto& [kind, publishers] : plan)
        Hub(kind->name, kind->receiver, window, publishers, limit);
    }
    for (const int connections : {1, 4, 16}) {
      if (!Wanted("MLLP c" + std::to_string(connections))) continue;
      if (lab_.adapter() == 0) SAM_CHECK(lab_.StartAdapter().ok());
      Take(MllpRow(lab_, connections, options_.seconds));
    }
  }

  void Soak() {
    RowPlan plan{"soak", 1024, 1, 0, 20'000};
    Take(SoakRow(lab_, plan, options_.soak));
  }

  Options options_;
  std::string folder_;
  Lab lab_;
  int limits_ = 0;
  bool whole_ = true;
};

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("sam_bench: the hub against bare ZeroMQ and RocksDB, in one run", "sam_bench");
  app.add_option("--build", options.build, "Folder of the built programs")->capture_default_str();
  app.add_option("--folder", options.folder, "Where the stores lie (default: the build folder)");
  app.add_option("--rows", options.rows, "Only rows whose name holds this, such as 'w1024'");
  app.add_option("--seconds", options.seconds, "A row")->capture_default_str();
  app.add_option("--rounds", options.rounds, "The whole table so many times")->capture_default_str();
  app.add_flag("--quick", options.quick, "A second a row");
  app.add_flag("--json", options.json, "One object a line");
  app.add_option("--soak", options.soak, "Only this: so many events, with the hub's memory");
  app.add_flag("--keep", options.keep, "Leave the folder");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  if (options.quick) options.seconds = std::min(options.seconds, 1.0);
  CryptoInit();
  log::Init("sam_bench", log::Level::kError);
  const std::string folder = MakeFolder(options.folder.empty() ? options.build : options.folder);
  if (folder.empty()) {
    std::fprintf(stderr, "sam_bench: cannot make a folder in %s\n", options.build.c_str());
    return 69;
  }
  const int code = Bench(options, folder).Run();
  if (!options.keep) std::filesystem::remove_all(folder);
  return code;
}

}  // namespace
}  // namespace sam::bench

int main(int argc, char** argv) { return sam::bench::Main(argc, argv); }
