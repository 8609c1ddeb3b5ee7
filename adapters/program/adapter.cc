#include "adapters/program/adapter.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "adapters/kit/mapping_change.h"
#include "broker/base/log.h"
#include "broker/base/text.h"
#include "broker/base/version.h"
#include "broker/store/rocks_store.h"

namespace sam::program {
namespace {

constexpr int kBusyWaitMs =
    2;  // something is under way to the hub, whose socket is not in our poll
constexpr int kIdleWaitMs = 50;
constexpr int64_t kHungUs =
    30'000'000;  // a turn waits at most 50 ms; a sync of half a minute is a fault
constexpr int64_t kPruneUs = 60'000'000;
constexpr int kDrainStepMs = 5;

sam::Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return Ok();
  return Unavailable("cannot make the folder " + path + ": " + std::strerror(errno));
}

Result<std::string> HubKey(const kit::AdapterConfig& config) {
  if (!config.hub_public_key.empty()) return config.hub_public_key;
  std::ifstream in(config.hub_public_key_file);
  std::string key;
  if (!(in >> key))
    return NotFound("cannot read the hub's public key from " + config.hub_public_key_file +
                    "; it is hub.curve.pub beside the hub's own keys");
  return key;
}

// Any 40 characters are a text; only a key is a key. The examples' words in its place are none.
Result<std::string> FormedHubKey(const kit::AdapterConfig& config) {
  SAM_ASSIGN(std::string key, HubKey(config));
  if (wire::IsCurveKey(key)) return key;
  return Invalid(config.path + ": [hub] public_key is no key: put the 40 characters there that "
                 "`samsignal keys new hub --hub` printed on the hub (hub.curve.pub beside its keys)");
}

}  // namespace

Result<std::unique_ptr<wire::ZmqClientLink>> LinkToHub(wire::ZmqContext& context,
                                                       const kit::AdapterConfig& config,
                                                       const Clock& clock) {
  wire::ClientOptions options;
  options.endpoint = config.hub_endpoint;
  SAM_ASSIGN(options.server_key, FormedHubKey(config));
  SAM_ASSIGN(options.keys, wire::CurveKeys::FromFile(config.curve_key_file));
  return wire::ZmqClientLink::Open(context, std::move(options), clock, Random::FromKernel());
}

sam::Status CheckKeys(const kit::AdapterConfig& config) {
  CryptoInit();
  std::string findings;
  const auto note = [&findings](const auto& result) {
    if (!result.ok()) findings.append(findings.empty() ? "" : "\n").append(result.error().message);
  };
  note(FormedHubKey(config));
  note(wire::CurveKeys::FromFile(config.curve_key_file));
  const Result<SecretKey> store = SecretKey::FromFile(config.store_key_file);
  note(store);
  if (!store.ok() && store.error().code == Code::kNotFound)
    findings.append("; a new source's: `samsignal keys new` makes it. Of one that has run: restore it");
  return findings.empty() ? sam::Ok() : sam::Status(Invalid(findings));
}

Result<std::unique_ptr<AdapterCore>> AdapterCore::Open(const kit::AdapterConfig& config,
                                                       const kit::SourceKinds& kinds,
                                                       const Clock& clock) {
  CryptoInit();
  auto out = std::make_unique<AdapterCore>();
  SAM_ASSIGN(out->mapping, kit::Mapping::Load(config.mapping_file, kinds));
  SAM_TRY(kit::CheckCarries(kinds, config, *out->mapping));
  SAM_ASSIGN(SecretKey key, SecretKey::FromFile(config.store_key_file));
  SAM_TRY(MakeFolder(config.store_path));
  StoreOptions options;
  options.path = config.store_path + "/db";
  options.space_names = kit::spaces::AdapterNames();
  options.point_lookup = {"seen", "episode"};
  options.create = true;
  options.memtable_bytes = size_t{32} << 20;
  SAM_ASSIGN(out->rocks, RocksStore::Open(options));
  SAM_ASSIGN(out->store, kit::AdapterStore::Open(*out->rocks, std::move(key), clock, config.keep));
  SAM_ASSIGN(out->decoder, kit::MakeDecoder(kinds, config, *out->mapping, clock,
                                            Random::FromKernel()));
  out->pipeline.emplace(kit::Pipeline::Make(config, *out->mapping, *out->decoder, *out->store,
                                            clock, Random::FromKernel()));
  const kit::ConnectorKind* connector = kinds.ConnectorOf(config.connector);
  if (connector != nullptr && connector->kept)
    out->kept = connector->kept(*config.connector_settings, config, *out->store);
  return out;
}

sam::Status AdapterCore::EraseForGood() const {
  for (const Space space : {kit::spaces::kRaw, kit::spaces::kQuarantine, kit::spaces::kOutbox})
    SAM_TRY(RocksStore::EraseForGood(*rocks, space));
  return Ok();
}

Adapter::Adapter(const kit::AdapterConfig& config, const Clock& clock)
    : config_(config),
      clock_(clock),
      up_("samsignal_adapter_up", "1: messages are taken and the hub has let this source in") {}

