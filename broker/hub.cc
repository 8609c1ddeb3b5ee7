#include "broker/hub.h"

#include <filesystem>

#include "broker/base/log.h"
#include "broker/base/version.h"
#include "broker/crypto/checkpoint.h"
#include "broker/dispatch/settings.h"
#include "broker/dispatch/state_codec.h"
#include "broker/journal/checkpoints.h"
#include "broker/journal/recovery.h"
#include "broker/journal/tree.h"
#include "broker/store/rocks_store.h"
#include "broker/store/sealed_store.h"
#include "broker/store/spaces.h"

namespace sam {
namespace {

constexpr int64_t kStateWaitMicros = 20'000;  // dispatch's state without decisions: many syncs' time
constexpr int64_t kEndingsMicros = 3'600'000'000;
constexpr size_t kPipeSlots = 64;  // submissions under way per producer; each holds up to 512 drafts

ingress::PeerTablePtr TableOf(const routing::Peers& peers) {
  std::vector<ingress::PeerRules> rules;
  for (const routing::Peer& peer : peers.all) {
    ingress::PeerRules rule;
    rule.name = peer.name;
    rule.role = peer.role == routing::PeerRole::kSource       ? ingress::PeerRules::Role::kSource
                : peer.role == routing::PeerRole::kSubscriber ? ingress::PeerRules::Role::kSubscriber
                                                              : ingress::PeerRules::Role::kOperator;
    rule.systems = peer.systems;
    rule.controllers = peer.controllers;
    rule.event_types = peer.event_types;
    rule.functions = peer.functions;
    rules.push_back(std::move(rule));
  }
  return std::make_unique<const ingress::PeerTable>(std::move(rules));
}

Result<wire::ZapTable> KeysOf(const routing::Peers& peers) {
  std::vector<wire::AllowedKey> keys;
  for (const routing::Peer& peer : peers.all)
    for (const routing::PeerKey& key : peer.keys)
      keys.push_back({key.z85, peer.name, key.validity.from, key.validity.to});
  return wire::ZapTable::Make(std::move(keys));
}

// The stores refuse to write before the disk guard's reserve is used up entirely, never before it is
// touched: delivery and audit live from it.
uint64_t SpareBytes(const config::HubDisk& disk) { return (disk.reserve_mb << 20) / 2; }

Result<std::unique_ptr<Store>> OpenVaultStore(const std::string& path, uint64_t spare_bytes) {
  StoreOptions options;
  options.path = path;
  options.space_names = VaultSpaces();
  options.point_lookup = VaultSpaces();
  options.create = true;
  options.memtable_bytes = 8 << 20;  // one small row a child
  options.spare_bytes = spare_bytes;
  return RocksStore::Open(options);
}

}  // namespace

Hub::Hub(config::HubConfig config, std::function<void()> still_here)
    : config_(std::move(config)),
      still_here_(std::move(still_here)),
      paths_(admin::HubPaths::Of(config_.data_dir)),
      ingress_port_(kPipeSlots, &journal_bell_, &ingress_bell_),
      dispatch_port_(kPipeSlots, &journal_bell_, &dispatch_bell_),
      delivery_port_(kPipeSlots, &journal_bell_, &delivery_bell_),
      admin_port_(kPipeSlots, &journal_bell_, &admin_bell_),
      config_port_(4, &journal_bell_, &config_bell_),
      trim_(config_.trim == config::TrimPolicy::kAccepted ? ingress::TrimMark::Policy::kAccepted
                                                          : ingress::TrimMark::Policy::kCovered),
      tables_(4),
      reload_answers_(4, &admin_bell_),
      reload_asks_(4, &main_bell_) {
  ingress_port_.input = true;
}

Hub::~Hub() {
  runners_.clear();  // before the stages they run
}

Status Hub::Open() {
  SAM_ASSIGN(configuration_, admin::LoadConfiguration(config_));
  peers_.Replace(configuration_.peers);
  SAM_TRY(LoadKeys());
  SAM_TRY(OpenStores());
  SAM_TRY(BuildJournal());
  SAM_TRY(OpenLinks());
  SAM_TRY(BuildStages());
  return StartHttp();
}

Status Hub::LoadKeys() {
  SAM_ASSIGN(kek_, admin::LoadKey(config_.keys.kek));
  SAM_ASSIGN(SecretKey seed, admin::LoadKey(config_.keys.checkpoint_signing));
  signing_key_ = std::make_unique<SigningKey>(SigningKey::FromSeed(std::move(seed)));
  SAM_ASSIGN(curve_, admin::LoadCurve(config_.keys.curve_secret));
  return Ok();
}

Status Hub::OpenStores() {
  std::error_code error;
  std::filesystem::create_directories(config_.data_dir, error);
  if (error) return Unavailable("cannot make " + config_.data_dir + ": " + error.message());
  std::filesystem::permissions(config_.data_dir, std::filesystem::perms::owner_all, error);
  std::filesystem::remove_all(config_.data_dir + "/snapshots", error);  // of tools that were killed

  SAM_ASSIGN(vault_store_, OpenVaultStore(paths_.vault, SpareBytes(config_.disk)));
  SAM_ASSIGN(vault_, Vault::Open(*vault_store_, kek_.Clone(), config_.keys.kek));
  SAM_ASSIGN(hub_key_, vault_->HubKey("payload"));
  SAM_ASSIGN(index_key_, vault_->HubKey("index"));

  const bool fresh = !std::filesystem::exists(paths_.log, error);
  if (error) return Unavailable("cannot look for " + paths_.log + ": " + error.message());
  SAM_ASSIGN(high_water_, HighWater::Open(paths_.high_water, fresh));
  StoreOptions options;
  options.path = paths_.log;
  options.space_names = spaces::HubNames();
  options.point_lookup = {"dedupe", "event", "state", "signal", "mailbox", "lane"};
  options.create = true;
  options.spare_bytes = SpareBytes(config_.disk);
  SAM_ASSIGN(SecretKey state_key, vault_->HubKey("state"));
  SAM_ASSIGN(std::unique_ptr<Store> log,
             RocksStore::OpenRecovered(options, high_water_.get(), journal::NextOffset));
  store_ = std::make_unique<SealedStore>(std::move(log), std::move(state_key), spaces::Personal());
  disk_ = std::make_unique<DiskGuard>(
      DiskLimits{config_.disk.low_water_mb << 20, config_.disk.reserve_mb << 20},
      DiskGuard::ProbeOf(config_.data_dir));
  return RepeatErasures();
}

Status Hub::BuildJournal() {
  journal::JournalOptions options;
  options.checkpoints_path = paths_.checkpoints;
  options.checkpoints.records = config_.checkpoint.every_records;
  options.checkpoints.interval_us = int64_t{config_.checkpoint.every_seconds} * 1'000'000;
  SAM_ASSIGN(journal_,
             journal::Journal::Open(
                 journal::JournalParts{
                     .store = *store_,
                     .vault = *vault_,
                     .high_water = *high_water_,
                     .disk = *disk_,
                     .clock = clock_,
                     .hub_key = hub_key_,
                     .signing_key = *signing_key_,
                     .mark = mark_,
                     .bell = journal_bell_,
                     .ports = {&ingress_port_, &dispatch_port_, &delivery_port_, &admin_port_,
                               &config_port_},
                     .downstream = {&dispatch_bell_, &delivery_bell_},
                     .forget = [this] { return ForgetKeys(); }},
                 options));
  return Ok();
}

wire::ServerOptions Hub::LinkOptions(const std::string& endpoint, const std::string& label) const {
  wire::ServerOptions options;
  options.listeners.push_back({endpoint, curve_.Clone()});
  options.times.heartbeat_ms = static_cast<int>(config_.heartbeat_ms);
  options.times.heartbeat_timeout_ms = static_cast<int>(3 * config_.heartbeat_ms);
  options.label = label;
  return options;
}

// The door is proved before it is opened: a stranger must stay out.
Status Hub::OpenLinks() {
  SAM_ASSIGN(keys_, KeysOf(configuration_.peers));
  keys_checked_ = clock_.Now();
  SAM_ASSIGN(zap_, wire::ZapHandler::Start(context_, clock_, keys_));
  SAM_TRY(wire::ProveDoor(context_, LinkOptions("tcp://127.0.0.1:*", "proof"), zap_->self_keys(),
                          clock_));
  SAM_ASSIGN(ingress_link_, wire::ZmqServerLink::Open(
                                context_, LinkOptions(config_.ingress_endpoint, "ingress")));
  SAM_ASSIGN(delivery_link_, wire::ZmqServerLink::Open(
                                 context_, LinkOptions(config_.delivery_endpoint, "delivery")));
  SAM_ASSIGN(door_, wire::LocalDoor::Open(context_, config_.admin_socket));
  return Ok();
}

Status Hub::BuildStages() {
  dispatch_reader_ = std::make_unique<journal::Reader>(*store_, *vault_, hub_key_, mark_);
  delivery_reader_ = std::make_unique<journal::Reader>(*store_, *vault_, hub_key_, mark_);
  admin_reader_ = std::make_unique<journal::Reader>(*store_, *vault_, hub_key_, mark_);
  dispatch_places_ = std::make_unique<journal::PlaceDoor>(*store_, *vault_, hub_key_, mark_);
  delivery_places_ = std::make_unique<journal::PlaceDoor>(*store_, *vault_, hub_key_, mark_);
  dispatch_ = std::make_unique<dispatch::DispatchStage>(
      *store_, *dispatch_reader_, *dispatch_places_, dispatch_port_, clock_, &dispatch_bell_);
  dispatch_->WaitForCompany(kStateWaitMicros);
  SAM_TRY(dispatch_->Open());
  SAM_ASSIGN(const dispatch::Mark known, dispatch::ReadMark(*store_));
  trim_.Raise(known.backed_up);
  BuildDelivery();
  SAM_TRY(BuildIngress());
  admin_ = std::make_unique<admin::AdminStage>(*door_, admin_port_, admin_bell_, HooksForAdmin());
  return Ok();
}

std::string Hub::LatestCheckpoint() const {
  auto latest = journal::Checkpoints::Latest(paths_.checkpoints);
  return latest.ok() ? *latest : "";
}

// Called on the delivery thread. Without a proof where there can be none: whoever keeps a checkpoint of more
// records than the newest one has shall know just that.
wire::CheckpointWord Hub::CheckpointFrom(uint64_t from) const {
  wire::CheckpointWord word;
  word.from = from;
  word.key = std::string(signing_key_->public_key().view());
  word.note = LatestCheckpoint();
  const auto parsed = ParseCheckpoint(word.note);
  if (!parsed.ok() || from == 0 || from > parsed->checkpoint.size) return word;
  auto proof = journal::TreeReader(*store_).Consistency(from, parsed->checkpoint.size);
  if (proof.ok()) word.consistency = std::move(*proof);
  else log::Error("main", "no-proof", {{"why", proof.error().message}});
  return word;
}

void Hub::BuildDelivery() {
  delivery::DeliveryOptions delivery;
  delivery.hub = journal_->hub();
  delivery.epoch = journal_->epoch();
  delivery.test = config_.test();
  delivery.tell_offers = true;
  delivery.silent_us = int64_t{config_.silent_hours} * 3'600'000'000;
  delivery.retry.first_us = int64_t{config_.redelivery.first_ms} * 1'000;
  delivery.retry.max_us = int64_t{config_.redelivery.max_ms} * 1'000;
  delivery.retry.attempts = static_cast<int>(config_.redelivery.attempts);
  delivery_ = std::make_unique<delivery::DeliveryStage>(
      delivery::DeliveryDoors{
          .link = *delivery_link_,
          .store = *store_,
          .log = *delivery_reader_,
          .places = *delivery_places_,
          .port = delivery_port_,
          .bell = delivery_bell_,
          .clock = clock_,
          .may_subscribe = [this](const std::string& peer,
                                  const std::string& function) { return peers_.MaySubscribe(peer, function); },
          .versions_now = [this](const SubjectId& subject) { return dispatch::VersionsNow(*store_, subject); },
          .checkpoint = [this] { return LatestCheckpoint(); },
          .checkpoint_from = [this](uint64_t from) { return CheckpointFrom(from); },
          .expected = [this] { return ExpectedReceivers(); },
          .receivers = &receivers_,
          .valid_since = [this] { return dispatch::ValidSince(*store_); }},
      delivery, Random::FromKernel());
}

Status Hub::BuildIngress() {
  rehearsal_ = std::make_unique<dispatch::Rehearsal>(*store_);
  ingress::IngressOptions ingress;
  ingress.hub = journal_->hub();
  ingress.epoch = journal_->epoch();
  static_assert(config::kEventBytesMax == wire::kMaxEventBytes &&
                config::kBatchBytesMax == wire::kMaxBatchBytes);
  ingress.admit.max_event_bytes = config_.limits.max_event_bytes;
  ingress.max_batch_bytes = config_.limits.max_batch_bytes;
  ingress.rate.messages_per_second = config_.limits.messages_per_second;
  ingress.rate.bytes_per_second = static_cast<double>(config_.limits.bytes_per_second);
  ingress.admit.test_environment = config_.test();
  ingress.window_messages = config_.limits.credit_messages;
  ingress.window_bytes = config_.limits.credit_bytes;
  ingress.checkpoint = [this] { return LatestCheckpoint(); };
  ingress.try_out = [this](const journal::Draft& draft, const std::string& event, Millis now) {
    return rehearsal_->Try(draft, event, now);
  };
  ingress.behind = [this] {
    const uint64_t folded = dispatch_->folded().value, written = mark_.get().value;
    return written > folded ? written - folded : 0;
  };
  SAM_ASSIGN(ingress_, ingress::Ingress::Open(
                           ingress::Ingress::Parts{.link = *ingress_link_,
                                                   .port = ingress_port_,
                                                   .bell = ingress_bell_,
                                                   .clock = clock_,
                                                   .durable = mark_,
                                                   .trim = trim_,
                                                   .tables = tables_},
                           *store_, ingress, index_key_.Clone(), TableOf(configuration_.peers)));
  return Ok();
}

// Called on the admin thread: they read only what any thread may read.
admin::AdminHooks Hub::HooksForAdmin() {
  admin::AdminHooks hooks;
  hooks.test_environment = config_.test();
  hooks.status = [this] { return Describe(); };
  hooks.snapshot = [this](const std::string& folder) { return Snapshot(folder); };
  hooks.start_reload = [this](admin::ReloadAsked asked) {
    // One at a time: who asked waits for the answer before the next one is heard.
    if (!reload_asks_.TryPush(std::move(asked))) log::Warn("main", "reload-answer-lost");
  };
  hooks.reloaded = [this]() -> std::optional<Status> {
    const auto answer = reload_answers_.TryPop();
    if (!answer) return std::nullopt;
    return answer->ok ? Ok() : Status(answer->error);
  };
  hooks.dispatched = [this] { return dispatch_->settled(); };
  hooks.check_root = [this](uint64_t records, std::string_view root) {
    return CheckRoot(records, root);
  };
  hooks.backed_up = [this] {
    if (const auto mark = dispatch::ReadMark(*store_); mark.ok()) trim_.Raise(mark->backed_up);
  };
  hooks.erased = [this](const std::vector<SubjectId>& subjects) { return Erased(subjects); };
  hooks.store = store_.get();
  hooks.log = admin_reader_.get();
  hooks.second_person = config_.replay_second_person;
  hooks.role_of = [this](const std::string& name) { return peers_.OperatorRole(name); };
  return hooks;
}

Status Hub::CheckRoot(uint64_t records, std::string_view root) const {
  if (records > mark_.get().value)
    return Conflict("the backup has more records than this hub has on disk; is it of another hub?");
  SAM_ASSIGN(const Digest own, journal::TreeReader(*store_).RootAt(records));
  if (own.view() != root)
    return Conflict("the backup's root is not this log's; it is of another hub or an older epoch");
  return Ok();
}

void Hub::Launch(stage::Stage& stage) {
  const auto on_error = [this](std::string_view name, const Error& error) {
    log::Error("main", "stage-failed", {{"which", name}, {"code", error.code}, {"why", error.message}});
    if (!failing_.exchange(true)) {
      failure_ = error;
      failed_.store(true, std::memory_order_release);
    }
  };
  runners_.push_back(std::make_unique<stage::StageRunner>(stage, on_error, clock_));
  runners_.back()->Start();
  beats_.push_back(0);
}

// Nobody is served before the configuration read just now is in force: what an agreement that is gone
// had allowed may not leave meanwhile. Sources are let in last.
Status Hub::Start() {
  Launch(*journal_);
  Launch(*dispatch_);
  SAM_ASSIGN(const std::string in_force, dispatch::CurrentConfigVersion(*store_));
  if (in_force != configuration_.version) {
    std::vector<journal::Draft> drafts;
    drafts.push_back(ConfigurationDraft(configuration_));
    SAM_TRY(JournalOwn(std::move(drafts), "the configuration", true));
  }
  SAM_TRY(JournalErasures());
  Launch(*delivery_);
  Launch(*admin_);
  Launch(*ingress_);
  ready_.store(true, std::memory_order_release);
  log::Info("main", "ready", {{"version", kVersion},
                              {"environment", config_.test() ? "test" : "production"},
                              {"configuration", configuration_.version},
                              {"records", mark_.get()}});
  return Ok();
}

// Upstream first, each drained before the next is asked; the journal is the last to go.
Status Hub::Stop() {
  ready_.store(false, std::memory_order_release);
  Status result = Ok();
  for (auto runner = runners_.rbegin(); runner != runners_.rend(); ++runner) {
    (*runner)->Stop();
    (*runner)->Join();
    if (!(*runner)->result().ok() && result.ok()) result = (*runner)->result();
  }
  http_.reset();
  return result;
}

bool Hub::Alive() {
  bool alive = true;
  for (size_t i = 0; i < runners_.size(); ++i) {
    const uint64_t beats = runners_[i]->beats();
    alive = alive && beats != beats_[i];
    beats_[i] = beats;
  }
  return alive;
}

// A broken file changes nothing: the running hub keeps its old version.
Status Hub::Reload(const admin::ReloadAsked& asked) {
  auto loaded = admin::LoadConfiguration(config_);
  const Status done = loaded.ok() ? Take(std::move(*loaded), asked) : Status(loaded.error());
  if (done.ok()) return done;
  const auto files = admin::VersionsOnDisk(config_);
  std::vector<journal::Draft> drafts;
  drafts.push_back(admin::ReloadDraft({asked, admin::VersionsOf(configuration_),
                                       files.ok() ? *files : "", "refused: " + done.error().message}));
  if (const Status noted = JournalOwn(std::move(drafts), "the record of a reload", false); !noted.ok())
    log::Warn("main", "reload-not-noted", {{"why", noted.error().message}});
  return done;
}

Status Hub::Take(admin::Configuration loaded, const admin::ReloadAsked& asked) {
  SAM_ASSIGN(wire::ZapTable keys, KeysOf(loaded.peers));
  SAM_TRY(zap_->Replace(keys));
  const Millis now = clock_.Now();
  const bool loses = keys_.Loses(keys, keys_checked_, now);
  keys_ = std::move(keys);
  keys_checked_ = now;
  if (loses) DropLines();
  if (!tables_.TryPush(TableOf(loaded.peers)))
    return Unavailable("reloads come faster than ingress takes them; try again in a moment");
  peers_.Replace(loaded.peers);
  const std::string before = admin::VersionsOf(configuration_), after = admin::VersionsOf(loaded);
  const bool changed = loaded.version != configuration_.version;
  std::vector<journal::Draft> drafts;
  drafts.push_back(admin::ReloadDraft({asked, before, after, before == after ? "unchanged" : "loaded"}));
  if (changed) drafts.push_back(ConfigurationDraft(loaded));
  SAM_TRY(JournalOwn(std::move(drafts), "the configuration", changed));
  configuration_ = std::move(loaded);
  endings_at_us_ = 0;
  log::Info("main", "reloaded", {{"configuration", configuration_.version}});
  return Ok();
}

void Hub::WatchKeys() {
  const Millis now = clock_.Now();
  const bool loses = keys_.Loses(keys_, keys_checked_, now);
  keys_checked_ = now;
  if (loses) DropLines();
  if (clock_.SteadyMicros() < endings_at_us_) return;
  endings_at_us_ = clock_.SteadyMicros() + kEndingsMicros;
  endings_.Look(configuration_.directory, configuration_.agreements, configuration_.peers, now);
}

// The door keeper is asked at connect only. Those whose keys are valid are back within a second.
void Hub::DropLines() {
  log::Info("main", "lines-dropped");
  ingress_link_->AskToDrop();
  delivery_link_->AskToDrop();
  ingress_bell_.Ring();
  delivery_bell_.Ring();
}

void Hub::AnswerReload(const Status& status) {
  ReloadAnswer answer;
  answer.ok = status.ok();
  if (!status.ok()) answer.error = status.error();
  // Full only when nobody asked so often: then nobody waits either.
  if (!reload_answers_.TryPush(std::move(answer)))
    log::Warn("main", "reload-answer-lost");
}

Status Hub::Snapshot(const std::string& folder) const {
  if (!folder.starts_with(config_.data_dir + "/snapshots/") || folder.find("..") != std::string::npos)
    return Denied("snapshots go below " + config_.data_dir + "/snapshots/");
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  std::filesystem::create_directories(folder, error);
  if (error) return Unavailable("cannot make the snapshot folder: " + error.message());
  // Signed checkpoints first: one written after the copy of the log would seem to promise records
  // that the copy has lost.
  if (std::filesystem::exists(paths_.checkpoints, error))
    std::filesystem::copy_file(paths_.checkpoints, folder + "/checkpoints", error);
  if (error) return Unavailable("cannot copy the checkpoints: " + error.message());
  if (std::filesystem::exists(paths_.erased, error))
    std::filesystem::copy_file(paths_.erased, folder + "/erased", error);
  if (error) return Unavailable("cannot copy the list of erasures: " + error.message());
  SAM_TRY(store_->Checkpoint(folder + "/log"));
  return vault_store_->Checkpoint(folder + "/vault");  // after the log: keys come before records
}

}  // namespace sam
