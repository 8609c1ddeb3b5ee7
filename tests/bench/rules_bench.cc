// rules_bench: what the rules cost with all patterns on and many children waited for, on one thread,
// beside a bare hash map whose entries of the same children are updated in the same run. Rows: the rules
// alone; with the state read from and written to its row; the whole fold of dispatch over the sealed
// store on disk. Then memory a child, timers and restart. Usage: README.md beside this file.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <unordered_map>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "broker/base/check.h"
#include "broker/base/log.h"
#include "broker/crypto/secret.h"
#include "broker/dispatch/dispatcher.h"
#include "broker/rules/days.h"
#include "broker/store/rocks_store.h"
#include "broker/store/sealed_store.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"
#include "tests/bench/measure.h"
#include "tests/bench/rules_feed.h"

namespace sam::bench {
namespace {

struct Options {
  std::string build = SAM_BENCH_BUILD;
  std::string source = SAM_BENCH_SOURCE;
  std::string folder;
  uint64_t children = 1'000'000;
  uint64_t events = 1'000'000;
};

struct Hash {
  size_t operator()(const SubjectId& id) const {
    uint64_t h = 0;
    std::memcpy(&h, id.bytes.data(), 8);
    return h;
  }
};

double Cpu() { return CpuSeconds(getpid()); }
double Memory() { return MemoryMiB(getpid()); }
Millis Day(int64_t day) { return rules::AddDays(*rules::DateToMillis("2025-06-01"), day); }

std::string FileText(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// All that is shipped, with what is shipped disabled switched on.
std::string AllOn(std::string rules) {
  const std::string off = "enabled = false";
  const std::string on = "enabled = true\napproved_by = \"bench\"\napproved_on = 2025-01-01\n"
                         "approval_record = \"bench\"";
  for (size_t at = rules.find(off); at != std::string::npos; at = rules.find(off, at + on.size()))
    rules.replace(at, off.size(), on);
  return rules;
}

class Bench {
 public:
  Bench(const Options& options, std::string folder)
      : options_(options), folder_(std::move(folder)) {
    const std::string config = options_.source + "/deploy/config";
    rules_text_ = AllOn(FileText(config + "/rules.toml"));
    programmes_text_ = FileText(config + "/programmes.toml");
    auto programmes = rules::ParseProgrammes(programmes_text_, "programmes.toml");
    auto rules = rules::ParseRules(rules_text_, "rules.toml");
    SAM_CHECK(programmes.ok() && rules.ok());
    programmes_ = std::move(programmes).value();
    rules_ = std::move(rules).value();
    SAM_CHECK(rules::Connect(programmes_, rules_).ok());
    for (const rules::Rule& rule : rules_.all) enabled_ += rule.enabled ? 1 : 0;
  }

  void Run() {
    std::printf("%zu of %zu rules on, %llu children, %llu events\n", enabled_, rules_.all.size(),
                static_cast<unsigned long long>(options_.children),
                static_cast<unsigned long long>(options_.events));
    std::printf("%-34s %12s %9s %9s %8s\n", "row", "events/s", "cpu us", "B/child", "rate/L");
    MapRow();
    ReadRow();
    AloneRow();
    RowsRow();
    FoldRows();
  }

 private:
  uint64_t Child(uint64_t i) const {
    return i * 0x9e3779b97f4a7c15u % std::max<uint64_t>(options_.children, 1);
  }

  void Print(const char* name, double cpu, uint64_t events, double bytes) {
    const double us = cpu * 1e6 / static_cast<double>(events);
    if (limit_us_ == 0) limit_us_ = us;
    std::printf("%-34s %12.0f %9.3f %9.0f %8.4f\n", name, 1e6 / us, us, bytes, limit_us_ / us);
    std::fflush(stdout);
  }
  double PerChild(double mib_before) const {
    return (Memory() - mib_before) * (1 << 20) / static_cast<double>(options_.children);
  }

  // The limit: a counter and a time of each child, found by its id.
  void MapRow() {
    struct Entry {
      int64_t last = 0;
      uint64_t count = 0;
    };
    const double before = Memory();
    std::unordered_map<SubjectId, Entry, Hash> map;
    map.reserve(options_.children);
    for (uint64_t i = 0; i < options_.children; ++i) map[RulesFeed::ChildOf(i)] = {};
    const double start = Cpu();
    for (uint64_t i = 0; i < options_.events; ++i) {
      Entry& entry = map[RulesFeed::ChildOf(Child(i))];
      entry.last = static_cast<int64_t>(i);
      ++entry.count;
    }
    Print("bare hash map update", Cpu() - start, options_.events, PerChild(before));
  }

  rules::Effects Tell(rules::SubjectState& state, const std::string& bytes, uint64_t i, Millis at) {
    // Checked before, in a row of its own.
    const kj::ArrayPtr<const capnp::word> words(
        reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / sizeof(capnp::word));
    capnp::FlatArrayMessageReader message(words);
    return rules::OnEvent(state, rules::ViewOf(message.getRoot<schema::Event>(), Offset(i + 1)),
                          {programmes_, rules_, at});
  }

  // Reading and checking what came: the fold does it once for each event.
  void ReadRow() {
    uint64_t read = 0;
    const double start = Cpu();
    for (uint64_t i = 0; i < options_.events; ++i)
      read += wire::Parse<schema::Event>(feed_.Event(i, Day(4))).ok() ? 1 : 0;
    SAM_CHECK(read == options_.events);
    Print("reading and checking the event", Cpu() - start, options_.events, 0);
  }

  // The rules on states that are in memory as they are: a few children, each with a day's events.
  void AloneRow() {
    constexpr uint64_t kFew = 20'000;
    std::vector<rules::SubjectState> states(kFew);
    for (uint64_t i = 0; i < kFew; ++i) Tell(states[i], feed_.Registration(i, Day(3)), i, Day(3));
    const uint64_t events = std::min<uint64_t>(options_.events, kFew * 20);
    const double start = Cpu();
    for (uint64_t i = 0; i < events; ++i)
      Tell(states[i * 7919 % kFew], feed_.Event(i, Day(4)), kFew + i, Day(4));
    Print("rules alone", Cpu() - start, events, 0);
  }

  // And the row that a state is kept as: read, judged, written.
  void RowsRow() {
    const double before = Memory();
    std::unordered_map<SubjectId, std::string, Hash> rows;
    rows.reserve(options_.children);
    for (uint64_t i = 0; i < options_.children; ++i) {
      rules::SubjectState state;
      Tell(state, feed_.Registration(i, Day(3)), i, Day(3));
      std::string row = dispatch::EncodeState(state);
      row.shrink_to_fit();
      rows[RulesFeed::ChildOf(i)] = std::move(row);
    }
    const double bytes = PerChild(before);
    const double start = Cpu();
    for (uint64_t i = 0; i < options_.events; ++i) {
      std::string& row = rows[RulesFeed::ChildOf(Child(i))];
      auto state = dispatch::DecodeState(row);
      SAM_CHECK(state.ok());
      Tell(*state, feed_.Event(i, Day(4)), options_.children + i, Day(4));
      row = dispatch::EncodeState(*state);
    }
    Print("rules on rows in memory", Cpu() - start, options_.events, bytes);
  }

  std::unique_ptr<SealedStore> OpenStore() {
    StoreOptions options;
    options.path = folder_ + "/store";
    options.space_names = spaces::HubNames();
    options.point_lookup = {"dedupe", "event", "state", "signal", "mailbox", "lane"};  // as the hub
    options.create = true;
    auto rocks = RocksStore::Open(options);
    SAM_CHECK(rocks.ok());
    return std::make_unique<SealedStore>(std::move(rocks).value(), key_.Clone(),
                                         spaces::Personal());
  }
  std::unique_ptr<dispatch::Dispatcher> OpenDispatcher() {
    auto out = std::make_unique<dispatch::Dispatcher>(
        *store_, [](Offset) { return Result<std::optional<std::string>>(std::nullopt); },
        [](Offset) { return Result<std::string>(std::string()); },
        dispatch::Dispatcher::Voice::kSilent);
    SAM_CHECK(out->Open().ok());
    return out;
  }
  void Step(journal::Kind kind, const SubjectId& subject, const std::string& payload, Millis at) {
    journal::Record record;
    record.header.kind = kind;
    record.header.offset = Offset(offset_++);
    record.header.time = at;
    record.header.subject = subject;
    record.payload = payload;
    SAM_CHECK(dispatcher_->Step(record, *fold_).ok());
    if (++folded_ % 1024 == 0) Flush();
  }
  void Flush() {
    journal::Submission done = fold_->Finish(dispatcher_->mark());
    drafts_ += done.drafts.size();
    SAM_CHECK(store_->Apply(done.batch, Durability::kLater).ok());
  }
  void Config() {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::ConfigLoaded>();
    root.setVersion("1");
    const std::string demo = options_.source + "/deploy/config/demo/";
    const std::vector<std::pair<std::string, std::string>> files = {
        {"hub.toml", "environment = \"production\"\n"},
        {"directory.toml", FileText(demo + "directory.toml")},
        {"agreements.toml", FileText(demo + "agreements.toml")},
        {"programmes.toml", programmes_text_},
        {"rules.toml", rules_text_}};
    auto list = root.initFiles(static_cast<unsigned>(files.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setName(files[i].first);
      list[i].setText(files[i].second);
    }
    Step(journal::Kind::CONFIG, {}, wire::Flatten(message), Day(0));
  }
  void Tick(Millis at) {
    capnp::MallocMessageBuilder message;
    message.initRoot<schema::Tick>().setTime(at.value);
    Step(journal::Kind::TICK, {}, wire::Flatten(message), at);
    Flush();
  }

  void FoldRows() {
    const double before = Memory();
    store_ = OpenStore();
    dispatcher_ = OpenDispatcher();
    fold_ = std::make_unique<dispatch::Fold>(*store_);
    Config();
    double start = Cpu();
    for (uint64_t i = 0; i < options_.children; ++i)
      Step(journal::Kind::EVENT, RulesFeed::ChildOf(i), feed_.Registration(i, Day(3)), Day(3));
    Flush();
    Print("fold over the store: registrations", Cpu() - start, options_.children,
          PerChild(before));
    start = Cpu();
    for (uint64_t i = 0; i < options_.events; ++i)
      Step(journal::Kind::EVENT, RulesFeed::ChildOf(Child(i)),
           feed_.Event(options_.children + i, Day(4)), Day(4));
    Flush();
    Print("fold over the store: a day's mix", Cpu() - start, options_.events, PerChild(before));
    Timers();
    Restart();
  }

  // Nothing due; then the first step of the children born on one day.
  void Timers() {
    double start = Cpu();
    for (int i = 0; i < 1000; ++i) Tick(Day(4));
    std::printf("tick with nothing due: %.1f us\n", (Cpu() - start) * 1e3);
    const uint64_t drafts = drafts_;
    start = Cpu();
    Tick(Day(5));
    const double spent = Cpu() - start;
    const uint64_t fired = (drafts_ - drafts) / 2;  // the step's own event and the prompt's decision
    std::printf("tick with %llu prompts due: %.2f s, %.1f us each\n",
                static_cast<unsigned long long>(fired), spent,
                fired == 0 ? 0 : spent * 1e6 / static_cast<double>(fired));
  }

  void Restart() {
    fold_.reset();
    dispatcher_.reset();
    store_.reset();
    const int64_t start = NowMicros();
    const double cpu = Cpu();
    store_ = OpenStore();
    dispatcher_ = OpenDispatcher();
    fold_ = std::make_unique<dispatch::Fold>(*store_);
    Tick(Day(5));
    std::printf("restart to the first tick: %.2f s wall, %.2f s cpu\n",
                static_cast<double>(NowMicros() - start) * 1e-6, Cpu() - cpu);
    double bytes = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_))
      if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
    std::printf("on disk: %.0f bytes a child; resident: %.0f MiB\n",
                bytes / static_cast<double>(options_.children), Memory());
  }

  Options options_;
  std::string folder_;
  std::string rules_text_, programmes_text_;
  rules::Programmes programmes_;
  rules::RuleSet rules_;
  size_t enabled_ = 0;
  RulesFeed feed_;
  double limit_us_ = 0;
  SecretKey key_ = SecretKey::Random();
  std::unique_ptr<SealedStore> store_;
  std::unique_ptr<dispatch::Dispatcher> dispatcher_;
  std::unique_ptr<dispatch::Fold> fold_;
  uint64_t offset_ = 0, folded_ = 0, drafts_ = 0;
};

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("rules_bench: the rules against a bare hash map, in one run", "rules_bench");
  app.add_option("--folder", options.folder, "Where the store lies (default: the build folder)");
  app.add_option("--children", options.children, "Children waited for")->capture_default_str();
  app.add_option("--events", options.events, "Events a row")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 64;
  }
  CryptoInit();
  log::Init("rules_bench", log::Level::kError);
  const std::string parent = options.folder.empty() ? options.build : options.folder;
  const std::string folder = parent + "/rules-bench-" + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  Bench(options, folder).Run();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace sam::bench

int main(int argc, char** argv) { return sam::bench::Main(argc, argv); }