Result<std::unique_ptr<Adapter>> Adapter::Start(const kit::AdapterConfig& config,
                                                const kit::SourceKinds& kinds,
                                                const Clock& clock) {
  std::unique_ptr<Adapter> out(new Adapter(config, clock));
  SAM_ASSIGN(out->core_, AdapterCore::Open(config, kinds, clock));
  const Result<std::vector<kit::MappingChange>> changes =
      kit::NoteMappingChange(*out->core_->store, *out->core_->mapping);
  // A full disk is for the disk guard to tell; the change is noted at a later start.
  if (!changes.ok() && changes.error().code != Code::kExhausted) return changes.error();
  SAM_ASSIGN(out->link_, LinkToHub(out->context_, config, clock));
  client::SourceOptions source;
  source.system_id = config.source.system_id;
  source.software = std::string("samsignal-adapter/") + kVersion;
  out->shipper_ = std::make_unique<kit::Shipper>(*out->core_->store, *out->link_, source);
  SAM_ASSIGN(kit::CrashGuard guard,
             kit::CrashGuard::Open(config.store_path + "/at-work", config.poison_attempts));
  out->guard_.emplace(std::move(guard));
  SAM_ASSIGN(out->watch_, kit::Watch::Make(config.watch, config.SystemIds(), *out->core_->store,
                                           clock));
  out->core_->pipeline->SetObserver(out->watch_.get());
  const kit::ConnectorParts parts{config,      *out->core_->pipeline, *out->core_->decoder,
                                  *out->core_->store, clock,          &*out->guard_,
                                  out->watch_.get()};
  SAM_ASSIGN(out->connector_, kinds.ConnectorOf(config.connector)->open(*config.connector_settings,
                                                                        parts));
  out->commands_ = std::make_unique<kit::Commands>(
      *out->core_->store, *out->core_->pipeline,
      [core = out->core_.get()] { return core->EraseForGood(); }, out->watch_.get(),
      out->connector_.get());
  out->commands_->SetKept(out->core_->kept.get());
  SAM_ASSIGN(out->door_, wire::LocalDoor::Open(out->context_, config.admin_socket));
  out->disk_.emplace(DiskLimits{config.low_disk_bytes, config.low_disk_bytes / 2},
                     DiskGuard::ProbeOf(config.store_path));
  out->last_turn_us_ = clock.SteadyMicros();
  if (!config.http_endpoint.empty()) {
    Adapter* adapter = out.get();
    edge::HttpOptions http;
    http.endpoint = config.http_endpoint;
    SAM_ASSIGN(
        out->http_,
        edge::HttpServer::Start(
            http, edge::StandardRoutes(
                      [adapter] {
                        return std::string(adapter->refusing_ ? "the disk is nearly full" : "");
                      },
                      [adapter] {
                        const bool hung =
                            adapter->clock_.SteadyMicros() - adapter->last_turn_us_ > kHungUs;
                        return std::string(hung ? "the adapter's thread hangs" : "");
                      },
                      "{\"program\":\"samsignal-adapter\",\"version\":\"0.1.0\"}")));
  }
  log::Info("adapter", "listening",
            {{"where", out->connector_->where()},
             {"mapping", out->core_->mapping->id() + " " + out->core_->mapping->version()},
             {"outbox_waiting", out->shipper_->waiting()}});
  return out;
}

sam::Status Adapter::Turn() {
  last_turn_us_ = clock_.SteadyMicros();
  const Result<int> taken = connector_->Step(shipper_->waiting() > 0 ? kBusyWaitMs : kIdleWaitMs);
  if (!taken.ok()) return taken.error();
  const Result<int> shipped = shipper_->Step(clock_.SteadyMicros());
  if (!shipped.ok() && shipped.error().code != Code::kExhausted) return shipped.error();
  AnswerDoor();
  SAM_TRY(watch_->PollHook());
  if (clock_.SteadyMicros() >= next_second_us_) return EverySecond();
  return Ok();
}

// An answer that cannot be given is the asker's trouble: it never ends a feed.
void Adapter::AnswerDoor() {
  while (std::optional<std::string> request = door_->Receive()) {
    const sam::Status sent = door_->Reply(commands_->Serve(*request, door_->caller()));
    if (!sent.ok()) log::Warn("adapter", "door-reply-failed", {{"code", sent.error().code}});
  }
}

sam::Status Adapter::EverySecond() {
  next_second_us_ = clock_.SteadyMicros() + 1'000'000;
  const Result<DiskLevel> level = disk_->Check();
  const bool low = level.ok() && *level != DiskLevel::kNormal;
  if (low != refusing_) {
    if (low)
      log::Error("adapter", "disk-low", {{"free_mb", disk_->free_bytes() >> 20}});
    else
      log::Info("adapter", "disk-ok", {{"free_mb", disk_->free_bytes() >> 20}});
  }
  refusing_ = low;
  up_.Set(shipper_->status().welcomed && !low ? 1 : 0);
  connector_->SetRefusing(low);
  SAM_TRY(watch_->Step());
  if (clock_.SteadyMicros() < next_prune_us_) return Ok();
  next_prune_us_ = clock_.SteadyMicros() + kPruneUs;
  SAM_TRY(core_->store->Begin());
  SAM_TRY(core_->store->Prune());
  const sam::Status pruned = core_->store->Commit();
  metrics::Gauge("samsignal_adapter_quarantine_open", "Messages put aside that wait for a person")
      .Set(static_cast<double>(core_->store->open_quarantine()));
  metrics::Gauge("samsignal_adapter_quarantine_bytes", "What was put aside, on disk")
      .Set(static_cast<double>(core_->store->quarantine_bytes()));
  if (!pruned.ok() && pruned.error().code != Code::kExhausted) return pruned.error();
  return Ok();
}

sam::Status Adapter::Drain(int ms) {
  connector_->SetRefusing(true);
  const int64_t until = clock_.SteadyMicros() + int64_t{ms} * 1000;
  while (shipper_->waiting() > 0 && shipper_->status().welcomed && clock_.SteadyMicros() < until) {
    const Result<int> step = connector_->Step(kDrainStepMs);
    if (!step.ok()) return step.error();
    const Result<int> shipped = shipper_->Step(clock_.SteadyMicros());
    // A full disk is no reason to end unclean: what waits stays in the outbox.
    if (!shipped.ok() && shipped.error().code != Code::kExhausted) return shipped.error();
  }
  return Ok();
}

}  // namespace sam::program
