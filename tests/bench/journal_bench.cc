// journal_bench [EVENTS] [PERSONS] [FOLDER]: how many sealed 500-byte events a second one journal
// thread takes in groups of 1,024, with its time split into the store's sync and the rest. The store
// is RocksDB in FOLDER (default: a temporary one, removed at the end).
#include <cstdio>
#include <cstdlib>
#include <string>

#include "broker/crypto/digest.h"
#include "broker/journal/journal.h"
#include "broker/store/rocks_store.h"
#include "broker/store/spaces.h"
#include "tests/support/pass_through_store.h"
#include "tests/support/temp_dir.h"

namespace sam::journal {
namespace {

// Times what the journal spends in the store.
class TimedStore final : public PassThroughStore {
 public:
  TimedStore(Store& store, const Clock& clock) : PassThroughStore(store), clock_(clock) {}
  Status Apply(const Batch& batch, Durability durability) override {
    const int64_t start = clock_.SteadyMicros();
    Status status = store_.Apply(batch, durability);
    apply_us += clock_.SteadyMicros() - start;
    return status;
  }
  int64_t apply_us = 0;

 private:
  const Clock& clock_;
};

Submission Group(uint64_t from, uint64_t persons, const SecretKey& key) {
  // Half of it compresses, as texts and codes do.
  const std::string noise = RandomBytes(250);
  Submission submission;
  for (uint64_t i = from; i < from + kMaxRoundDrafts; ++i) {
    Draft draft;
    draft.kind = Kind::EVENT;
    const std::string n = std::to_string(i);
    draft.event = *EventId::From(KeyedHash16(key, {"event", n}).view());
    draft.message_key = std::string(KeyedHash16(key, {"key", n}).view());
    draft.content_digest = std::string(KeyedHash(key, {"content", n}).view());
    draft.persons = {PersonId("bench", std::to_string(i % persons))};
    draft.controller_org = "212000-2361";
    draft.controller_board = "socialnamnden";
    draft.peer = "bench";
    draft.payload = noise + std::string(250, 'x');
    submission.drafts.push_back(std::move(draft));
  }
  return submission;
}

Status Run(uint64_t events, uint64_t persons, const std::string& folder) {
  const SystemClock clock;
  StoreOptions options;
  options.path = folder + "/store";
  options.space_names = spaces::HubNames();
  options.point_lookup = {"dedupe", "event"};
  options.create = true;
  SAM_ASSIGN(const auto rocks, RocksStore::Open(options));
  StoreOptions vault_options;
  vault_options.path = folder + "/vault";
  vault_options.space_names = VaultSpaces();
  vault_options.create = true;
  SAM_ASSIGN(const auto vault_store, RocksStore::Open(vault_options));
  SAM_ASSIGN(const auto vault, Vault::Open(*vault_store, SecretKey::Random()));
  SAM_ASSIGN(const auto high_water, HighWater::Open(folder + "/high-water", true));
  DiskGuard disk({1, 0}, DiskGuard::ProbeOf(folder));
  TimedStore store(*rocks, clock);
  const SecretKey hub_key = SecretKey::Random();
  const SigningKey signing = SigningKey::Generate();
  DurableMark mark;
  stage::Doorbell bell;
  Port port(2, &bell, nullptr);
  const JournalParts parts{store,   *vault, *high_water, disk, clock, hub_key,
                           signing, mark,   bell,        {&port}, {}};
  SAM_ASSIGN(const auto journal, Journal::Open(parts, {folder + "/checkpoints", {}}));

  int64_t work_us = 0;
  for (uint64_t done = 0; done < events; done += kMaxRoundDrafts) {
    Submission submission = Group(done, persons, hub_key);
    const int64_t start = clock.SteadyMicros();
    SAM_CHECK(port.down.TryPush(std::move(submission)));
    SAM_ASSIGN(const int worked, journal->Work());
    work_us += clock.SteadyMicros() - start;
    SAM_CHECK(worked > 0 && port.up.TryPop().has_value());
  }
  const auto count = static_cast<double>(mark.get().value);
  std::printf("%.0f events: %.0f/s; store %.2f us, rest %.2f us an event\n", count,
              count * 1e6 / static_cast<double>(work_us),
              static_cast<double>(store.apply_us) / count,
              static_cast<double>(work_us - store.apply_us) / count);
  return Ok();
}

}  // namespace
}  // namespace sam::journal

int main(int argc, char** argv) {
  sam::CryptoInit();
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
  const uint64_t persons = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 20'000;
  if (events == 0 || persons == 0) {
    std::fprintf(stderr, "usage: journal_bench [EVENTS] [PERSONS] [FOLDER]\n");
    return 64;
  }
  const sam::test::TempDir temporary;
  const std::string folder = argc > 3 ? argv[3] : temporary.path();
  const sam::Status ran = sam::journal::Run(events, persons, folder);
  if (ran.ok()) return 0;
  std::fprintf(stderr, "journal_bench: %s\n", ran.error().message.c_str());
  return 75;
}
