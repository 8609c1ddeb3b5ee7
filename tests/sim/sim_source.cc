#include "tests/sim/sim_source.h"

#include <utility>

namespace sam::sim {
namespace {

constexpr Space kRows{0};
constexpr Space kCursors{1};
constexpr size_t kReadMax = 64;

}  // namespace

SimOutbox::SimOutbox(Store& store, DurableSequence sequence, uint64_t accepted)
    : store_(store),
      sequence_(std::move(sequence)),
      cursor_(store, kCursors, "accepted"),
      accepted_(accepted) {}

Result<std::unique_ptr<SimOutbox>> SimOutbox::Open(Store& store) {
  SAM_ASSIGN(auto sequence, DurableSequence::Open(store, kRows, "outbox"));
  SAM_ASSIGN(const uint64_t accepted, Cursor(store, kCursors, "accepted").Get());
  return std::unique_ptr<SimOutbox>(new SimOutbox(store, std::move(sequence), accepted));
}

Status SimOutbox::Append(std::string_view event) {
  Batch batch;
  sequence_.Append(batch, std::string(event));
  return store_.Apply(batch, Durability::kNow);
}

Status SimOutbox::Read(OutboxSeq from, size_t max_bytes, const Visitor& visit) {
  size_t given = 0;
  return sequence_.Read(from.value, kReadMax, [&](uint64_t seq, std::string_view bytes) {
    given += bytes.size();
    return visit(OutboxSeq(seq), bytes) && given < max_bytes;
  });
}

Status SimOutbox::AcceptedTo(OutboxSeq seq) {
  Batch batch;
  cursor_.Put(batch, seq.value);
  SAM_TRY(store_.Apply(batch, Durability::kNow));
  accepted_ = seq.value;
  return Ok();
}

Status SimOutbox::TrimTo(OutboxSeq seq) {
  Batch batch;
  sequence_.Trim(batch, seq.value);
  return store_.Apply(batch, Durability::kLater);
}

Status SimOutbox::Refused(OutboxSeq, wire::Refusal, std::string_view) { return Ok(); }

SimSource::SimSource(World& world, std::string peer, std::string system_id)
    : world_(world), peer_(std::move(peer)), system_id_(std::move(system_id)), store_(2) {}

Status SimSource::Start() {
  SAM_ASSIGN(outbox_, SimOutbox::Open(store_));
  ledger_ = std::make_unique<LedgerOutbox>(*outbox_, world_);
  link_ = world_.net.Connect("ingress", peer_);
  client::SourceOptions options;
  options.system_id = system_id_;
  options.resend_us = 1'000'000;
  options.heartbeat_us = 2'000'000;
  client_ = std::make_unique<client::SourceClient>(*link_, *ledger_, options);
  return Ok();
}

void SimSource::Crash() {
  client_.reset();
  link_.reset();
  ledger_.reset();
  outbox_.reset();
  store_.CrashKeeping(world_.Below(store_.unsynced() + 1));
}

bool SimSource::Tell(std::string_view event) { return outbox_->Append(event).ok(); }

Result<int> SimSource::Work() {
  if (client_ == nullptr) return 0;
  return client_->Step(world_.clock.SteadyMicros());
}

}  // namespace sam::sim
